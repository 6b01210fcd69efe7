"""人数 and 金额: as many as were put up, the sum of those lists that are long enough, and nothing that tells one person's money."""

from __future__ import annotations

from plugins.payments.events import PaymentMade
from plugins.publicity.events import RowsPublished
from tests.village.conftest import ANJU, LAND, OTHER_VILLAGE, VILLAGE, of_project, said


async def paid(office, *rows: str, batch: str = "batch-1") -> None:
    """The bank has paid these."""
    fact = {"place": VILLAGE, "batch": batch, "benefit": "b", "number": "1", "project": LAND, "short": "地力保护"}
    more = {"bureau": "农业农村局", "period": "2026", "persons": (), "who": "张*", "attempt": 1}
    at = office.world.clock.now()
    await office.tell(*(PaymentMade(row=row, at=at, **fact, **more) for row in rows), plugin="payments")


async def test_a_villages_list_is_counted_with_its_sum(office):
    """In parts of 200, each village for itself."""
    id = await office.put_up(250)

    await office.confirmed_list(id)

    [entry] = await office.lists()
    assert (entry.people, entry.total, entry.stage) == ("250人", "87500.00", "公示已确认")
    assert of_project(await office.village()) == {"times": "250人次", "total": "87500.00"}
    assert (await office.village(at=OTHER_VILLAGE)).projects == []


async def test_the_sum_of_a_few_is_shown_nowhere(office):
    """One person's 350 yuan, nor two persons' 700, neither alone nor within the sum of the year."""
    for people, batch in ((1, "one"), (2, "two"), (5, "five")):
        await office.confirmed_list(await office.put_up(people, batch))

    lists, village = await office.lists(), await office.village()

    assert [(each.people, each.total) for each in lists] == [("5人", "1750.00"), ("2人", ""), ("1人", "")]
    assert of_project(village) == {"times": "8人次", "total": "1750.00"}
    for sum_of_few in ("350.00", "700.00", "2800.00", "2450.00", "2100.00"):
        assert sum_of_few not in said(lists) + said(village)


async def test_the_county_says_how_few_are_few(office):
    await office.turn("village", on=True, county=ANJU, settings={"least": 6})

    await office.confirmed_list(await office.put_up(5))

    assert of_project(await office.village())["total"] == ""


async def test_a_sensitive_project_tells_no_small_number(office):
    """And no amount, as its rows show none."""
    await office.confirmed_list(await office.put_up(2, sensitive=True))

    [entry] = await office.lists()

    assert (entry.people, entry.total) == ("少于3人", "")
    assert of_project(await office.village()) == {"times": "少于3人次", "total": ""}


async def test_what_is_told_again_counts_once(office):
    """Facts come at least once."""
    await office.put_up(5)
    events = office.world.database["events"]

    await events.update_many({"type": "publicity.RowsPublished"}, {"$set": {"state": "pending"}})
    await office.deliver()

    assert of_project(await office.village())["times"] == "5人次"


async def test_an_ended_publicity_counts_nothing(office):
    """Nor does what was told before and is heard after."""
    id = await office.put_up(5)
    [first] = await office.facts(RowsPublished)

    await office.do("end", id, office.payer(), reason="名单有误")
    ended = await office.village()
    events = office.world.database["events"]
    await events.update_many({"type": "publicity.RowsPublished"}, {"$set": {"state": "pending", "late": True}})
    await office.deliver()

    assert first.counts[0].people == 5
    assert (ended.projects, ended.open) == ([], [])
    assert (await office.village()).projects == []


async def test_rows_heard_late_stand_as_their_list_does(office):
    """The reader was cut off while the list was confirmed."""
    id = await office.put_up(5)
    database = office.world.database
    await office.confirmed_list(id)
    await database["village.entries"].delete_many({})

    first = {"type": "publicity.RowsPublished", "data.phase": "started"}
    await database["events"].update_many(first, {"$set": {"state": "pending", "late": True}})
    await office.deliver()

    assert [each.stage for each in await office.lists()] == ["公示已确认"]


async def test_who_was_paid_is_counted_once_for_each_row(office):
    await office.confirmed_list(await office.put_up(5))

    await paid(office, "batch-1-1", "batch-1-2")
    await paid(office, "batch-1-2", "batch-1-3")

    [entry] = await office.lists()
    assert (entry.paid, entry.stage) == (3, "已发放3人")


async def test_other_years_are_apart(office):
    await office.confirmed_list(await office.put_up(5))

    before = await office.village(year=2025)

    assert (before.projects, await office.lists(year=2025)) == ([], [])
