"""发放公示: a batch's rows come in parts, it starts by itself, and what nobody objects to is paid."""

from __future__ import annotations

import pytest

from hub.reading.sheets import read_rows
from hub.words.actors import GUEST
from hub.words.errors import Conflict, Invalid, NotFound
from plugins.publicity import events
from tests.payments.conftest import line, number_of
from tests.publicity.conftest import ANJU, OTHER_VILLAGE, VILLAGE, pushed


async def test_a_thousand_rows_from_the_roster_to_the_money(office):
    """Payments' own events both ways; one row is objected to and paid later; the sum is what was published."""
    await office.enrol(*(line(n) for n in range(1_000)))
    batch = await office.published()
    id = await office.payment(batch.id)
    payer = office.payer()
    detail = await office.detail(id, payer)
    objected = (await office.rows(id, payer))[7].id
    await office.complain(objected)

    await office.pass_end(id)
    await office.do("confirm", id, payer)

    assert (detail.counts.shown, detail.total, detail.period) == (1_000, "350000.00", "2026")
    assert {row.quantity for row in await office.rows(id, payer)} == {"3.5亩"}
    counts = await office.counts(batch.id)
    assert ((await office.batch(batch.id)).state, counts) == ("confirmed", {"listed": 1, "confirmed": 999})
    await office.end_complaint(objected, upheld=False)
    assert await office.counts(batch.id) == {"confirmed": 1_000}
    assert (await office.detail(id, payer)).counts.confirmed == 1_000


async def test_an_upheld_objection_leaves_the_batch(office):
    """The others are paid."""
    await office.enrol(line(1), line(2))
    batch = await office.published()
    id = await office.payment(batch.id)
    first, _ = await office.row_ids(id)
    await office.complain(first)

    await office.end_complaint(first, upheld=True)
    await office.pass_end(id)
    await office.do("confirm", id, office.payer())

    assert await office.counts(batch.id) == {"confirmed": 1, "struck": 1}


async def test_an_objection_found_true_after_the_confirmation_still_takes_the_row_off_the_batch(office):
    """It never held the row; the money has not gone out."""
    await office.enrol(line(1), line(2))
    batch = await office.published()
    id = await office.payment(batch.id)
    first, _ = await office.row_ids(id)
    await office.complain(first, holds=False)
    await office.pass_end(id)
    await office.do("confirm", id, office.payer())
    confirmed = await office.counts(batch.id)

    await office.end_complaint(first, upheld=True, holds=False)

    assert (confirmed, await office.counts(batch.id)) == ({"confirmed": 2}, {"confirmed": 1, "struck": 1})


async def test_a_batch_that_was_broken_off_is_published_again(office):
    """Payments ask anew after their own review; the complaint about the same payment holds the new row."""
    await office.enrol(line(1), line(2))
    batch = await office.published()
    id = await office.payment(batch.id)
    first, _ = await office.row_ids(id)
    await office.complain(first)
    payer = office.payer()
    await office.do("end", id, payer, reason="金额有误")
    with pytest.raises(Conflict, match="重新审核"):
        await office.do("republish", id, payer)
    assert (await office.batch(batch.id)).state == "applied"
    await office.decide(office.farmer("何军"), batch.id, "pass", "同意")

    again = await office.payment(batch.id)
    assert again != id
    assert sorted(await office.states(again)) == ["objected", "shown"]
    assert sorted(await office.states(id)) == ["shown", "withdrawn"]


def wanted(subject: str, rows: int, **changes):
    given = {
        "place": ANJU,
        "subject": subject,
        "project": "10001",
        "short": "地力保护",
        "bureau": "农业农村局",
        "title": "批次",
        "days": 7,
        "rows_total": rows,
    }
    return given | changes


async def test_offered_twice_it_is_published_once(office):
    """At least once: the same wish, the same rows."""
    await office.offer(3)
    await office.offer(3)
    again = events.AddRows(
        place=ANJU,
        subject="batch-1",
        rows=(events.OfferedRow(subject_row="batch-1-0", identity=office.arrival(0).identity, place=VILLAGE),),
    )
    await office.tell(again)

    assert await office.world.database["publicity.publicities"].count_documents({}) == 1
    assert await office.states(await office.payment()) == ["shown"] * 3


async def test_rows_whose_word_comes_before_that_of_their_publicity_wait_for_it(office):
    """Its reader was cut off: they are tried again, and none is lost. What is over takes none."""
    stored = office.world.database["events"]
    row = events.OfferedRow(subject_row="r1", identity=office.arrival(1).identity, place=VILLAGE)
    add = events.AddRows(place=ANJU, subject="batch-9", round=1, rows=(row,))
    with pytest.raises(Conflict):
        await office.tell(add)
    await stored.update_many({"state": "pending"}, {"$set": {"state": "put off"}})
    await office.tell(events.PublishRows(**wanted("batch-9", 1), round=1))

    await stored.update_many({"state": "put off"}, {"$set": {"state": "pending"}})
    await office.deliver()

    assert await office.states(await office.payment("batch-9")) == ["shown"]
    await office.world.database["publicity.publicities"].update_many({}, {"$set": {"state": "ended"}})
    await office.tell(add)


async def test_rows_of_a_round_before_come_late_into_no_publicity(office):
    """It was broken off before they were heard; the amount was mended before it was asked for again."""
    identity = office.arrival(1).identity
    old, new = (events.OfferedRow(subject_row="r1", identity=identity, place=VILLAGE, amount=each) for each in "12")
    await office.tell(events.PublishRows(**wanted("batch-9", 1), round=1))
    waiting = await office.put_off(events.AddRows(place=ANJU, subject="batch-9", round=1, rows=(old,)))
    await office.do("end", await office.payment("batch-9"), office.payer(), reason="金额有误")
    await office.tell(events.PublishRows(**wanted("batch-9", 1), round=3))

    await office.take_up(waiting)
    await office.tell(events.AddRows(place=ANJU, subject="batch-9", round=3, rows=(new,)))

    rows = await office.world.database["publicity.rows"].find({}).to_list(9)
    assert [(row["amount"], row["state"]) for row in rows] == [("2", "shown")]


async def test_it_starts_with_the_last_row_only(office):
    await office.tell(events.PublishRows(**wanted("batch-9", 2)))
    rows = [
        events.OfferedRow(subject_row=f"r{n}", identity=office.arrival(n).identity, place=VILLAGE) for n in range(2)
    ]
    states = []
    with pytest.raises(Conflict, match="自动开始"):
        await office.do("start", await office.payment("batch-9"), office.payer())
    for row in rows:
        await office.tell(events.AddRows(place=ANJU, subject="batch-9", rows=(row,)))
        states.append((await office.stored(await office.payment("batch-9")))["state"])

    assert states == ["preparing", "running"]


@pytest.mark.parametrize(("days", "kept"), [(1, 3), (7, 7), (90, 60)])
async def test_days_stay_within_the_countys_bounds(office, days, kept):
    await office.offer(1, days=days)

    assert (await office.stored(await office.payment()))["limit"] == {"days": kept, "unit": "calendar"}


async def test_a_batch_without_rows_is_published_all_the_same(office):
    """Nobody to show, but its end has to be confirmed."""
    await office.offer(0)
    id = await office.payment()
    await office.pass_end(id)

    await office.do("confirm", id, office.payer())

    assert len(await office.told("publicity.PublicityConfirmed")) == 1


async def test_villages_and_persons_are_told_part_by_part(office):
    """Whoever follows a village hears of it; a person is in one message per phase."""
    office.pushes.clear()
    await office.offer(450)

    told = await office.told("publicity.RowsPublished")
    started = [persons for message, persons in pushed(office.pushes) if message == "publicity.started"]
    by_village = await office.public_rows(await office.payment(), village=OTHER_VILLAGE)

    assert [len(each["persons"]) for each in told] == [200, 200, 50]
    assert {village for each in told for village in each["villages"]} == {VILLAGE, OTHER_VILLAGE}
    assert sorted(person for persons in started for person in persons) == sorted(f"told-{n}" for n in range(450))
    assert len(by_village) == 200 and {row.village for row in by_village} == {"安居区聚贤镇" + name_of(office)}


def name_of(office) -> str:
    return office.world.place(OTHER_VILLAGE).name


async def test_the_table_is_masked_logged_and_has_every_row(office):
    """With a reason; neither full names nor numbers."""
    await office.offer(450)
    id = await office.payment()
    body = {"reason": "村务公开栏张贴"}
    with pytest.raises(Invalid):
        await office.ask(office.payer(), "POST publicity/board/{id}/export", id=id, body={"reason": ""})
    with pytest.raises(NotFound):
        await office.ask(office.clerk(), "POST publicity/board/{id}/export", id=id, body=body)

    raw = await office.ask(office.payer(), "POST publicity/board/{id}/export", id=id, body=body)

    rows = [row.cells for row in read_rows(raw.data, raw.filename)]
    assert len({row["序号"] for row in rows}) == 450
    assert (rows[1]["姓名"], rows[1]["面积（人数）"], rows[1]["状态"]) == ("李*一", "3.5亩", "公示中")
    assert number_of(1) not in repr(rows)
    [logged] = await office.world.database["audit"].find({"what": "publicity.export"}).to_list(9)
    assert (logged["why"], logged["subject"]) == ("村务公开栏张贴", id)


async def test_views_are_counted_without_a_hot_document(office):
    """Each a line of its own, the same before and after they are folded."""
    await office.offer(1)
    id = await office.payment()

    async def views() -> int:
        return (await office.ask(GUEST, "GET publicity/notices/{id}", id=id)).views

    for _ in range(3):
        await office.ask(GUEST, "POST publicity/notices/{id}/views", id=id)
    before = await views()
    await office.job("publicity.fold_views")
    await office.ask(GUEST, "POST publicity/notices/{id}/views", id=id)
    between = await views()
    await office.job("publicity.fold_views")

    assert (before, between, await views()) == (3, 4, 4)
    assert await office.world.database["publicity.glances"].count_documents({}) == 0


async def test_a_village_finds_what_the_county_and_the_town_publish_of_its_people(office):
    """And nothing that has nobody of it; opened where it was published."""
    await office.offer(3)
    batch = await office.payment()
    await office.offer(1, subject="batch-2", days=5)
    only_other = await office.payment("batch-2")
    town = await office.started(1)

    village = [each.id for each in await office.notices(at=VILLAGE)]
    other = [each.id for each in await office.notices(at=OTHER_VILLAGE)]
    [card] = await office.notices(at=VILLAGE, kind="payment", state="running", keyword="地力")
    rows = await office.public_rows(card.id, at=card.place, village=VILLAGE)

    assert (village, other) == ([town, batch], [only_other, batch])
    assert (card.place, len(rows)) == (ANJU, 1)
    assert await office.notices(at=VILLAGE, state="confirmed") == []


async def test_what_a_village_lists_opens_there(office):
    """With the persons of that village, and counted once for all; what has nobody of it is not found."""
    await office.offer(3)
    batch = await office.payment()
    await office.offer(1, subject="batch-2", days=5)
    only_other = await office.payment("batch-2")

    await office.ask(GUEST, "POST publicity/notices/{id}/views", id=batch, at=VILLAGE)
    detail = await office.ask(GUEST, "GET publicity/notices/{id}", id=batch, at=VILLAGE)
    above = await office.ask(GUEST, "GET publicity/notices/{id}", id=batch, at=ANJU)
    rows = await office.public_rows(batch, at=VILLAGE)

    assert (detail, detail.views) == (above, 1)
    assert {row.village for row in rows} == {"安居区聚贤镇万古桥村"}
    with pytest.raises(NotFound):
        await office.ask(GUEST, "GET publicity/notices/{id}", id=only_other, at=VILLAGE)
