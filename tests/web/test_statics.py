"""Files for browsers: the hub's own and those in a plugin's package, each found again by what is in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType
from uuid import uuid4

import pytest

from hub.web.statics import Assets
from tests.web.small import SmallHub, small_hub

STYLE = ".parcel { color: teal }\n"


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where two plugins lie as packages; each brings files for browsers."""
    folder = tmp_path_factory.mktemp("packages")
    for plugin in ("parcels", "letters"):
        (folder / plugin / "static" / "pictures").mkdir(parents=True)
        (folder / plugin / "static" / f"{plugin}.css").write_text(STYLE, "utf-8")
    (folder / "parcels/static/pictures/box.svg").write_text("<svg/>", "utf-8")
    (folder / "parcels/plugin.py").write_text("SECRET = 1\n", "utf-8")
    return folder


def installed(packages: Path, plugin: str) -> tuple[str, ModuleType]:
    module = ModuleType(f"{plugin}_package.plugin", "A plugin with a package of its own.")
    module.__file__ = str(packages / plugin / "plugin.py")
    return plugin, module


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, packages: Path) -> AsyncIterator[SmallHub]:
    plugins = [installed(packages, "parcels"), installed(packages, "letters")]
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", plugins=plugins) as made:
        yield made


async def test_a_plugins_files_have_addresses_of_their_own(hub: SmallHub, packages: Path) -> None:
    """With a digest, as the hub's own files; also those in folders below."""
    assets = Assets({"parcels": packages / "parcels/static"})

    style = await hub.guest.get(assets.url("static/parcels/parcels.css"))
    picture = await hub.guest.get(assets.url("static/parcels/pictures/box.svg"))

    assert (style.status, style.body.decode()) == (200, STYLE)
    assert (picture.status, picture.headers["Content-Type"]) == (200, "image/svg+xml")
    assert style.headers["Cache-Control"] == "public, max-age=31536000, immutable"


async def test_a_worker_answers_for_pages_and_loads_what_they_may(hub: SmallHub) -> None:
    worker, script = [await hub.guest.get(f"/static/{name}") for name in ("offline-worker.js", "page.js")]

    assert (worker.headers["Service-Worker-Allowed"], script.headers.get("Service-Worker-Allowed")) == ("/", None)
    assert worker.headers["Content-Security-Policy"].startswith("default-src 'self'")
    assert script.headers["Content-Security-Policy"].startswith("default-src 'none'")


@pytest.mark.parametrize(
    "path",
    [
        "/static/parcels/letters.css",  # the neighbour's
        "/static/parcels/..%2f..%2fletters/static/letters.css",
        "/static/parcels/..%2fplugin.py",  # its own code
        "/static/parcels/nothing.css",
        "/static/parcels",
        "/static/notes/notes.css",  # of a plugin that brings none
    ],
)
async def test_only_what_lies_in_its_folder_is_served(hub: SmallHub, path: str) -> None:
    answer = await hub.guest.get(path)

    assert answer.status in (403, 404)
    assert answer.error["code"] in ("forbidden", "not_found")


def test_a_file_that_is_not_there_stops_the_page_that_names_it(packages: Path) -> None:
    """A page is drawn with what it names, or not at all."""
    assets = Assets({"parcels": packages / "parcels/static"})

    for path in ("static/nothing.css", "static/parcels/nothing.css", "elsewhere/hub.css"):
        with pytest.raises(FileNotFoundError):
            assets.url(path)
