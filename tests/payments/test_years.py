"""年度发放清单: what one person was paid in a year of the city's calendar, for themselves and for those whose work it is."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hub.words.errors import Forbidden, NotFound
from tests.payments.conftest import PayOffice, line
from tests.world import SHEHONG

MINE, ROW = "GET payments/mine/{id}/year", "GET payments/rows/{id}/year"


async def paid(office: PayOffice, *moments: datetime, n: int = 1) -> list[str]:
    """A payment of 350 yuan at each of these moments; the ids of their rows."""
    await office.enrol(line(n))
    batch = await office.paying()
    [first] = await office.rows(batch.id)
    await office.answer(batch.id, (f"{first.number}-1", "成功", ""))
    rows = office.world.database["payments.rows"]
    kept = await rows.find_one({"_id": first.id})
    await rows.update_one({"_id": first.id}, {"$set": {"paid_at": moments[0]}})
    for at, moment in enumerate(moments[1:], start=2):
        more = {"_id": f"{first.id}-{at}", "number": f"{first.number}{at}", "period": f"20{at:02}", "paid_at": moment}
        await rows.insert_one({**kept, **more})
    return [first.id, *(f"{first.id}-{at}" for at in range(2, len(moments) + 1))]


async def test_a_year_is_that_of_the_city(office):
    """The last minute of 2025 and the first of 2026 in Shanghai, which are both in 2025 in UTC."""
    late, early = datetime(2025, 12, 31, 15, 59, tzinfo=UTC), datetime(2025, 12, 31, 16, 0, tzinfo=UTC)
    [id, other] = await paid(office, late, early)
    reader = await office.prove("zhang", 1)

    own = await office.ask(reader, MINE, id=id)
    asked = await office.ask(reader, MINE, id=id, query={"year": 2026})

    assert (own.year, [each.id for each in own.items]) == (2025, [id])
    assert (asked.year, [each.id for each in asked.items]) == (2026, [other])


async def test_it_adds_up_with_the_newest_first(office):
    months = [datetime(2026, month, 10, tzinfo=UTC) for month in (3, 9, 6)]
    [march, september, june] = await paid(office, *months)
    reader = await office.prove("zhang", 1)

    year = await office.ask(reader, MINE, id=march)

    assert [each.id for each in year.items] == [september, june, march]
    assert (year.total, year.more, year.person.name) == ("1050.00", False, "张*")


async def test_what_is_not_paid_is_not_on_it(office):
    await office.enrol(line(1))
    reader = await office.prove("zhang", 1)
    batch = await office.paying()
    [row] = await office.rows(batch.id)

    year = await office.ask(reader, MINE, id=row.id)

    assert (year.items, year.total) == ([], "0.00")


async def test_it_is_for_nobody_else(office):
    """Neither for a neighbour, nor for another county's handler; the granting bureau reads it, and that is written down."""
    [id] = await paid(office, datetime(2026, 3, 10, tzinfo=UTC))
    neighbour = await office.prove("li", 2)

    with pytest.raises(Forbidden):
        await office.ask(neighbour, MINE, id=id)
    with pytest.raises(NotFound):
        await office.ask(office.farmer("外县", SHEHONG), ROW, id=id)
    year = await office.ask(office.farmer(), ROW, id=id)

    assert [each.id for each in year.items] == [id]
    assert await office.world.database["audit"].count_documents({"what": "payments.year", "subject": id}) == 1


async def test_a_bureau_reads_of_its_own_projects_alone(office):
    """The same person's money of another bureau is on no list that it prints."""
    [id, _] = await paid(office, *[datetime(2026, 3, day, tzinfo=UTC) for day in (10, 11)])
    of_others = {"bureau": ["民政局", "财政局"], "sensitive": True}
    await office.world.database["payments.rows"].update_one({"_id": f"{id}-2"}, {"$set": of_others})

    year = await office.ask(office.farmer(), ROW, id=id)

    assert [each.id for each in year.items] == [id]
