"""Whatever is wrong with a plugin is told as its problem, with file and line, among the others."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog

from hub.api import Anyone, Migration, Route, hookimpl
from hub.app import Hub
from hub.rules.finding import available, find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.rules.lifespans import alive
from hub.rules.plugins import Plugin
from hub.rules.switching import switch
from hub.words.actors import HUB
from hub.words.errors import Conflict, SetupError
from tests.whole import settings_of
from tests.world import ANJU, World

HOOK = "from hub.api import Role, hookimpl\n\n\n@hookimpl\n"
# What plugin.py holds, and what is said of it: from the line on.
BAD = {
    "bad_import": ("import nothing_like_this\n", "1: ModuleNotFoundError: No module named 'nothing_like_this'"),
    "bad_syntax": ("\ndef broken(:\n", "2: SyntaxError: invalid syntax"),
    "bad_hook": (f"{HOOK}def routes():\n    return 1 / 0\n", "6: ZeroDivisionError: division by zero"),
    "bad_answer": (f"{HOOK}def routes():\n    return 3\n", "5: routes() must return a list of Route"),
    "bad_list": (f"{HOOK}def routes():\n    return [Role('a', 'b')]\n", "5: routes() must return a list of Route"),
    "bad_constant": ("\nROUTES = (1,)\n", "2: ROUTES must be a list of Route"),
    "bad_settings": ("CONFIG = 3\n", "1: config_schema() must return a msgspec.Struct class, and CONFIG be one"),
    "bad_needs": (
        "NEEDS = ('survey')\n",
        "1: NEEDS must be a tuple of the names of plugins, as in NEEDS = ('survey',)",
    ),
    "bad_name": ("from hub.api import Role\n\nROLEZ = (Role('a', 'b'),)\n", "3: ROLEZ is not the name of a hook."),
    "bad_mark": (
        f"{HOOK}def routez():\n    return ()\n",
        "5: routez() is not the name of a hook. Did you mean 'routes'?",
    ),
    "bad_asking": (f"{HOOK}def routes(ctx):\n    return ()\n", "5: Plugin 'bad_asking' for hook 'routes'"),
    "no_mark": ("\n\ndef routes():\n    return ()\n", "3: routes() is never asked: write @hookimpl above it"),
    "both": (f"{HOOK}def roles():\n    return ()\n\n\nROLES = ()\n", "9: there is both ROLES and roles(): keep one"),
    "bad_version": ("\nAPI = '9.0'\n", "2: it is written for hub.api 9.0, and this hub has 1."),
    "bad_need": ("USES = ()\nNEEDS = (\n    'clokk',\n)\n", "3: NEEDS 'clokk', which is not installed"),
}
GOOD = '"""Good."""\n\nfrom hub.api import Role\n\n\ndef jobs(every):\n    """No hook."""\n\n\nROLES = (Role("clerk", "经办人员"),)\n'
SECRET = "王建国510921"


def write(folder: Path, name: str, text: str = GOOD) -> Path:
    """A plugin as its author leaves it: a folder with a plugin.py."""
    file = folder / name / "plugin.py"
    file.parent.mkdir(parents=True)
    file.write_text(text, "utf-8")
    return file


def offer(folder: Path, name: str, distribution: str, module: str) -> Path:
    """What ``pip install`` leaves of a plugin in a folder of the path: its name and where it is."""
    home = folder / f"{distribution.replace('-', '_')}-1.0.dist-info"
    home.mkdir(parents=True)
    (home / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
    (home / "entry_points.txt").write_text(f"[hub.plugins]\n{name} = {module}\n")
    (home / "RECORD").write_text(f"{home.name}/entry_points.txt,,\n")
    return home / "entry_points.txt"


def problems_of(names: Sequence[str], *folders: Path, more: Sequence[tuple[str, Any]] = ()) -> list[str]:
    return Host(gather([*more, *find(names, folders)])).problems()


@pytest.fixture(autouse=True)
def _as_before() -> Any:
    """What was imported from a test's folder is gone with it."""
    yield
    find(())


def test_each_bad_plugin_is_a_problem_of_its_own_with_file_and_line(tmp_path: Path) -> None:
    """All of them together with a good one, which is there all the same."""
    files = {name: write(tmp_path, name, text) for name, (text, _) in BAD.items()}
    write(tmp_path, "good")

    host = Host(gather(find([*BAD, "good"], [tmp_path])))

    told = {problem.split("'")[1]: problem for problem in host.problems()}
    wanted = {name: f"plugin '{name}': {files[name]}:{words}" for name, (_, words) in BAD.items()}
    assert {name: told.get(name, "")[: len(each)] for name, each in wanted.items()} == wanted
    assert len(host.problems()) == len(BAD)
    assert [role.name for role in host.plugins["good"].roles] == ["clerk"]


async def look(ctx) -> None:
    """Look."""


def placed(prefix: str) -> Any:
    """A plugin with one route below that prefix."""

    class Placed:
        ROUTES = (Route(method="GET", path="/all", call=look, access=Anyone.PUBLIC),)

    Placed.prefix = prefix  # type: ignore[attr-defined]
    return Placed()


def test_a_name_that_is_taken_is_told_with_both_places(tmp_path: Path) -> None:
    """The hub's own part keeps it; the later one would have replaced it without a word."""
    file = write(tmp_path, "good")

    told = problems_of(["good"], tmp_path, more=[("good", placed("a"))])
    same = problems_of(["good", "good"], tmp_path)

    [problem] = told
    assert problem.startswith(f"plugin 'good': {file}:1: the name is taken by tests/core/test_load_errors.py:")
    assert same == []


def test_a_prefix_that_is_taken_is_told() -> None:
    """The later one's routes would answer in the place of the earlier one's."""
    twice = Host(gather([("one", placed("x")), ("two", placed("x"))])).problems()
    apart = Host(gather([("one", placed("x")), ("two", placed("y"))])).problems()

    [problem] = twice
    assert problem.startswith("plugin 'two': tests/core/test_load_errors.py:")
    assert problem.endswith(": prefix 'x' is already given by plugin 'one': rename one")
    assert apart == []


def test_two_packages_that_bring_one_name_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which of them ran would hang on the order of the path; one that stands on it twice is one."""
    spots = [offer(tmp_path / each, "good", f"good-of-{each}", "somewhere.plugin") for each in "ab"]
    for spot in spots:
        monkeypatch.syspath_prepend(str(spot.parents[1]))

    [problem] = problems_of(["good"])

    assert problem.startswith("plugin 'good': ") and problem.endswith(": uninstall one of them")
    assert f"{spots[1]}:2: two installed packages bring it, good-of-b 1.0 and good-of-a 1.0" in problem


def test_what_may_be_named_says_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder of the operator's, a plugin that comes with the hub, a distribution with its version."""
    folder = write(tmp_path / "plugins", "good").parent
    offer(tmp_path / "site", "better", "better-of-a", "somewhere.plugin")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    there = available([tmp_path / "plugins"])

    assert (there["good"], there["survey"], there["better"]) == (str(folder), "plugins/survey", "better-of-a 1.0")


def test_a_folder_that_hides_something_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An installed package, a plugin that comes with the hub, a part of the hub."""
    files = {name: write(tmp_path, name) for name in ("good", "survey", "worklist")}
    offer(tmp_path / "site", "good", "good-of-a", "somewhere.plugin")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))

    problems = problems_of(list(files), tmp_path)

    assert problems == [
        f"plugin 'good': {files['good']}:1: this folder hides the installed package good-of-a 1.0: rename or remove one of them",
        f"plugin 'survey': {files['survey']}:1: this folder hides plugins/survey: rename or remove one of them",
        f"plugin 'worklist': {files['worklist']}:1: the name is that of a part of the hub: rename this one",
    ]


def test_the_operators_folders_are_looked_in(tmp_path: Path) -> None:
    """With what they import from each other; and no longer when the next hub has other folders."""
    write(tmp_path / "a", "good", "from plugins.also_good.words import WORD\n\nPREFIX = WORD\n")
    write(tmp_path / "a", "also_good").with_name("words.py").write_text("WORD = 'a'\n")
    write(tmp_path / "b", "good", "PREFIX = 'b'\n")

    [(_, first)], [(_, other)] = find(["good"], [tmp_path / "a"]), find(["good"], [tmp_path / "b", tmp_path / "none"])

    assert (first.PREFIX, other.PREFIX) == ("a", "b")
    assert problems_of(["good"])[0].startswith("config.yaml: plugin 'good' is unknown.")


def test_an_installed_plugin_says_its_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody can see what it was written for."""
    for name, text in {"silent_visits": GOOD, "plain_visits": f"{GOOD}API = '1.0'\n"}.items():
        write(tmp_path, name, text)
        offer(tmp_path, name, name, f"{name}.plugin")
    monkeypatch.syspath_prepend(str(tmp_path))

    host = Host(gather(find(["silent_visits", "plain_visits"])))

    [problem] = [each.problem for each in host.unusable]
    assert f"{tmp_path}/silent_visits/plugin.py:1: it does not say which hub.api it is written for" in problem
    assert host.plugins["plain_visits"].api == "1.0"


# --- what is raised while the hub starts -------------------------------------------------------------------------------


async def fail(*_: object) -> None:
    raise ValueError(SECRET)


FAILING = fail.__code__.co_firstlineno + 1


class Shaky:
    """Fails wherever it is told to."""

    def __init__(self, *, migration: bool = False, going: bool = False) -> None:
        self._migration = migration
        self._going = going

    @hookimpl
    def migrations(self) -> Sequence[Migration]:
        return [Migration("2026-01-names", fail)] if self._migration else []

    @hookimpl
    @asynccontextmanager
    async def lifespan(self, config: Any) -> AsyncIterator[None]:
        """Comes or goes with an error."""
        if not self._going:
            await fail()
        yield
        await fail()


async def test_a_migration_that_fails_is_told_without_what_it_read(
    mongo_uri: str, tmp_path: Path, database_name: str
) -> None:
    """It reads documents: of its error the type and the line, never the text."""
    settings = settings_of(mongo_uri, tmp_path, {}, database_name, plugins=())

    with pytest.raises(SetupError) as stopped:
        async with Hub.open(settings, extra_plugins=[("shaky", Shaky(migration=True))]):
            """Not reached."""

    where = f"tests/core/test_load_errors.py:{FAILING}"
    assert list(stopped.value.problems) == [f"plugin 'shaky': {where}: migration 2026-01-names failed: ValueError"]


async def lifeless(config: Any) -> None:
    """A lifespan without its mark."""


class Lifeless:
    lifespan = staticmethod(lifeless)


def gathered(**objects: Any) -> list[Plugin]:
    return [plugin for plugin in gather(objects.items()) if isinstance(plugin, Plugin)]


async def test_lifespans_that_fail_are_told_together() -> None:
    """And one that is none."""
    with pytest.raises(SetupError) as stopped:
        async with alive(gathered(shaky=Shaky(), lifeless=Lifeless()), config=lambda name: None):
            """Not reached."""

    here, line = "tests/core/test_load_errors.py", lifeless.__code__.co_firstlineno
    assert list(stopped.value.problems) == [
        f"plugin 'shaky': {here}:{FAILING}: lifespan failed: ValueError",
        f"plugin 'lifeless': {here}:{line}: lifespan is no context manager: write @asynccontextmanager above it",
    ]


class Waiting:
    """Comes or goes after for ever."""

    def __init__(self, *, going: bool = False) -> None:
        self._going = going

    @asynccontextmanager
    async def lifespan(self, config: Any) -> AsyncIterator[None]:
        if not self._going:
            await asyncio.Event().wait()
        yield
        await asyncio.Event().wait()


async def test_a_lifespan_that_does_not_come_is_told() -> None:
    """Instead of a start that never ends."""
    with pytest.raises(SetupError) as stopped:
        async with alive(gathered(waiting=Waiting()), config=lambda name: None, entered_within=timedelta(0)):
            """Not reached."""

    [problem] = stopped.value.problems
    assert problem.startswith("plugin 'waiting': tests/core/test_load_errors.py:")
    assert problem.endswith(": lifespan failed: TimeoutError")


async def test_a_lifespan_that_does_not_go_is_left() -> None:
    with structlog.testing.capture_logs() as lines:
        async with alive(gathered(waiting=Waiting(going=True)), config=lambda name: None, left_within=timedelta(0)):
            """Served."""

    [line] = lines
    assert line["error"].startswith("TimeoutError at tests/core/test_load_errors.py:")


async def test_a_lifespan_that_fails_at_its_end_keeps_nobody_from_ending() -> None:
    ended = []

    class Calm:
        @asynccontextmanager
        async def lifespan(self, config: Any) -> AsyncIterator[None]:
            yield
            ended.append("calm")

    with structlog.testing.capture_logs() as lines:
        async with alive(gathered(calm=Calm(), shaky=Shaky(going=True)), config=lambda name: None):
            """Served."""

    assert ended == ["calm"]
    [line] = lines
    assert line["plugin"] == "shaky" and line["error"] == f"ValueError at tests/core/test_load_errors.py:{FAILING}"
    assert SECRET not in str(lines)


class Preparing:
    """Prepares a county, and fails."""

    raises: type[Exception] = ValueError

    @hookimpl
    def on_county_opened(self) -> Sequence[Any]:
        return [self.open]

    async def open(self, ctx: Any) -> None:
        raise self.raises(SECRET)


async def test_what_a_county_hook_raises_is_told_and_nothing_is_turned(mongo_uri: str, database_name: str) -> None:
    """What it refuses on purpose is for the person who turns the switch, and stays as it is."""
    plugin = Preparing()
    world = await World.make(mongo_uri, database_name, [("preparing", plugin)], on=())

    with pytest.raises(SetupError) as stopped:
        await switch(world.units, ANJU, "preparing", on=True, actor=HUB)
    plugin.raises = Conflict
    with pytest.raises(Conflict):
        await switch(world.units, ANJU, "preparing", on=True, actor=HUB)

    [problem] = stopped.value.problems
    assert problem.startswith("plugin 'preparing': tests/core/test_load_errors.py:")
    assert problem.endswith(": on_county_opened failed: ValueError")
    assert not world.counties.is_on(ANJU, "preparing")
    await world.database.close()
