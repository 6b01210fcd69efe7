"""What somebody got: their own alone, with its files, confirmed once; gone when it was taken back, or they are somebody else."""

from __future__ import annotations

from typing import Any

import pytest

from hub.api import Conflict, NotFound
from hub.testing import County
from hub.words.actors import Actor
from hub.words.contributions import Succession
from plugins.notices.reading import BELONGINGS
from tests.notices.conftest import WHY, WORDS, Desk
from tests.world import ANJU, SHEHONG, VILLAGE


async def opened(county: County, who: Actor, notice: Any) -> Any:
    return await county.ask(who, "GET notices/inbox/{id}", id=notice.id)


async def listed(county: County, who: Actor, at: str = VILLAGE) -> list[Any]:
    return (await county.ask(who, "GET notices/inbox", at=at)).items


async def test_it_is_read_whole_and_confirmed_once(county: County, desk: Desk) -> None:
    """Listed in one's own village; its page stands at the county that has sent it."""
    wang = await county.resident()
    notice = await desk.send(1)

    [before] = await listed(county, wang)
    shown = await opened(county, wang, notice)
    for _ in range(2):
        await county.ask(wang, "POST notices/inbox/{id}/read", id=notice.id)
    [after] = await listed(county, wang)

    assert (before.place, before.waits, shown.text) == (ANJU, True, WORDS["text"])
    assert not after.waits and (await desk.show(notice)).confirmed == 1


async def test_nobody_else_finds_it(county: County, desk: Desk) -> None:
    await county.resident()
    notice = await desk.send(1)
    chen, leader = await county.resident("陈芳", region=SHEHONG), await county.staff("leader", region=ANJU)

    for who in (chen, leader, desk.clerk):
        assert await listed(county, who, ANJU) == []
        with pytest.raises(NotFound):
            await opened(county, who, notice)
        with pytest.raises(NotFound):
            await county.ask(who, "POST notices/inbox/{id}/read", id=notice.id)


async def test_its_files_are_for_those_who_got_it(county: County, desk: Desk) -> None:
    wang, chen = await county.resident(), await county.resident("陈芳", region=SHEHONG)
    notice = await desk.attach(await desk.write())
    [file] = notice.files
    await desk.press(notice, "send", people=1)
    await county.deliver()

    got = await county.ask(wang, "GET notices/inbox/{id}/files/{file}", id=notice.id, file=file.file)
    for who, name in ((chen, file.file), (wang, "0" * 32)):
        with pytest.raises(NotFound):
            await county.ask(who, "GET notices/inbox/{id}/files/{file}", id=notice.id, file=name)

    assert (got.filename, got.data[:2]) == ("安排.docx", b"PK")


async def test_recalled_it_says_so_and_nothing_else(county: County, desk: Desk) -> None:
    wang = await county.resident()
    notice = await desk.attach(await desk.write())
    file = notice.files[0].file
    await desk.press(notice, "send", people=1)
    await county.deliver()
    await desk.press(notice, "recall", **WHY)
    await county.deliver()

    [line], shown = await listed(county, wang), await opened(county, wang, notice)

    assert line.recalled and (shown.recalled, shown.text, shown.files, shown.waits) == (True, "", (), False)
    with pytest.raises(NotFound):
        await county.ask(wang, "GET notices/inbox/{id}/files/{file}", id=notice.id, file=file)
    with pytest.raises(Conflict, match="已撤回"):
        await county.ask(wang, "POST notices/inbox/{id}/read", id=notice.id)


async def test_who_has_not_read_is_listed_masked(county: County, desk: Desk) -> None:
    """Residents by their masked names, staff as colleagues know them."""
    wang = await county.resident()
    await county.resident("陈芳")
    notice = await desk.send(3, roles=["resident", "handler"])
    await county.ask(wang, "POST notices/inbox/{id}/read", id=notice.id)

    ask = "GET notices/desk/{id}/receipts"
    waiting, read = [
        (await county.ask(desk.clerk, ask, id=notice.id, query={"read": which})).items for which in (False, True)
    ]

    assert {each.name for each in waiting} == {"陈*", desk.clerk.person} and [each.name for each in read] == ["王*国"]


async def test_a_proof_passes_it_on_and_nobody_has_it_twice(county: County, desk: Desk) -> None:
    """Of two records of one human, both told, one receipt is left."""
    before, person = await county.resident(), await county.resident()
    both = await desk.send(2)
    await county.world.database["people"].update_one({"_id": person.person}, {"$set": {"region": SHEHONG}})
    alone = await desk.send(1)
    succession = Succession(before=before.person or "", person=person.person or "")
    [belongings] = BELONGINGS

    await county.world.units.run(
        lambda ctx: belongings.pass_on(ctx, succession), plugin="notices", place=county.world.place(ANJU)
    )

    assert {line.id for line in await listed(county, person)} == {both.id, alone.id}
    assert await listed(county, before) == []
