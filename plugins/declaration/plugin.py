"""Declaration 阳光申报: from the list of projects to the county's approval."""

from hub.api import Anyone, MenuEntry, Permission, Reaction, hookimpl
from plugins.declaration.actions.chain import take_step
from plugins.declaration.actions.nodes import NODES
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import COLLECTIONS
from plugins.declaration.events import EVENTS, StepDecided
from plugins.declaration.handlers import ROUTES
from plugins.declaration.jobs import JOBS
from plugins.declaration.triggers import MESSAGE_TYPES, TRIGGERS

NEEDS = ("worklist",)


@hookimpl
def config_schema():
    return DeclarationConfig


@hookimpl
def permissions():
    return (Permission("declaration.review", "查看申报", ("handler",)),)


@hookimpl
def events():
    return EVENTS


@hookimpl
def collections():
    return COLLECTIONS


@hookimpl
def routes():
    return ROUTES


@hookimpl
def menu_entries():
    return (
        MenuEntry(app="ykt", label="阳光申报", path="/pages/projects", access=Anyone.PUBLIC, order=10),
        MenuEntry(app="ykt", label="申报进度", path="/pages/cases", access=Anyone.CLAIMED, order=20),
    )


@hookimpl
def message_types():
    return MESSAGE_TYPES


@hookimpl
def triggers():
    return TRIGGERS


@hookimpl
def reactions():
    return (Reaction(event=StepDecided, call=take_step),)


@hookimpl
def nodes():
    return NODES


@hookimpl
def jobs():
    return JOBS
