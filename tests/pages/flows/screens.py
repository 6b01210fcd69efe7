"""Every screen of every app as a picture, in the four looks beside each other: ``scripts/screenshots``, not a part of the tests.

Written anew into ``docs/screens``: a picture for each page of the page table, as it is opened by its user in ``openings``. A page that
both apps of the staff have is taken once.
"""

from __future__ import annotations

import io
import re
from collections.abc import Awaitable, Iterator
from pathlib import Path

import pytest
from PIL import Image
from playwright.async_api import Browser

from hub.app import Hub
from hub.words.actors import APPS, App
from tests.pages.flows.conftest import Lends
from tests.pages.flows.manual import PICTURES, Chapter, Reader, chapters, follow
from tests.pages.flows.openings import USERS, Opening, opening_of, pages_of, signed_in
from tests.pages.flows.phone import Phone, opened
from tests.pages.flows.scenes import SCENES
from tests.rows.rows import Walk
from tests.world import ANJU

FOLDER = Path(__file__).parents[3] / "docs/screens"
# Name of the file, title, and how it is opened.
Screen = tuple[str, str, Awaitable[Opening]]
# Width, 字号 and 长辈版: most phones, the narrowest, the old, a desk.
LOOKS = ((375, "1"), (320, "1"), (375, "e1"), (1280, "1"))
# Of a long page its beginning; half of its size can still be read.
TALL, SCALE, GAP = 1600, 0.5, 12
GROUND = "#7F8B85"
ABOUT = "Each at 375 px, at 320 px, in 长辈版 and at 1280 px. Written by `scripts/screenshots`."
TITLES = {"ykt": "遂宁一卡通", "ydsh": "移动审核", "ydjd": "移动监督", "ops": "运维控制台"}


@pytest.fixture
def hub(own_hub: Hub) -> Hub:
    """One for each app: some of what the pages are opened on may be made a few times an hour."""
    return own_hub


@pytest.mark.parametrize("app", APPS)
async def test_take_every_screen(browser: Browser, walk: Walk, app: App) -> None:
    """Slowly: some hundred pages, four times each."""
    folder = FOLDER / app
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("*.webp"):
        old.unlink()
    screens = [(name, title, await opening) for name, title, opening in screens_of(walk, app)]
    looks = [await opened(browser, walk.hub.url, app, "", width=width, view=view) for width, view in LOOKS]
    for name, _, (who, path) in screens:
        pictures = []
        for phone in looks:
            await signed_in(walk.scene, phone, app, who)
            pictures.append(await picture_of(phone, f"/{app}{path}"))
        beside(pictures).save(folder / f"{name}.webp", quality=38, method=6)
    for phone in looks:
        await phone.page.context.close()
    lines = (f"- [{title}]({name}.webp) `{name}`" for name, title, _ in screens)
    (folder / "README.md").write_text("\n".join([f"# {TITLES[app]}", "", ABOUT, "", *lines, ""]), "utf-8")


@pytest.mark.parametrize("chapter", tuple(chapters()), ids=lambda chapter: chapter.id)
async def test_take_the_pictures_of_the_manuals(walk: Walk, lends: Lends, chapter: Chapter) -> None:
    """Each where its chapter shows it, as a phone shows it then."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    scene = await SCENES[chapter.id](walk, lends)

    async def taken(phone: Phone, name: str) -> None:
        data = await phone.page.screenshot(animations="disabled")
        # Its own style is refused by the hub's policy, of which the browser complains.
        phone.complaints.clear()
        Image.open(io.BytesIO(data)).convert("RGB").save(PICTURES / f"{name}.webp", quality=60, method=6)

    await follow(chapter, Reader(await lends(scene.person, scene.app), scene.home, scene.own), taken)


def screens_of(walk: Walk, app: App) -> Iterator[Screen]:
    """Those that the app before has not shown."""
    known = {file.stem for file in (FOLDER / "ydsh").glob("*.webp")} if app == "ydjd" else set()
    yield "home", "首页", home(app)
    for bound in pages_of(walk.hub, app):
        name = re.sub(r"\W+", "-", f"{bound.plugin}{bound.page.path}").strip("-")
        if name not in known:
            yield name, bound.page.title, opening_of(walk.scene, app, bound)


async def home(app: App) -> Opening:
    return USERS[app], f"/{ANJU}"


async def picture_of(phone: Phone, address: str) -> Image.Image:
    await phone.page.goto(phone.url + address, wait_until="load")
    size = phone.page.viewport_size
    assert size is not None
    tall = min(TALL, max(size["height"], await phone.page.evaluate("document.documentElement.scrollHeight")))
    await phone.page.set_viewport_size({"width": size["width"], "height": tall})
    data = await phone.page.screenshot(animations="disabled")
    await phone.page.set_viewport_size(size)
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    return picture.resize((round(picture.width * SCALE), round(picture.height * SCALE)), Image.Resampling.LANCZOS)


def beside(pictures: list[Image.Image]) -> Image.Image:
    """In a row, on one ground."""
    wide = sum(each.width for each in pictures) + GAP * (len(pictures) + 1)
    sheet = Image.new("RGB", (wide, max(each.height for each in pictures) + 2 * GAP), GROUND)
    left = GAP
    for each in pictures:
        sheet.paste(each, (left, GAP))
        left += each.width + GAP
    return sheet
