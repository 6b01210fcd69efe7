"""What stands in full: for those whose work it is, with a reason, written down."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.api import Context
from hub.words.errors import Forbidden, Invalid, NotFound
from tests.world import CITY, JUXIAN

PERSON = "POST /papers/{id}/person"


async def test_with_a_reason_it_is_shown_and_written_down(papers):
    paper = await papers.paper(JUXIAN)

    shown = await papers.ask(papers.county(), PERSON, id=paper.id, body={"reason": " 上门核实 "})

    [line] = await papers.lines()
    assert shown.name == "王建国"
    assert (line["what"], line["subject"], line["why"]) == ("papers.person", paper.id, "上门核实")
    assert line["details"] == {"number": "n001"}
    assert "王建国" not in str(line)


async def test_without_one_it_is_not(papers):
    paper = await papers.paper(JUXIAN)

    with pytest.raises(Invalid) as told:
        await papers.ask(papers.county(), PERSON, id=paper.id, body={"reason": ""})

    assert told.value.fields == {"reason": "请填写查看的理由。"}
    assert await papers.lines() == []


async def test_it_is_for_those_whose_work_it_is(papers):
    """Not for another desk, nor from another county's or the city's place, nor for whom it is about."""
    other = await papers.paper(JUXIAN, desk="b")
    own = await papers.paper(JUXIAN, avoid=(papers.county().person,))
    seen = await papers.paper(JUXIAN)
    body = {"reason": "上门核实"}

    with pytest.raises(Forbidden):
        await papers.ask(papers.county(), PERSON, id=other.id, body=body)
    with pytest.raises(NotFound):
        await papers.ask(papers.county(), PERSON, id=own.id, body=body)
    with pytest.raises(NotFound):
        await papers.ask(papers.world.staff(CITY), PERSON, at=CITY, id=seen.id, body=body)
    assert await papers.lines() == []


def test_its_route_is_described(papers):
    route = papers.routes[PERSON]

    assert route.rate == (7, timedelta(hours=1))
    assert route.call.__doc__ == "Whom it is about."
    assert route.call.__annotations__["ctx"] is Context
