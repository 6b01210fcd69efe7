"""From when a complaint holds its row: at once by the word of somebody who is proved, else with 受理."""

from __future__ import annotations

import pytest

from hub.api import PersonProved
from hub.rules.switching import switch
from hub.words.actors import HUB
from tests.world import ANJU


async def held(office, row):
    return list((await office.stored_row(row))["held"])


async def holds(office, complaint):
    return (await office.stored(complaint.id))["holds"]


@pytest.mark.parametrize("kind", ["publicity", "payment"])
async def test_a_mere_claim_is_taken_and_holds_nothing_before_an_office_accepts_it(office, kind):
    """The complaint is there, with its task and its limits; the row goes on until 受理."""
    row = await office.row(kind, readers=("wang", "chen"))
    first = await office.file(office.claimant("wang"), row)
    second = await office.file(office.claimant("chen"), row)
    before = await held(office, row)

    accepted = await office.do("accept", first.id)

    assert (before, await held(office, row)) == ([], [first.id])
    assert (accepted.holds, await holds(office, first), await holds(office, second)) == (True, True, False)
    assert (await office.task(second.id))["state"] == "open"


async def test_who_is_proved_holds_the_row_from_the_first_moment(office):
    row = await office.row()

    filed = await office.file(office.citizen("wang"), row)

    assert (await held(office, row), await holds(office, filed)) == ([filed.id], True)


async def test_a_county_may_let_every_objection_hold(office):
    settings = {"unproved_hold": "filing"}
    await switch(office.world.units, ANJU, "complaints", on=True, settings=settings, actor=HUB)
    row = await office.row()

    filed = await office.file(office.claimant("wang"), row)

    assert await held(office, row) == [filed.id]
    await switch(office.world.units, ANJU, "complaints", on=True, settings={}, actor=HUB)


async def test_with_the_proof_of_its_complainant_it_holds(office):
    """Shown their card at a window meanwhile."""
    row, other = await office.row(), await office.row()
    mine = await office.file(office.claimant("wang"), row)
    await office.file(office.claimant("chen"), other)

    proved = PersonProved(place=ANJU, person="wang", id_key=office.citizen("wang").id_key, before=())
    await office.world.units.run(told(proved), plugin="proofs", place=office.world.place(ANJU))
    await office.deliver()

    assert (await held(office, row), await held(office, other)) == ([mine.id], [])


def told(fact):
    async def tell(ctx):
        ctx.emit(fact)

    return tell


async def test_one_that_holds_nothing_ends_without_a_trace_on_the_row(office):
    """不予受理 of a mere claim."""
    row = await office.row()
    filed = await office.file(office.claimant("wang"), row)

    await office.do("refuse", filed.id)

    stored = await office.stored_row(row)
    assert (stored["held"], stored["ended"]) == ([], [[filed.id, False]])


async def test_merged_into_a_mere_claim_the_row_stays_held(office):
    """The one that goes on holds it from then on."""
    row = await office.row()
    main = await office.file(office.claimant("wang"), row)
    other = await office.file(office.citizen("chen"), row)

    await office.do("merge", other.id, into=main.id)

    assert (await held(office, row), await holds(office, main)) == ([main.id], True)
