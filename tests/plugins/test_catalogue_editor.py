"""项目目录: a draft that nobody sees until it is published, versions that can be brought back, a county's own terms, and two at once."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from hub.api import Actor
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from plugins.declaration.actions.editions import MOST_KEPT
from plugins.declaration.actions.importing import import_projects
from plugins.declaration.actions.revisions import item_mark
from plugins.declaration.cataloguepages import show_new
from plugins.declaration.events import ListedProjects, ProjectOf
from plugins.declaration.publishingpages import PAGES
from tests.plugins.conftest import CATALOGUE, LAND, OLD_AGE, Office
from tests.world import ANJU, CITY, JUXIAN, SHEHONG

WHY = {"why": "政策调整"}
ABOUT = {"name": "高龄津贴", "short": "高龄津贴", "bureau": "民政局", "standard": "每月一百二十元。"}
ONE = "declaration/catalogue/{code}"


class Operator:
    """Somebody of the operations staff of a place."""

    def __init__(self, office: Office, place: str = CITY, name: str = "林运维") -> None:
        self.office, self.place = office, place
        self.actor: Actor = office.staff(name, office.position("ops_system", place))

    async def ask(self, operation: str, code: str = OLD_AGE, **given: Any) -> Any:
        return await self.office.ask(self.actor, operation, at=self.place, code=code, **given)

    async def show(self, code: str = OLD_AGE) -> Any:
        return await self.ask(f"GET {ONE}", code)

    async def seen(self, code: str = OLD_AGE, **more: Any) -> dict[str, Any]:
        """What is sent by somebody who looks at it now."""
        return {"seen": (await self.show(code)).seen, **more}

    async def put(self, group: str, item: dict[str, Any], number: int | None = None, code: str = OLD_AGE) -> Any:
        """As it is there."""
        body = {"item": item, "seen": (await self.show(code)).seen}
        if number is None:
            return await self.ask(f"PUT {ONE}/{group}", code, body=body)
        return await self.ask(f"PUT {ONE}/lists/{group}/{{number}}", code, number=number, body=body)

    async def take_out(self, group: str, key: str, code: str = OLD_AGE) -> None:
        """An item from a list of the draft."""
        shown = await self.show(code)
        number = [each.key for each in getattr(shown.terms, group)].index(key)
        body = {"seen": shown.seen}
        await self.ask(f"POST {ONE}/lists/{{group}}/{{number}}/remove", code, group=group, number=number, body=body)

    async def publish(self, code: str = OLD_AGE) -> Any:
        return await self.stand("publish", code)

    async def stand(self, move: str, code: str = OLD_AGE) -> Any:
        """发布, 停用, 恢复, 恢复与市一致."""
        return await self.ask(f"POST {ONE}/{move}", code, body={**WHY, "seen": (await self.show(code)).seen})


@pytest.fixture
def city(office: Office) -> Operator:
    return Operator(office)


@pytest.fixture
def county(office: Office) -> Operator:
    return Operator(office, ANJU)


async def standard(office: Office, at: str = SHEHONG) -> str:
    """What residents of a county read of 高龄津贴."""
    shown = await office.ask(office.resident(), "GET declaration/projects/{code}", at=at, code=OLD_AGE)
    return str(shown.standard)


async def told(office: Office, question: Any) -> Any:
    """What another plugin is answered."""
    return await office.world.units.read(
        lambda ctx: ctx.ask(question), plugin="worklist", place=office.world.place(ANJU)
    )


# --- draft and version --------------------------------------------------------------------------------------------------------


async def test_nothing_takes_effect_until_it_is_published(office, city):
    """Then for whoever reads it from now on, with an audit line and a version that says what changed."""
    before = await standard(office)
    await city.put("about", ABOUT)
    drafted = await standard(office)

    await city.publish()

    [edition, first] = await city.ask(f"GET {ONE}/editions")
    lines = await office.world.database["audit"].find({"what": "declaration.publish_project"}).to_list(5)
    assert (drafted, await standard(office)) == (before, ABOUT["standard"])
    assert (edition.by, edition.why, first.why) == ("林运维", WHY["why"], "导入项目目录")
    assert any(ABOUT["standard"] in line for line in edition.what)
    assert [line["subject"] for line in lines] == [f"{CITY}:{OLD_AGE}"]


async def test_open_cases_keep_their_terms(office, county):
    """They are counted, and their chain is the one that they were handed in under."""
    case = await office.declare()
    await county.put("chain", {"node": "pay", "days": 3}, number=len((await county.show()).terms.chain))

    shown = await county.publish()

    assert (shown.cases, shown.terms.chain[-1].node) == (1, "pay")
    assert "pay" not in [step.node for step in (await office.progress(case)).progress]


async def test_a_version_is_brought_back_as_a_draft(office, city):
    """And counts once that is published."""
    before = await standard(office)
    await city.put("about", ABOUT)
    await city.publish()

    await city.ask(f"POST {ONE}/editions/{{number}}/restore", number=1, body=await city.seen())
    await city.publish()

    assert await standard(office) == before
    assert [each.number for each in await city.ask(f"GET {ONE}/editions")] == [3, 2, 1]


async def test_versions_are_kept_so_many(office, city):
    """The oldest goes."""
    for number in range(MOST_KEPT + 1):
        await city.put("about", {**ABOUT, "standard": f"第{number}次"})
        await city.publish()

    kept = await city.ask(f"GET {ONE}/editions")

    assert [each.number for each in kept] == list(range(MOST_KEPT + 2, 2, -1))
    assert await office.world.database["declaration.editions"].count_documents({"code": OLD_AGE}) == MOST_KEPT + 1


async def test_a_project_that_is_published_again_as_it_is(office, city):
    """Makes no version."""
    await city.put("about", ABOUT)
    await city.publish()
    await city.put("about", ABOUT)

    with pytest.raises(Conflict, match="没有可发布的改动"):
        await city.publish()


async def test_a_new_project(office, city):
    """Nobody can publish it before it has a chain; like another one it has its materials."""
    new = {"code": "99001", "name": "新项目", "short": "新项目", "bureau": "民政局"}
    await office.ask(city.actor, "POST declaration/catalogue", at=CITY, body=new)
    with pytest.raises(Invalid) as refused:
        await city.publish("99001")
    await city.put("chain", {"node": "accept", "days": 5}, number=0, code="99001")
    await city.put("chain", {"node": "approve_county"}, number=1, code="99001")

    await city.publish("99001")

    shown = await office.ask(office.resident(), "GET declaration/projects/{code}", code="99001")
    assert [(node.label, node.limit.days) for node in shown.flow] == [("受理", 5), ("县级审批", 10)]
    assert refused.value.fields == {"chain": "办理环节：至少要有一个环节。"}


async def test_a_code_that_is_a_page(office, city):
    """Nobody would reach the project."""
    new = {"code": "new", "name": "新项目", "short": "新项目", "bureau": "民政局"}

    with pytest.raises(Invalid) as refused:
        await office.ask(city.actor, "POST declaration/catalogue", at=CITY, body=new)

    assert refused.value.fields == {"code": "项目编码不能是new。"}


async def test_a_project_like_another(office, city):
    """Begins with all that it has."""
    new = {"code": "99001", "name": "新项目", "short": "新项目", "bureau": "民政局", "like": LAND}

    shown = await office.ask(city.actor, "POST declaration/catalogue", at=CITY, body=new)

    like = await city.show(LAND)
    assert (shown.state, shown.terms.chain, shown.terms.materials) == ("new", like.terms.chain, like.terms.materials)


async def test_items_are_moved_and_removed(office, city):
    """In the draft alone."""
    before = [each.key for each in (await city.show()).terms.materials]

    await city.ask(
        f"POST {ONE}/lists/{{group}}/{{number}}/move", group="materials", number=1, body=await city.seen(up=True)
    )
    shown = await city.ask(
        f"POST {ONE}/lists/{{group}}/{{number}}/remove", group="materials", number=2, body=await city.seen()
    )

    assert [each.key for each in shown.terms.materials] == [before[1], before[0], *before[3:]]


async def test_a_draft_is_thrown_away(office, city):
    """And nothing has happened."""
    before = (await city.show()).terms
    await city.put("about", ABOUT)

    await city.ask(f"POST {ONE}/discard", body=await city.seen())

    assert (await city.show()).terms == before


async def test_who_changed_a_draft_stands_in_the_audit_log(office, city):
    """With what was done, and to which part of it."""
    new = {"code": "99001", "name": "新项目", "short": "新项目", "bureau": "民政局"}
    await office.ask(city.actor, "POST declaration/catalogue", at=CITY, body=new)
    await city.put("chain", {"node": "accept", "days": 5}, number=0, code="99001")
    await city.ask(f"POST {ONE}/discard", "99001", body=await city.seen("99001"))

    lines = await office.world.database["audit"].find({"subject": f"{CITY}:99001"}, sort=[("_id", 1)]).to_list(5)

    assert [(line["what"], line["details"].get("group")) for line in lines] == [
        ("declaration.begin_revision", None),
        ("declaration.edit_revision", "chain"),
        ("declaration.discard_revision", None),
    ]


async def test_only_what_is_published_is_offered_as_an_example(office, city):
    """A draft is nothing to begin with."""
    new = {"code": "99001", "name": "新项目", "short": "新项目", "bureau": "民政局"}
    await office.ask(city.actor, "POST declaration/catalogue", at=CITY, body=new)

    page = await office.world.units.read(
        show_new, plugin="declaration", place=office.world.place(CITY), actor=city.actor
    )

    assert [each.value for each in page.known] == sorted(each["code"] for each in CATALOGUE["projects"])


# --- a county's own terms -------------------------------------------------------------------------------------------------------


async def test_a_county_has_its_own_terms_and_takes_them_back(office, city):
    """Others are as the city is; what the city publishes later does not touch them until then."""
    county = Operator(office, SHEHONG)
    await county.put("about", ABOUT)
    await county.publish()
    await city.put("about", {**ABOUT, "standard": "全市新标准"})
    await city.publish()
    own = (await standard(office, SHEHONG), await standard(office, CITY))

    await county.stand("follow-city")

    shown = await county.show()
    assert own == (ABOUT["standard"], "全市新标准")
    assert (await standard(office, SHEHONG), shown.own) == ("全市新标准", False)
    assert (await county.ask(f"GET {ONE}/editions"))[0].what[0] == "恢复与市一致"


async def test_terms_that_were_taken_back_can_be_had_again(office):
    """From the versions of the county."""
    county = Operator(office, SHEHONG)
    await county.put("about", ABOUT)
    await county.publish()
    await county.stand("follow-city")

    await county.ask(f"POST {ONE}/editions/{{number}}/restore", number=1, body=await county.seen())
    await county.publish()

    assert (await standard(office, SHEHONG), (await county.show()).own) == (ABOUT["standard"], True)


async def test_a_county_that_follows_the_city_already(office):
    """Has nothing to take back."""
    with pytest.raises(Conflict, match="没有另行规定"):
        await Operator(office, SHEHONG).stand("follow-city")


async def test_a_withdrawn_project_goes_on_for_open_cases(office, county):
    """Residents do not find it, until it is taken up again."""
    case = await office.declare()
    await county.stand("withdraw")
    with pytest.raises(NotFound, match="停止申报"):
        await standard(office, ANJU)
    open_state = (await office.progress(case)).state

    await county.stand("resume")

    assert open_state == "handling"
    assert await standard(office, ANJU)


async def test_other_plugins_know_a_project_that_is_stopped(office, city):
    """It is still paid, surveyed and complained about: whose it is, and how sensitive, is nobody else's word."""
    await city.put("handling", {"cycle": "year", "sensitive": True}, code=LAND)
    await city.publish(LAND)
    await city.stand("withdraw", LAND)

    known = await told(office, ProjectOf(code=LAND))
    listed = await told(office, ListedProjects())

    assert (known.found, known.offered, known.sensitive, known.cycle) == (True, False, True, "year")
    assert (known.short, known.bureau) == next((each.name, each.bureau) for each in listed if each.code == LAND)


async def test_a_county_that_stops_a_project_rules_nothing_else(office, city):
    """When it takes it up again it has what the city has changed meanwhile."""
    county = Operator(office, SHEHONG)
    stopped = await county.stand("withdraw")
    await city.put("about", ABOUT)
    await city.publish()

    shown = await county.stand("resume")

    assert (stopped.state, stopped.own, shown.state, shown.own) == ("withdrawn", False, "open", False)
    assert await standard(office, SHEHONG) == ABOUT["standard"]
    assert [each.what for each in await county.ask(f"GET {ONE}/editions")] == [
        ("状态：停用→正常申报",),
        ("状态：正常申报→停用",),
    ]


async def test_taking_back_terms_does_not_take_a_project_up_again(office, county):
    """It says so, and stays stopped."""
    await county.stand("withdraw")

    shown = await county.stand("follow-city")

    assert (shown.state, shown.own) == ("withdrawn", False)


async def test_a_county_takes_up_what_the_city_has_stopped(office, city):
    """That is a rule of its own."""
    county = Operator(office, SHEHONG)
    await city.stand("withdraw")

    shown = await county.stand("resume")

    assert (shown.state, shown.own) == ("open", True)


@pytest.mark.parametrize("move", ["withdraw", "resume"])
@pytest.mark.parametrize(("place", "told"), [(CITY, True), (ANJU, False)])
async def test_the_city_is_told_whom_it_does_not_reach(office, move, place, told):
    """A county with its own terms offers them itself."""
    operator = Operator(office, place)
    page = next(each for each in PAGES if each.path.endswith(f"/{move}"))

    shown = await office.look(operator.actor, page, at=place, code=OLD_AGE)

    assert ("已另行规定的区县不变，由区县自己停用或恢复。" in shown.says) == told


async def test_publishing_a_draft_does_not_take_a_project_up_again(office, city):
    """Whether it is offered is no matter of the draft."""
    await city.put("about", ABOUT)
    await city.stand("withdraw")

    shown = await city.publish()

    assert shown.state == "withdrawn"


async def test_the_chain_takes_what_cases_pass_through(office, city):
    """A plugin says so of its node; that of its other tasks nobody could leave."""
    number = len((await city.show()).terms.chain)

    shown = await city.put("chain", {"node": "board"}, number=number)

    assert shown.terms.chain[-1].node == "board"


# --- refused ------------------------------------------------------------------------------------------------------------------

QUESTION = {"key": "area", "label": "面积", "type": "decimal"}
REFUSED = [
    ("about", {**ABOUT, "name": ""}, "item.name"),
    ("about", {**ABOUT, "short": "字" * 9}, "item.short"),
    ("about", {**ABOUT, "conditions": ["条件"] * 31}, "item.conditions"),
    ("handling", {"rules": ["十二"]}, "item.rules"),
    ("handling", {"age_min": 60, "age_max": 50}, "item.age_max"),
    ("chain", {"node": "nowhere"}, "item.node"),
    ("chain", {"node": "visit"}, "item.node"),
    ("chain", {"node": "accept"}, "item.node"),
    ("chain", {"node": "publicity_county", "days": 0}, "item.days"),
    ("questions", {**QUESTION, "min": "1e3"}, "item.min"),
    ("questions", {**QUESTION, "type": "integer", "max": "1.5"}, "item.max"),
    ("questions", {**QUESTION, "type": "date", "max": "tomorrow"}, "item.max"),
    ("questions", {**QUESTION, "min": 5, "max": 4}, "item.max"),
    ("questions", {**QUESTION, "type": "choice"}, "item.of"),
    ("questions", {**QUESTION, "key": "a.b"}, "item.key"),
    ("handling", {"age_max": 0}, "item.age_max"),
    ("questions", {**QUESTION, "type": "date", "min": "today", "max": "2030-01-01"}, "item.max"),
    ("materials", {"key": "signed_paper", "label": "申报表"}, "item.key"),
    ("materials", {"key": "new", "label": "发票", "max_files": 0}, "item.max_files"),
    ("materials", {"key": "new", "label": "发票", "categories": ["nobody"]}, "item.categories"),
    ("materials", {"key": "id_card", "label": "身份证"}, "item.key"),
    ("categories", {"key": "new", "label": ""}, "item.label"),
    ("windows", {"from": "02-30", "to": "12-31"}, "item.from"),
    ("windows", {"from": "01-01", "to": "3月"}, "item.to"),
    ("advisers", {"name": "龙春燕", "phone": "没有"}, "item.phone"),
    ("advisers", {"name": "龙春燕", "phone": "138 0013-8000"}, "item.phone"),
]
IN_FILE = {"questions": "fields", "chain": "chain"}


@pytest.mark.parametrize(("group", "item", "field"), REFUSED)
async def test_what_cannot_be_published_is_refused_at_its_field(office, city, group, item, field):
    """And no draft is made of it."""
    items = getattr((await city.show()).terms, group)
    number = len(items) if isinstance(items, tuple) else None

    with pytest.raises(Invalid) as refused:
        await city.put(group, item, number=number)

    assert list(refused.value.fields) == [field]
    assert (await city.show()).version == 0


@pytest.mark.parametrize(("group", "item", "field"), [each for each in REFUSED if each[0] != "chain"])
async def test_the_file_is_refused_what_the_editor_is(office, group, item, field):
    """One reader for both."""
    catalogue = copy.deepcopy(CATALOGUE)
    row = next(each for each in catalogue["projects"] if each["code"] == OLD_AGE)
    if group == "handling":
        eligibility = {name: value for name, value in item.items() if name.startswith("age")}
        row |= {"rules": item.get("rules", ()), "eligibility": eligibility}
    elif group == "about":
        row |= item
    else:
        name = IN_FILE.get(group, group)
        row[name] = [*row.get(name, ()), item]

    done = await office.world.units.run(
        lambda ctx: import_projects(ctx, catalogue), plugin="declaration", place=office.world.place(CITY)
    )

    assert list(done.problems) == [str(catalogue["projects"].index(row) + 1)]


@pytest.mark.parametrize(("at", "code"), [(JUXIAN, OLD_AGE), (CITY, "00000")])
async def test_where_there_is_no_such_project(office, at, code):
    """A town has no catalogue."""
    operator = Operator(office, CITY)
    operator.place = at

    with pytest.raises(NotFound):
        await operator.show(code)


async def test_the_item_after_the_next_is_none(office, city):
    """Lists have no holes."""
    number = len((await city.show()).terms.advisers) + 1

    with pytest.raises(NotFound):
        await city.put("advisers", {"name": "龙春燕", "phone": "0825-1234567"}, number=number)


async def test_others_do_not_change_it(office):
    """A handler of the bureau has another right."""
    with pytest.raises(Forbidden):
        await office.ask(office.bureau(), f"GET {ONE}", code=OLD_AGE)


# --- two at once ----------------------------------------------------------------------------------------------------------------


async def test_who_is_second_is_refused(office, city):
    """The draft has moved on since they saw it."""
    other = Operator(office, CITY, "何运维")
    seen = await other.seen()
    await city.put("about", ABOUT)

    with pytest.raises(Stale):
        await other.ask(f"PUT {ONE}/about", body={**seen, "item": {**ABOUT, "standard": "别的"}})

    assert (await city.show()).terms.about.standard == ABOUT["standard"]


async def test_who_saw_no_draft_does_not_write_over_what_was_published_since(office, city):
    """There is none again, but not of the same."""
    seen = await city.seen()
    await city.put("about", ABOUT)
    await city.publish()

    with pytest.raises(Stale):
        await city.ask(f"PUT {ONE}/about", body={**seen, "item": {**ABOUT, "standard": "别的"}})

    assert (await city.show()).version == 0


@pytest.mark.parametrize("move", ["remove", "move"])
async def test_a_number_of_a_list_that_was_published_since(office, city, move):
    """Is another item's by now."""
    seen = await city.seen()
    await city.ask(f"POST {ONE}/lists/{{group}}/{{number}}/remove", group="materials", number=0, body=seen)
    await city.publish()

    with pytest.raises(Stale):
        await city.ask(f"POST {ONE}/lists/{{group}}/{{number}}/{move}", group="materials", number=1, body=seen)

    assert (await city.show()).version == 0


@pytest.mark.parametrize("move", ["publish", "discard"])
async def test_another_draft_of_the_same_version(office, city, move):
    """Is not the one that was looked at."""
    await city.put("about", ABOUT)
    seen = await city.seen()
    await city.ask(f"POST {ONE}/discard", body=seen)
    await city.put("about", {**ABOUT, "standard": "别的"})

    with pytest.raises(Stale):
        await city.ask(f"POST {ONE}/{move}", body={**seen, **(WHY if move == "publish" else {})})

    assert (await city.show()).version == 1


async def test_an_import_beside_the_editor(office, city):
    """Is a version too; a draft that was begun before says so, and is not published unseen."""
    await city.put("about", ABOUT)
    seen = await city.seen()
    catalogue = copy.deepcopy(CATALOGUE)
    next(each for each in catalogue["projects"] if each["code"] == OLD_AGE)["standard"] = "文件里的标准"
    await office.world.units.run(
        lambda ctx: import_projects(ctx, catalogue), plugin="declaration", place=office.world.place(CITY)
    )

    with pytest.raises(Stale, match="又发布了新的内容"):
        await city.ask(f"POST {ONE}/publish", body={**WHY, **seen})

    assert ((await city.show()).behind, (await city.ask(f"GET {ONE}/editions"))[0].why) == (True, "导入项目目录")
    assert (await city.publish()).terms.about.standard == ABOUT["standard"]


async def test_the_list_by_words_and_state(office, city, county):
    """Names, bureaus and codes are looked through; a county sees which terms are its own."""

    async def codes(operator: Operator, **query: Any) -> list[str]:
        found = await office.ask(
            operator.actor, "GET declaration/catalogue", at=operator.place, query={"limit": 200, **query}
        )
        return [line.code for line in found.items]

    await county.put("about", ABOUT)
    await city.stand("withdraw", LAND)

    assert await codes(city, keyword="高龄 民政") == [OLD_AGE]
    assert await codes(city, state="withdrawn") == [LAND]
    assert await codes(county, state="draft") == [OLD_AGE]
    assert OLD_AGE in await codes(county, state="own")
    assert len(await codes(city)) == len(CATALOGUE["projects"])


async def test_of_two_who_add_an_item_at_once_both_have_theirs(office, city):
    """The second presses once more, with what is there by now seen: their own goes behind the other's."""
    items = (await city.show()).terms.materials
    number, was = len(items), item_mark(items, len(items))
    mine, theirs = [{"key": key, "label": key} for key in ("mine", "theirs")]
    await city.put("materials", theirs, number)

    body = await city.seen(item=mine, was=was)
    await city.ask(f"PUT {ONE}/lists/materials/{{number}}", number=number, body=body)

    assert [each.key for each in (await city.show()).terms.materials][-2:] == ["theirs", "mine"]


async def test_what_is_long_is_cut_where_it_differs(office, city):
    """Whoever publishes sees the change, and what stands shortly before it."""
    long = "写在前面的很多话。" * 40
    await city.put("about", {**ABOUT, "process": f"{long}到村里办。"})
    await city.publish()
    await city.put("about", {**ABOUT, "process": f"{long}到镇上办。"})

    [change] = (await city.show()).changes

    assert (change.was[-5:], change.becomes[-5:]) == ("到村里办。", "到镇上办。")
    assert len(change.becomes) < 130 and change.becomes.startswith("…")
