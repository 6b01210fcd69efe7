"""A whole hub as `hub serve` builds it, with the plugins a test names, on a database of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import yaml

from hub.app import Hub
from hub.identity.settings import IdentitySettings, Span
from hub.jobs.settings import JobSettings
from hub.reading.templates import Templates
from hub.rules.places import read_csv
from hub.settings import HubSettings, ServerSettings, StoreSettings
from hub.web.settings import Rate, WebSettings
from hub.wechat.accounts import WeChatAccount
from hub.wechat.settings import WeChatSettings
from hub.words.clock import MovingClock, SystemClock
from plugins.declaration.actions.catalogue import import_projects
from tests.world import ANJU, CITY, REGIONS, UNHURRIED

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
MANY = Rate(10**6)
ENDLESS = Span(timedelta(days=36500), timedelta(days=36500))


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
    return HubSettings(
        mode="test",
        data_dir=folder,
        templates=ROOT / "templates",
        server=ServerSettings(port=0),
        store=StoreSettings(uri=uri, database=database),
        web=WebSettings(person_rate=MANY, address_rate=MANY, upload_rate=MANY, uploads_at_once=200, uploads_of_one=200),
        identity=IdentitySettings(sessions_per_app=10_000, resident_session=ENDLESS, phone_session=ENDLESS),
        plugins=tuple(plugins),
        settings={name: each for name, each in UNHURRIED.items() if name in plugins},
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
    """Serving on a free port, with regions and the demo's catalogue; its database goes with it.

    Rates and sessions are without limit: the same few people sign in for every test of a module, and its clock may jump.
    """
    name = f"test_{uuid4().hex}"
    settings = settings_of(uri, folder, counties, name, plugins=plugins, jobs=jobs, accounts=accounts)
    async with Hub.open(settings, clock=clock or SystemClock(), extra_plugins=extra_plugins) as hub:
        await hub.places.import_rows(read_csv(REGIONS))
        if "declaration" in hub.host.plugins:
            await _import_catalogue(hub)
        async with hub.serving():
            yield hub
        await hub.database.client.drop_database(name)


async def _import_catalogue(hub: Hub) -> None:
    for place in (CITY, ANJU):
        await hub.units.run(
            lambda ctx: import_projects(ctx, CATALOGUE), plugin="declaration", place=hub.places.tree[place]
        )
