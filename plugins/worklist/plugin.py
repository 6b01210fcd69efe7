"""Worklist 待办: tasks that wait for the holders of a position, claimed, decided, and looked up again."""

from hub.api import MenuEntry, Permission, Reaction, Role, hookimpl
from plugins.worklist.actions import close_task, open_task
from plugins.worklist.config import WorklistConfig
from plugins.worklist.documents import COLLECTIONS
from plugins.worklist.events import EVENTS, TaskEnded, TaskWanted
from plugins.worklist.handlers import ROUTES
from plugins.worklist.jobs import JOBS
from plugins.worklist.triggers import MESSAGE_TYPES, TRIGGERS


@hookimpl
def config_schema():
    return WorklistConfig


@hookimpl
def roles():
    return (Role("handler", "经办人员"),)


@hookimpl
def permissions():
    return (Permission("worklist.decide", "办理待办", ("handler",)),)


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
        MenuEntry(app="ydsh", label="我的待办", path="/pages/tasks", access="worklist.decide", order=10),
        MenuEntry(app="ydsh", label="我的已办", path="/pages/done", access="worklist.decide", order=60),
    )


@hookimpl
def message_types():
    return MESSAGE_TYPES


@hookimpl
def triggers():
    return TRIGGERS


@hookimpl
def reactions():
    return (Reaction(event=TaskWanted, call=open_task), Reaction(event=TaskEnded, call=close_task))


@hookimpl
def jobs():
    return JOBS
