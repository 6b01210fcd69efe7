"""The form of a declaration: every wrong value is told at its field, and nothing is half-written."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hub.words.errors import Conflict, Forbidden, Invalid, NotFound
from plugins.declaration.actions.catalogue import openness
from plugins.declaration.actions.form import check_answers
from plugins.declaration.projects import Form, Question, Window
from tests.plugins.conftest import LAND, OLD_AGE
from tests.world import ANJU, SHEHONG

COLLECTIONS = ("declaration.cases", "declaration.drafts", "events", "audit", "worklist.tasks")


async def stored(office):
    return [await office.world.database[name].count_documents({}) for name in COLLECTIONS]


BAD_PERSON = {
    "checksum": ({"id_number": "510904194403150024"}, "id_number", "校验不通过"),
    "no such day": ({"id_number": "510904194402300021"}, "id_number", "出生日期不存在"),
    "too short": ({"id_number": "51090419440315"}, "id_number", "18位"),
    "too young": ({"id_number": "510904194809200027"}, "id_number", "未满80周岁"),
    "own number": ({"id_number": "510921196711053319"}, "id_number", "为自己申报"),
    "other category": ({"category": "aged_90"}, "category", "年龄与人员类别"),
    "unknown category": ({"category": "aged"}, "category", "请选择人员类别"),
    "phone": ({"phone": "12345"}, "phone", "手机号"),
    "no name": ({"name": " "}, "name", "姓名"),
    "unknown region": ({"region": "510904999999"}, "region", "请选择户籍"),
    "region of another county": ({"region": "510981104"}, "region", "不在本区县"),
    "town with villages": ({"region": "510904114"}, "region", "请选择到村"),
}


@pytest.mark.parametrize("case", BAD_PERSON)
async def test_a_wrong_particular_is_told_at_its_field(office, case):
    """In Chinese, without the value itself; nothing is stored."""
    beneficiary, field, words = BAD_PERSON[case]
    before = await stored(office)

    with pytest.raises(Invalid) as refusal:
        await office.declare(beneficiary=beneficiary)

    message = refusal.value.fields[f"beneficiary.{field}"]
    assert any(word in message for word in words.split("|"))
    assert not any(value in repr(refusal.value.fields) for value in beneficiary.values() if len(value) > 5)
    assert await stored(office) == before


async def test_an_abolished_village_is_refused_with_the_way_on(office):
    """It stays readable, but nobody is registered there any more."""
    abolished = next(
        region.code for region in office.world.places.tree if region.status == "abolished" and region.county == ANJU
    )

    with pytest.raises(Invalid) as refusal:
        await office.declare(beneficiary={"region": abolished})

    assert "撤并" in refusal.value.fields["beneficiary.region"]


async def test_everything_wrong_is_told_at_once(office):
    """One answer, a message for each field."""
    form = await office.form(office.resident(), beneficiary={"id_number": "1", "phone": "1", "region": "1"})

    with pytest.raises(Invalid) as refusal:
        await office.ask(
            office.resident(), "POST declaration/cases", body=form | {"materials": {}, "answers": {"x": 1}}
        )

    assert set(refusal.value.fields) == {
        "beneficiary.id_number", "beneficiary.phone", "beneficiary.region", "answers.x",
        "materials.id_card", "materials.household", "materials.social_card", "materials.proof",
    }  # fmt: skip


async def test_proof_is_asked_only_when_declaring_for_somebody_else(office):
    """为自己 needs none, and a form says which materials are asked."""
    chen = office.resident("chen", "陈学文", "510923194106120011")
    own = {"name": "陈学文", "id_number": "510923194106120011"}
    materials = await office.materials(chen, "id_card", "household", "social_card")

    query = {"category": "aged_80", "declared_for": "self"}
    form = await office.ask(chen, "GET declaration/projects/{code}/form", code=OLD_AGE, query=query)
    case = await office.declare(chen, declared_for="self", beneficiary=own, materials=materials)

    assert [material.key for material in form.materials] == ["id_card", "household", "social_card"]
    assert case.declared_for == "self"


async def test_for_oneself_means_the_person_who_is_signed_in(office):
    """Number and name are those of the binding."""
    chen = office.resident("chen", "陈学文", "510923194106120011")

    with pytest.raises(Invalid) as other:
        await office.declare(chen, declared_for="self")
    with pytest.raises(Invalid) as name:
        await office.declare(chen, declared_for="self", beneficiary={"id_number": "510923194106120011"})

    assert "实名绑定的身份证号" in other.value.fields["beneficiary.id_number"]
    assert "实名绑定的姓名" in name.value.fields["beneficiary.name"]


async def test_the_dot_of_a_name_may_be_typed_in_any_way(office):
    """阿依古丽•买买提 is 阿依古丽·买买提."""
    aygul = office.resident("aygul", "阿依古丽·买买提", "510904194403150023")
    own = {"name": "阿依古丽 • 买买提", "id_number": "510904194403150023"}
    materials = await office.materials(aygul, "id_card", "household", "social_card")

    case = await office.declare(aygul, declared_for="self", beneficiary=own, materials=materials)

    assert case.beneficiary.name == "阿依古丽·买买提"


async def test_an_agent_only_project_is_not_declared_for_oneself(office):
    """孤儿基本生活费 is declared by a guardian."""
    with pytest.raises(Invalid) as refusal:
        await office.declare(project="30006", declared_for="self")

    assert "监护人" in refusal.value.fields["declared_for"]


async def test_files_must_be_ones_own_and_unused(office):
    """Another person's upload, a made-up id, one used before."""
    wang, other = office.resident(), office.resident("tan", "谭志远", "510981198902141130")
    form = await office.form(wang)
    foreign = form | {"materials": form["materials"] | {"id_card": [await office.upload(other)]}}
    unknown = form | {"materials": form["materials"] | {"id_card": ["0" * 32]}}

    for body in (foreign, unknown):
        with pytest.raises(Invalid, match="重新上传"):
            await office.ask(wang, "POST declaration/cases", body=body)
    await office.ask(wang, "POST declaration/cases", body=form)
    again = form | {"beneficiary": form["beneficiary"] | {"id_number": "510923194106120011", "name": "陈学文"}}
    with pytest.raises(Invalid, match="重新上传"):
        await office.ask(wang, "POST declaration/cases", body=again)

    assert await office.world.database["declaration.cases"].count_documents({}) == 1


async def test_too_many_files_of_a_material(office):
    """The catalogue says how many."""
    wang = office.resident()
    form = await office.form(wang)
    form["materials"]["social_card"] += [await office.upload(wang)]

    with pytest.raises(Invalid) as refusal:
        await office.ask(wang, "POST declaration/cases", body=form)

    assert refusal.value.fields == {"materials.social_card": "社会保障卡最多1个文件。"}


# --- the project's own questions -------------------------------------------------------------------------------------

TODAY = date(2026, 11, 23)
ANSWERS = [
    (Question(key="q", label="面积", type="decimal", min=0.1, max=500), "3.50", "3.50", None),
    (Question(key="q", label="面积", type="decimal", min=0.1, max=500), 500, "500", None),
    (Question(key="q", label="面积", type="decimal", min=0.1, max=500), "0.09", None, "不能小于0.1"),
    (Question(key="q", label="面积", type="decimal", min=0.1, max=500), "500.01", None, "不能大于500"),
    (Question(key="q", label="面积", type="decimal"), "1.001", None, "最多2位小数"),
    (Question(key="q", label="面积", type="decimal"), "NaN", None, "面积应为数字"),
    (Question(key="q", label="面积", type="decimal"), "1e999", None, "面积应为数字"),
    (Question(key="q", label="面积", type="decimal"), "三亩", None, "面积应为数字"),
    (Question(key="q", label="人数", type="integer", min=1, max=20), "20", "20", None),
    (Question(key="q", label="人数", type="integer", min=1, max=20), "0", None, "不能小于1"),
    (Question(key="q", label="人数", type="integer"), "1.5", None, "请填写整数"),
    (Question(key="q", label="人数", type="integer"), "٣", None, "请填写整数"),
    (Question(key="q", label="作物", type="choice", of=("水稻", "玉米")), "水稻", "水稻", None),
    (Question(key="q", label="作物", type="choice", of=("水稻", "玉米")), "棉花", None, "请选择：水稻、玉米"),
    (Question(key="q", label="日期", type="date", min="2020-01-01", max="today"), "2026-11-23", "2026-11-23", None),
    (
        Question(key="q", label="日期", type="date", min="2020-01-01", max="today"),
        "2026-11-24",
        None,
        "不能晚于2026-11-23",
    ),
    (
        Question(key="q", label="日期", type="date", min="2020-01-01", max="today"),
        "2019-12-31",
        None,
        "不能早于2020-01-01",
    ),
    (Question(key="q", label="日期", type="date"), "2026-02-30", None, "请选择日期"),
    (Question(key="q", label="说明", type="text", max_length=3), " 三个字 ", "三个字", None),
    (Question(key="q", label="说明", type="text", max_length=3), "四个字了", None, "不超过3字"),
    (Question(key="q", label="说明", type="text"), "", None, "请填写说明"),
    (Question(key="q", label="说明", type="text", required=False), None, None, None),
]


@pytest.mark.parametrize(("question", "given", "kept", "words"), ANSWERS)
def test_an_answer_is_read_by_its_question(question, given, kept, words):
    """Kept as text, or told why not."""
    wrong: dict[str, str] = {}

    answers = check_answers(Form(questions=(question,)), {"q": given}, TODAY, wrong)

    assert answers == ({"q": kept} if kept is not None else {})
    assert [any(word in text for word in words.split("|")) for text in wrong.values()] == ([True] if words else [])


async def test_the_projects_own_questions_are_part_of_the_case(office):
    """耕地地力保护 asks for the area; the answer stands in the case with its label."""
    wang = office.resident()
    materials = await office.materials(wang, "id_card", "household", "social_card", "contract_land", "proof")
    given = {
        "project": LAND,
        "beneficiary": {"category": "farmer"},
        "materials": materials,
        "answers": {"area_mu": "3.50"},
    }

    case = await office.declare(wang, **given)

    assert [(answer.label, answer.answer) for answer in case.answers] == [("承包面积（亩）", "3.50")]


# --- windows ---------------------------------------------------------------------------------------------------------

ONLINE = Window(opens="03-01", closes="06-30")
COUNTER = Window(opens="07-01", closes="08-31", offline=True, where="二楼窗口")
WINTER = Window(opens="11-01", closes="02-29")


@pytest.mark.parametrize(
    ("windows", "today", "open", "words"),
    [
        ((), TODAY, True, "可申报"),
        ((ONLINE,), date(2026, 3, 1), True, "可申报"),
        ((ONLINE,), date(2026, 6, 30), True, "可申报"),
        ((ONLINE,), date(2026, 7, 1), False, "2027年3月1日开始"),
        ((ONLINE,), date(2026, 2, 28), False, "2026年3月1日开始"),
        ((ONLINE, COUNTER), date(2026, 8, 31), False, "2026年8月31日前请到二楼窗口办理"),
        ((COUNTER,), date(2026, 9, 1), False, "不在网上申报"),
        ((WINTER,), date(2026, 12, 31), True, "可申报"),
        ((WINTER,), date(2027, 2, 28), True, "可申报"),
        ((WINTER,), date(2027, 3, 1), False, "2027年11月1日开始"),
    ],
)
def test_a_window_says_whether_until_when_and_where(windows, today, open, words):
    """Both days included, every year anew, over the turn of the year, and in person where online is closed."""
    answer = openness(windows, today)

    assert answer.open is open
    assert words in answer.text


async def test_a_closed_window_refuses_the_form(office):
    """种粮补贴 closes on 30 June."""
    with pytest.raises(Conflict, match="2027年3月1日开始"):
        await office.declare(project="10002")


async def test_the_window_closes_at_midnight_in_the_city(office):
    """30 June 23:59 in Shanghai is still open, a minute later it is not."""

    def asked():
        return office.ask(office.resident(), "GET declaration/projects/{code}", code="10002")

    office.world.clock.set(datetime(2026, 6, 30, 15, 59, tzinfo=UTC))
    before = await asked()
    office.world.clock.set(datetime(2026, 6, 30, 16, 0, tzinfo=UTC))
    after = await asked()

    assert (before.openness.open, after.openness.open) == (True, False)


# --- the catalogue ---------------------------------------------------------------------------------------------------


async def test_the_list_of_projects_with_filters(office):
    """By bureau, keyword and openness; pages by cursor."""
    anyone = office.resident()

    async def codes(**query):
        page = await office.ask(anyone, "GET declaration/projects", query=query)
        return [line.code for line in page.items], page.next

    everything, _ = await codes(limit=100)
    first, cursor = await codes(limit=3)
    second, _ = await codes(limit=3, cursor=cursor)
    assert (len(everything), first + second) == (20, everything[:6])
    assert (await codes(bureau="水利局"))[0] == ["50001"]
    assert (await codes(keyword="老年人"))[0] == [OLD_AGE]
    assert "10002" in everything and "10002" not in (await codes(open=True, limit=100))[0]


async def test_a_countys_own_terms_hold_there_alone(office):
    """高龄津贴 runs on the plain chain in 安居区, on the city's elsewhere."""
    here = await office.ask(office.resident(), "GET declaration/projects/{code}", code=OLD_AGE)
    there = await office.ask(office.resident(), "GET declaration/projects/{code}", at=SHEHONG, code=OLD_AGE)

    assert [node.label for node in here.flow] == ["受理", "乡镇审核", "县级审批"]
    assert [node.node for node in there.flow] == [
        "accept",
        "review_town",
        "publicity_town",
        "approve_county",
        "disburse",
        "pay",
    ]
    assert (here.flow[0].limit.days, len(here.advisers), len(there.advisers)) == (5, 2, 1)


async def test_an_unknown_project(office):
    """It is not offered here."""
    with pytest.raises(NotFound):
        await office.ask(office.resident(), "GET declaration/projects/{code}", code="99999")


# --- drafts ----------------------------------------------------------------------------------------------------------

DRAFT = "0190a000-0000-7000-8000-000000000001"


async def test_a_draft_is_kept_and_becomes_the_case(office):
    """Saved twice under the client's id it is one draft, unfinished values and files included; submitted it is gone."""
    wang = office.resident()
    form = await office.form(wang)
    project = form.pop("project")
    unfinished = {**form, "beneficiary": {**form["beneficiary"], "id_number": "51090419"}}
    await office.ask(wang, "PUT declaration/drafts/{id}", id=DRAFT, body={"project": project, "form": unfinished})
    await office.ask(wang, "PUT declaration/drafts/{id}", id=DRAFT, body={"project": project, "form": form})

    drafts = await office.ask(wang, "GET declaration/drafts")
    case = await office.ask(wang, "POST declaration/cases", body={**form, "project": project, "id": DRAFT})

    assert [(draft.id, draft.version, draft.form.beneficiary.id_number) for draft in drafts.items] == [
        (DRAFT, 2, "510904194403150023")
    ]
    assert (case.id, (await office.ask(wang, "GET declaration/drafts")).items) == (DRAFT, [])
    [file] = form["materials"]["id_card"]
    assert (await office.ask(wang, "GET declaration/cases/{id}/files/{file}", id=DRAFT, file=file)).data


async def test_a_draft_is_sealed_and_its_owners_alone(office):
    """Nothing of it can be read in the database; another person finds nothing under its id, not even its files."""
    wang, other = office.resident(), office.resident("tan", "谭志远", "510981198902141130")
    form = await office.form(wang)
    body = {"project": form.pop("project"), "form": form}
    await office.ask(wang, "PUT declaration/drafts/{id}", id=DRAFT, body=body)
    [file] = form["materials"]["id_card"]

    row = await office.world.database["declaration.drafts"].find_one({"_id": DRAFT})

    assert "李桂兰" not in repr(row) and "510904194403150023" not in repr(row)
    for operation, more in (
        ("GET declaration/drafts/{id}", {}),
        ("GET declaration/drafts/{id}/files/{file}", {"file": file}),
    ):
        with pytest.raises(NotFound):
            await office.ask(other, operation, id=DRAFT, **more)
    with pytest.raises(Invalid, match="重新上传"):
        await office.ask(other, "PUT declaration/drafts/{id}", id=DRAFT.replace("1", "2"), body=body)


async def test_a_deleted_draft_lets_its_files_go(office):
    """The sweep may have them."""
    wang = office.resident()
    form = await office.form(wang)
    await office.ask(wang, "PUT declaration/drafts/{id}", id=DRAFT, body={"project": form.pop("project"), "form": form})

    await office.ask(wang, "DELETE declaration/drafts/{id}", id=DRAFT)

    assert await office.world.database["files"].distinct("state") == ["released"]


async def test_drafts_are_limited_in_number(office):
    """The 21st is refused with what to do."""
    wang = office.resident()
    for number in range(20):
        id = f"0190a000-0000-7000-8000-{number:012d}"
        await office.ask(wang, "PUT declaration/drafts/{id}", id=id, body={"project": OLD_AGE, "form": {}})

    with pytest.raises(Conflict, match="草稿太多"):
        await office.ask(
            wang, "PUT declaration/drafts/{id}", id=DRAFT.replace("1", "9"), body={"project": OLD_AGE, "form": {}}
        )


async def test_staff_have_no_drafts_and_guests_submit_nothing(office):
    """Only who has claimed a name."""
    for operation in ("GET declaration/drafts", "POST declaration/cases", "GET declaration/cases"):
        with pytest.raises(Forbidden):
            await office.ask(office.window(), operation)
