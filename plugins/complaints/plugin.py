"""Complaints 投诉举报: filed by residents, handled by offices that are not accused, replied to, answered, closed."""

from collections.abc import Sequence

from hub.api import (
    Anyone,
    Belongings,
    Collection,
    Event,
    Guard,
    Job,
    MenuEntry,
    MessageType,
    Node,
    Permission,
    Reaction,
    Route,
    Trigger,
    Waiting,
    hookimpl,
)
from plugins.complaints.actions.passing import pass_on
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import COLLECTIONS
from plugins.complaints.events import EVENTS
from plugins.complaints.handlers import ROUTES
from plugins.complaints.jobs import JOBS, WAITING
from plugins.complaints.nodes import GUARDS, NODES, REACTIONS
from plugins.complaints.triggers import MESSAGE_TYPES, TRIGGERS

USES = ("declaration", "survey")


@hookimpl
def config_schema() -> type[ComplaintsConfig]:
    return ComplaintsConfig


@hookimpl
def permissions() -> Sequence[Permission]:
    return (
        Permission("complaints.handle", "处理投诉", ("handler",)),
        Permission("complaints.read", "查看投诉", ("handler", "leader", "discipline")),
        Permission("complaints.export", "导出投诉", ("handler", "leader", "discipline")),
        Permission("complaints.notice", "维护投诉须知", ("leader",)),
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
    return (
        MenuEntry(app="ykt", label="投诉举报", path="/pages/complain", access=Anyone.CLAIMED, order=50),
        MenuEntry(app="ykt", label="投诉举报进度查询", path="/pages/my-complaints", access=Anyone.CLAIMED, order=55),
        MenuEntry(app="ydsh", label="投诉处理", path="/pages/complaints", access="complaints.handle", order=40),
        MenuEntry(app="ydjd", label="投诉处理", path="/pages/complaints", access="complaints.read", order=10),
    )


@hookimpl
def message_types() -> Sequence[MessageType]:
    return MESSAGE_TYPES


@hookimpl
def triggers() -> Sequence[Trigger]:
    return TRIGGERS


@hookimpl
def reactions() -> Sequence[Reaction]:
    return REACTIONS


@hookimpl
def nodes() -> Sequence[Node]:
    return NODES


@hookimpl
def guards() -> Sequence[Guard]:
    return GUARDS


@hookimpl
def belongings() -> Sequence[Belongings]:
    return (Belongings(pass_on=pass_on),)


@hookimpl
def jobs() -> Sequence[Job]:
    return JOBS


@hookimpl
def waiting() -> Sequence[Waiting]:
    return WAITING
