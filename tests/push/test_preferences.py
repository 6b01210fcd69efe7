"""消息设置: what somebody left out is not sent by WeChat and stands in 消息 all the same; what must be told is told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from hub.push.preferences import Preference, Preferences, id_of
from hub.push.settings import ExpiryRule, ExpiryRules, PushSettings, WorkerSettings
from tests.push.office import ANJU, OA, YKT, Office, Parcel
from tests.push.test_quiet_hours import EVENING


async def choose(office: Office, person: str, **choice: Any) -> None:
    kept = Preference(id=id_of(person, "ykt"), person=person, app="ykt", **choice)
    await office.database.transaction(lambda session: Preferences(office.database).keep(session, kept))


@pytest.mark.parametrize("choice", [{"muted": ("P14",)}, {"via": "none"}], ids=["this sort", "all"])
async def test_what_is_left_out_stands_in_the_inbox_alone(office: Office, choice: dict[str, Any]) -> None:
    """With the reason a clerk can read; the other person hears of it by WeChat."""
    ann, bob = await office.person("ann"), await office.person("bob")
    await choose(office, ann, **choice)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann, bob)))
        await office.confirmed()

    by_person = {each.person: (each.state, each.reason) for each in await office.deliveries()}
    assert by_person == {ann: ("suppressed", "muted"), bob: ("delivered", None)}
    assert {entry.person for entry in office.published} == {ann, bob}
    await office.balance()


@pytest.mark.parametrize("parcel", [{"message": "legal"}, {"urgent": True}], ids=["legal", "urgent"])
async def test_what_must_be_told_is_told(office: Office, parcel: dict[str, Any]) -> None:
    """Neither the sort nor WeChat as a whole can be left out for it."""
    ann = await office.person("ann")
    await choose(office, ann, via="none", muted=("P14",))

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,), **parcel))
        await office.confirmed()

    assert await office.states() == [("delivered", None)]


@pytest.mark.parametrize(
    ("code", "wanted"), [("P05", True), ("P07", True), ("P17", True), ("P01", False), ("P14", False)]
)
async def test_of_what_nobody_else_hears_staff_are_told(office: Office, code: str, wanted: bool) -> None:
    ann = await office.person("ann")
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
    [parcel] = await office.deliveries()

    silent = Preference(id=id_of(ann, "ydsh"), person=ann, app="ydsh", via="none", muted=(code,))

    assert silent.wants(replace(parcel, code=code)) is wanted


@pytest.mark.parametrize("name", ["legal", "service", "digest", "notice"])
def test_nothing_is_too_old_before_its_night_is_over(name: str) -> None:
    """The longest that somebody can choose lasts thirteen hours."""
    short = ExpiryRule(max_age=timedelta(hours=13), repeat_when_unknown=True)

    with pytest.raises(ValueError, match=f"push.worker.classes.{name}.max_age"):
        PushSettings(worker=WorkerSettings(classes=replace(ExpiryRules(), **{name: short})))


async def test_a_choice_made_while_it_waits_counts(office: Office) -> None:
    """Planned at night, left out before the morning."""
    ann = await office.person("ann")
    office.clock.advance(EVENING)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.settled()
        await choose(office, ann, muted=("P14",))
        office.clock.advance(timedelta(hours=11))
        await office.settled()

    assert (await office.states(), await office.texts()) == ([("suppressed", "muted")], [])


async def test_a_night_of_ones_own_goes_before_the_usual_one(office: Office) -> None:
    """Of three who are told at 20:30 one has no night, one sleeps already, one until nine."""
    ann, bob, cat = [await office.person(name) for name in ("ann", "bob", "cat")]
    await choose(office, bob, quiet="early")
    await choose(office, cat, quiet="long")
    office.clock.advance(timedelta(hours=11, minutes=30))

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann, bob, cat)))
        await office.settled()
        evening = {each.person: each.state for each in await office.deliveries()}
        office.clock.advance(timedelta(hours=12))  # 08:30
        await office.settled()
        morning = {each.person: each.state for each in await office.deliveries()}

    assert (evening[ann] != "held", evening[bob], evening[cat]) == (True, "held", "held")
    assert (morning[bob] != "held", morning[cat]) == (True, "held")


async def test_whoever_has_no_night_hears_at_night(office: Office) -> None:
    ann = await office.person("ann")
    await choose(office, ann, quiet="never")
    office.clock.advance(EVENING)

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.confirmed()

    assert await office.texts() == ["高龄津贴"]


async def test_the_mini_program_goes_first_where_somebody_wants_it(office: Office) -> None:
    """And the official account where it has no credit left."""
    ann = await office.person("ann", mp=True, credits=1)
    await choose(office, ann, via="mp")

    async with office.push.running():
        for subject in ("c1", "c2"):
            await office.tell(Parcel(place=ANJU, subject=subject, persons=(ann,)))
            await office.settled()

    assert [each.account for each in await office.deliveries()] == [YKT, OA]
