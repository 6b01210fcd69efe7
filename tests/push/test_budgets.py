"""What a plugin does with an event ends with its budget, is tried again, and its cause is kept."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.api import Event, Reaction, Step, StepHandler, Trigger
from tests.deaf import deaf
from tests.push.office import ANJU, Office

SOON = timedelta(milliseconds=100)


class Called(Event, frozen=True, kw_only=True):
    """Somebody calls."""


class Told(Event, frozen=True, kw_only=True):
    """Somebody tells."""


class Part(Step, frozen=True, kw_only=True):
    """A part of the work."""


class Deaf:
    """Hears of everything, and not that its time is over; on everywhere."""

    builtin = True
    EVENTS = (Called, Told)
    TRIGGERS = (Trigger(event=Called, call=deaf, budget=SOON),)
    REACTIONS = (Reaction(event=Told, call=deaf, budget=SOON),)
    STEPS = (StepHandler(step=Part, call=deaf, budget=SOON),)


@pytest.fixture
def plugins() -> list[tuple[str, Any]]:
    return [("deaf", Deaf())]


@pytest.mark.parametrize("event", [Called, Told, Part], ids=["trigger", "reaction", "step"])
async def test_who_does_not_hear_its_end_is_left_and_tried_again(office: Office, event: type[Event]) -> None:
    async def retried() -> bool:
        row = await office.database["events"].find_one({})
        return row is not None and row["todo"][0]["attempts"] >= 2

    async with office.push.running():
        await office.units.run(_telling(event), plugin="deaf", place=office.units.places.tree[ANJU])
        await office.until(retried)

    row = await office.database["events"].find_one({})
    assert row is not None
    assert row["todo"][0]["error"].startswith("TimeoutError at ")


def _telling(event: type[Event]) -> Any:
    async def tell(ctx: Any) -> None:
        ctx.emit(event(place=ANJU))

    return tell
