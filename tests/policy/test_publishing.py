"""A file from the upload to its end: drafts, publication, who may, what follows."""

from __future__ import annotations

import pytest

from hub.api import Conflict, Forbidden, Invalid, NotFound
from hub.testing import County
from hub.words.actors import GUEST
from hub.words.errors import AnotherLevel
from tests.policy.conftest import CIVIL, FACTS, FARMING, Press, pdf
from tests.world import ANJU, JUXIAN, SHEHONG, VILLAGE


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
