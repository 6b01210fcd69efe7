"""Complaints and payments together, both real: the payment waits while its complaint is open, and goes on or away with its end."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from hub.testing import HubSetup
from tests.complaints.conftest import surveys
from tests.payments.conftest import FARMING, FINANCE, Guarding, PayOffice, line, publicity_facts
from tests.plugins.conftest import open_projects, turn
from tests.world import ANJU, SHEHONG, UNHURRIED, World


@pytest.fixture(scope="module")
async def pay_world(county_worlds: Any) -> World:
    plugins = ("declaration", "payments", "complaints")
    others = {"publicity": publicity_facts(), "survey": surveys()}
    setup = HubSetup(plugins=plugins, stand_ins=others, on=(ANJU, SHEHONG), settings=UNHURRIED, prepare=open_projects)
    return await county_worlds(setup)


@pytest.fixture
async def office(pay_world: World) -> PayOffice:
    await pay_world.begin()
    return PayOffice(pay_world, Guarding())


async def complained(office):
    """A confirmed batch of two whose money was given; 张一 complains about their own row, which waits."""
    zhang = await office.prove("zhang", 1)
    await office.enrol(line(1), line(2))
    batch = await office.disbursed()
    [row] = (await office.ask(zhang, "GET payments/mine")).items
    form = {"notice": "0", "type": "amount", "text": "少算一亩", "publish": False, "kind": "payment", "row": row.id}
    filed = (await office.ask(zhang, "POST complaints", body=form)).complaint
    await office.deliver()
    await office.decide(office.finance(), batch.id, "pass", "发放")
    assert await office.counts(batch.id) == {"held": 1, "sent": 1}
    return zhang, batch, filed


async def test_taken_back_by_its_complainant_the_payment_goes_on(office):
    """They see neither the batch nor the others' rows; the payment is let go all the same, and the next run is asked for."""
    zhang, batch, filed = await complained(office)

    body = {"version": filed.version}
    await office.ask(zhang, "POST complaints/mine/{id}/withdraw", id=filed.id, body=body)
    await office.deliver()
    await office.decide(office.finance(), batch.id, "pass", "补发")

    assert await office.counts(batch.id) == {"sent": 2}


@pytest.mark.parametrize(("upheld", "counts"), [("yes", {"sent": 1, "struck": 1}), ("no", {"held": 1, "sent": 1})])
async def test_another_bureau_may_find_out_what_is_true(office, upheld, counts):
    """Passed on to 民政局, which sees no roster of 农业农村局's own; with the end the row goes, or is free again."""
    zhang, batch, filed = await complained(office)
    handler = office.staff("罗勇", office.position("handler", ANJU, bureau=FARMING))
    civil = office.staff("民政", office.position("handler", ANJU, bureau="民政局"))

    async def press(actor, move, **body):
        stored = await office.world.database["complaints.complaints"].find_one({"_id": filed.id})
        body = {"version": stored["version"], **body}
        await office.ask(actor, f"POST complaints/{{id}}/{move}", id=filed.id, body=body)
        await office.deliver()

    await press(handler, "transfer", region=ANJU, bureau="民政局", reason="涉及民政")
    await press(civil, "accept")
    said = {"opinion": "已核查", "situation": "已丈量", "upheld": upheld}
    await press(civil, "reply", processed_at=office.world.clock.now(), **said)
    stored = await office.world.database["complaints.complaints"].find_one({"_id": filed.id})
    answer = {"version": stored["version"], "satisfied": True}
    await office.ask(zhang, "POST complaints/mine/{id}/answer", id=filed.id, body=answer)
    await office.deliver()

    assert await office.counts(batch.id) == counts
    if upheld == "no":
        await office.decide(
            office.staff("钱进", office.position("handler", ANJU, bureau=FINANCE)), batch.id, "pass", "补发"
        )
        assert await office.counts(batch.id) == {"sent": 2}


async def test_taken_back_while_payments_are_off_the_payment_goes_on_when_they_are_on(office):
    """Nobody hears of the end at the time; asked again, payments let it go."""
    zhang, batch, filed = await complained(office)
    await turn(office, "payments", on=False)
    await office.ask(zhang, "POST complaints/mine/{id}/withdraw", id=filed.id, body={"version": filed.version})
    await office.deliver()

    await turn(office, "payments", on=True)
    office.world.clock.advance(timedelta(hours=2))
    await office.job("complaints.watch")
    await office.deliver()
    await office.decide(office.finance(), batch.id, "pass", "补发")

    assert await office.counts(batch.id) == {"sent": 2}
