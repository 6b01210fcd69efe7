"""The distribution: what is in the wheel, and that it works where there is no clone, only Python."""

from __future__ import annotations

import asyncio
import re
import shutil
import subprocess
import sys
import sysconfig
import venv
import zipfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import yaml
from playwright.async_api import Browser

from hub.demo import people
from hub.demo.client import Phone
from hub.demo.telling import RESIDENT_APPID
from hub.wechat.simulator import Remote
from tests.cli.conftest import ROOT, Ended
from tests.pages.flows.phone import opened
from tests.waiting import PATIENCE, patience, until
from tests.world import ANJU, VILLAGE

PLAYS_WITHIN = 300
# Without a clone, and without what this machine has set.
NOWHERE = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files under version control, some new ones among them, and what set-up has made for browsers."""
    folder = tmp_path_factory.mktemp("clone")
    asked = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    known = subprocess.run(asked, cwd=ROOT, check=True, capture_output=True).stdout.decode().split("\0")
    made = [str(file.relative_to(ROOT)) for file in (ROOT / "hub/static/made").rglob("*")]
    for name in (*known, *made):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def wheel(clone: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("dist")
    pip(sys.executable, "wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", str(out), str(clone))
    [built] = out.iterdir()
    return built


@pytest.fixture(scope="module")
def python(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A new environment with the wheel in it. What it requires is lent by ours, whose own hub is not seen there."""
    folder = tmp_path_factory.mktemp("environment")
    venv.create(folder, with_pip=False)
    [packages] = folder.glob("lib/*/site-packages")
    # The .pth files of a folder that a .pth file names are not read: the hub that is installed in place stays unseen.
    (packages / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n", "utf-8")
    pip(str(folder / "bin/python"), "install", "--no-deps", str(wheel))
    return folder / "bin/python"


def pip(python: str, *arguments: str) -> None:
    quiet = ["--quiet", "--disable-pip-version-check", "--no-index"]
    subprocess.run([sys.executable, "-m", "pip", "--python", python, *arguments, *quiet], check=True)


async def hub(python: Path, here: Path, *arguments: str) -> Ended:
    """The command of that environment, started elsewhere than in the clone, with an empty environment."""
    return await ended(python.with_name("hub"), here, *arguments)


async def ended(program: Path, here: Path, *arguments: str) -> Ended:
    process = await asyncio.create_subprocess_exec(
        program,
        *arguments,
        cwd=here,
        env=NOWHERE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    async with asyncio.timeout(PLAYS_WITHIN):
        out, err = await process.communicate()
    return Ended(process.returncode or 0, out.decode(), err.decode())


def test_the_wheel_has_all_that_is_read_at_run_time(clone: Path, wheel: Path) -> None:
    """Each file of our packages but what is written for their authors, and nothing of the tests."""
    packed = set(zipfile.ZipFile(wheel).namelist())

    files = (file for package in ("hub", "plugins") for file in (clone / package).rglob("*") if file.is_file())
    wanted = {str(file.relative_to(clone)) for file in files if file.suffix != ".md"}
    assert wanted - packed == set()
    assert {"hub/py.typed", "plugins/py.typed", "hub/static/docs.css", "hub/demo/data/people.yaml"} <= packed
    assert {name.split("/")[0] for name in packed if ".dist-info/" not in name} == {"hub", "plugins"}


async def test_the_story_plays_from_an_empty_environment(python: Path, tmp_path: Path) -> None:
    """Without a clone, a config.yaml or a variable: its own database, its own counties."""
    version = await hub(python, tmp_path, "--version")
    played = await hub(python, tmp_path, "demo", "--story")

    assert version.out.startswith("hub, version ")
    assert played.code == 0, played.err
    assert "条推送全部按时送达" in played.out
    assert (tmp_path / "data/demo/mongodb").is_dir()


PLUGIN = '''"""A plugin beside config.yaml."""
from hub.api import Anyone, MessageType, Route, hookimpl

async def look(ctx) -> None:
    """Look."""

@hookimpl
def routes():
    return [Route(method="GET", path="/look", call=look, access=Anyone.PUBLIC, status=204)]

@hookimpl
def message_types():
    return [MessageType(name="asked", code="X01", kind="visit", app="ops", label="上门", sample={"day": "2026-11-30"})]
'''


async def test_plugins_and_words_lie_beside_the_configuration(python: Path, tmp_path: Path) -> None:
    """A folder below ./plugins, or wherever ``plugins_dir`` says; its templates with it."""
    for folder in ("plugins", "elsewhere"):
        (tmp_path / folder / "visits/templates").mkdir(parents=True)
        (tmp_path / folder / "visits/plugin.py").write_text(PLUGIN, "utf-8")
        (tmp_path / folder / "visits/templates/asked.inbox").write_text("上门：{{ day | day }}\n。\n", "utf-8")
    (tmp_path / "plugins/visits/templates/asked.oa").write_text("thing1: 上门\n", "utf-8")
    (tmp_path / "config.yaml").write_text("plugins: [visits, complaints]\n", "utf-8")
    (tmp_path / "other.yaml").write_text("plugins: [visits]\nplugins_dir: elsewhere\n", "utf-8")

    described = await hub(python, tmp_path, "openapi")
    checked = await hub(python, tmp_path, "check", "--offline")
    other = await hub(python, tmp_path, "--config", "other.yaml", "check", "--offline")

    assert "/api/v1/{place}/visits/look" in described.json["paths"]
    assert (checked.code, other.code) == (0, 2), checked.err
    assert "elsewhere/visits/templates/asked.oa: missing" in other.err


def test_the_demo_without_a_clone_is_the_one_that_a_clone_plays() -> None:
    """Its own config.yaml names the same features, in the same counties."""
    own, ours = (yaml.safe_load((ROOT / name).read_text("utf-8")) for name in ("hub/demo/config.yaml", "config.yaml"))

    assert own == {key: ours[key] for key in own}


# --- a plugin of somebody's own, from its first line to a message on a phone ---------------------------------------------

OTHERS = "home_visits"
PLACE = f"/{VILLAGE}/{OTHERS}"
ASKER, HANDLER = "chen_xuewen", "jiangbo"  # both of the village


@asynccontextmanager
async def demo(python: Path, here: Path) -> AsyncIterator[str]:
    """`hub demo` as it runs, and what it prints when it does."""
    with (here / "log").open("wb") as log:
        process = await asyncio.create_subprocess_exec(
            *(python.with_name("hub"), "demo", "--data", "data", "--port", "0"),
            cwd=here,
            env=NOWHERE,
            stdout=asyncio.subprocess.PIPE,
            stderr=log,
        )
    assert process.stdout is not None
    try:
        async with patience():
            shown = (await process.stdout.readuntil(b"Ctrl-C")).decode()
        yield shown
    finally:
        process.terminate()
        await process.wait()


def after(label: str, shown: str) -> str:
    """What the demo prints behind this word."""
    found = re.search(rf"{label}\s+(\S+)", shown)
    assert found, shown
    return found[1]


async def resident(http: aiohttp.ClientSession, url: str, wechat: Remote) -> Phone:
    """Has opened the mini program and said who he is."""
    [own] = [each for each in people.residents() if each.key == ASKER]
    phone = Phone(http, url, "ykt")
    await phone.sign_in_by_wechat(await wechat.code(RESIDENT_APPID, ASKER))
    consent = (await phone.get("/me"))["consent_version"]
    claim = {"name": own.name, "id_number": own.id_number, "region": own.region, "phone": own.phone}
    await phone.post("/me/claim", {**claim, "consent_version": consent})
    return phone


@pytest.fixture(scope="module")
async def home_visits(python: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A plugin as `hub plugins new --package` writes it, installed by pip; beside it a config.yaml of the demo that names it."""
    here = tmp_path_factory.mktemp("author")
    made = await hub(python, here, "plugins", "new", OTHERS, "--package")
    assert made.code == 0, made.err
    pip(str(python), "install", "--no-deps", "--no-build-isolation", str(here / "yikatong-home-visits"))
    config = yaml.safe_load((ROOT / "hub/demo/config.yaml").read_text("utf-8"))
    config |= {"plugins": [*config["plugins"], OTHERS], "store": {"embedded_port": 0}}
    (here / "config.yaml").write_text(yaml.safe_dump(config, allow_unicode=True), "utf-8")
    return here


async def test_a_plugin_from_a_distribution_passes_check_and_its_own_tests(python: Path, home_visits: Path) -> None:
    """At once, in its folder."""
    quiet = ("-q", "-p", "no:cacheprovider", "--basetemp", str(home_visits / "made"))

    checked = await hub(python, home_visits, "check")
    tested = await ended(python, home_visits / "yikatong-home-visits", "-m", "pytest", *quiet)

    assert (checked.code, tested.code) == (0, 0), f"{checked.err}{tested.out}"
    assert "4 passed" in tested.out


async def test_it_is_turned_on_in_the_running_demo_and_heard_on_a_phone(
    python: Path, home_visits: Path, browser: Browser
) -> None:
    """In one county; a resident fills in its page, and WeChat shows the message to the village's handler."""
    async with demo(python, home_visits) as shown, aiohttp.ClientSession() as http:
        url, wechat = after("演示页 demo", shown).removesuffix("/demo"), Remote(after("微信替身 WeChat", shown), http)
        chen = await resident(http, url, wechat)
        off = await chen.refusal_of(f"{PLACE}/mine")

        switched = await hub(python, home_visits, "plugins", "on", OTHERS, "--county", ANJU)
        await until(lambda: is_there(chen))
        phone = await opened(browser, url, "ykt", chen.token)
        await phone.open(f"/ykt{PLACE}/mine/new")
        await phone.fill("申请内容", "请上门办理高龄津贴。")
        await phone.tap("提交申请")
        await phone.is_at(f"/ykt{PLACE}/mine/[^/]+")
        await phone.reads("请上门办理高龄津贴。", "待办理")
        [message] = await wechat.messages(wait=PATIENCE)
        await phone.page.context.close()

    assert off is not None and off.status == 404
    assert (switched.code, phone.complaints) == (0, []), switched.err
    assert (message["person"], message["title"], message["fields"]["thing1"]) == (HANDLER, "待办提醒", "新的事项申请")


async def is_there(phone: Phone) -> bool:
    return await phone.refusal_of(f"{PLACE}/mine") is None
