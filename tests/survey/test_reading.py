"""Who reads what: persons masked, sensitive projects for their own people, lists, history, and the table."""

from __future__ import annotations

import io

import openpyxl
import pytest

from hub.reading.sheets import read_rows
from hub.words.errors import Forbidden, Invalid, NotFound
from plugins.survey.pages import PAGES
from tests.plugins.conftest import CIVIL, OLD_AGE
from tests.survey.conftest import ANJU, ELDER, ONE, OTHER, survey_wanted
from tests.world import CITY, JUXIAN, SHEHONG, VILLAGE

EXPORT = "POST survey/export"
[PAGE] = [page for page in PAGES if page.path == "/surveys/{id}"]


def leader(office, region=ANJU):
    return office.staff("领导", office.position("leader", region))


def discipline(office):
    return office.staff("纪委", office.position("discipline", ANJU))


async def test_names_are_for_those_who_go_there_or_decide(office):
    """In full on the survey's page for its own people; masked in every list and for who looks on; the number never in full."""
    survey = await office.begun()
    await office.submit(survey)

    names = {}
    for label, actor in {
        "surveyor": office.surveyor(),
        "village": office.village(),
        "town": office.reviewer(),
        "county": office.county(),
        "leader": leader(office),
        "discipline": discipline(office),
        "publicity": office.staff("公示", office.position("handler", VILLAGE, node="publicity_village")),
    }.items():
        detail = await office.show(survey, actor)
        assert detail.person.id_number == "510904********0023"
        assert detail.person.phone == "199****0001"
        assert detail.survey.who == "李*兰"
        names[label] = detail.person.name

    assert names == {
        "surveyor": "李桂兰", "village": "李桂兰", "town": "李桂兰", "county": "李桂兰",
        "leader": "李*兰", "discipline": "李*兰", "publicity": "李*兰",
    }  # fmt: skip


async def test_the_person_in_full_has_its_reason(office):
    """For surveyors at the door; logged."""
    survey = await office.begun()

    person = await office.ask(office.surveyor(), f"POST {ONE}/person", id=survey.id, body={"reason": "现场核对身份证"})
    with pytest.raises(Invalid):
        await office.ask(office.surveyor(), f"POST {ONE}/person", id=survey.id, body={"reason": ""})
    with pytest.raises(Forbidden):
        await office.ask(office.village(), f"POST {ONE}/person", id=survey.id, body={"reason": "看看"})

    assert (person.name, person.id_number) == ("李桂兰", ELDER)
    [line] = await office.world.database["audit"].find({"what": "survey.reveal"}).to_list(9)
    assert (line["actor"]["person"], line["subject"], line["why"]) == ("杨帆", survey.id, "现场核对身份证")


async def test_of_a_sensitive_project_who_looks_on_reads_no_person(office):
    """Neither name nor findings nor result, in pages, lists, search, table and history; its own people and 纪委 do."""
    survey = await office.wanted(sensitive=True)
    await office.submit(survey, result="untrue", handling="stop")
    later = await office.begun()

    for actor, sees in ((leader(office), False), (discipline(office), True), (office.reviewer(), True)):
        detail = await office.show(survey, actor)
        [line] = [each for each in (await office.ask(actor, "GET survey/surveys")).items if each.id == survey.id]
        found = (await office.ask(actor, "POST survey/surveys/search", body={"id_number": ELDER})).items
        earlier = (await office.show(later, actor)).earlier
        raw = await office.ask(actor, EXPORT, body={"reason": "汇总"})
        [row] = [row.cells for row in read_rows(raw.data, "x.xlsx") if row.cells["编号"] == survey.number]
        assert (detail.full, bool(detail.records), bool(detail.reason)) == (sees, sees, sees)
        assert (line.who, line.result) == (("李*兰", "untrue") if sees else ("***", None))
        assert (survey.id in {each.id for each in found}) == sees
        untrue = (await office.ask(actor, "GET survey/surveys", query={"result": "untrue"})).items
        table = await office.ask(actor, EXPORT, body={"reason": "汇总", "result": "untrue"})
        assert (len(untrue), len(list(read_rows(table.data, "x.xlsx")))) == (sees, sees)
        assert len(earlier.lines) == sees
        assert (row["姓名"], row["调查结果"]) == (("李*兰", "不属实") if sees else ("***", ""))


@pytest.mark.parametrize(("sensitive", "name"), [(True, ""), (False, " · 李*兰")])
async def test_the_page_of_a_sensitive_project_names_nobody_to_who_looks_on(office, sensitive, name):
    survey = await office.wanted(sensitive=sensitive)

    shown = await office.look(leader(office), PAGE, id=survey.id)

    assert shown.title == f"{survey.short}{name}"


async def test_what_was_found_before_stands_beside(office):
    """Of the same person, the newest first; of nobody else."""
    first, second = await office.begun(), await office.begun(project=OLD_AGE)
    await office.begun(id_number=OTHER, name="王秀英")

    detail = await office.show(await office.begun())

    assert [line.id for line in detail.earlier.lines] == [second.id, first.id]


async def test_lists_and_filters(office):
    """By project, state, result, number, business; page by page."""
    one = await office.begun()
    await office.submit(one, result="untrue", handling="report")
    two = await office.begun(project=OLD_AGE, id_number=OTHER)
    three = await office.wanted("c-9")

    async def ids(actor=None, **query):
        actor = actor or leader(office)
        return [line.id for line in (await office.ask(actor, "GET survey/surveys", query=query)).items]

    assert await ids() == [three.id, two.id, one.id]
    assert await ids(project=OLD_AGE) == [two.id]
    assert await ids(state="submitted") == [one.id]
    assert await ids(result="untrue") == [one.id]
    assert await ids(number=two.number.lower()) == [two.id]
    assert await ids(subject="c-9") == [three.id]
    page = await office.ask(leader(office), "GET survey/surveys", query={"limit": 2})
    rest = await office.ask(leader(office), "GET survey/surveys", query={"limit": 2, "cursor": page.next})
    assert [line.id for line in (*page.items, *rest.items)] == [three.id, two.id, one.id]
    assert await ids(office.staff("民政", office.position("handler", ANJU, bureau=CIVIL))) == [two.id]
    assert await ids(leader(office, SHEHONG)) == []


async def test_my_list_is_that_of_my_positions(office):
    """The soonest due first; what waits below only when one stands in."""
    later = await office.wanted("c-1")
    sooner = await office.wanted("c-2", due_at=office.world.clock.now())
    town = office.surveyor("镇上", JUXIAN)

    async def ids(actor, **query):
        return [line.id for line in (await office.ask(actor, "GET survey/todo", query=query)).items]

    assert await ids(office.surveyor()) == [sooner.id, later.id]
    assert await ids(office.surveyor(), project=OLD_AGE) == []
    assert (await ids(town), await ids(town, stand_in=True)) == ([], [sooner.id, later.id])
    assert await ids(office.village()) == []


async def test_a_person_is_found_by_number_and_it_is_logged(office):
    survey = await office.begun()
    await office.begun(id_number=OTHER)

    found = await office.ask(office.reviewer(), "POST survey/surveys/search", body={"id_number": f" {ELDER} "})
    with pytest.raises(Invalid):
        await office.ask(office.reviewer(), "POST survey/surveys/search", body={"id_number": "510904194403150024"})

    assert [line.id for line in found.items] == [survey.id]
    [line] = await office.world.database["audit"].find({"what": "survey.search"}).to_list(9)
    assert ELDER not in repr(line)


async def test_from_the_city_counties_are_read(office):
    await office.begun()
    city = office.staff("市领导", office.position("leader", CITY))

    assert len((await office.ask(city, "GET survey/surveys", at=CITY)).items) == 1


async def test_what_the_reader_may_do_is_said(office):
    survey = await office.begun()

    async def can(actor):
        return (await office.show(survey, actor)).can

    before = (await can(office.surveyor()), await can(office.reviewer()))
    await office.submit(survey, handling="report")
    after = (await can(office.surveyor()), await can(office.reviewer()), await can(leader(office)))
    await office.archive(survey)

    assert before == (["save"], [])
    assert after == (["save", "correct"], ["archive", "return"], [])
    assert await can(office.county()) == ["followup"]


# --- the table -------------------------------------------------------------------------------------------------------


async def test_the_table_is_masked_has_a_reason_and_is_logged(office):
    survey = await office.begun()
    await office.submit(survey)

    with pytest.raises(Invalid):
        await office.ask(leader(office), EXPORT, body={"reason": " "})
    raw = await office.ask(leader(office), EXPORT, body={"reason": "季度汇总"})

    [row] = [row.cells for row in read_rows(raw.data, raw.filename)]
    assert (row["姓名"], row["身份证号"], row["调查结果"], row["提交人"]) == ("李*兰", "****0023", "属实", "杨帆")
    [line] = await office.world.database["audit"].find({"what": "survey.export"}).to_list(9)
    assert (line["actor"]["person"], line["why"]) == ("领导", "季度汇总")


async def test_no_cell_of_it_is_a_formula(office):
    await office.wanted(short="=1+1", number="@SUM(A1)")

    raw = await office.ask(leader(office), EXPORT, body={"reason": "汇总"})

    cells = [cell for row in openpyxl.load_workbook(io.BytesIO(raw.data)).active.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell for cell in cells if str(cell.value or "").startswith(("=", "+", "-", "@"))]


async def test_the_table_is_what_was_asked_for(office):
    """Project, state, days; every row once, also over more than a page."""
    await office.tell(*(survey_wanted(f"c-{number}") for number in range(210)))
    await office.begun(project=OLD_AGE)

    async def count(**body):
        raw = await office.ask(leader(office), EXPORT, body={"reason": "汇总", **body})
        numbers = [row.cells["编号"] for row in read_rows(raw.data, raw.filename)]
        assert len(numbers) == len(set(numbers))
        return len(numbers)

    assert await count() == 211
    assert await count(project=OLD_AGE) == 1
    assert await count(state="submitted") == 0
    assert (await count(since="2026-11-23", until="2026-11-23"), await count(since="2026-11-24")) == (211, 0)
    with pytest.raises(Invalid):
        await count(until="9999-12-31")


async def test_the_table_has_nothing_of_others(office):
    """Another bureau, another town, another county."""
    await office.begun()
    strangers = [
        office.staff("民政", office.position("handler", ANJU, bureau=CIVIL)),
        office.surveyor("东禅", "510904101"),
        leader(office, SHEHONG),
    ]

    for stranger in strangers:
        raw = await office.ask(stranger, EXPORT, body={"reason": "汇总"})
        assert list(read_rows(raw.data, raw.filename)) == []


async def test_a_window_exports_nothing(office):
    with pytest.raises(Forbidden):
        await office.ask(office.window(), EXPORT, body={"reason": "汇总"})


async def test_a_draft_is_found_at_its_own_survey_only(office):
    first, second = await office.begun(), await office.begun(id_number=OTHER)
    saved = await office.save(first)

    for actor, survey in ((office.surveyor(), second), (office.village(), first)):
        with pytest.raises(NotFound):
            await office.ask(actor, f"GET {ONE}/drafts/{{draft}}", id=survey.id, draft=saved.draft.id)
