"""Survey 入户调查: so far only the facts that it and others tell each other. Not to be switched on yet."""

from collections.abc import Sequence

from hub.api import Event, hookimpl
from plugins.survey.events import EVENTS

NEEDS = ("worklist", "declaration")


@hookimpl
def events() -> Sequence[type[Event]]:
    return EVENTS
