"""移动审核 on a wide screen: lists are tables, and what is decided stands beside what it is decided on."""

from __future__ import annotations

import pytest

from tests.pages.flows.conftest import Lends
from tests.rows.rows import Walk, Walker
from tests.rows.test_worklist_rows import declare
from tests.world import JUXIAN

TASKS = f"/ydsh/{JUXIAN}/worklist/tasks"
OLD = ("510904194403150023", "510923194106120011", "510904193805120025")
# Where the heads and the cells of each row begin, and how many lines of them there are.
BEGINS = """
list => [...list.querySelectorAll(".heads, .row")].map(row =>
  [...row.querySelectorAll(":scope > span:not(.what):not(.tail), .name, .dots > span")].map(cell => cell.getBoundingClientRect().left))
"""


@pytest.fixture(scope="module")
async def waiting() -> list[str]:
    """Numbers of the cases that wait at the window, once they were declared."""
    return []


@pytest.fixture
async def window(walk: Walk, waiting: list[str]) -> Walker:
    resident = await walk.resident("王建国")
    if not waiting:
        waiting += [(await declare(resident, number))["number"] for number in OLD]
        await walk.settled()
    return await walk.staff("window", JUXIAN, node="accept")


async def test_a_list_is_a_table_at_a_desk(window: Walker, waiting: list[str], lends: Lends) -> None:
    """Each fact of a row under its head; a row leads to its case wherever it is clicked."""
    phone = await lends(window, "ydsh", width=1280)
    await phone.open(TASKS)

    heads, *rows = await phone.page.locator("#list").evaluate(BEGINS)
    await phone.page.get_by_text(waiting[0]).click()

    assert len(heads) == 7 and [row for row in rows if row != heads[:-1]] == []
    await phone.is_at(f"{TASKS}/[0-9a-f-]+")


async def test_a_list_has_no_heads_on_a_phone(window: Walker, lends: Lends) -> None:
    """What is known there stands in rows as before."""
    phone = await lends(window, "ydsh", width=375)

    await phone.open(TASKS)

    assert not await phone.page.locator("#list .heads").is_visible()
    assert await phone.page.locator("#list a.row").count() == len(OLD)


@pytest.mark.parametrize(("width", "beside"), [(1280, True), (375, False)])
async def test_a_decision_stands_beside_its_materials(
    window: Walker, waiting: list[str], lends: Lends, width: int, beside: bool
) -> None:
    """Below them on a phone."""
    case = waiting[1 if beside else 2]
    task = await window.task(JUXIAN, case, "accept")
    await window.post(f"/{JUXIAN}/worklist/tasks/{task['id']}/claim")
    phone = await lends(window, "ydsh", width=width)

    await phone.open(f"{TASKS}/{task['id']}")

    materials = await phone.page.get_by_role("region", name="材料").bounding_box()
    decision = await phone.page.locator("form#form").bounding_box()
    assert materials is not None and decision is not None
    assert (materials["x"] + materials["width"] <= decision["x"] + 1) == beside
    assert (materials["y"] + materials["height"] <= decision["y"]) != beside
