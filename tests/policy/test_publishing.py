"""A file from the upload to its end: drafts, publication, who may, what follows."""

from __future__ import annotations

import asyncio

import pytest

from hub.api import Conflict, Content, Forbidden, Invalid, NotFound
from hub.store.files import FilesOfPlugin
from hub.testing import County
from hub.words.actors import GUEST
from hub.words.errors import AnotherLevel, Stale, TooMany
from tests.policy.conftest import CIVIL, FACTS, FARMING, Press, docx, pdf
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE

ID = "510904198803129942"


async def read(county: County, id: str, at: str = ANJU):
    return await county.ask(GUEST, "GET policy/files/{id}", at=at, id=id)


async def test_a_draft_is_read_by_nobody_else(county: County, press: Press) -> None:
    file = await press.upload()

    assert (file.state_label, file.title, file.kind, file.paragraphs[0]) == ("草稿", "通知", "Word", "各乡镇人民政府：")
    with pytest.raises(NotFound):
        await read(county, file.id)


async def test_what_is_published_is_read_below_and_not_beside(county: County, press: Press) -> None:
    file = await press.published()

    assert (await read(county, file.id, VILLAGE)).title == FACTS["title"]
    with pytest.raises(NotFound):
        await read(county, file.id, SHEHONG)


async def test_of_a_pdf_the_first_pages_are_pictures(county: County, press: Press) -> None:
    file = await press.published(pdf(*["page"] * 22))

    shown = await read(county, file.id)
    page = await county.ask(GUEST, "GET policy/files/{id}/pages/{number}", id=file.id, number=20)
    whole = await county.ask(GUEST, "GET policy/files/{id}/download", id=file.id)
    assert (shown.pages, len(shown.leaves), page.media_type) == (22, 20, "image/jpeg")
    assert (whole.data[:4], whole.filename) == (b"%PDF", f"{FACTS['title']}.pdf")
    with pytest.raises(NotFound):
        await county.ask(GUEST, "GET policy/files/{id}/pages/{number}", id=file.id, number=21)


async def test_nothing_is_published_without_its_facts(press: Press) -> None:
    file = await press.upload()

    with pytest.raises(Conflict, match="请先填写文号"):
        await press.press(file, "publish")


@pytest.mark.parametrize(
    ("facts", "field"),
    [
        ({"bureau": FARMING}, "bureau"),
        ({"projects": ["nothing"]}, "projects"),
        ({"issued_on": "2027-01-01"}, "issued_on"),
        ({"title": f"王建国{ID}补贴的通知"}, "title"),
        ({"reference": "6217003760012345678"}, "reference"),
        ({"issuer": "民政局13800138000"}, "issuer"),
    ],
)
async def test_facts_that_cannot_be_are_named(press: Press, facts, field) -> None:
    file = await press.upload()

    with pytest.raises(Invalid) as refused:
        await press.press(file, "describe", **{**FACTS, **facts})

    assert list(refused.value.fields) == [field]


async def test_what_is_published_changes_only_once_it_is_withdrawn(county: County, press: Press) -> None:
    file = await press.published()

    with pytest.raises(Conflict, match="请先下架"):
        await press.press(file, "describe", **FACTS)
    file = await press.press(file, "withdraw", reason="日期有误")
    with pytest.raises(NotFound):
        await read(county, file.id)
    file = await press.press(file, "describe", **{**FACTS, "title": "改过的通知"})
    await press.press(file, "publish")

    assert (await read(county, file.id)).title == "改过的通知"


async def test_an_old_one_points_to_the_new_one(county: County, press: Press) -> None:
    """It is in no list, and whoever has its link is led on."""
    old, new = await press.published(), await press.published(title="新的通知")

    await press.press(old, "supersede", by=new.id)

    shown, listed = await read(county, old.id), await county.ask(GUEST, "GET policy/files")
    assert (shown.state_label, shown.superseded_by) == ("被替代", new.id)
    assert [each.id for each in listed.items] == [new.id]


async def test_no_file_follows_itself_or_a_draft(press: Press) -> None:
    old, draft = await press.published(), await press.upload()
    with pytest.raises(Conflict, match="请先发布新文件"):
        await press.press(old, "supersede", by=old.id)
    await press.published()

    for by in (old.id, draft.id):
        with pytest.raises(Invalid):
            await press.press(old, "supersede", by=by)


async def test_what_is_deleted_is_kept_and_shown_to_nobody(county: County, press: Press) -> None:
    file = await press.upload()

    await press.press(file, "delete", reason="传错了")

    stored = await county.world.database["policy.files"].find_one({"_id": file.id})
    assert stored is not None and stored["state"] == "deleted" and stored["acts"][-1]["why"] == "传错了"
    assert (await county.ask(press.clerk, "GET policy/desk")).items == []
    assert await county.world.database["audit"].count_documents({"what": "policy.delete", "subject": file.id}) == 1


async def test_another_bureau_sees_none_of_the_drafts(county: County, press: Press) -> None:
    file, other = await press.upload(), await county.staff("handler", region=ANJU, bureau=FARMING)

    assert (await county.ask(other, "GET policy/desk")).items == []
    with pytest.raises(NotFound):
        await county.ask(other, "GET policy/desk/{id}", id=file.id)


async def test_a_town_publishes_its_own_and_a_village_nothing(county: County) -> None:
    town = Press(county, await county.staff("handler", region=JUXIAN, bureau=CIVIL))

    file = await town.published(at=JUXIAN)

    assert (await read(county, file.id, VILLAGE)).id == file.id
    with pytest.raises(NotFound):
        await read(county, file.id, ANJU)
    with pytest.raises(AnotherLevel):
        await town.upload(at=VILLAGE)


async def test_a_clerk_of_a_node_publishes_nothing(county: County) -> None:
    clerk = Press(county, await county.staff("handler", region=ANJU, bureau=CIVIL, node="approve_county"))

    with pytest.raises(Forbidden):
        await clerk.upload()


@pytest.mark.parametrize(
    ("data", "where"),
    [
        (docx("名单", f"王建国{ID}"), "第2段"),
        (docx("6217 0037 6001 2345 678"), "第1段"),
        (pdf("list", f"of {ID}"), "第2页"),
    ],
)
async def test_no_file_with_an_id_or_card_number_is_published(press: Press, data: bytes, where: str) -> None:
    """Also one that says that it is an office's telephone."""
    file = await press.press(await press.upload(data), "describe", **FACTS)

    with pytest.raises(Conflict, match=f"{where}有证件号"):
        await press.press(file, "publish", office_phones=True)

    assert (file.private, "publish" in file.moves) == (where, False)


async def test_a_mobile_phone_is_published_once_a_clerk_has_looked(county: County, press: Press) -> None:
    file = await press.press(await press.upload(docx("咨询电话", "13800138000")), "describe", **FACTS)

    with pytest.raises(Invalid) as refused:
        await press.press(file, "publish")
    await press.press(file, "publish", office_phones=True)

    assert "第2段" in refused.value.fields["office_phones"]
    assert (await read(county, file.id)).state_label == "已发布"


async def test_a_file_named_after_somebody_begins_without_its_name(press: Press) -> None:
    assert (await press.upload(name=f"王建国{ID}.docx")).title == "未命名文件"


async def test_of_a_scan_it_is_said_that_nobody_has_looked(press: Press) -> None:
    assert (await press.upload(pdf("text", "", ""))).unread == 2


async def test_the_new_one_is_named_as_long_as_it_can_be_read(county: County, press: Press) -> None:
    """The old one can be withdrawn, and published again."""
    old, new = await press.published(), await press.published(title="新的通知")
    old = await press.press(old, "supersede", by=new.id)
    new = await county.ask(press.clerk, "GET policy/desk/{id}", id=new.id)

    await press.press(new, "withdraw", reason="有误")
    shown = await read(county, old.id)
    old = await press.press(old, "withdraw", reason="恢复")
    await press.press(old, "publish")

    assert (shown.state_label, shown.superseded_by) == ("被替代", None)
    assert (await read(county, old.id)).state_label == "已发布"


async def test_two_files_do_not_follow_each_other(county: County, press: Press) -> None:
    """Of two clerks who press at once, one is first."""
    one, other = await press.published(), await press.published(title="另一个")

    done = await asyncio.gather(
        press.press(one, "supersede", by=other.id), press.press(other, "supersede", by=one.id), return_exceptions=True
    )

    assert sorted(isinstance(each, Conflict | Invalid | Stale) for each in done) == [False, True]
    assert len((await county.ask(GUEST, "GET policy/files")).items) == 1


async def test_pages_of_a_file_are_none_of_ones_uploads(county: County, press: Press) -> None:
    """Whoever has many uploads that wait brings a long file in all the same, and has no more of them afterwards."""
    files, now = county.world.units.files, county.world.clock.now()
    again = {"owner": press.clerk.person or "", "media_type": "image/png", "sha256": "", "now": now}
    for _ in range(59):
        await files.put_pending(b"x", **again)

    file = await press.upload(pdf(*["page"] * 22))

    assert len(file.leaves) == 20
    await files.put_pending(b"x", **again)
    with pytest.raises(TooMany):
        await files.put_pending(b"x", **again)


async def test_what_comes_to_nothing_leaves_no_bytes(county: County, press: Press) -> None:
    """A request that ends between its pages and their document."""
    files = FilesOfPlugin(county.world.units.files, None, "policy", press.clerk.person)
    made = [Content(data=b"x", media_type="image/jpeg")] * 2

    with pytest.raises(asyncio.CancelledError):
        async with files.made(made, county.world.clock.now()):
            raise asyncio.CancelledError

    database = county.world.database
    assert [await database[name].count_documents({}) for name in ("files", "contents.files")] == [0, 0]
