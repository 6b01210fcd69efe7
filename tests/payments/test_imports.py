"""Tables that come in: what is right goes in, the rest is listed, and a second run changes nothing."""

from __future__ import annotations

import random
import tracemalloc
from datetime import timedelta

import pytest

from hub.api import Upload
from hub.reading import sheets
from hub.words.errors import Forbidden, Invalid
from plugins.payments.actions.intakes import ROSTER_COLUMNS
from tests.payments.conftest import FARMING, FINANCE, LAND, ROSTER, card_of, line, number_of, roster
from tests.spreadsheets import rows, workbook

PROJECT = {"project": LAND, "short": "地力保护", "bureau": FARMING}


def tally(intake):
    return (intake.added, intake.changed, intake.unchanged, intake.rejected)


async def test_a_second_run_changes_nothing(office):
    """By project and person; what differs is changed, once."""
    first = await office.enrol(line(1), line(2))
    second = await office.enrol(line(1), line(2))
    third = await office.enrol(line(1, amount="400"), line(2), line(3))
    fourth = await office.enrol(line(1, amount="400.00"), line(2), line(3))

    assert [tally(each) for each in (first, second, third, fourth)] == [
        (2, 0, 0, 0),
        (0, 0, 2, 0),
        (1, 1, 1, 0),
        (0, 0, 3, 0),
    ]
    benefits = await office.ask(office.farmer(), "GET payments/benefits")
    assert sorted(benefit.amount for benefit in benefits.items) == ["350.00", "350.00", "400.00"]


async def test_a_dry_run_tells_the_same_and_writes_nothing(office):
    await office.enrol(line(1))
    lines = [line(1, amount="1"), line(2), line(2), line(3, card="1")]

    dry = await office.enrol(*lines, dry_run=True)
    before = (await office.ask(office.farmer(), "GET payments/benefits")).items
    real = await office.enrol(*lines)

    assert tally(dry) == tally(real) == (1, 1, 0, 2)
    assert [benefit.amount for benefit in before] == ["350.00"]
    assert await office.rejects(dry) == await office.rejects(real)


async def test_uploads_that_never_ended_are_left_and_their_lines_go(office):
    """Cut off before the last part was kept: nobody reads it, and nobody's card stays in it. One of today is left alone."""
    intakes, parts = office.world.database["payments.intakes"], office.world.database["payments.parts"]
    ids = []
    for n in (1, 2):
        intake = await office.ask(office.farmer(), ROSTER, query=PROJECT, upload=roster(line(n)))
        await intakes.update_one({"_id": intake.id}, {"$set": {"state": "receiving"}})
        ids.append(intake.id)
        office.world.clock.advance(timedelta(hours=20))

    at_night = office.world.clock.now()
    await office.job("payments.sweep")
    await office.deliver()

    old, young = [await office.ask(office.farmer(), "GET payments/intakes/{id}", id=id) for id in ids]
    assert (old.state, young.state) == ("left", "receiving")
    assert (old.finished_at, tally(old)) == (at_night, (0, 0, 0, 0))
    assert [part["intake"] async for part in parts.find({})] == [young.id]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"number": "510904194403150024"}, "身份证号校验不通过"),
        ({"card": "6217000000000001"}, "银行卡号校验不通过"),
        ({"phone": "123"}, "手机号应为"),
        ({"name": "1"}, "姓名应为"),
        ({"amount": "0"}, "金额应大于0"),
        ({"amount": "1.001"}, "金额最多2位小数"),
        ({"amount": "很多"}, "金额应为数字"),
        ({"amount": '"12,50"'}, "金额应为数字"),
        ({"amount": "12，5"}, "金额应为数字"),
        ({"amount": "1e3"}, "金额应为数字"),
        ({"amount": "1_0"}, "金额应为数字"),
        ({"amount": "١٢"}, "金额应为数字"),
        ({"village": "510981100201"}, "不在本区县"),
        ({"village": "聚贤镇"}, "填写到村"),
    ],
)
async def test_a_bad_line_is_left_out_with_its_reason(office, changes, reason):
    """The others go in; the reason does not repeat what was typed."""
    intake = await office.enrol(line(1), line(2, **changes))

    [(number, told)] = await office.rejects(intake)
    assert (number, tally(intake)) == (3, (1, 0, 0, 1))
    assert reason in told
    assert not any(value in told for value in changes.values() if len(value) > 3 and value != "聚贤镇")


async def test_five_thousand_rows_with_three_in_a_hundred_bad(office, seed):
    """In parts of 200, each in a transaction of its own; the counts add up; memory stays flat; again nothing changes."""
    bad = set(range(0, 5000, 33))
    lines = [line(n, card="1") if n in bad else line(n) for n in range(5000)]
    tracemalloc.start()

    intake = await office.enrol(*lines)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    again = await office.enrol(*lines)

    assert tally(intake) == (5000 - len(bad), 0, 0, len(bad))
    assert tally(again) == (0, 0, 5000 - len(bad), len(bad))
    assert (intake.rows, intake.progress, intake.state) == (5000, 100, "done")
    assert await office.world.database["payments.parts"].count_documents({}) == 0
    # The file itself is half a megabyte; all rows as documents would be more than twenty.
    assert peak < 20_000_000


async def test_a_part_told_twice_is_read_once(office):
    """As when the hub dies between the commit and the word of it."""
    intake = await office.enrol(line(1))
    event = await office.world.database["events"].find_one({"type": "payments.ReadIntakePart"})
    await office.world.database["events"].update_one({"_id": event["_id"]}, {"$set": {"state": "pending"}})

    await office.deliver()

    assert tally(await office.ask(office.farmer(), "GET payments/intakes/{id}", id=intake.id)) == (1, 0, 0, 0)


async def test_xlsx_as_the_template_gives_it(office):
    """The template's own headings, filled in by a spreadsheet."""

    async def rows():
        yield [["张三", number_of(7), card_of(7), "", "510904114204", "", "", "12.5"]]

    headings = [f"{'*' if column.required else ''}{column.label}" for column in ROSTER_COLUMNS]
    data = await sheets.write_rows(headings, rows())
    query = {"project": LAND, "short": "地力保护", "bureau": FARMING}

    await office.ask(office.farmer(), ROSTER, query=query, upload=Upload(filename="a.xlsx", data=data))
    await office.deliver()

    [benefit] = (await office.ask(office.farmer(), "GET payments/benefits")).items
    assert (benefit.amount, benefit.person.name, benefit.place) == ("12.50", "张*", "510904114204")


async def test_what_is_no_table_leaves_nothing(office):
    query = {"project": LAND, "short": "地力保护", "bureau": FARMING}

    for data in (b"", b"a,b\n1,2\n", roster().data):
        with pytest.raises(Invalid):
            await office.ask(office.farmer(), ROSTER, query=query, upload=Upload(filename="a.csv", data=data))

    assert (await office.ask(office.farmer(), "GET payments/intakes")).items == []


async def test_nobody_brings_in_the_roster_of_another_bureau(office):
    with pytest.raises(Forbidden):
        await office.enrol(line(1), actor=office.finance())


async def test_what_no_catalogue_knows_must_be_named(office):
    """Its short name and its bureau, both at once."""
    query = {"project": "补发2026", "dry_run": False}

    with pytest.raises(Invalid) as refused:
        await office.ask(office.farmer(), ROSTER, query=query, upload=roster(line(1)))

    assert set(refused.value.fields) == {"short", "bureau"}


async def test_the_catalogue_says_whose_project_it_is(office):
    """Not the uploader, who might call a bureau's project their own; what nobody declares is in no catalogue and taken as told."""
    claimed = {"project": LAND, "short": "别的", "bureau": FINANCE, "sensitive": True}
    with pytest.raises(Forbidden):
        await office.ask(office.finance(), ROSTER, query=claimed, upload=roster(line(1)))
    intake = await office.ask(office.farmer(), ROSTER, query=claimed, upload=roster(line(1)))
    other = {"project": "老党员补助", "short": "老党员", "bureau": FARMING}
    await office.ask(office.farmer(), ROSTER, query=other, upload=roster(line(2)))
    await office.deliver()

    stored = await office.world.database["payments.benefits"].find({}, sort=[("project", 1)]).to_list(9)
    [land, party] = [(each["short"], each["bureau"], each["sensitive"]) for each in stored]
    assert intake.project == LAND
    assert land == ("地力保护", FARMING, False)
    assert party == ("老党员", FARMING, False)


async def test_lines_are_kept_sealed(office):
    """Between upload and reading no name, number or card stands in the database in plain."""
    query = {"project": LAND, "short": "地力保护", "bureau": FARMING}
    await office.ask(office.farmer(), ROSTER, query=query, upload=roster(line(1)))

    stored = repr(await office.world.database["payments.parts"].find({}).to_list(10))
    await office.deliver()
    stored += repr(await office.world.database["payments.benefits"].find({}).to_list(10))

    assert number_of(1) not in stored and card_of(1) not in stored and "张" not in stored


async def test_the_bank_file_again_changes_nothing_and_contradictions_are_listed(office):
    """Reconciliation: paid once; a slip that was never sent, another word, a doubled line are left out."""
    await office.enrol(line(1), line(2))
    batch = await office.paying()
    one, two = [row.number for row in await office.rows(batch.id)]

    first = await office.answer(batch.id, (f"{one}-1", "成功"))
    again = await office.answer(batch.id, (f"{one}-1", "成功"))
    wrong = await office.answer(
        batch.id, (f"{one}-1", "失败"), ("X-1", "成功"), (f"{two}-2", "成功"), (f"{two}-1", "好"), (f"{one}-1", "成功")
    )

    assert [tally(each) for each in (first, again, wrong)] == [(0, 1, 0, 0), (0, 0, 1, 0), (0, 0, 0, 5)]
    assert [line for line, _ in await office.rejects(wrong)] == [2, 3, 4, 5, 6]
    assert await office.counts(batch.id) == {"paid": 1, "sent": 1}


async def test_an_old_failure_does_not_undo_the_new_attempt(office):
    """The bank's first file again, after the card was corrected and the row re-sent."""
    await office.enrol(line(1))
    batch = await office.paying()
    [row] = await office.rows(batch.id)
    old = (f"{row.number}-1", "失败", "卡已注销")
    await office.answer(batch.id, old)
    [row] = await office.rows(batch.id)
    body = {"version": row.version, "card": card_of(50), "reason": "换卡"}
    await office.ask(office.farmer(), "POST payments/rows/{id}/correct", id=row.id, body=body)
    await office.decide(office.farmer(), batch.id, "pass", "")
    await office.decide(office.finance(), batch.id, "pass", "")

    again = await office.answer(batch.id, old)

    assert tally(again) == (0, 0, 1, 0)
    assert await office.counts(batch.id) == {"sent": 1}


async def test_a_dry_run_of_results_pays_nothing(office):
    await office.enrol(line(1))
    batch = await office.paying()
    [row] = await office.rows(batch.id)

    dry = await office.answer(batch.id, (f"{row.number}-1", "成功"), dry_run=True)

    assert tally(dry) == (0, 1, 0, 0)
    assert await office.counts(batch.id) == {"sent": 1}


VARIANTS = (str, str.lower, lambda text: f"{text[:6]}-{text[6:]}", lambda text: f" {text[:6]} {text[6:]}\u200b")
SPOILT = (
    {"card": "6217000000000001"},
    {"amount": "很多"},
    {"name": "1"},
    {"number": "123"},
    {"card": "6.22999E+18"},
    {"village": "没有的村"},
)


def random_roster(chance: random.Random) -> tuple[list[str], set[int]]:
    """Lines over three parts, some bad, some of one person typed in another way; and those that say somebody twice."""
    lines: list[str] = []
    seen: set[object] = set()
    twice: set[int] = set()
    for number in range(2, chance.randrange(410, 450)):
        person = chance.randrange(400)
        spoilt = chance.choice(SPOILT) if chance.random() < 0.1 else {}
        typed = {"number": chance.choice(VARIANTS)(number_of(person)), "amount": chance.choice(["350", "350.00", "12"])}
        lines.append(line(person, **(typed | spoilt)))
        key = spoilt.get("number", person)
        if spoilt.get("card", "").endswith("E+18"):
            continue
        if key in seen:
            twice.add(number)
        seen.add(key)
    return lines, twice


async def test_rows_are_always_added_changed_unchanged_or_rejected(office, seed):
    """Of random rosters, brought in one after the other; whoever is in one twice is told with both lines."""
    chance = random.Random(seed)

    for _ in range(2):
        lines, twice = random_roster(chance)
        intake = await office.enrol(*lines)

        rejects = await office.world.database["payments.rejects"].find({"intake": intake.id}).to_list(None)
        told = {row["line"] for row in rejects if "是同一人" in row["reason"]}
        assert intake.rows == sum(tally(intake)) == len(lines)
        assert len(rejects) == len({row["line"] for row in rejects}) == intake.rejected
        assert told == twice


async def test_one_person_in_two_parts_of_a_roster_is_told_with_both_lines(office):
    """However the number is typed the second time."""
    lines = [line(n) for n in range(250)]
    again = line(0, number=f"{number_of(0)[:6]} {number_of(0)[6:]}\u200b")

    intake = await office.enrol(*lines, again)

    assert tally(intake) == (250, 0, 0, 1)
    assert await office.rejects(intake) == [(252, "与第2行是同一人")]


async def test_a_number_that_a_spreadsheet_has_rounded_is_rejected_with_its_line(office):
    """It looks like somebody's, with a valid check digit: the others go in."""
    head = [column.label for column in ROSTER_COLUMNS]
    lost, good = line(1).split(","), line(2).split(",")
    table = workbook(rows(head, [lost[0], 510904195501010040.0, *lost[2:]], good))

    intake = await office.ask(
        office.farmer(),
        ROSTER,
        query={"project": LAND, "short": "地力保护", "bureau": FARMING},
        upload=Upload(filename="a.xlsx", data=table),
    )
    await office.deliver()

    assert await office.rejects(intake) == [(2, "“身份证号”以数字格式录入，已丢失精度，请改为文本")]
    assert (await office.ask(office.farmer(), "GET payments/intakes/{id}", id=intake.id)).added == 1


async def test_results_of_the_bank_always_add_up(office, seed):
    """Good, failed, unknown, doubled and broken lines in random order."""
    chance = random.Random(seed)
    await office.enrol(*(line(n) for n in range(12)))
    batch = await office.paying()
    slips = [f"{row.number}-1" for row in await office.rows(batch.id)]

    for _ in range(3):
        lines = [(chance.choice([*slips, "X-1", ""]), chance.choice(["成功", "失败", "好"])) for _ in range(20)]
        intake = await office.answer(batch.id, *lines)
        assert intake.rows == sum(tally(intake)) == 20
