"""Publicity 阳光公示: what a village may see before anybody is granted or paid, and the 公示栏 of those who publish it."""

from collections.abc import Sequence

from hub.api import (
    Anyone,
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
from plugins.publicity.config import PublicityConfig
from plugins.publicity.documents import COLLECTIONS
from plugins.publicity.events import EVENTS
from plugins.publicity.handlers import ROUTES
from plugins.publicity.jobs import JOBS, WAITING
from plugins.publicity.nodes import GUARDS, NODES, REACTIONS
from plugins.publicity.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("declaration",)
USES = ("complaints",)


@hookimpl
def config_schema() -> type[PublicityConfig]:
    return PublicityConfig


@hookimpl
def permissions() -> Sequence[Permission]:
    return (
        Permission("publicity.read", "查看公示栏", ("handler", "leader", "discipline")),
        Permission("publicity.manage", "办理公示", ("handler",)),
        Permission("publicity.export", "导出公示名单", ("handler", "leader", "discipline")),
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
        MenuEntry(app="ykt", label="阳光公示查询", path="/pages/publicities", access=Anyone.PUBLIC, order=30),
        MenuEntry(app="ydsh", label="公示栏", path="/pages/boards", access="publicity.read", order=40),
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
def jobs() -> Sequence[Job]:
    return JOBS


@hookimpl
def waiting() -> Sequence[Waiting]:
    return WAITING
