"""Complaints 投诉举报: so far only the facts that it and others tell each other. Not to be switched on yet."""

from collections.abc import Sequence

from hub.api import Event, hookimpl
from plugins.complaints.events import EVENTS

NEEDS = ("worklist",)


@hookimpl
def events() -> Sequence[type[Event]]:
    return EVENTS
