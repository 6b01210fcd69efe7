"""Survey 入户调查: somebody goes to the household, looks, and hands in what was found."""

from collections.abc import Sequence

from hub.api import (
    Collection,
    Event,
    Guard,
    Job,
    MenuEntry,
    Node,
    Permission,
    Reaction,
    Route,
    Waiting,
    hookimpl,
)
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import COLLECTIONS
from plugins.survey.events import EVENTS
from plugins.survey.handlers import ROUTES
from plugins.survey.jobs import JOBS, WAITING
from plugins.survey.nodes import GUARDS, NODES, REACTIONS

NEEDS = ("declaration",)
USES = ("payments",)


@hookimpl
def config_schema() -> type[SurveyConfig]:
    return SurveyConfig


@hookimpl
def permissions() -> Sequence[Permission]:
    return (
        Permission("survey.do", "入户调查", ("handler",)),
        Permission("survey.read", "查看入户调查", ("handler", "leader", "discipline")),
        Permission("survey.review", "审核入户调查", ("handler",)),
        Permission("survey.export", "导出入户调查", ("handler", "leader", "discipline")),
    )


@hookimpl
def events() -> Sequence[type[Event]]:
    return EVENTS


@hookimpl
def collections() -> Sequence[Collection]:
    return COLLECTIONS


@hookimpl
def routes() -> Sequence[Route]:
    return ROUTES


@hookimpl
def menu_entries() -> Sequence[MenuEntry]:
    return (MenuEntry(app="ydsh", label="入户调查", path="/pages/surveys", access="survey.do", order=30),)


@hookimpl
def nodes() -> Sequence[Node]:
    return NODES


@hookimpl
def reactions() -> Sequence[Reaction]:
    return REACTIONS


@hookimpl
def guards() -> Sequence[Guard]:
    return GUARDS


@hookimpl
def jobs() -> Sequence[Job]:
    return JOBS


@hookimpl
def waiting() -> Sequence[Waiting]:
    return WAITING
