"""Payments on a whole hub, through its own doors and dispatcher; and nothing of them where they are off."""

from __future__ import annotations

import pytest

from hub.testing import HubSetup, Refusal, settled
from tests.payments.conftest import FARMING, LAND, line, number_of, roster
from tests.whole import all_but
from tests.world import ANJU, JUXIAN, SHEHONG

PAYMENTS = f"/{ANJU}/payments"
ROSTER = f"{PAYMENTS}/rosters?project={LAND}&short=地力保护&bureau={FARMING}"


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return all_but("payments")


async def test_a_roster_and_a_proof_open_ones_own_payments(hub, resident, staff):
    """Uploaded by the bureau, read by the dispatcher in parts; proved at the window, the resident reads theirs and no other."""
    farmer, window = await staff(bureau=FARMING), await staff("window", region=JUXIAN)
    zhang = await resident("张一", number=number_of(10))
    table = roster(line(10, name="张一"), line(11), line(12, card="1")).data

    intake = await farmer.send(ROSTER, table, "r.csv", "text/csv")
    await settled(hub)
    one = f"{PAYMENTS}/intakes/{intake['id']}"
    done, rejects = await farmer.get(one), (await farmer.get(f"{one}/rejects"))["items"]
    with pytest.raises(Refusal) as refused:
        await zhang.get(f"{PAYMENTS}/mine")
    proof = {"person": zhang.person, "name": "张一", "id_number": number_of(10)}
    await window.post(f"/{JUXIAN}/proofs", proof)
    body = {"project": LAND, "period": "2026", "title": "2026年地力保护补贴"}
    batch = await farmer.post(f"{PAYMENTS}/batches", body)
    await settled(hub)

    assert (done["state"], done["added"], done["rejected"], [each["line"] for each in rejects]) == ("done", 2, 1, [4])
    assert (refused.value.status, refused.value.code) == (403, "prove_first")
    [mine] = (await zhang.get(f"{PAYMENTS}/mine"))["items"]
    assert (mine["amount"], mine["batch"], mine["person"]["name"]) == ("350.00", batch["id"], "张*")


async def test_where_payments_are_off_nothing_of_them_exists(phones):
    await phones.expect_silence("payments", SHEHONG)
