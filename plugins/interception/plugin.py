"""Interception 拦截信息确认 and 纪委监督: who may not get what they ask for, confirmed by the bureau, watched by 纪委."""

from collections.abc import Sequence

from hub.api import (
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
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import COLLECTIONS
from plugins.interception.events import EVENTS
from plugins.interception.handlers import ROUTES
from plugins.interception.jobs import JOBS, WAITING
from plugins.interception.nodes import GUARDS, NODES, REACTIONS
from plugins.interception.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("declaration",)
USES = ("payments", "survey")


@hookimpl
def config_schema() -> type[InterceptionConfig]:
    return InterceptionConfig


@hookimpl
def permissions() -> Sequence[Permission]:
    return (
        Permission("interception.read", "查看拦截信息", ("handler", "leader", "discipline")),
        Permission("interception.confirm", "确认拦截信息", ("handler",)),
        Permission("interception.second", "确认误报解除", ("handler", "leader")),
        Permission("interception.evidence", "查看比对依据", ("handler", "discipline")),
        Permission("interception.review", "复核拦截信息", ("discipline",)),
        Permission("interception.import", "导入比对名单", ("handler", "discipline")),
        Permission("interception.export", "导出拦截信息", ("handler", "leader", "discipline")),
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
        MenuEntry(app="ydsh", label="拦截信息确认", path="/pages/hits", access="interception.confirm", order=60),
        MenuEntry(app="ydsh", label="纪委监督", path="/pages/entries", access="interception.read", order=70),
        MenuEntry(app="ydjd", label="纪委监督", path="/pages/interception", access="interception.read", order=60),
    )


@hookimpl
def message_types() -> Sequence[MessageType]:
    return MESSAGE_TYPES


@hookimpl
def triggers() -> Sequence[Trigger]:
    return TRIGGERS


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
