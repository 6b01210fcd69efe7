"""Check lists: read in parts, bad lines told one by one, the same file again changes nothing, a complete list ends the rest."""

from __future__ import annotations

import random
from datetime import date

import pytest

from hub.api import Upload, sheets
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound
from plugins.interception.actions import rules
from plugins.interception.actions.kinds import KINDS
from plugins.interception.documents import LIST
from tests.interception.conftest import CIVIL, ELDER, LISTS, started
from tests.payments.conftest import number_of
from tests.world import CITY, JUXIAN

ROWS = 5_000
BAD = {
    "a number that is none": lambda n: f"张三,{number_of(n)[:-1]}Q,2026-01-01",
    "a wrong check digit": lambda n: (
        f"张三,{number_of(n)[:-1]}{(int(number_of(n)[-1].replace('X', '0')) + 1) % 10},2026-01-01"
    ),
    "no name": lambda n: f",{number_of(n)},2026-01-01",
    "no day": lambda n: f"张三,{number_of(n)},13月",
    "a long cell": lambda n: f"{'张' * 61},{number_of(n)},2026-01-01",
}


def table(chance: random.Random) -> tuple[list[str], set[int]]:
    """5,000 lines, 3 % of them bad; the lines' numbers in a sheet of the bad ones."""
    wrong = set(chance.sample(range(ROWS), ROWS * 3 // 100))
    kinds = list(BAD.values())
    lines = [chance.choice(kinds)(n) if n in wrong else f"张三,{number_of(n)},2026-01-01" for n in range(ROWS)]
    return lines, {n + 2 for n in wrong}


async def test_five_thousand_lines_with_bad_ones_twice(office, seed):
    """Counts add up; each bad line is told by its number without what stands there; the second run changes nothing."""
    lines, wrong = table(random.Random(seed))
    head = "姓名,身份证号,死亡日期"

    first = await office.bring("death", *lines, head=head)
    people = await snapshot(office)
    again = await office.bring("death", *lines, head=head)

    good = ROWS - len(wrong)
    assert (first.state, first.rows, first.added, first.rejected) == ("done", ROWS, good, len(wrong))
    assert (again.added, again.changed, again.unchanged, again.rejected) == (0, 0, good, len(wrong))
    assert await snapshot(office) == people
    told = await office.rejects_of_list(first)
    assert {number for number, _ in told} == wrong and len(told) == len(wrong)
    assert not any(digits in why for _, why in told for digits in ("5109", "张三"))
    assert await office.world.database["interception.parts"].count_documents({}) == 0


async def snapshot(office) -> dict[str, int]:
    return {
        row["_id"]: row["version"]
        async for row in office.world.database["interception.people"].find({}, {"version": 1})
    }


async def test_a_dry_run_counts_and_writes_nothing(office):
    await office.say(started(), plugin="payments")
    before = await snapshot(office)

    stored = await office.bring("death", f"李桂兰,{ELDER}", f"张三,{number_of(1)}", dry_run=True)

    assert (stored.added, stored.hits, stored.state) == (2, 1, "done")
    assert (await snapshot(office), await office.hits()) == (before, [])


async def test_a_complete_list_ends_what_it_does_not_have(office):
    """Also across many parts; another kind, and what is newer, stays."""
    lines = [f"张三,{number_of(n)}" for n in range(450)]
    await office.bring("death", *lines)
    await office.bring("moved_out", *lines[:1])

    stored = await office.bring("death", *lines[400:], replace=True)

    assert (stored.state, stored.unchanged, stored.ended) == ("done", 50, 400)
    people = office.world.database["interception.people"]
    assert await people.count_documents({"kinds": "death"}) == 50
    assert await people.count_documents({"kinds": "moved_out"}) == 1


async def test_an_older_complete_list_does_not_end_newer_entries(office):
    await office.bring("death", f"张三,{number_of(1)}", as_of="2026-11-20")

    older = await office.bring("death", f"张三,{number_of(2)}", as_of="2026-10-01", replace=True)

    assert (older.added, older.ended) == (1, 0)


async def test_a_hit_stays_when_its_entry_ends(office):
    """Somebody decides it, whatever the next list says."""
    await office.say(started(), plugin="payments")
    await office.bring("death", f"李桂兰,{ELDER}")

    await office.bring("death", f"张三,{number_of(1)}", replace=True)

    assert (await office.hit()).state == "waiting"


async def test_a_changed_line_and_an_older_one(office):
    head = "姓名,身份证号,死亡日期"
    await office.bring("death", f"李桂兰,{ELDER},2026-01-01", head=head, as_of="2026-11-20")

    newer = await office.bring("death", f"李桂兰,{ELDER},2026-01-02", head=head, as_of="2026-11-21")
    older = await office.bring("death", f"李桂兰,{ELDER},2026-01-03", head=head, as_of="2026-11-01")

    assert (newer.changed, older.changed, older.rejected) == (1, 0, 1)
    assert await office.rejects_of_list(older) == [(2, "已有日期更新的记录")]


async def test_twice_in_one_file(office):
    """The same person and the same thing; two cars of one person are two."""
    head = "姓名,身份证号,车牌号"
    p = f"李桂兰,{ELDER}"

    stored = await office.bring("vehicles", f"{p},川J1", f"{p},川J2", f"{p},川J1", head=head)

    assert (stored.added, await office.rejects_of_list(stored)) == (2, [(4, "与第2行重复")])


async def test_more_entries_of_one_person_than_eyes_can_use(office):
    stored = await office.bring("vehicles", *(f"李桂兰,{ELDER},川J{n}" for n in range(25)), head="姓名,身份证号,车牌号")

    assert (stored.added, stored.rejected) == (20, 5)


async def test_xlsx_by_its_own_template(office):
    """What is downloaded, filled in and sent back is read."""
    for kind in KINDS.values():
        raw = await office.ask(office.discipline(), "GET interception/templates/{kind}", kind=kind.code)
        rows = list(sheets.read_rows(raw.data, "t.xlsx", kind.columns))
        assert all(set(row.cells) <= {column.label for column in kind.columns} for row in rows)
    stored = await office.ask(
        office.discipline(), LISTS, query={"kind": "death"}, upload=Upload(filename="t.xlsx", data=raw_of_death())
    )
    await office.deliver()
    assert (await office.ask(office.discipline(), "GET interception/lists/{id}", id=stored.id)).added == 1
    with pytest.raises(NotFound):
        await office.ask(office.discipline(), "GET interception/templates/{kind}", kind="x")


def raw_of_death() -> bytes:
    import io

    import openpyxl

    book = openpyxl.Workbook()
    book.active.append(["姓名", "身份证号"])
    book.active.append(["李桂兰", ELDER])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def test_one_list_of_a_kind_at_a_time(office):
    """The second is told to wait; afterwards it may."""
    upload = Upload(filename="l.csv", data=f"姓名,身份证号\n李桂兰,{ELDER}".encode())
    await office.ask(office.discipline(), LISTS, query={"kind": "death"}, upload=upload)

    with pytest.raises(Conflict, match="正在导入"):
        await office.ask(office.discipline(), LISTS, query={"kind": "death"}, upload=upload)

    await office.deliver()
    assert (await office.bring("death", f"李桂兰,{ELDER}")).unchanged == 1


async def test_who_may_bring_lists_in(office):
    """The county's interception position and 纪委: a right apart."""
    town = office.staff("镇上", office.position("handler", JUXIAN, bureau=CIVIL))
    for actor in (office.bureau(), town, office.leader()):
        with pytest.raises(Forbidden):
            await office.bring("death", f"李桂兰,{ELDER}", actor=actor)

    assert (await office.bring("death", f"李桂兰,{ELDER}", actor=office.clerk())).added == 1
    with pytest.raises(Invalid, match="区县"):
        await office.ask(
            office.discipline(region=CITY), LISTS, at=CITY, query={"kind": "death"},
            upload=Upload(filename="l.csv", data=b"x"),
        )  # fmt: skip


@pytest.mark.parametrize(
    ("query", "data"),
    [
        ({"kind": "x"}, "姓名,身份证号\n张三,1"),
        ({"kind": "death"}, "姓名\n张三"),
        ({"kind": "death"}, "姓名,身份证号\n"),
        ({"kind": "death"}, ""),
        ({"kind": "death", "as_of": "2027-01-01"}, "姓名,身份证号\n张三,1"),
    ],
)
async def test_what_is_no_list_leaves_nothing_behind(office, query, data):
    with pytest.raises(Invalid):
        await office.ask(office.discipline(), LISTS, query=query, upload=Upload(filename="l.csv", data=data.encode()))

    assert await office.world.database["interception.lists"].count_documents({}) == 0


async def test_lists_and_rules_are_shown(office):
    await office.bring("death", f"李桂兰,{ELDER}")

    [shown] = (await office.ask(office.discipline(), "GET interception/lists")).items
    kinds = (await office.ask(office.discipline(), "GET interception/kinds")).items
    rules = (await office.ask(office.leader(), "GET interception/rules")).items

    assert (shown.kind_label, shown.state_label, shown.handler) == ("死亡人员", "已完成", "纪伟")
    assert (len(kinds), len(rules)) == (11, 13)
    assert set(LIST.states) >= {shown.state}


# --- days ------------------------------------------------------------------------------------------------------------


async def test_a_year_of_two_digits_is_rejected_and_lets_no_prisoner_pass(office):
    """27-12-31 is not the year 27, and 12/31/27 no day at all; whoever is held until 2027 is found."""
    head = "姓名,身份证号,服刑起,服刑止"
    until = ("27-12-31", "2027-12-31", "12/31/27", "2027年12月31日", "0027-12-31", "2127-12-31")
    await office.say(started(), plugin="payments")

    stored = await office.bring(
        "prisoners", *(f"张三,{number_of(n)},2025-01-01,{day}" for n, day in enumerate(until)),
        f"李桂兰,{ELDER},2025/1/1,2027/12/31", head=head,
    )  # fmt: skip

    assert [line for line, _ in await office.rejects_of_list(stored)] == [2, 4, 6, 7]
    assert (stored.added, stored.rejected, stored.hits) == (3, 4, 1)


@pytest.mark.parametrize(
    ("kind", "column", "day", "words"),
    [
        ("death", "死亡日期", "2026-11-24", "“死亡日期”：日期不能晚于今天"),
        ("death", "死亡日期", "26-3-1", "年份写四位"),
        ("prisoners", "服刑起", "25-01-01", "年份写四位"),
        ("moved_out", "迁出日期", "1026-05-06", "1900年至今后50年"),
    ],
)
async def test_every_day_in_a_list_is_read_by_one_reader(office, kind, column, day, words):
    stored = await office.bring(kind, f"张三,{number_of(1)},{day}", head=f"姓名,身份证号,{column}")

    [(line, told)] = await office.rejects_of_list(stored)
    assert line == 2 and words in told


async def test_a_day_that_an_older_version_took_from_a_list_is_no_day_that_has_passed(office):
    """Stored as the year 27, the person is still held."""
    assert rules.is_over("2026-11-22", date(2026, 11, 23))
    assert not any(rules.is_over(day, date(2026, 11, 23)) for day in ("0027-12-31", "", "2026-11-23"))


# --- counts ------------------------------------------------------------------------------------------------------------


def random_list(chance: random.Random) -> list[str]:
    """Cars of few people, typed in several ways, across three parts."""
    typed = (str, lambda text: f"{text[:6]}-{text[6:]}", lambda text: f"{text}\u200b", lambda text: text[:17])
    return [
        f"{chance.choice(['张三', '李四', ''])},{chance.choice(typed)(number_of(chance.randrange(60)))},川J{chance.randrange(40)}"
        for _ in range(chance.randrange(410, 500))
    ]


async def test_lines_are_always_added_changed_unchanged_or_rejected(office, seed):
    """Of random lists, complete ones and others, brought in one after the other."""
    chance = random.Random(seed)

    for _ in range(3):
        lines = random_list(chance)
        stored = await office.bring("vehicles", *lines, head="姓名,身份证号,车牌号", replace=chance.random() < 0.5)

        rejects = await office.world.database["interception.rejects"].count_documents({"list": stored.id})
        counted = stored.added + stored.changed + stored.unchanged + stored.rejected
        assert stored.rows == counted == len(lines)
        assert rejects == stored.rejected
