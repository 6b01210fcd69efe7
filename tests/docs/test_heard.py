"""An event is told because somebody hears it: another plugin, its own, a push, or an open page."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from hub.api import Event, Reaction, Topic, hookimpl
from hub.app import installed
from hub.cli.opening import read_settings
from hub.rules.gathering import gather
from hub.rules.host import Host
from tests.whole import ROOT

# What nobody hears yet, and why it is told all the same: its docstring says so, too.
UNHEARD: Mapping[str, str] = {
    "message_board.MessageComplained": "for whoever follows messages: it ends here and goes on as a complaint",
    "message_board.MessageRated": "for whoever counts grades",
    "village.ReadAloud": "for whoever counts how often a village reads aloud",
}


class Rung(Event, frozen=True, kw_only=True):
    """The bell was rung."""


async def listen(event: Rung, ctx: object) -> None:
    """Nothing to see here."""


class Bell:
    """Tells something, and hears nothing."""

    @hookimpl
    def events(self) -> list[type[Event]]:
        return [Rung]


class Ear:
    """Hears another's event."""

    @hookimpl
    def reactions(self) -> list[Reaction]:
        return [Reaction(event=Rung, call=listen)]


class OpenPage:
    """Is told to look again when it happens."""

    @hookimpl
    def topics(self) -> list[Topic]:
        return [Topic(name="bells", access="bell.hear", events=(Rung,))]


def unheard(host: Host) -> set[str]:
    followed = {event for plugin in host.plugins.values() for topic in plugin.topics for event in topic.events}
    return {
        host.event_name(kind)
        for plugin in host.plugins.values()
        for kind in plugin.told
        if kind not in followed and not host.readers(host.event_name(kind))
    }


def test_every_event_is_heard_or_says_why_not() -> None:
    found = unheard(installed(read_settings(ROOT / "config.yaml")))

    assert sorted(found - set(UNHEARD)) == [], (
        "who needs it? delete it, or say here and in its docstring why it is told"
    )
    assert sorted(set(UNHEARD) - found) == [], "heard by now: take it out of the table"


@pytest.mark.parametrize(("hearer", "found"), [(None, {"bell.Rung"}), (Ear(), set()), (OpenPage(), set())])
def test_who_hears_is_found(hearer: object, found: set[str]) -> None:
    others = [("other", hearer)] if hearer else []

    assert unheard(Host(gather([("bell", Bell()), *others]))) == found
