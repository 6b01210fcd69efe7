"""Complaints on a whole hub, through its own doors and dispatcher; and nothing of them where they are off."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from hub.identity.staff import PositionWanted
from hub.testing import HubSetup, Refusal
from tests.complaints.conftest import CIVIL, OLD_AGE
from tests.whole import all_but
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

COMPLAINTS = f"/{ANJU}/complaints"


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return all_but("complaints")


def form(**changes: Any) -> dict[str, Any]:
    about = {"against": "project", "project": OLD_AGE, "bureau": CIVIL}
    return {"notice": "0", "type": "favour", "text": "评议不公开", "publish": False, **about, **changes}


async def test_the_office_hears_of_it_and_the_accused_do_not(resident, staff, expect_push):
    """Through the real directory: one of two handlers belongs to the accused town; about the county the city hears."""
    accused = PositionWanted(role="handler", region=JUXIAN, bureau=CIVIL)
    handler, clerk = await staff(bureau=CIVIL), await staff(bureau=CIVIL, also=[accused])
    above, wang = await staff(region=CITY, bureau=CIVIL), await resident()

    filed = await wang.post(COMPLAINTS, form(against="unit", unit_region=JUXIAN, unit_bureau=CIVIL))
    passed = await wang.post(COMPLAINTS, form(against="unit", unit_region=ANJU, unit_bureau=CIVIL))

    one = f"{COMPLAINTS}/{passed['complaint']['id']}"
    for phone in (handler, above):
        await expect_push(phone, "complaints.arrived", "投诉新到：高龄津贴")
    inboxes = [(await phone.get("/inbox"))["items"] for phone in (clerk, handler, above)]
    assert [len(inbox) for inbox in inboxes] == [0, 1, 1]
    assert (filed["complaint"]["state"], (await clerk.get(COMPLAINTS))["items"]) == ("filed", [])
    assert (await handler.refusal_of(one)).status == 404
    assert (await above.post(f"{one}/accept", {"version": 1}))["complaint"]["state"] == "accepted"
    await expect_push(wang, "complaints.accepted", "投诉已受理：高龄津贴")


async def test_a_complaint_that_is_sent_twice_is_answered_as_it_is_now(resident):
    """The phone that lost the first answer does not learn of a state that is over."""
    chen, key = await resident("陈芳"), uuid4().hex
    filed = await chen.post(COMPLAINTS, form(), key=key)
    await chen.post(f"{COMPLAINTS}/mine/{filed['id']}/withdraw", {"version": filed["complaint"]["version"]})

    now = await chen.post(COMPLAINTS, form(), key=key)

    assert (now["id"], now["complaint"]["state"]) == (filed["id"], "withdrawn")


async def test_an_old_notice_is_refused(resident):
    chen = await resident("陈芳")

    with pytest.raises(Refusal, match="重新阅读") as refused:
        await chen.post(COMPLAINTS, form(notice="9"))

    assert (refused.value.status, refused.value.error["state"]) == (409, {"notice": "0"})


async def test_where_complaints_are_off_nothing_of_them_exists(phones):
    await phones.expect_silence("complaints", SHEHONG)
