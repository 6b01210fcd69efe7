"""Publicity 阳光公示: so far only the facts that payments hear; the publicity helper's own file takes its place."""

from collections.abc import Sequence

from hub.api import Event, hookimpl
from plugins.publicity.events import EVENTS

NEEDS = ("worklist", "declaration")


@hookimpl
def events() -> Sequence[type[Event]]:
    return EVENTS
