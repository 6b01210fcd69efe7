"""重要信息通知: a county's post sends a notice; residents, handlers and leaders get it and confirm it (C16, S13, L10); walked over HTTP."""

from __future__ import annotations

from typing import Any

import msgspec

from tests.officefiles import pdf
from tests.rows.rows import Walk, Walker, row
from tests.web.samples.notices import CLERK, WORDS, stored
from tests.world import ANJU, JUXIAN, VILLAGE

DESK, INBOX = f"/{ANJU}/notices/desk", f"/{ANJU}/notices/inbox"


async def clerk_of(walk: Walk) -> Walker:
    return await walk.staff(CLERK.role, CLERK.region)


async def press(clerk: Walker, notice: Any, button: str, **form: Any) -> Any:
    version = (await clerk.get(f"{DESK}/{notice['id']}"))["version"]
    return await clerk.post(f"{DESK}/{notice['id']}/{button}", {"version": version, **form})


async def send(walk: Walk, clerk: Walker, notice: Any) -> Any:
    """To as many as it reaches."""
    people = (await clerk.get(f"{DESK}/{notice['id']}/people"))["people"]
    notice = await press(clerk, notice, "send", people=people)
    await walk.settled()
    return notice


@row(
    "C16",
    operations=(
        "POST /{place}/notices/desk",
        "POST /{place}/notices/desk/{id}/files",
        "POST /{place}/notices/desk/{id}/choose",
        "GET /{place}/notices/desk/{id}/people",
        "POST /{place}/notices/desk/{id}/send",
        "GET /{place}/notices/desk/{id}/receipts",
        "GET /{place}/notices/inbox",
        "GET /{place}/notices/inbox/{id}",
        "GET /{place}/notices/inbox/{id}/files/{file}",
        "POST /{place}/notices/inbox/{id}/read",
    ),
    pushes=("P11",),
)
async def test_c16_a_resident_reads_and_confirms(walk: Walk) -> None:
    """To one village: told of it, the resident opens it in their own village's list, takes the attachment, confirms."""
    resident, clerk = await walk.resident("王建国"), await clerk_of(walk)
    notice = await clerk.post(DESK, {**WORDS, "towns": [JUXIAN]})
    notice = await clerk.upload(f"{DESK}/{notice['id']}/files", pdf("first page"), "安排.pdf")
    notice = await press(clerk, notice, "choose", villages=[VILLAGE])
    await send(walk, clerk, notice)
    told = [entry["title"] for entry in await resident.inbox()]

    line = (await resident.get(f"/{VILLAGE}/notices/inbox"))["items"][0]
    shown = await resident.get(f"{INBOX}/{line['id']}")
    file = await resident.download(f"{INBOX}/{line['id']}/files/{shown['files'][0]['file']}")
    await resident.post(f"{INBOX}/{line['id']}/read")
    read = (await clerk.get(f"{DESK}/{notice['id']}/receipts", read="true"))["items"]

    assert f"重要信息通知：{WORDS['title']}" in told and line["waits"]
    assert file[:4] == b"%PDF" and [each["name"] for each in read] == ["王*国"]


@row(
    "S13",
    operations=(
        "POST /{place}/notices/desk/{id}/describe",
        "POST /{place}/notices/desk/{id}/detach",
        "GET /{place}/notices/desk",
        "GET /{place}/notices/desk/{id}",
        "GET /{place}/notices/desk/{id}/files/{file}",
        "POST /{place}/notices/desk/{id}/delete",
        "GET /{place}/notices/inbox",
        "POST /{place}/notices/inbox/{id}/read",
    ),
    pushes=("P11",),
)
async def test_s13_a_handler_reads_and_a_draft_is_mended(walk: Walk) -> None:
    """The handlers of the village are told; another draft is changed, its attachment looked at and taken off, and deleted."""
    handler, clerk = await walk.staff("handler", VILLAGE), await clerk_of(walk)
    notice = await send(walk, clerk, await clerk.post(DESK, {**WORDS, "roles": ["handler"], "towns": [JUXIAN]}))
    draft = await clerk.post(DESK, WORDS)
    draft = await clerk.upload(f"{DESK}/{draft['id']}/files", pdf("first page"), "安排.pdf")
    file = draft["files"][0]["file"]

    whole = await clerk.download(f"{DESK}/{draft['id']}/files/{file}")
    await press(clerk, draft, "detach", file=file)
    changed = await press(clerk, draft, "describe", **{**WORDS, "title": "汛期值班安排"})
    await press(clerk, draft, "delete", reason="不发了")
    await handler.post(f"{INBOX}/{notice['id']}/read")
    listed = (await handler.get(f"/{VILLAGE}/notices/inbox"))["items"]
    left = (await clerk.get(DESK))["items"]

    assert whole[:4] == b"%PDF" and (changed["title"], changed["files"]) == ("汛期值班安排", [])
    assert [each["waits"] for each in listed if each["id"] == notice["id"]] == [False]
    assert draft["id"] not in [each["id"] for each in left]


@row(
    "L10",
    operations=(
        "POST /{place}/notices/desk/{id}/schedule",
        "POST /{place}/notices/desk/{id}/unschedule",
        "POST /{place}/notices/desk/{id}/pause",
        "POST /{place}/notices/desk/{id}/resume",
        "POST /{place}/notices/desk/{id}/remind",
        "POST /{place}/notices/desk/{id}/recall",
        "GET /{place}/notices/inbox/{id}",
    ),
    pushes=("P11",),
)
async def test_l10_a_leader_is_told_reminded_and_told_that_it_was_taken_back(walk: Walk) -> None:
    """Scheduled and not, then sent; one that goes out is paused and goes on; the leader who has not confirmed is reminded; recalled it is
    empty."""
    at_work, clerk = await walk.staff("leader", ANJU), await clerk_of(walk)
    leader = Walker(walk, await walk.scene.sign_in(at_work.person, "ydjd", "staff"))
    notice = await clerk.post(DESK, {**WORDS, "roles": ["leader"]})
    await press(clerk, notice, "schedule", people=1, at=notice["suggested"])
    await press(clerk, notice, "unschedule")
    await send(walk, clerk, notice)
    under_way = msgspec.to_builtins(await stored(walk.scene, "sending"))
    under_way["id"] = under_way.pop("_id")
    paused = await press(clerk, under_way, "pause")
    resumed = await press(clerk, under_way, "resume")

    before = await leader.get(f"{INBOX}/{notice['id']}")
    await press(clerk, notice, "remind")
    told = [entry["title"] for entry in await leader.inbox()]
    await press(clerk, notice, "recall", reason="时间写错了")
    await walk.settled()
    after = await leader.get(f"{INBOX}/{notice['id']}")
    taken = [entry["withdrawn"] for entry in await leader.inbox() if WORDS["title"] in entry["title"]]

    assert (paused["state_label"], resumed["state_label"]) == ("已暂停", "发送中")
    assert (before["text"], before["waits"]) == (WORDS["text"], True)
    assert told.count(f"重要信息通知：{WORDS['title']}") == 2
    assert (after["text"], after["recalled"], set(taken)) == ("", True, {True})
