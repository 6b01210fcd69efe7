"""L4 关注记录, walked over HTTP."""

from __future__ import annotations

from tests.rows.rows import Walk, Walker, row
from tests.rows.test_message_board_rows import BOARD, CIVIL, press, write
from tests.rows.test_overdue_rows import wanted
from tests.world import ANJU

FOLLOW = f"/{ANJU}/follow"


@row(
    "L4",
    operations=(
        "POST /{place}/follow/{kind}/{id}",
        "GET /{place}/follow",
        "GET /{place}/follow/{kind}/{id}",
        "POST /{place}/follow/{kind}/{id}/look",
        "DELETE /{place}/follow/{kind}/{id}",
        "GET /{place}/message_board/{id}",
    ),
    pushes=("P15",),
)
async def test_l4_a_leader_follows_hears_what_moves_and_cancels(walk: Walk) -> None:
    """A message and a late case; told when it moves, with its flow; looked at, then cancelled, and silent."""
    resident, office = await walk.resident("刘梅"), await walk.staff("handler", ANJU, CIVIL, "message_board")
    known = await walk.staff("leader", ANJU)
    leader = Walker(walk, await walk.scene.sign_in(known.person, "ydjd", "staff"))
    written, task = await write(resident), await wanted(walk)
    one = f"{FOLLOW}/message/{written['id']}"

    await leader.post(one)
    await leader.post(f"{FOLLOW}/overdue/{task}")
    await press(office, f"{BOARD}/{written['id']}", "reply", text="每月15日前发放。")
    [told] = [each for each in await leader.inbox() if each["code"] == "P15"]
    first, second = (await leader.get(FOLLOW))["items"][:2]
    looked = await leader.post(f"{one}/look")
    await leader.delete(one)
    await press(resident, f"{BOARD}/mine/{written['id']}", "ask", text="我们村还没有发。")

    assert told["title"] == f"关注的留言有变化：咨询 · {CIVIL}" and written["message"]["number"] in told["body"]
    assert [(each["subject"], each["unread"]) for each in (first, second)] == [(written["id"], True), (task, False)]
    assert [step["label"] for step in looked["steps"]] == ["留言", "回复"]
    assert (await leader.get(one))["since"] is None and (await leader.get(one))["unread"] is False
    assert first["href"] == f"/{ANJU}/message_board/{written['id']}"
    assert (await leader.get(f"{BOARD}/{written['id']}"))["message"]["state"] == "handling"
    assert len([each for each in await leader.inbox() if each["code"] == "P15"]) == 1
