"""How a resident finds a branch: by area, by name, near the phone; and how far away it is."""

from __future__ import annotations

from typing import Any

import pytest

from hub.testing import County
from hub.words.actors import GUEST
from plugins.branches.handlers import BranchQuery, distance
from plugins.branches.pages import PAGES
from tests.branches.conftest import AT_SEAT, AT_TOWN, SEAT, TOWN, Brings
from tests.world import ANJU, CITY, JUXIAN, VILLAGE

HERE = {"latitude": 30.301, "longitude": 105.401}


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({}, ["农业银行安居支行", "农商银行聚贤支行"]),
        ({"area": JUXIAN}, ["农商银行聚贤支行"]),
        ({"keyword": "农商"}, ["农商银行聚贤支行"]),
        ({"keyword": "安居 农业"}, ["农业银行安居支行"]),
        ({"keyword": "农商", "area": VILLAGE}, []),
    ],
)
async def test_by_area_and_name(county: County, brings: Brings, asked: Any, found: list[str]) -> None:
    await brings(TOWN, SEAT)

    page = await county.ask(GUEST, "GET branches", at=VILLAGE, query=asked)

    assert [each.name for each in page.items] == found


async def test_the_nearest_first(county: County, brings: Brings) -> None:
    """One of which nobody knows where it is, is not near."""
    await brings(TOWN | AT_TOWN, SEAT | AT_SEAT, SEAT | {"网点名称": "建设银行安居支行"})

    found = (await county.ask(GUEST, "POST branches/nearest", at=VILLAGE, body=HERE)).items

    assert [(each.name, each.away) for each in found] == [
        ("农商银行聚贤支行", "约100米"),
        ("农业银行安居支行", "约11.4公里"),
    ]


async def test_the_page_offers_the_towns_that_have_any(county: County, brings: Brings) -> None:
    await brings(TOWN, SEAT)

    page, at_city = [await county.look(GUEST, PAGES[0], at=at, query=BranchQuery()) for at in (ANJU, CITY)]

    assert [(area.value, area.label) for area in page.areas] == [(JUXIAN, "聚贤镇")]
    assert (page.chosen, at_city.chosen, at_city.lines) == (True, False, ())


def test_a_degree_along_the_equator_is_111_kilometres() -> None:
    assert distance((105.0, 0.0), (106.0, 0.0)) == pytest.approx(111.19, abs=0.01)
