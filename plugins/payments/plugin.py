"""Payments 补贴发放: who is entitled, batches from the 名册 to the bank and back, and everybody's own payments."""

from collections.abc import Sequence

from hub.api import (
    Anyone,
    Belongings,
    Collection,
    Event,
    Guard,
    MenuEntry,
    MessageType,
    Migration,
    Node,
    Permission,
    Reaction,
    Route,
    Trigger,
    Waiting,
    hookimpl,
)
from plugins.payments.actions.passing import known, pass_on
from plugins.payments.config import PaymentsConfig
from plugins.payments.documents import COLLECTIONS, MIGRATIONS
from plugins.payments.events import EVENTS
from plugins.payments.handlers import ROUTES
from plugins.payments.jobs import WAITING
from plugins.payments.nodes import GUARDS, NODES, REACTIONS
from plugins.payments.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("declaration", "publicity")
USES = ("complaints",)


@hookimpl
def config_schema() -> type[PaymentsConfig]:
    return PaymentsConfig


@hookimpl
def permissions() -> Sequence[Permission]:
    return (
        Permission("payments.read", "查看补贴发放", ("handler", "leader", "discipline")),
        Permission("payments.manage", "办理补贴发放", ("handler",)),
        Permission("payments.export", "导出发放名册", ("handler", "leader", "discipline")),
    )


@hookimpl
def events() -> Sequence[type[Event]]:
    return EVENTS


@hookimpl
def collections() -> Sequence[Collection]:
    return COLLECTIONS


@hookimpl
def migrations() -> Sequence[Migration]:
    return MIGRATIONS


@hookimpl
def routes() -> Sequence[Route]:
    return ROUTES


@hookimpl
def menu_entries() -> Sequence[MenuEntry]:
    return (
        MenuEntry(app="ykt", label="补贴发放信息查询", path="/pages/payments", access=Anyone.PROVED, order=40),
        MenuEntry(app="ydsh", label="补贴发放", path="/pages/batches", access="payments.manage", order=50),
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
    return (Belongings(known=known, pass_on=pass_on),)


@hookimpl
def waiting() -> Sequence[Waiting]:
    return WAITING
