"""Surveys on a whole hub, through its own doors and dispatcher, beside the real payments; nothing of them where they are off."""

from __future__ import annotations

import pytest

from hub.testing import HubSetup, settled
from tests.payments.conftest import line, number_of, roster
from tests.plugins.conftest import FARMING, LAND
from tests.web.conftest import picture
from tests.whole import all_but
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE

PAYMENTS = f"/{ANJU}/payments"
ROSTER = f"{PAYMENTS}/rosters?project={LAND}&short=地力保护&bureau={FARMING}"
WHO = number_of(21)


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return all_but("survey")


async def test_a_survey_that_says_stop_stops_the_money(hub, staff):
    """Looked at without a prior task, archived by the town: the real payments stop what the person gets."""
    farmer, town = await staff(bureau=FARMING), await staff(region=JUXIAN, bureau=FARMING)
    surveyor = await staff(region=VILLAGE, node="survey")
    await farmer.send(ROSTER, roster(line(21)).data, "r.csv", "text/csv")
    household = {"place": VILLAGE, "project": LAND, "name": "张二", "id_number": WHO}
    survey, draft = await surveyor.post(f"/{VILLAGE}/survey/surveys", household), hub.units.new_id()
    one = f"survey/surveys/{survey['survey']['id']}"
    photo, signature = [await surveyor.upload(picture()) for _ in range(2)]
    now = hub.clock.now().isoformat()
    filled = {"result": "untrue", "handling": "stop", "visited_at": now, "spot": "家中"}
    filled |= {"investigators": ["杨帆", "刘洋"], "photos": [photo], "signatures": [signature]}
    await settled(hub)
    paid = await found(farmer)

    await surveyor.put(f"/{VILLAGE}/{one}/drafts/{draft}", {"revision": 1, "saved_at": now, "form": filled})
    done = await surveyor.post(f"/{VILLAGE}/{one}/submit", {"draft": draft, "revision": 1})
    await town.post(f"/{JUXIAN}/{one}/archive", {"version": done["survey"]["version"]})
    await settled(hub)

    assert (paid, await found(farmer)) == (["active"], ["stopped"])


async def found(farmer):
    """The states of what the person gets."""
    page = await farmer.post(f"{PAYMENTS}/benefits/search", {"id_number": WHO})
    return [each["state"] for each in page["items"]]


async def test_where_surveys_are_off_nothing_of_them_exists(phones):
    await phones.expect_silence("survey", SHEHONG)
