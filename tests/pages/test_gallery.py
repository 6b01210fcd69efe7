"""Every component and every page of templates/ui, as the gallery shows it."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest

from hub.reading.templates import OWN
from hub.web.pages.gallery import fixtures
from hub.words.errors import NotFound
from tests.pages.conftest import Opens
from tests.pages.gallery import make_gallery
from tests.pages.looking import OUTSIDE, SMALL, violations
from tests.web.small import small_hub

UI = OWN / "ui"
MACRO = re.compile(r"{% macro ([a-z]\w*)\(")


def test_every_macro_is_shown_somewhere() -> None:
    """Whoever adds a component adds its fixture; a part of another is shown with it."""
    shown = "".join(file.read_text("utf-8") for file in (*UI.glob("fixtures/*.html"), *UI.glob("*.html")))

    for file, called in (("ui.html", "ui"), ("fields.html", "asks"), ("papers.html", "papers")):
        text = (UI / file).read_text("utf-8")
        macros = MACRO.findall(text)
        assert macros
        assert [name for name in macros if f"{called}.{name}(" not in shown and f"{{{{ {name}(" not in text] == []


def test_a_fixture_that_is_not_there_is_not_found() -> None:
    """A name in an address is no file's name."""
    gallery = make_gallery()

    for name in ("none", "../page", "ui"):
        with pytest.raises(NotFound):
            gallery.draw(name)


@pytest.mark.parametrize(("mode", "status"), [("test", 200), ("production", 404)])
async def test_it_is_shown_where_nobody_works(mongo_uri: str, mode: str, status: int) -> None:
    """A county's hub has no gallery; a name that is none is a refusal of the hub's."""
    async with small_hub(mongo_uri, f"test_{uuid4().hex}", mode=mode) as hub:
        answers = [(await hub.guest.get(path)).status for path in ("/ui", "/ui/rows?app=ydsh&size=9", "/ui/none")]

    assert answers == [status, status, 404]


async def test_the_list_leads_to_every_fixture(opens: Opens) -> None:
    """With the size and the mode that were chosen."""
    page = await opens("", size=3, elder=True)

    links = await page.locator("#main .row").evaluate_all("rows => rows.map(row => row.getAttribute('href'))")

    assert links == [f"/ui/{name}?app=ykt&size=3&elder=1" for name in fixtures()]


@pytest.mark.parametrize("name", fixtures())
async def test_anybody_can_read_and_tap_it_on_the_narrowest_phone(opens: Opens, name: str) -> None:
    """In both modes axe finds nothing and every target is as large as a thumb; nothing sticks out, in type of 30 px neither."""
    found: dict[str, list[str]] = {}

    for elder in (False, True):
        page = await opens(name, elder=elder, width=320)
        found |= {
            f"elder: {elder}": [*await page.evaluate(SMALL), *await page.evaluate(OUTSIDE), *await violations(page)]
        }
        # As the server would write it for whoever reads the largest type.
        await page.evaluate("Object.assign(document.documentElement.dataset, { size: '4', large: '' })")
        found |= {f"elder: {elder}, in the largest type": await page.evaluate(OUTSIDE)}

    assert {mode: wrong for mode, wrong in found.items() if wrong} == {}


async def test_a_part_that_is_too_wide_would_be_found(opens: Opens) -> None:
    """The check that the test above stands on."""
    page = await opens("rows", width=320)

    await page.evaluate(
        "document.querySelector('.row .name').textContent = 'x'.repeat(9); document.querySelector('.row').style.width = '500px'"
    )

    assert any("beyond" in found for found in await page.evaluate(OUTSIDE))


@pytest.mark.parametrize("width", [320, 375])
async def test_a_number_and_what_it_counts_stand_on_one_line(opens: Opens, width: int) -> None:
    """少于5件 as well as 47件; a number that is not shown counts nothing."""
    page = await opens("board", width=width)

    tall = await page.locator(".figures dd, .against .num").evaluate_all(
        "all => all.filter(each => each.offsetHeight > 1.6 * parseFloat(getComputedStyle(each).lineHeight))"
        ".map(each => each.textContent)"
    )

    assert tall == []
    assert "未显示件" not in await page.content()
