"""Publicity on a whole hub, through its own doors; and nothing of it where it is off."""

from __future__ import annotations

import pytest

from hub.testing import HubSetup, settled
from tests.plugins.conftest import CIVIL
from tests.publicity.conftest import SunOffice
from tests.whole import all_but
from tests.world import ANJU, CITY, JUXIAN, SHEHONG, VILLAGE


@pytest.fixture(scope="module")
def hub_setup() -> HubSetup:
    return all_but("publicity")


async def test_where_it_is_off_nothing_of_it_exists(hub, phones):
    """A case that comes there leaves no trace, either."""
    office = SunOffice.__new__(SunOffice)
    office.world = hub
    elsewhere = office.arrival(1, place="510981104", identity=office.arrival(1, place=VILLAGE).identity)

    async def tell(ctx):
        ctx.emit(elsewhere)

    await hub.units.run(tell, plugin="declaration", place=hub.places.tree[SHEHONG])
    await settled(hub)

    await phones.expect_silence("publicity", SHEHONG)


async def test_the_menu_offers_it_to_whom_it_is_for(resident, staff):
    """公示栏 to handlers, 阳光公示查询 to everybody."""
    people = [await staff(region=JUXIAN, bureau=CIVIL), await resident()]

    menus = [repr(await phone.get(f"/{ANJU}/menu")) for phone in people]

    assert [("公示栏" in menu, "阳光公示查询" in menu) for menu in menus] == [(True, False), (False, True)]


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/{ANJU}/publicity/notices?cursor=broken", 422),
        (f"/{ANJU}/publicity/notices?state=preparing", 422),
        (f"/{ANJU}/publicity/notices?keyword={'长' * 51}", 422),
        (f"/{ANJU}/publicity/notices/nothing", 404),
        (f"/{CITY}/publicity/notices/nothing/rows", 404),
    ],
)
async def test_a_wrong_question_is_answered_in_words(resident, path, status):
    """Unknown filters, broken cursors, what does not exist."""
    wang = await resident()

    refused = await wang.refusal_of(path)

    assert refused.status == status and refused.error["message"]
