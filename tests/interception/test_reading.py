"""Lists, search, numbers and tables: what is found is right, complete, masked, and within reach."""

from __future__ import annotations

import io
import random
from collections import Counter
from datetime import timedelta

import openpyxl
import pytest

from hub.rules.switching import switch
from hub.words.actors import HUB
from hub.words.errors import Forbidden, Invalid
from plugins.interception.actions.reading import CountQuery
from plugins.interception.handlers import READ
from plugins.interception.pages import watching
from plugins.interception.pages.watching import figures_of
from tests.interception.conftest import CIVIL, ELDER, FARMING, HITS, HitOffice
from tests.payments.conftest import number_of
from tests.world import ANJU, CITY, DONGCHAN, JUXIAN, SHEHONG, VILLAGE

PROJECTS = {"30005": ("高龄津贴", CIVIL), "10001": ("地力保护", FARMING), "30001": ("城乡低保", CIVIL)}


async def many(office: HitOffice, chance: random.Random, count: int = 60) -> None:
    """Hits over projects, villages and months."""
    await office.bring("death", *(f"张三,{number_of(n)}" for n in range(count)))
    await office.bring("moved_out", *(f"张三,{number_of(n)}" for n in range(0, count, 2)))
    tree = office.world.places.tree
    villages = [each.code for each in tree if each.county == ANJU and each.level == "village"]
    for n in range(count):
        project = chance.choice(list(PROJECTS))
        short, bureau = PROJECTS[project]
        office.world.clock.advance(timedelta(days=chance.randint(0, 4)))
        await office.typed(
            number=number_of(n), name="张三", place=chance.choice(villages), project=project, short=short, bureau=bureau,
            sensitive=project == "30001", rules=("R01", "R09"), attempt_id=f"a-{n}",
        )  # fmt: skip


def town_of(hit):
    return hit.place[:9]


async def test_the_numbers_are_exact(office, seed):
    """Every bar against a recount of the documents; each group adds up to the total; so do the towns of a county."""
    await many(office, random.Random(seed))
    stored = await office.hits()

    counts = await office.ask(
        office.discipline(), "GET interception/statistics", query={"until": "2027-12", "since": "2026-01"}
    )

    assert counts.total == len(stored) > 60
    for name in ("rule", "severity", "state", "bureau", "project", "month"):
        bars = {bar.key: bar.count for bar in getattr(counts, name)}
        assert bars == Counter(getattr(hit, name) for hit in stored), name
    assert {bar.key: bar.count for bar in counts.place} == Counter(town_of(hit) for hit in stored)
    town = counts.place[0].key
    below = await office.ask(
        office.discipline(), "GET interception/statistics", at=town, query={"until": "2027-12", "since": "2026-01"}
    )
    assert below.total == counts.place[0].count
    assert {bar.key: bar.count for bar in below.place} == Counter(hit.place for hit in stored if town_of(hit) == town)
    one = await office.ask(
        office.discipline(),
        "GET interception/statistics",
        query={"until": "2027-12", "since": "2026-01", "rule": "R09", "project": "10001"},
    )
    assert one.total == sum(hit.rule == "R09" and hit.project == "10001" for hit in stored)


async def test_a_city_leader_counts_by_county_and_a_bureaus_leader_their_own(office):
    await office.dead()
    await office.typed()
    await office.typed(project="10001", short="地力保护", bureau=FARMING, rules=("R01",))

    settings = {"least_shown": 1}
    await switch(office.world.units, ANJU, "interception", on=True, settings=settings, actor=HUB)

    city = await office.ask(office.discipline(region=CITY), "GET interception/statistics", at=CITY)
    civil = await office.ask(office.leader(bureau=CIVIL), "GET interception/statistics")
    other = await office.ask(office.leader(region=SHEHONG), "GET interception/statistics", at=SHEHONG)

    assert [(bar.key, bar.count) for bar in city.place] == [(ANJU, 2)]
    assert (civil.total, other.total) == (1, 0)
    await switch(office.world.units, ANJU, "interception", on=True, settings={}, actor=HUB)


async def test_small_numbers_are_for_those_who_may_see_the_persons(office):
    """纪委 reads them; a leader, and a leader who is also 纪委 of another town, reads 少于5, and no sum tells more."""
    await office.dead()
    await office.typed(project="30001", short="城乡低保", sensitive=True, rules=("R01",))
    both = office.staff(
        "高峰",
        office.position("leader", ANJU),
        office.position("discipline", DONGCHAN),
        office.position("handler", DONGCHAN),
    )

    exact = await office.ask(office.discipline(), "GET interception/statistics")
    shown = [await office.ask(reader, "GET interception/statistics") for reader in (office.leader(), both)]

    assert (exact.total, exact.total_text, exact.rule[0].count) == (1, "1", 1)
    for counts in shown:
        assert (counts.total, counts.total_text) == (None, "少于5")
        bars = [bar for name in ("rule", "place", "bureau", "project", "month") for bar in getattr(counts, name)]
        assert {(bar.count, bar.text) for bar in bars} == {(None, "少于5")}
        assert counts.place and (await office.ask(both, HITS)).items == []


async def test_what_is_about_oneself_is_in_no_number_either(office):
    """A clerk who is the suspect finds nothing in the list and nothing in the statistics."""
    await office.dead()
    await office.typed()
    suspect = office.clerk(id_number=ELDER)

    listed = (await office.ask(suspect, HITS)).items
    counted = await office.ask(suspect, "GET interception/statistics")
    colleague = await office.ask(office.clerk("何军"), "GET interception/statistics")

    assert (listed, counted.total, counted.rule) == ([], 0, [])
    assert colleague.total == 1


@pytest.mark.parametrize("query", [{"since": "2020-01", "until": "2026-11"}, {"since": "2026-12", "until": "2026-11"}])
async def test_a_window_that_is_too_long_or_turned_round(office, query):
    with pytest.raises(Invalid):
        await office.ask(office.leader(), "GET interception/statistics", query=query)


async def test_filters_and_pages(office):
    """By cursor, none twice, none lost."""
    await many(office, random.Random(1), 24)
    stored = await office.hits()
    seen, cursor = [], None
    while True:
        query = {"limit": 7, **({"cursor": cursor} if cursor else {})}
        page = await office.ask(office.discipline(), HITS, query=query)
        seen += [hit.id for hit in page.items]
        if (cursor := page.next) is None:
            break

    assert sorted(seen) == sorted(hit.id for hit in stored)
    for name, value in {
        "rule": "R09",
        "project": "10001",
        "severity": "warn",
        "state": "waiting",
        "bureau": CIVIL,
    }.items():
        page = await office.ask(office.discipline(), HITS, query={name: value, "limit": 200})
        assert {hit.id for hit in page.items} == {hit.id for hit in stored if getattr(hit, name) == value}
    page = await office.ask(office.discipline(), HITS, query={"open": False})
    assert page.items == []
    since, *_, until, _ = sorted({hit.month for hit in stored})
    page = await office.ask(office.discipline(), HITS, query={"since": since, "until": until, "limit": 200})
    assert {hit.id for hit in page.items} == {hit.id for hit in stored if hit.month <= until} != set(seen)


async def test_places_keep_to_their_own(office):
    await office.dead()
    await office.typed()

    at = {
        place: len((await office.ask(office.leader(), "GET interception/entries", at=place)).items)
        for place in (ANJU, JUXIAN, VILLAGE, DONGCHAN)
    }
    stranger = (await office.ask(office.discipline(region=SHEHONG), "GET interception/entries", at=SHEHONG)).items

    assert at == {ANJU: 1, JUXIAN: 1, VILLAGE: 1, DONGCHAN: 0}
    assert stranger == []


async def test_search_by_number_is_logged_without_it(office):
    await office.dead()
    await office.typed()
    await office.say()

    for path in ("hits", "entries"):
        found = await office.ask(office.discipline(), f"POST interception/{path}/search", body={"id_number": ELDER})
        assert [hit.who for hit in found.items] == ["李*兰"]
    none = await office.ask(office.discipline(), "POST interception/hits/search", body={"id_number": number_of(7)})
    with pytest.raises(Invalid) as refused:
        await office.ask(office.discipline(), "POST interception/hits/search", body={"id_number": ELDER[:-1] + "9"})

    lines = await office.world.database["audit"].find({"what": "interception.search"}).to_list(9)
    assert none.items == [] and len(lines) == 3
    assert ELDER not in repr(lines) and ELDER[:-1] not in refused.value.text


async def test_the_table_is_masked_and_logged(office):
    await office.dead()
    await office.typed()
    await office.typed(project="30001", short="城乡低保", sensitive=True, rules=("R01",), name="=李桂兰")

    raws = [
        await office.ask(actor, "POST interception/export", body={"reason": "季度汇总"})
        for actor in (office.discipline(), office.leader())
    ]
    with pytest.raises(Invalid):
        await office.ask(office.leader(), "POST interception/export", body={"reason": " "})
    with pytest.raises(Forbidden):
        await office.ask(office.window(), "POST interception/export", body={"reason": "x"})

    tables = [list(openpyxl.load_workbook(io.BytesIO(raw.data)).active.values) for raw in raws]
    assert [len(rows) for rows in tables] == [3, 2]
    assert all(ELDER not in repr(rows) and "李桂兰" not in repr(rows) for rows in tables)
    lines = await office.world.database["audit"].find({"what": "interception.export"}).to_list(9)
    assert [line["why"] for line in lines] == ["季度汇总", "季度汇总"]


async def test_whoever_does_not_see_all_persons_is_led_to_no_list(office):
    """It lacks the hits of sensitive projects: less than the number beside it by just these. What is withheld leads nowhere at all."""
    await office.dead()
    await office.typed()
    await office.typed(project="30001", short="城乡低保", sensitive=True, rules=("R01",))

    leader, discipline = [await watched(office, who) for who in (office.leader(), office.discipline())]

    assert {bar.href for _, bars in (*leader.by, *leader.lists) for bar in bars} == {""}
    assert leader.listed == "" and figures_of(leader)[1].path == ""
    assert all(bar.href for _, bars in discipline.lists for bar in bars)
    assert discipline.listed and figures_of(discipline)[1].path


async def watched(office, who):
    async def call(ctx):
        return await watching.watched(ctx, CountQuery())

    place = office.world.place(ANJU)
    return await office.world.units.read(call, plugin="interception", place=place, actor=who, permission=READ)
