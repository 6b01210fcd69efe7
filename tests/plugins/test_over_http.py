"""Declarations and the worklist inside a whole hub: its doors, its dispatcher, its inbox; and silence where they are off."""

from __future__ import annotations

import io
from typing import Any

import pytest
from PIL import Image

from hub.rules.switching import switch
from hub.testing import HubSetup, Phone, Refusal
from hub.words.actors import HUB
from tests.plugins.conftest import CIVIL, OLD_AGE
from tests.whole import import_catalogue
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG, UNHURRIED, VILLAGE

CASES, TASKS = f"/{ANJU}/declaration/cases", f"/{ANJU}/worklist/tasks"


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return HubSetup(plugins=("declaration",), settings=UNHURRIED, prepare=import_catalogue)


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(out, "JPEG")
    return out.getvalue()


async def form_of(app: Phone, **beneficiary: str) -> dict[str, Any]:
    """高龄津贴 for somebody else, its files uploaded."""
    keys = ("id_card", "household", "social_card", "proof")
    materials = {key: [await app.upload(picture())] for key in keys}
    person = {"name": "李桂兰", "id_number": "510904194403150023", "phone": "19900000001", "region": VILLAGE}
    person |= {"category": "aged_80"} | beneficiary
    return {"project": OLD_AGE, "declared_for": "other", "beneficiary": person, "materials": materials}


async def test_from_phone_to_phone(resident, staff, expect_push):
    """Submitted by a resident, the task lands with the window of that town alone; decided there, the resident hears
    of it.
    """
    wang, zhou = await resident(), await staff("window", region=JUXIAN, node="accept")
    elsewhere = await staff("window", region=DONGCHAN, node="accept")
    tang = await staff(region=JUXIAN, bureau=CIVIL, node="review_town")

    case = await wang.post(CASES, await form_of(wang))
    await expect_push(zhou, "worklist.arrived", "待办到达：高龄津贴 · 李*兰（受理）")
    [task] = (await zhou.get(TASKS))["items"]
    claimed = await zhou.post(f"{TASKS}/{task['id']}/claim")
    passing = {"move": "pass", "opinion": "齐全", "version": claimed["version"]}
    done = await zhou.post(f"{TASKS}/{task['id']}/decide", passing)

    assert done["handler"] == "周敏"
    await expect_push(wang, "declaration.accepted", "申报已受理：高龄津贴")
    await expect_push(tang, "worklist.arrived", "待办到达：高龄津贴 · 李*兰（乡镇审核）")
    assert (await elsewhere.get("/inbox"))["items"] == []
    seen = await wang.get(f"{CASES}/{case['id']}")
    assert [step["handler"] for step in seen["progress"]] == ["周敏", "", ""]


async def test_a_file_is_opened_where_the_case_is_decided(resident, staff, phones):
    """As the bytes that they are, by the window."""
    wang, zhou = await resident(), await staff("window", region=JUXIAN, node="accept")
    person = {"name": "吴秀兰", "id_number": "510981193806079960", "category": "aged_80"}
    case = await wang.post(CASES, await form_of(wang, **person))
    [file] = (await wang.get(f"{CASES}/{case['id']}"))["materials"][0]["files"]

    address = f"{zhou.url}/api/v1/{ANJU}/declaration/review/{case['id']}/files/{file}"
    async with phones.http.get(address, headers={"Authorization": f"Bearer {zhou.token}"}) as answer:
        opened = await answer.read()

    assert opened[:3] == b"\xff\xd8\xff"


async def test_a_second_case_for_the_same_person_is_told(resident):
    chen = await resident("陈学文")
    form = await form_of(chen, name="徐光荣", id_number="510922193501019975", category="aged_90")
    await chen.post(CASES, form)

    with pytest.raises(Refusal, match="请勿重复申报") as refused:
        await chen.post(CASES, form)

    assert (refused.value.status, refused.value.code) == (409, "duplicate")


async def test_switched_off_and_on_while_running(hub, resident):
    """Off: gone within a second. On again without a restart: the open case is where it was."""
    liu = await resident("刘梅")
    case = await liu.post(CASES, await form_of(liu, name="蒋志勇", id_number="510903194311119997"))
    one = f"{CASES}/{case['id']}"

    await switch(hub.units, ANJU, "declaration", on=False, actor=HUB)
    off = await liu.refusal_of(one)
    await switch(hub.units, ANJU, "declaration", on=True, actor=HUB)

    assert off.status == 404
    assert (await liu.get(one))["state"] == "handling"


@pytest.mark.parametrize("plugin", ["declaration", "worklist"])
async def test_where_it_is_off_nothing_of_it_exists(phones, plugin):
    await phones.expect_silence(plugin, SHEHONG)
