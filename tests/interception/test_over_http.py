"""Interception on a whole hub, through its own doors and dispatcher; nothing of it where it is off."""

from __future__ import annotations

import pytest

from hub.testing import HubSetup, Refusal, settled
from tests.interception.conftest import CIVIL, ELDER
from tests.whole import all_but
from tests.world import ANJU, SHEHONG, VILLAGE

HITS, LISTS = f"/{ANJU}/interception/hits", f"/{ANJU}/interception/lists"


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return all_but("interception")


async def test_typed_found_told_cleared(hub, staff, expect_push):
    """A list is brought in, a surveyor types at a door, the bureau gets P09, two clear it, 纪委 closes it."""
    discipline, surveyor = await staff("discipline", app="ydsh"), await staff(region=VILLAGE, node="survey")
    first, second = [await staff(bureau=CIVIL, node="interception") for _ in range(2)]
    brought = await discipline.send(
        f"{LISTS}?kind=death", f"姓名,身份证号\n李桂兰,{ELDER}".encode(), "l.csv", "text/csv"
    )
    await settled(hub)
    household = {"place": VILLAGE, "project": "30005", "name": "李桂兰", "id_number": ELDER}

    await surveyor.post(f"/{VILLAGE}/survey/surveys", household)
    told = [await expect_push(phone, "interception.found", "拦截待确认") for phone in (first, discipline)]
    [hit] = (await first.get(HITS))["items"]
    one = f"{HITS}/{hit['id']}"
    version = (await first.get(one))["hit"]["version"]
    proposal = {"version": version, "reason": "同名同号登记有误", "evidence": "派出所证明"}
    proposed = (await first.post(f"{one}/propose", proposal))["hit"]
    agreed = {"version": proposed["version"], "reason": "同意"}
    with pytest.raises(Refusal, match="403"):
        await first.post(f"{one}/clear", agreed)
    cleared = (await second.post(f"{one}/clear", agreed))["hit"]
    closing = {"version": cleared["version"], "reason": "手续齐全"}
    reviewed = (await discipline.post(f"{one}/review", closing))["hit"]

    assert (await discipline.get(f"{LISTS}/{brought['id']}"))["state"] == "done"
    assert not [each for each in told if "李桂兰" in each["title"] or ELDER in each["title"]]
    assert (hit["who"], cleared["state"], reviewed["state"]) == ("李*兰", "cleared", "reviewed")


async def test_where_it_is_off_nothing_of_it_exists(phones):
    await phones.expect_silence("interception", SHEHONG)
