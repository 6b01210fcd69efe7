"""Who may write notices, for whom, and what may stand in them."""

from __future__ import annotations

import pytest

from hub.api import AnotherLevel, Conflict, Forbidden, Invalid, NotFound
from hub.testing import NEXT_VILLAGE, VILLAGE, County
from tests.notices.conftest import WHY, WORDS, Desk
from tests.officefiles import docx
from tests.world import ANJU, DONGCHAN, JUXIAN, SHEHONG


@pytest.mark.parametrize(
    ("role", "region", "node", "at", "refusal"),
    [
        ("handler", ANJU, "approve_county", ANJU, Forbidden),
        ("handler", SHEHONG, None, ANJU, Forbidden),
        ("leader", ANJU, None, ANJU, Forbidden),
        ("handler", JUXIAN, None, JUXIAN, AnotherLevel),
    ],
)
async def test_only_by_the_post_at_county_or_city(county: County, role, region, node, at, refusal) -> None:
    clerk = await county.staff(role, region=region, node=node)

    with pytest.raises(refusal):
        await Desk(county, clerk, at).write()


async def test_a_post_for_notices_alone_may(county: County) -> None:
    post = Desk(county, await county.staff("handler", region=ANJU, bureau="应急管理局", node="notices"))

    notice = await post.write()

    assert (notice.state_label, notice.unit) == ("草稿", "安居区应急管理局")


@pytest.mark.parametrize(
    "words",
    [
        {"towns": [SHEHONG]},
        {"roles": ["ops_system"]},
        {"bureaus": ["没有的局"]},
        {"title": "\u200b\u200b"},
        {"text": "\u200b \u200b"},
    ],
)
async def test_what_is_not_offered_is_refused(desk: Desk, words) -> None:
    with pytest.raises(Invalid):
        await desk.write(**words)


async def test_villages_only_of_the_chosen_towns(desk: Desk) -> None:
    notice = await desk.write(towns=[JUXIAN])

    with pytest.raises(Invalid):
        await desk.press(notice, "choose", villages=[DONGCHAN])
    with pytest.raises(Conflict, match="先选几个乡镇"):
        await desk.press(await desk.write(), "choose", villages=[VILLAGE])


async def test_without_its_town_a_village_goes_too(desk: Desk) -> None:
    notice = await desk.press(await desk.write(towns=[JUXIAN, DONGCHAN]), "choose", villages=[VILLAGE, NEXT_VILLAGE])

    changed = await desk.press(notice, "describe", **{**WORDS, "towns": [DONGCHAN]})

    assert "万古桥" in notice.where and "万古桥" not in changed.where


async def test_files_are_checked_bounded_and_taken_off(desk: Desk) -> None:
    notice = await desk.write()
    with pytest.raises(Invalid):
        await desk.attach(notice, b"<html>", "a.html")

    for number in range(5):
        notice = await desk.attach(notice, docx(f"第{number}份"))
    with pytest.raises(Conflict, match="最多5个"):
        await desk.attach(notice)
    notice = await desk.press(notice, "detach", file=notice.files[0].file)

    assert len(notice.files) == 4


async def test_what_is_out_does_not_change(county: County, desk: Desk) -> None:
    await county.resident()
    notice = await desk.send(1)

    with pytest.raises(Conflict, match="只有草稿可以改"):
        await desk.press(notice, "describe", **WORDS)
    with pytest.raises(Conflict, match="只有草稿可以改"):
        await desk.attach(notice)


async def test_a_deleted_draft_is_found_no_more(desk: Desk) -> None:
    notice = await desk.write()

    await desk.press(notice, "delete", **WHY)

    with pytest.raises(NotFound):
        await desk.show(notice)
