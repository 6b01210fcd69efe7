"""What `hub.fixtures` gives to somebody else's project: a plugin as its own distribution, tested with that alone."""

from __future__ import annotations

import pytest

pytest_plugins = ("pytester",)

SETTINGS = """
[pytest]
asyncio_mode = auto
asyncio_default_fixture_loop_scope = session
asyncio_default_test_loop_scope = session
filterwarnings = error
"""

PLUGIN = '''
"""预约上门 Visits: asked for by a resident; on the day the village's handlers are reminded."""
from datetime import date, timedelta
import msgspec
from hub.api import (
    Anyone, Collection, Document, Event, Holders, Index, Job, Listing, MenuEntry, MessageType, Page, Paging, Permission, Push, Role,
    Route, Trigger, stored,
)

class Visit(Document, frozen=True, kw_only=True):
    day: date
    readers: tuple[str, ...] = ()

class VisitAsked(Event, frozen=True, kw_only=True):
    visit: str
    day: date

class VisitDue(VisitAsked, frozen=True, kw_only=True):
    pass

class VisitRequest(msgspec.Struct, frozen=True):
    day: date

class VisitLine(msgspec.Struct, frozen=True):
    day: date

def line(ctx, visit) -> VisitLine:
    return VisitLine(visit.day)

async def ask(ctx, body: VisitRequest) -> None:
    """预约上门"""
    visit = Visit(id=ctx.new_id(), place=ctx.place.code, day=body.day, readers=(ctx.actor.person,))
    await ctx.store["visits.visits"].insert(visit)
    ctx.emit(VisitAsked(place=visit.place, visit=visit.id, day=visit.day))

async def remind(ctx) -> None:
    for visit in await ctx.store["visits.visits"].find({}):
        ctx.emit(VisitDue(place=visit.place, visit=visit.id, day=visit.day))

def tell(message):
    async def told(event, ctx):
        to = Holders(role="handler", place=event.place)
        return [Push(to=to, message=message, key=event.visit, data={"day": event.day})]
    told.__name__ = f"tell_{message.partition('.')[2]}"
    return told

visits_of = stored("visits.visits", Visit)
LIST = Listing(path="/visits", read="visits.read", says="预约", of=visits_of, line=line, query=Paging, order=(("day", 1),))
UNORDERED = Listing(path="/all", read="visits.read", says="预约", of=visits_of, line=line, query=Paging, order=(("version", 1),))

PERMISSIONS = (Permission("visits.read", "查看预约", ("handler",)),)
BY_DAY = Index((("day", 1), ("_id", 1)), name="by_day")
COLLECTIONS = (Collection(name="visits.visits", document=Visit, scope="subtree", indexes=(BY_DAY,)),)
EVENTS = (VisitAsked, VisitDue)
ASK = Route(method="POST", path="/requests", call=ask, access=Anyone.CLAIMED, status=204)
ROUTES = (ASK, *LIST.routes(), *UNORDERED.routes())
PAGES = (Page(apps=("ydsh",), path="", title="预约", template="visits/visits.html", load=LIST.routes()[0].call, access="visits.read"),)
MENU_ENTRIES = (MenuEntry(app="ydsh", label="预约", path="", access="visits.read"),)
MESSAGE_TYPES = tuple(
    MessageType(name=name, code=code, kind="visit", app="ydsh", label="上门预约", sample={"day": "2026-11-30"})
    for name, code in (("asked", "X01"), ("due", "X02"))
)
TRIGGERS = (Trigger(event=VisitAsked, call=tell("visits.asked")), Trigger(event=VisitDue, call=tell("visits.due")))
JOBS = (Job(name="remind", call=remind, label="提醒", cron="0 8 * * *"),)
'''

TESTS = """
from datetime import date, timedelta

import pytest
from visits.plugin import LIST, UNORDERED, Visit, VisitAsked

from hub.testing import ANJU, SHEHONG, VILLAGE, HubSetup, Refusal

DAY = {"day": "2026-11-30"}


@pytest.fixture(scope="module")
def hub_setup():
    return HubSetup(plugins=("visits",), on=(ANJU,), off=(SHEHONG,))


# --- a hub that serves

async def test_a_handler_hears_of_it_on_their_phone(hub, resident, staff, expect_push):
    wang, zhou, elsewhere = await resident("王建国"), await staff("handler", region=VILLAGE), await staff("window", region=VILLAGE)

    await wang.post(f"/{VILLAGE}/visits/requests", DAY)

    assert (await expect_push(zhou, "visits.asked", "上门预约：2026年11月30日"))["read"] is False
    with pytest.raises(AssertionError, match="visits.asked"):
        await expect_push(elsewhere, "visits.asked")
    hub.clock.advance(timedelta(0))
    hub.marked = True


async def test_days_pass_and_who_was_there_is_there(hub, staff, travel, expect_push):
    zhou = await staff("handler", region=VILLAGE)

    await travel(days=1)

    assert hub.marked
    await expect_push(zhou, "visits.due", "2026年11月30日")


async def test_two_of_a_name_are_two(hub, resident):
    first, second = await resident("李桂兰", proved=True), await resident("李桂兰", proved=True)

    assert first.person != second.person


async def test_where_it_is_off_nothing_of_it_is_there(hub, phones, resident):
    await phones.expect_silence("visits", SHEHONG)

    with pytest.raises(AssertionError, match="POST /api/v1/510904/visits.*GET /ydsh/510904/visits, menu entry.*visits.*events"):
        await phones.expect_silence("visits", ANJU)
    with pytest.raises(Refusal, match="404"):
        await (await resident()).post(f"/{SHEHONG}/visits/requests", DAY)


# --- a county without doors

async def test_in_the_county(county, expect_push):
    wang, zhou = await county.resident(), await county.staff("handler", region=VILLAGE)
    other = await county.staff("window", region=VILLAGE)

    await county.ask(wang, "POST visits/requests", at=VILLAGE, body=DAY)

    push = await expect_push(zhou, "visits.asked", "2026年11月30日")
    assert (push.data, [fact.day for fact in await county.facts(VisitAsked)]) == ({"day": date(2026, 11, 30)}, [date(2026, 11, 30)])
    with pytest.raises(AssertionError, match="visits.asked"):
        await expect_push(other, "visits.asked")
    with pytest.raises(AssertionError, match="tomorrow"):
        await expect_push(zhou, "visits.asked", "tomorrow")


async def test_nothing_is_left_of_the_test_before(county, travel):
    assert await county.facts(VisitAsked) == []

    await travel(days=1)

    assert county.pushes == []


async def test_a_day_later_in_the_county(county, travel, expect_push):
    wang, zhou = await county.resident(), await county.staff("handler", region=VILLAGE)
    await county.ask(wang, "POST visits/requests", at=VILLAGE, body=DAY)

    await travel(days=1)

    await expect_push(zhou, "visits.due")


async def test_what_is_misspelt(county):
    with pytest.raises(LookupError, match="Did you mean 'POST visits/requests'"):
        await county.ask(await county.resident(), "POST visits/request")


async def test_how_a_list_is_found(county, explain):
    zhou = await county.staff("handler", region=ANJU)
    days = (date(2026, 1, 1) + timedelta(days=n % 300) for n in range(1000))
    await explain.fill("visits.visits", [Visit(id=f"v{n:04d}", place=VILLAGE, day=day) for n, day in enumerate(days)])

    (await explain(LIST, by=zhou)).by_index()
    (await explain("visits.visits", {"day": date(2026, 1, 1).isoformat()}, by=zhou, permission="visits.read")).by_index()

    with pytest.raises(AssertionError, match="SORT"):
        (await explain(UNORDERED, by=zhou)).by_index()
    with pytest.raises(AssertionError, match="looked at"):
        (await explain("visits.visits", {"version": 7}, by=zhou, permission="visits.read")).by_index()
"""


@pytest.fixture
def project(pytester: pytest.Pytester) -> pytest.Pytester:
    """Of somebody who has installed the hub, and their plugin."""
    fields = "thing1: {{ day|day }}"
    files = {
        "pytest.ini": SETTINGS,
        "visits/__init__.py": "",
        "visits/plugin.py": PLUGIN,
        "visits/templates/visits.html": "{% extends 'ui/page.html' %}",
        "visits/templates/asked.inbox": "上门预约：{{ day|day }}\n请按时上门。",
        "visits/templates/due.inbox": "今日上门：{{ day|day }}\n请按时上门。",
        "visits-1.0.dist-info/METADATA": "Metadata-Version: 2.1\nName: visits\nVersion: 1.0\n",
        "visits-1.0.dist-info/entry_points.txt": "[hub.plugins]\nvisits = visits.plugin\n",
    }
    files |= {f"visits/templates/{name}.{channel}": fields for name in ("asked", "due") for channel in ("oa", "mp")}
    for name, text in files.items():
        file = pytester.path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text, "utf-8")
    return pytester


def run(project: pytest.Pytester, *options: str) -> pytest.RunResult:
    # Named once more, for an environment that has not been set up since there is an entry point: it is the same one.
    return project.runpytest_subprocess("-p", "hub.fixtures", *options)


def test_a_project_of_its_own_tests_its_plugin(project):
    """With nothing but what the package brings."""
    project.makepyfile(test_visits=TESTS)

    result = run(project)

    result.assert_outcomes(passed=9)


def test_settings_that_would_hang_are_named(project):
    """All in one line, before anything is started."""
    project.makepyfile(test_visits="import pytest\n@pytest.mark.asyncio\nasync def test_it(county): pass")
    (project.path / "pytest.ini").write_text("[pytest]\nasyncio_default_fixture_loop_scope = module\n", "utf-8")

    result = run(project)

    result.assert_outcomes(errors=1)
    wanted = "; ".join(SETTINGS.split("\n")[2:5])
    result.stdout.fnmatch_lines([f"*the fixtures of hub.testing need these lines in pytest's settings: {wanted}"])


def test_without_pytest_asyncio(project):
    """It is named, too."""
    project.makepyfile(test_visits="def test_it(county): pass")
    (project.path / "pytest.ini").write_text("", "utf-8")

    result = run(project, "-p", "no:asyncio")

    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*hub.testing need pytest-asyncio: pip install yikatong-hub*"])


def test_others_are_left_alone(project):
    """Whoever tests something else in this environment has their own fixtures of these names, and loads no hub."""
    project.makepyfile(
        test_something="""
        import sys
        import pytest

        @pytest.fixture
        def hub():
            return "of a bicycle"

        def test_it(hub):
            assert hub == "of a bicycle" and "hub.testing" not in sys.modules
        """
    )
    (project.path / "pytest.ini").write_text("", "utf-8")

    result = run(project)

    result.assert_outcomes(passed=1)


def test_pytest_finds_it_by_itself():
    """Installed anew, the package has its entry point."""
    from importlib.metadata import entry_points

    names = {point.name: point.value for point in entry_points(group="pytest11")}

    assert names["hub.fixtures"] == "hub.fixtures"
