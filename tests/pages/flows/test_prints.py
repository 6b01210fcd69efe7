"""Papers as an office prints and hands them over: A4, heads on every page, nothing of the screen on them, for who sees the page alone."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Awaitable, Callable

import pikepdf
import pytest
from playwright.async_api import Browser, Page

from hub.words.actors import App
from tests.pages.flows.openings import signed_in
from tests.pages.flows.papers import GRANTS, PAPERS, notice_of, of_case, roster_of
from tests.pages.flows.phone import Phone, opened
from tests.rows.rows import Walk
from tests.web.samples import core, publicity
from tests.web.scope import Resident, Staff, Who
from tests.world import ANJU, JUXIAN, SHEHONG

# What a resident or a guest prints is in 遂宁一卡通.
RESIDENTS = ("/cases", "/mine", "/notices")
OTHER_RESIDENT, OTHER_COUNTY = Resident("陈芳"), Staff("handler", SHEHONG, "民政局")
# Everybody may read what is published.
OF_SOMEBODY = [name for name in PAPERS if "/notices" not in name]
# Points of A4, upright.
A4 = (595, 842)
# Between the margins of the stylesheet, in pixels of 96 to an inch.
BETWEEN_MARGINS = {"": 673, "broad": 1017}
BEYOND = """
() => [...document.querySelectorAll(".paper, .paper *")]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))
"""
Opening = Callable[[Who | None, App, str], Awaitable[Page]]


def app_of(name: str) -> App:
    return "ykt" if name.split()[1].startswith(RESIDENTS) else "ydsh"


@pytest.fixture
async def desk(browser: Browser, walk: Walk) -> AsyncIterator[Phone]:
    """A computer in an office, or at home."""
    phone = await opened(browser, walk.hub.url, "ykt", "", width=1280)
    yield phone
    await phone.page.context.close()
    assert phone.complaints == []


@pytest.fixture
def opening(walk: Walk, desk: Phone) -> Opening:
    """As somebody; the page as it was answered."""

    async def open_it(who: Who | None, app: App, path: str) -> Page:
        await signed_in(walk.scene, desk, app, who)
        await desk.open(f"/{app}{path}")
        return desk.page

    return open_it


async def sheets_of(page: Page) -> list[tuple[int, int]]:
    """Width and height of each page of the PDF, in points."""
    with pikepdf.open(io.BytesIO(await page.pdf(format="A4", prefer_css_page_size=True))) as pdf:
        return [(round(float(sheet.mediabox[2])), round(float(sheet.mediabox[3]))) for sheet in pdf.pages]


@pytest.mark.parametrize("name", PAPERS)
async def test_a_paper_is_one_sheet_with_nothing_of_the_screen(walk: Walk, opening: Opening, name: str) -> None:
    """Its office, number, place and day stand on it; no button and no menu, and no column is cut off."""
    app = app_of(name)
    who, path = await PAPERS[name](walk.scene, app)

    page = await opening(who, app, path)
    sheets = await sheets_of(page)
    await page.emulate_media(media="print")
    broad = await page.locator(".paper.broad").count() > 0
    await page.set_viewport_size({"width": BETWEEN_MARGINS["broad" if broad else ""], "height": 900})

    assert sheets == [A4[::-1] if broad else A4]
    assert await page.evaluate(BEYOND) == []
    assert await page.locator("a:visible, button:visible").count() == 0
    last = await page.locator(".last").inner_text()
    assert "编号" in last and "安居区" in last and "2026年11月" in last
    assert "盖章" in await page.locator(".paper").inner_text()


async def test_a_receipt_of_what_was_refused_does_not_promise_more(walk: Walk, opening: Opening) -> None:
    """It says how the case stands."""
    who, path = await of_case("receipt", refused=True)(walk.scene, "ykt")

    page = await opening(who, "ykt", path)

    said = await page.locator(".paper").inner_text()
    assert "收件回执" in said and "已收到，现为“未通过”" in said and "未受理" in said
    assert "受理后另行告知" not in said


@pytest.mark.parametrize("name", OF_SOMEBODY)
async def test_nobody_prints_what_they_may_not_see(walk: Walk, desk: Phone, name: str) -> None:
    """Another resident finds nothing, another county's handler neither, and a guest is asked who they are."""
    app = app_of(name)
    _, path = await PAPERS[name](walk.scene, app)
    stranger = OTHER_RESIDENT if app == "ykt" else OTHER_COUNTY

    await signed_in(walk.scene, desk, app, stranger)
    answer = await desk.page.goto(f"{desk.url}/{app}{path}")
    await signed_in(walk.scene, desk, app, None)
    await desk.open(f"/{app}{path}")
    desk.complaints.clear()

    assert answer is not None and answer.status in (403, 404)
    assert "/signin" in desk.path


async def test_a_long_publicity_goes_over_pages_with_its_head_on_each(walk: Walk, opening: Opening) -> None:
    id = await notice_of(walk.scene, 60)

    page = await opening(publicity.CLERK, "ydsh", f"/{JUXIAN}/publicity/board/{id}/print")
    sheets = await sheets_of(page)
    await page.emulate_media(media="print")
    looks = "head => [getComputedStyle(head).display, getComputedStyle(head.nextElementSibling.rows[0]).breakInside]"

    assert sheets == [A4] * 3
    assert await page.locator("thead").evaluate(looks) == ["table-header-group", "avoid"]
    assert await page.locator("tbody tr").count() == 61
    assert "本表60人" in await page.locator(".sums").inner_text()


async def test_a_roster_has_its_sum_on_each_page_and_that_of_all_on_the_last(walk: Walk, opening: Opening) -> None:
    """200 of a batch are one print, the others the next; who prints one is led to the other."""
    id = await roster_of(walk.scene, 205)

    page = await opening(GRANTS, "ydsh", f"/{ANJU}/payments/batches/{id}/print")
    first, heads = await sheets_of(page), await page.locator("thead").count()
    sums = await page.locator(".sums").all_inner_texts()
    await page.get_by_role("link", name="打印后面的名单").click()
    await page.wait_for_url("**cursor=*")
    rest = await page.locator(".sums").all_inner_texts()

    assert first == [A4[::-1]] * heads == [A4[::-1]] * 15
    assert "本页小计14人" in sums[0] and "350.00" in sums[0]
    assert not any("全批合计" in each for each in sums)
    assert "本页小计5人" in rest[0] and "125.00" in rest[0]
    assert "全批合计205人" in rest[1] and "5125.00" in rest[1]


async def test_a_resident_is_led_from_their_case_to_the_paper_and_back(walk: Walk, opening: Opening) -> None:
    """Its own stylesheet comes with it; the way back is on the screen alone."""
    question = await core.my_case(walk.scene)
    case = f"/{ANJU}/declaration/cases/{question.path['id']}"

    page = await opening(core.APPLICANT, "ykt", case)
    await page.get_by_role("link", name="打印申报表").click()
    await page.wait_for_url("**/print/form")
    styled = await page.locator("link[href*='paper']").count()
    can_print = await page.get_by_role("button", name="打印").is_visible()
    await page.get_by_role("link", name="返回申报进度").click()

    assert (styled, can_print) == (1, True)
    await page.wait_for_url(f"**/ykt{case}")


async def test_after_its_days_a_publicity_is_printed_no_more(walk: Walk, desk: Phone) -> None:
    """What stands on no page stands on no board either."""
    row = await publicity._row(walk.scene, "due", "open")

    await desk.open(f"/ykt/{ANJU}/publicity/notices/{row.publicity}/print", status=409)
    desk.complaints.clear()

    await desk.reads("公示期内才能打印公示表")
    await desk.reads_not("李*兰")


async def test_without_script_the_page_says_how_to_print(browser: Browser, walk: Walk) -> None:
    """The browser's own menu does it; a button that does nothing is not shown."""
    who, path = await PAPERS["complaints /mine/{id}/print"](walk.scene, "ykt")
    phone = await opened(browser, walk.hub.url, "ykt", "", script=False)
    await signed_in(walk.scene, phone, "ykt", who)

    await phone.open(f"/ykt{path}")

    await phone.reads("用浏览器菜单里的“打印”", "投诉答复书", "12345")
    assert await phone.page.get_by_role("button", name="打印").count() == 0
    await phone.page.context.close()
