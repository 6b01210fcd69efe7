"""A whole hub as `hub serve` builds it, with the plugins a test names, on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml
from msgspec.structs import replace

from hub.app import Hub
from hub.jobs.settings import JobSettings
from hub.reading.templates import Templates
from hub.rules.finding import find
from hub.rules.units import Units
from hub.settings import HubSettings
from hub.testing import HubSetup, served
from hub.wechat.accounts import WeChatAccount
from hub.wechat.settings import WeChatSettings
from hub.words.clock import MovingClock, SystemClock
from plugins.declaration.actions.importing import import_projects
from tests.world import ANJU, CITY, SHEHONG, UNHURRIED

ROOT = Path(__file__).parents[1]
# Every plugin there is.
PLUGINS = tuple(sorted(folder.parent.name for folder in (ROOT / "plugins").glob("*/plugin.py")))
# As the hub reads them with every plugin installed.
TEMPLATES = Templates(
    ROOT / "templates",
    {
        "worklist": ROOT / "hub/worklist/templates",
        **{name: ROOT / "plugins" / name / "templates" for name in PLUGINS},
    },
)
ALL_ON: Mapping[str, bool] = dict.fromkeys(PLUGINS, True)
CATALOGUE = yaml.safe_load((ROOT / "hub/demo/data/projects.yaml").read_text("utf-8"))


def settings_of(
    uri: str,
    folder: Path,
    counties: Mapping[str, Mapping[str, Any]],
    database: str,
    *,
    plugins: Sequence[str] = PLUGINS,
    jobs: JobSettings | None = None,
    accounts: Sequence[WeChatAccount] = (),
) -> HubSettings:
    setup = HubSetup(plugins=plugins, settings={name: each for name, each in UNHURRIED.items() if name in plugins})
    made = served.settings_of(uri, folder, setup)
    return replace(
        made,
        templates=ROOT / "templates",
        store=replace(made.store, database=database),
        counties=counties,
        jobs=jobs or JobSettings(),
        wechat=WeChatSettings(accounts=tuple(accounts)),
    )


@asynccontextmanager
async def whole_hub(
    uri: str,
    folder: Path,
    counties: Mapping[str, Mapping[str, Any]],
    *,
    plugins: Sequence[str] = PLUGINS,
    clock: MovingClock | None = None,
    extra_plugins: Sequence[tuple[str, Any]] = (),
    jobs: JobSettings | None = None,
    accounts: Sequence[WeChatAccount] = (),
) -> AsyncIterator[Hub]:
    """As ``served_hub``, with any switches in any counties, another clock or no jobs; with the demo's catalogue."""
    settings = settings_of(uri, folder, counties, f"test_{uuid4().hex}", plugins=plugins, jobs=jobs, accounts=accounts)
    setup = HubSetup(stand_ins=dict(extra_plugins), prepare=import_catalogue)
    async with served.serving(settings, setup, clock or SystemClock()) as hub:
        yield hub


def everything_on() -> HubSetup:
    """Every plugin there is, in two counties, with the demo's catalogue."""
    return HubSetup(plugins=PLUGINS, on=(ANJU, SHEHONG), off=(), settings=UNHURRIED, prepare=import_catalogue)


def all_but(name: str) -> HubSetup:
    """安居区 with every plugin on, 射洪市 with all but this one and what needs it."""
    needs = {plugin: getattr(module, "NEEDS", ()) for plugin, module in find(PLUGINS)}
    gone = {name}
    while more := {plugin for plugin, needed in needs.items() if gone & set(needed)} - gone:
        gone |= more
    return HubSetup(plugins=PLUGINS, missing=gone, settings=UNHURRIED, prepare=import_catalogue)


async def import_catalogue(units: Units, catalogue: Any = CATALOGUE) -> None:
    """The city's projects, and those of 安居区, where there are declarations."""
    for place in (CITY, ANJU) if "declaration" in units.host.plugins else ():
        await units.run(
            lambda ctx: import_projects(ctx, catalogue), plugin="declaration", place=units.places.tree[place]
        )
