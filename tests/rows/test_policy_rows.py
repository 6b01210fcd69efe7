"""C10 政策文件查询, S6 政策文件: a bureau publishes a file, a resident hears of it, finds it and reads it; walked over HTTP."""

from __future__ import annotations

from typing import Any

from tests.officefiles import pdf
from tests.rows.rows import Walk, Walker, row
from tests.web.samples.policy import CLERK, FACTS
from tests.world import ANJU, VILLAGE

DESK, OLD_AGE = f"/{ANJU}/policy/desk", "30005"


async def press(clerk: Walker, file: Any, button: str, **form: Any) -> Any:
    return await clerk.post(f"{DESK}/{file['id']}/{button}", {"version": file["version"], **form})


async def published(walk: Walk, clerk: Walker, **facts: Any) -> Any:
    file = await clerk.upload(DESK, pdf("first page", "second page"), "notice.pdf")
    file = await press(clerk, file, "describe", **{**FACTS, **facts})
    file = await press(clerk, file, "publish")
    await walk.settled()
    return file


async def clerk_of(walk: Walk) -> Walker:
    return await walk.staff(CLERK.role, CLERK.region, CLERK.bureau)


@row(
    "C10",
    operations=(
        "GET /{place}/policy/files",
        "GET /{place}/policy/files/{id}",
        "GET /{place}/policy/files/{id}/pages/{number}",
        "GET /{place}/policy/files/{id}/download",
        "POST /{place}/policy/subscriptions",
        "GET /{place}/policy/subscriptions",
        "DELETE /{place}/policy/subscriptions/{project}",
        "POST /{place}/policy/desk",
        "POST /{place}/policy/desk/{id}/describe",
        "POST /{place}/policy/desk/{id}/publish",
    ),
    pushes=("P10",),
)
async def test_c10_a_file_is_found_read_and_downloaded(walk: Walk) -> None:
    """Subscribed to its project, the resident is told of it; found by words and project, its pages seen, the rest downloaded."""
    resident, clerk = await walk.resident("王建国"), await clerk_of(walk)
    await resident.post(f"/{VILLAGE}/policy/subscriptions", {"project": OLD_AGE})
    file = await published(walk, clerk)

    found = (await resident.get(f"/{VILLAGE}/policy/files", keyword="高龄津贴", project=OLD_AGE))["items"]
    shown = await resident.get(f"/{VILLAGE}/policy/files/{file['id']}")
    page = await resident.download(f"/{VILLAGE}/policy/files/{file['id']}/pages/1")
    whole = await resident.download(f"/{VILLAGE}/policy/files/{file['id']}/download")
    told = [entry["title"] for entry in await resident.inbox()]
    mine = (await resident.get(f"/{VILLAGE}/policy/subscriptions"))["items"]
    await resident.delete(f"/{VILLAGE}/policy/subscriptions/{OLD_AGE}")

    assert file["id"] in [each["id"] for each in found] and len(shown["leaves"]) == 2
    assert (page[:2], whole[:4]) == (b"\xff\xd8", b"%PDF")
    assert f"政策文件发布：{FACTS['title']}" in told and [each["project"] for each in mine] == [OLD_AGE]


@row(
    "S6",
    operations=(
        "POST /{place}/policy/desk",
        "GET /{place}/policy/desk",
        "GET /{place}/policy/desk/{id}",
        "GET /{place}/policy/desk/{id}/pages/{number}",
        "GET /{place}/policy/desk/{id}/download",
        "POST /{place}/policy/desk/{id}/describe",
        "POST /{place}/policy/desk/{id}/publish",
        "POST /{place}/policy/desk/{id}/supersede",
        "POST /{place}/policy/desk/{id}/withdraw",
        "POST /{place}/policy/desk/{id}/delete",
    ),
    pushes=("P10",),
)
async def test_s6_a_file_is_published_followed_and_taken_away(walk: Walk) -> None:
    """A colleague of the bureau hears of it; the old file points to the new one; what is withdrawn is deleted, and kept."""
    clerk = await clerk_of(walk)
    colleague = await walk.staff(CLERK.role, ANJU, CLERK.bureau, "approve_county")
    old = await published(walk, clerk, projects=[])
    new = await published(walk, clerk, title="关于提高高龄津贴标准的通知", projects=[])

    drafts = (await clerk.get(DESK, state="published"))["items"]
    page = await clerk.download(f"{DESK}/{old['id']}/pages/1")
    whole = await clerk.download(f"{DESK}/{old['id']}/download")
    await press(clerk, old, "supersede", by=new["id"])
    followed = await clerk.get(f"{DESK}/{old['id']}")
    new = await clerk.get(f"{DESK}/{new['id']}")
    gone = await press(clerk, await press(clerk, new, "withdraw", reason="有误"), "delete", reason="传错了")
    told = [entry["title"] for entry in await colleague.inbox()]

    assert {old["id"], new["id"]} <= {each["id"] for each in drafts}
    assert (page[:2], whole[:4]) == (b"\xff\xd8", b"%PDF")
    assert (followed["state_label"], followed["superseded_by"]) == ("被替代", new["id"])
    assert (gone["state_label"], [each["label"] for each in gone["flow"]][-2:]) == ("已删除", ["下架", "删除"])
    assert "政策文件发布：关于提高高龄津贴标准的通知" in told
