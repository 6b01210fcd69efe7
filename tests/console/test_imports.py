"""数据导入 as a program asks for it: tried, confirmed, stopped, cut off. Its pages: ``tests/pages/flows/test_ops_imports.py``."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any
from uuid import uuid4

import aiohttp
import msgspec
import pytest
import yaml

from hub.api import Collection, Context, Document, Import, Imported, Progress, hookimpl, sheets
from hub.app import Hub
from hub.rules.places import read_csv
from hub.testing.places import NEXT_VILLAGE, REGIONS
from hub.words.clock import MovingClock
from hub.words.personal import IdNumberText
from hub.words.regions import RegionTree
from tests.console.runs import IMPORTS, came_to, tried
from tests.rows.rows import Walk, Walker
from tests.waiting import patience
from tests.web.scope import Scene
from tests.whole import ALL_ON, CATALOGUE, settings_of, whole_hub
from tests.world import ANJU, CITY, MONDAY_MORNING, SHEHONG, VILLAGE

TWO_COUNTIES = f"区县,灯\n{ANJU},红灯\n{SHEHONG},绿灯\n".encode()
GOOD = {"username": "imported", "name": "周敏", "positions": [{"role": "window", "region": "510904114"}]}
WRONG_NUMBER = "510904198803129941"
RIGHT_NUMBER = "510904198803129942"
ELSEWHERE = "新增市、改级别、改上级或撤销市和区县，请由运维人员在服务器上办理。"


class Lantern(Document, frozen=True, kw_only=True):
    what: str


class Lanterns:
    """Hangs up lanterns, in 射洪市 only once the gate is open."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()
        self.waits = asyncio.Event()
        # So many pass the gate before it counts: a trial comes first.
        self.let_by = 0

    @hookimpl
    def collections(self) -> Sequence[Collection]:
        return (Collection(name="lanterns.lanterns", document=Lantern, scope="open"),)

    @hookimpl
    def imports(self) -> Sequence[Import]:
        columns = (sheets.Column(label="区县"), sheets.Column(label="灯"))
        return (
            Import(name="lanterns", label="灯", places=self.places, call=self.hang, columns=columns),
            Import(
                name="row_by_row", label="灯笼", places=self.places, call=self.hang_one, columns=columns, counted="盏"
            ),
            Import(name="endless", label="灯串", places=self.places, call=self.hang_for_ever, columns=columns),
        )

    def places(self, rows: Sequence[sheets.SheetRow], regions: RegionTree) -> Sequence[str]:
        return [row.cells["区县"] for row in rows]

    async def hang_for_ever(self, ctx: Context, rows: Sequence[sheets.SheetRow], progress: Progress) -> Imported:
        """Each row takes a moment, and the last one never comes."""
        while True:
            progress(1, 2)
            self.waits.set()
            await asyncio.sleep(0.02)

    async def hang_one(self, ctx: Context, rows: Sequence[sheets.SheetRow], progress: Progress) -> Imported:
        """Of two; once it is confirmed, the other never comes."""
        one = Imported(added=1, changed=0, unchanged=0, problems={"2": "坏了"})
        if self.let_by:
            self.let_by -= 1
            return one

        async def write(unit: Context) -> None:
            await unit.store["lanterns.lanterns"].insert(Lantern(id=unit.new_id(), place=ctx.place.code, what="红灯"))

        await ctx.in_transaction(write)
        while True:
            progress(1, 2, one)
            self.waits.set()
            await asyncio.sleep(0.02)

    async def hang(self, ctx: Context, rows: Sequence[sheets.SheetRow], progress: Progress) -> Imported:
        if ctx.place.code == SHEHONG and self.let_by:
            self.let_by -= 1
        elif ctx.place.code == SHEHONG:
            self.waits.set()
            await self.gate.wait()
        [what] = [row.cells["灯"] for row in rows if row.cells["区县"] == ctx.place.code]

        async def write(unit: Context) -> bool:
            there = await unit.store["lanterns.lanterns"].first({"what": what})
            if there is None:
                await unit.store["lanterns.lanterns"].insert(Lantern(id=unit.new_id(), place=ctx.place.code, what=what))
            return there is None

        added = await ctx.in_transaction(write)
        progress(1, 1)
        return Imported(added=int(added), changed=0, unchanged=int(not added))


@pytest.fixture(scope="module")
def lanterns() -> Lanterns:
    return Lanterns()


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory, lanterns: Lanterns) -> AsyncIterator[Hub]:
    folder, on = tmp_path_factory.mktemp("hub"), {**ALL_ON, "lanterns": True}
    counties, clock = {ANJU: on, SHEHONG: on}, MovingClock(MONDAY_MORNING)
    async with whole_hub(mongo_uri, folder, counties, clock=clock, extra_plugins=[("lanterns", lanterns)]) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


@pytest.fixture
async def operator(walk: Walk) -> Walker:
    return await walk.staff("ops_system", CITY)


@pytest.fixture
async def other_operator(walk: Walk) -> Walker:
    """How often one person may upload in an hour is limited."""
    return await walk.staff("ops_system", CITY, "审计局")


@pytest.fixture(autouse=True)
async def open_gate(lanterns: Lanterns, hub: Hub) -> AsyncIterator[None]:
    """What waits at the gate of one test is let go before the next."""
    lanterns.gate.set()
    lanterns.waits.clear()
    lanterns.let_by = 0
    yield
    lanterns.gate.set()
    async with patience():
        while await hub.database["ops.imports"].count_documents({"busy": True}):
            await asyncio.sleep(0.02)
    await hub.database["lanterns.lanterns"].delete_many({})


def written(content: Any) -> bytes:
    return yaml.safe_dump(content, allow_unicode=True).encode()


async def test_a_trial_says_what_would_be_done_and_writes_nothing(walk: Walk, operator: Walker) -> None:
    """Neither a document nor an audit line of the import; confirmed, it does just that."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][0]["name"] = "改过的名称"
    projects, before = walk.hub.database["declaration.projects"], {"name": "改过的名称"}

    run = await tried(operator, "projects", written(catalogue))
    told, found = run["tried"], await projects.count_documents(before)
    audited = await walk.hub.database["audit"].count_documents({"what": "declaration.import_projects"})
    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    done = await came_to(operator, run, "done")

    assert (told["added"], told["changed"], found) == (0, 1, 0)
    assert (done["tally"]["changed"], await projects.count_documents(before)) == (1, 1)
    assert await walk.hub.database["audit"].count_documents({"what": "declaration.import_projects"}) > audited


async def test_rows_that_are_left_out_are_named_without_what_stands_there(walk: Walk) -> None:
    """By number, with the reason; in the page, in the table, in the database."""
    guard = await walk.staff("ops_security", CITY)
    rows = [GOOD, {**GOOD, "username": "wrong", "id_number": WRONG_NUMBER}, 5]

    run = await tried(guard, "staff", written({"staff": rows}))
    table = await guard.visitor.post(f"/api/v1{IMPORTS}/{run['id']}/report", json={})

    assert [each["row"] for each in run["rejects"]] == ["2", "3"]
    assert [row.cells["序号"] for row in sheets.read_rows(table.body, "report.xlsx")] == ["2", "3"]
    stored = await walk.hub.database["ops.imports"].find_one({"_id": run["id"]})
    assert WRONG_NUMBER not in str(stored) and run["tried"]["added"] == 1


async def test_the_file_is_sealed_and_kept_no_longer_than_its_run(walk: Walk) -> None:
    """Between trial and confirmation it lies in the database."""
    guard = await walk.staff("ops_security", CITY)
    contents = walk.hub.database["ops.import_contents"]

    run = await tried(guard, "staff", written({"staff": [{**GOOD, "username": "sealed"}]}))
    kept = await contents.find_one({"_id": run["id"]})
    await guard.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await came_to(guard, run, "done")

    assert kept is not None and "周敏" not in str(kept) and "sealed" not in str(kept["said"])
    assert await contents.count_documents({"_id": run["id"]}) == 0


async def test_of_two_at_once_one_is_refused(operator: Walker, lanterns: Lanterns) -> None:
    """The same kind at the same place."""
    lanterns.gate.clear()
    await operator.upload(f"{IMPORTS}/kinds/lanterns", TWO_COUNTIES, "file.csv")
    await lanterns.waits.wait()

    status, error = await refused(operator, "lanterns", TWO_COUNTIES)

    assert (status, error["message"]) == (409, "这种数据正在导入，请等它结束后再试。")


async def test_it_is_stopped_between_two_places(walk: Walk, operator: Walker, lanterns: Lanterns) -> None:
    """What is done stays; the place at work is finished."""
    regions = f"{TWO_COUNTIES.decode()}510903,黄灯\n".encode()
    run = await tried(operator, "lanterns", regions)
    lanterns.gate.clear()
    lanterns.waits.clear()
    lanterns.let_by = 1
    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await lanterns.waits.wait()

    await operator.post(f"{IMPORTS}/{run['id']}/stop")
    lanterns.gate.set()
    stopped = await came_to(operator, run, "stopped")

    assert (stopped["done"], stopped["places"], stopped["tally"]["added"]) == (2, 3, 2)
    assert await walk.hub.database["lanterns.lanterns"].distinct("what") == ["红灯", "绿灯"]


async def test_within_the_only_place_it_is_stopped_at_the_next_row(operator: Walker, lanterns: Lanterns) -> None:
    """The run says where."""
    run = await operator.upload(f"{IMPORTS}/kinds/endless", f"区县,灯\n{CITY},红灯\n".encode(), "file.csv")
    await lanterns.waits.wait()

    await operator.post(f"{IMPORTS}/{run['id']}/stop")
    stopped = await came_to(operator, run, "stopped", "failed")

    assert (stopped["state"], stopped["row"], stopped["rows"], stopped["done"]) == ("stopped", 1, 2, 0)


@pytest.mark.parametrize("lost", [False, True], ids=["stopped", "lost the right"])
async def test_what_was_written_before_the_end_is_counted(
    walk: Walk, operator: Walker, lanterns: Lanterns, lost: bool
) -> None:
    """Stopped, or ended as who confirmed it may bring nothing in any more."""
    other = await walk.staff("ops_system", CITY, "交通运输局" if lost else "统计局")
    lanterns.let_by = 2
    run = await tried(other, "row_by_row", f"区县,灯\n{CITY},红灯\n".encode())
    await other.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await lanterns.waits.wait()

    if lost:
        await walk.hub.database["positions"].delete_many({"person": other.person})
    else:
        await other.post(f"{IMPORTS}/{run['id']}/stop")
    ended = await came_to(operator, run, "stopped", "failed")

    assert ended["state"] == ("failed" if lost else "stopped")
    assert (ended["tally"]["added"], ended["tally"]["rejected"], ended["row"]) == (1, 1, 1)


async def test_what_moved_on_since_the_trial_is_asked_about_anew(walk: Walk, other_operator: Walker) -> None:
    """A colleague publishes the very project that the file changes: as many changes as before, of another content. Nothing is done,
    nor by a page that still shows the first trial."""
    projects, catalogue = walk.hub.database["declaration.projects"], copy.deepcopy(CATALOGUE)
    catalogue["projects"][2]["name"] = "文件里的名称"
    run = await tried(other_operator, "projects", written(catalogue))
    theirs = {"place": CITY, "code": catalogue["projects"][2]["code"]}
    await projects.update_one(theirs, {"$set": {"name": "同事的名称"}, "$inc": {"version": 1}})

    await other_operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    anew = await came_to(other_operator, run, "tried", "done")
    kept = await projects.find_one(theirs)
    begun = await walk.hub.database["audit"].count_documents({"what": "imports.run", "subject": run["id"]})
    second_tab = await other_operator.refusal("POST", f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await other_operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": anew["mark"]})
    done = await came_to(other_operator, run, "done")

    assert (anew["state"], anew["confirmed"], anew["tried"]["changed"]) == ("tried", False, run["tried"]["changed"])
    assert anew["why"].startswith("试算以后，数据有了变化，什么也没有导入。")
    assert kept is not None and kept["name"] == "同事的名称"
    assert (begun, second_tab) == (0, (409, "stale"))
    assert done["tally"]["changed"] == run["tried"]["changed"]


async def test_a_new_trial_gives_the_older_ones_up(walk: Walk, other_operator: Walker) -> None:
    """Of the same data; their files are forgotten."""
    older = await tried(other_operator, "lanterns", TWO_COUNTIES)
    other = await tried(other_operator, "projects", written(CATALOGUE))

    newer = await tried(other_operator, "lanterns", TWO_COUNTIES)

    runs = [await other_operator.get(f"{IMPORTS}/{run['id']}") for run in (older, other, newer)]
    assert [run["state"] for run in runs] == ["left", "tried", "tried"]
    assert runs[0]["why"] == f"{newer['by']}又上传了同一种数据，这次试算不再有效，文件已删除。"
    assert await walk.hub.database["ops.import_contents"].count_documents({"_id": older["id"]}) == 0


async def test_a_version_carries_the_name_of_who_confirmed_it(walk: Walk, other_operator: Walker) -> None:
    """And not the id of an account."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][3]["name"] = "有人署名的名称"
    run = await tried(other_operator, "projects", written(catalogue))

    await other_operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await came_to(other_operator, run, "done")

    found = walk.hub.database["declaration.editions"].find({"code": catalogue["projects"][3]["code"]})
    [newest] = await found.sort("number", -1).to_list(1)
    assert newest["by"] == run["by"] != ""


async def test_another_account_of_the_same_person_says_nothing(walk: Walk, other_operator: Walker) -> None:
    """An old one that was disabled."""
    accounts = walk.hub.database["accounts"]
    run = await tried(other_operator, "lanterns", TWO_COUNTIES)
    old = {"_id": "old", "username": "old", "person": other_operator.person, "disabled_at": MONDAY_MORNING}

    await accounts.insert_one(old)
    await other_operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    done = await came_to(other_operator, run, "done", "failed")
    await accounts.delete_one({"_id": "old"})

    assert done["state"] == "done"


async def test_a_trial_is_stopped_also_at_its_last_place(operator: Walker, lanterns: Lanterns) -> None:
    lanterns.gate.clear()
    run = await operator.upload(f"{IMPORTS}/kinds/lanterns", TWO_COUNTIES, "file.csv")
    await lanterns.waits.wait()

    await operator.post(f"{IMPORTS}/{run['id']}/stop")
    lanterns.gate.set()

    assert (await came_to(operator, run, "stopped", "tried"))["state"] == "stopped"


async def test_what_stopped_a_trial_stops_nothing_that_is_confirmed(walk: Walk, operator: Walker) -> None:
    run = await tried(operator, "lanterns", TWO_COUNTIES)
    await walk.hub.database["ops.imports"].update_one({"_id": run["id"]}, {"$set": {"stopping": True}})

    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})

    assert (await came_to(operator, run, "done", "stopped"))["state"] == "done"


async def test_what_another_node_has_taken_up_is_left_alone(walk: Walk, operator: Walker, lanterns: Lanterns) -> None:
    """It was finished there while this node waited at the second place."""
    runs, jobs = walk.hub.database["ops.imports"], walk.hub.database["jobs"]
    run = await tried(operator, "lanterns", TWO_COUNTIES)
    lanterns.gate.clear()
    lanterns.waits.clear()
    lanterns.let_by = 1
    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await lanterns.waits.wait()
    finished = {"done": 2, "state": "done", "busy": False}

    await runs.update_one({"_id": run["id"]}, {"$set": finished})
    before = await runs.find_one({"_id": run["id"]})
    lanterns.gate.set()
    async with patience():
        while await jobs.count_documents({"_id": {"$regex": "ops.imports"}, "owner": {"$ne": None}}):
            await asyncio.sleep(0.02)

    assert await runs.find_one({"_id": run["id"]}) == before


async def test_who_confirms_answers_for_it(walk: Walk, operator: Walker) -> None:
    """In the audit log."""
    catalogue, other = copy.deepcopy(CATALOGUE), await walk.staff("ops_system", CITY, "民政局")
    catalogue["projects"][0]["name"] = "又改过的名称"
    run = await tried(operator, "projects", written(catalogue))

    await other.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await came_to(operator, run, "done")

    acts = walk.hub.database["audit"].find({"what": "declaration.import_projects"})
    last = (await acts.sort("_id", -1).to_list(1))[0]
    assert last["actor"]["person"] == other.person != operator.person


async def test_who_has_lost_the_right_brings_nothing_in(walk: Walk, operator: Walker, lanterns: Lanterns) -> None:
    """Between the confirmation and its turn."""
    other = await walk.staff("ops_system", CITY, "教育局")
    run = await tried(operator, "lanterns", TWO_COUNTIES)
    lanterns.waits.clear()
    first = await operator.upload(f"{IMPORTS}/kinds/endless", f"区县,灯\n{CITY},红灯\n".encode(), "file.csv")
    await lanterns.waits.wait()
    await other.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})

    await walk.hub.database["positions"].delete_many({"person": other.person})
    await operator.post(f"{IMPORTS}/{first['id']}/stop")
    ended = await came_to(operator, run, "failed", "done")

    assert (ended["state"], ended["why"]) == ("failed", "确认人已没有这项权限。")


async def test_a_run_without_its_file_ends_and_holds_up_no_other(walk: Walk, operator: Walker) -> None:
    run = await tried(operator, "lanterns", TWO_COUNTIES)
    await walk.hub.database["ops.import_contents"].delete_one({"_id": run["id"]})

    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})

    assert (await came_to(operator, run, "failed"))["why"] == "上传的文件已不在，请重新上传。"


async def test_of_what_the_file_says_little_is_kept(operator: Walker) -> None:
    """A reason may quote it."""
    catalogue = copy.deepcopy(CATALOGUE)
    catalogue["projects"][0] |= {"code": "9" * 5000, "chain": "plian"}

    run = await tried(operator, "projects", written(catalogue))

    assert max(len(each["why"]) for each in run["rejects"]) == 200


async def test_a_restart_goes_on_where_it_was(mongo_uri: str, tmp_path: Path) -> None:
    """The hub ends in the middle of the second place; the next one finishes it, and the first is not done again."""
    lanterns, on = Lanterns(), {**ALL_ON, "lanterns": True}
    lanterns.gate.set()
    settings = settings_of(mongo_uri, tmp_path, {ANJU: on, SHEHONG: on}, f"test_{uuid4().hex}")
    clock, plugins = MovingClock(MONDAY_MORNING), (("lanterns", lanterns),)

    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with Hub.open(settings, clock=clock, extra_plugins=plugins) as first:
            await first.places.import_rows(read_csv(REGIONS))
            async with first.serving():
                operator = await Walk(Scene(first, http)).staff("ops_system", CITY)
                run = await tried(operator, "lanterns", TWO_COUNTIES)
                lanterns.gate.clear()
                lanterns.waits.clear()
                lanterns.let_by = 1
                await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
                await lanterns.waits.wait()
        lanterns.gate.set()
        async with Hub.open(settings, clock=clock, extra_plugins=plugins) as second:
            async with second.serving():
                operator = await Walk(Scene(second, http)).staff("ops_system", CITY)
                done = await came_to(operator, run, "done")
            await second.database.client.drop_database(settings.store.database)

    assert (done["tally"]["added"], done["tally"]["unchanged"], done["cut_off"]) == (2, 0, True)


@pytest.mark.parametrize(
    ("kind", "data"),
    [
        ("lanterns", b""),
        ("lanterns", "区县,灯\n".encode()),
        ("lanterns", b"\x89PNG\r\n\x1a\n\0\0"),
        ("lanterns", b"PK\x03\x04no zip"),
        ("lanterns", "区县,蜡烛\n1,2\n".encode()),
        ("lanterns", "区县,灯\n999999,红灯\n".encode()),
        ("projects", b"\x89PNG\r\n\x1a\n\0\0"),
        ("projects", b"a: ["),
        ("projects", b"projects: &a [*a]"),
        ("projects", b"- 1"),
        ("projects", b"[" * 100_000),
        (
            "projects",
            b"a0: &a0 [x,x,x,x,x,x,x,x,x,x]\n"
            + b"".join(b"a%d: &a%d [%s]\n" % (n, n, b",".join([b"*a%d" % (n - 1)] * 10)) for n in range(1, 12)),
        ),
    ],
    ids=(
        "empty",
        "no rows",
        "picture",
        "no zip",
        "other columns",
        "nowhere",
        "picture as text",
        "broken",
        "itself",
        "list",
        "deep",
        "bomb",
    ),
)
async def test_what_is_no_such_file_leaves_nothing(walk: Walk, operator: Walker, kind: str, data: bytes) -> None:
    """It is refused in words, while the hub goes on serving."""
    runs = await walk.hub.database["ops.imports"].count_documents({})

    status, error = await refused(operator, kind, data)

    assert (status, bool(error["message"])) == (422, True)
    assert await walk.hub.database["ops.imports"].count_documents({}) == runs


async def test_a_table_can_be_had_empty(operator: Walker) -> None:
    """With the columns that are asked for; what is no table has none."""
    kinds = f"/api/v1{IMPORTS}/kinds"

    table = await operator.visitor.ask("GET", f"{kinds}/lanterns/template")
    other = await operator.visitor.ask("GET", f"{kinds}/projects/template")

    assert (table.status, other.status) == (200, 404)
    assert (
        list(sheets.read_rows(table.body, "lanterns.xlsx", (sheets.Column(label="区县"), sheets.Column(label="灯"))))
        == []
    )


async def test_a_text_in_a_wrong_encoding_is_not_told_to_be_a_table(other_operator: Walker) -> None:
    _, error = await refused(other_operator, "projects", b"\x89PNG\r\n\x1a\n\0\0")

    assert error["message"] == "文件不是文本，或编码无法识别。请对照示例，用记事本写好，保存为UTF-8编码。"


async def test_who_runs_the_system_gives_no_rights(walk: Walk, operator: Walker) -> None:
    """Nor does who gives rights run it; a county brings in nothing."""
    guard, county = await walk.staff("ops_security", CITY), await walk.staff("ops_system", ANJU)

    offered = [[each["name"] for each in await who.get(f"{IMPORTS}/kinds")] for who in (operator, guard)]

    assert sorted(offered[0]) == ["branches", "endless", "lanterns", "projects", "regions", "row_by_row"]
    assert offered[1] == ["staff", "staff_table"]
    assert (await refused(operator, "staff", written({"staff": [GOOD]})))[0] == 404
    assert (await county.refusal("GET", f"/{ANJU}/ops/imports/kinds"))[0] == 404


async def test_nobody_gives_rights_to_themselves(walk: Walk) -> None:
    guard = await walk.staff("ops_security", CITY)
    accounts = walk.hub.identity.accounts
    await walk.hub.database.transaction(
        lambda session: accounts.add(
            session, username="guard", person=guard.person, password_hash="x", must_change=False
        )
    )

    run = await tried(guard, "staff", written({"staff": [{**GOOD, "username": "guard"}]}))

    assert [each["why"] for each in run["rejects"]] == ["这是您本人的账号，请由另一位安全管理员导入。"]


async def test_the_console_makes_no_administrators(walk: Walk) -> None:
    """A new username would be a new person, whose password its maker resets."""
    guard = await walk.staff("ops_security", CITY)
    auditor = {**GOOD, "username": "auditor", "positions": [{"role": "ops_audit", "region": CITY}]}

    run = await tried(guard, "staff", written({"staff": [auditor]}))

    assert [each["why"] for each in run["rejects"]] == ["管理员岗位请由运维人员在服务器上办理。"]


async def test_whoever_has_no_id_number_brings_no_staff_in(walk: Walk) -> None:
    """Nothing would tell that a new account is their own."""
    guard = await walk.staff("ops_security", CITY)
    await walk.hub.database["people"].update_one({"_id": guard.person}, {"$unset": {"id_number": ""}})

    run = await tried(guard, "staff", written({"staff": [{**GOOD, "username": "mine"}]}))

    assert [each["why"] for each in run["rejects"]] == [
        "导入人和确认人都要登记身份证号，才能导入人员。请先请运维人员补登。"
    ]


async def test_nobody_gives_rights_to_themselves_under_another_name(walk: Walk) -> None:
    """The ID number tells; whichever account it is to be."""
    guard = await walk.staff("ops_security", CITY)
    database, number = walk.hub.database, IdNumberText(RIGHT_NUMBER)
    await database["people"].update_one({"_id": guard.person}, {"$set": {"id_number": database.cipher.seal(number)}})

    run = await tried(guard, "staff", written({"staff": [{**GOOD, "username": "me2", "id_number": RIGHT_NUMBER}]}))

    assert [each["why"] for each in run["rejects"]] == ["这是您本人的账号，请由另一位安全管理员导入。"]


async def test_an_account_comes_once_in_a_file(walk: Walk) -> None:
    """Also in a trial, where the first is not there yet."""
    guard = await walk.staff("ops_security", CITY)
    rows = [{**GOOD, "username": "twice"}, {**GOOD, "username": "Twice"}]

    run = await tried(guard, "staff", written({"staff": rows}))

    assert (run["rejects"], run["tried"]["added"]) == ([{"row": "2", "why": "与第1人账号相同"}], 1)


@pytest.mark.parametrize(
    ("row", "why"),
    [
        (f"{VILLAGE},改名村,village,510904114,active", ""),
        ("5.1E+11,新村,village,510904114,active", "“code”以数字格式录入，已丢失精度，请改为文本"),
        ("510904-,新村,village,510904114,active", "code不是区划代码，请把这一列存成文本"),
        ("510904114999,新村,hamlet,510904114,active", "level应为city、county、town、village之一"),
        ("510904114999,新村,village,510999999,active", "上级既不在文件里，也没有登记"),
        (f"510904,安居区,village,{VILLAGE[:9]},active", ELSEWHERE),
        ("510999,新市,city,,active", ELSEWHERE),
        (f"{VILLAGE},万古桥村,village,510904,active", ELSEWHERE),
        ("510904114999,新村,town,510904114,active", "级别应低于它的上级"),
        (f"{ANJU},安居区,county,{CITY},abolished", ELSEWHERE),
        (f"510904999,新村,village,{CITY},active", "市的下一级只能是区县"),
        ("510922114999,新村,village,510904114,active", "代码应以区县的代码510904开头"),
        (f"{VILLAGE},{'村' * 41},village,510904114,active", "name不能超过40个字"),
    ],
)
async def test_regions_are_checked_row_by_row(walk: Walk, row: str, why: str) -> None:
    """By somebody of their own: how often one may upload in an hour is limited."""
    operator = await walk.staff("ops_system", CITY, "水利局")

    run = await tried(operator, "regions", f"code,name,level,parent,status\n{row}\n".encode())

    assert [each["why"] for each in run["rejects"]] == ([why] if why else [])
    assert run["tried"]["changed"] == (0 if why else 1)


async def test_what_becomes_of_which_region_is_said_and_logged(walk: Walk) -> None:
    """Before it is confirmed, and with its codes."""
    operator, before = await walk.staff("ops_system", CITY, "林业局"), walk.hub.places.tree[NEXT_VILLAGE].name
    rows = f"{NEXT_VILLAGE},大桥村,village,510904114,abolished\n510904114998,新村,village,510904114,active\n"

    run = await tried(operator, "regions", f"code,name,level,parent,status\n{rows}".encode())
    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    await came_to(operator, run, "done")

    logged = await walk.hub.database["audit"].find_one({"what": "regions.import"}, sort=[("_id", -1)])
    assert run["changes"] == [f"{NEXT_VILLAGE}{before}改为大桥村，撤销", "增加510904114998新村，上级510904114"]
    assert logged is not None and (logged["details"]["added"], logged["details"]["changed"]) == (
        "510904114998",
        NEXT_VILLAGE,
    )


async def test_a_place_that_got_another_name_meanwhile_is_asked_about_anew(walk: Walk) -> None:
    """As many changes as before, but not the one that was shown."""
    operator, places = await walk.staff("ops_system", CITY, "水务局"), walk.hub.places
    rows = f"code,name,level,parent,status\n{VILLAGE},文件里的村,village,510904114,active\n".encode()
    run = await tried(operator, "regions", rows)
    await places.put([msgspec.structs.replace(places.tree[VILLAGE], name="同事的村")])
    await places.load()

    await operator.post(f"{IMPORTS}/{run['id']}/run", {"seen": run["mark"]})
    anew = await came_to(operator, run, "tried", "done")

    assert (anew["state"], anew["changes"]) == ("tried", [f"{VILLAGE}同事的村改为文件里的村"])


async def refused(who: Walker, kind: str, data: bytes) -> tuple[int, dict[str, Any]]:
    """Status and words of an upload that is refused."""
    form = aiohttp.FormData()
    form.add_field("file", data, filename="file")
    answer = await who.visitor.ask("POST", f"/api/v1{IMPORTS}/kinds/{kind}", data=form)
    return answer.status, dict(answer.error)
