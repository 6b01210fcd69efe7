"""The half of L3 that orders what is late, S12 督办单, L6 被督办记录, walked over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from plugins.overdue.documents import Watch, watches_of
from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.world import ANJU, JUXIAN, VILLAGE

CIVIL, OLD_AGE = "民政局", "30005"
WORDS = "请三日内办结，并说明原因。"
OVERDUE = f"/{ANJU}/overdue"


async def late(walk: Walk, node: str = "review_village", **changes: Any) -> str:
    """A task that is late there since yesterday; its id."""
    now, id = walk.hub.clock.now(), uuid4().hex
    watch: dict[str, Any] = {
        "id": id,
        "place": VILLAGE,
        "row": JUXIAN,
        "subject": uuid4().hex,
        "node": node,
        "label": "村级初审",
        "round": 1,
        "role": "handler",
        "bureau": CIVIL,
        "project": OLD_AGE,
        "title": "高龄津贴 · 王*",
        "number": f"{ANJU}-2026-{id[:6]}",
        "link": "/pages/case",
        "arrived_at": now - timedelta(days=10),
        "limit_at": now - timedelta(days=1),
        "days": 5,
        "due_at": now - timedelta(days=1),
        "state": "late",
    }
    new, place = Watch(**(watch | changes)), walk.hub.places.tree[VILLAGE]
    await walk.hub.units.run(lambda ctx: watches_of(ctx).insert(new), plugin="overdue", place=place)
    return id


async def name_of(walk: Walk, who: Walker) -> str:
    person = await walk.hub.database["people"].find_one({"_id": who.person})
    return str(person["name"]) if person else ""


async def press(who: Walker, id: str, move: str, **body: Any) -> Any:
    """One of the buttons, on the version that is shown."""
    seen = await who.get(f"{OVERDUE}/orders/{id}")
    done = await who.post(f"{OVERDUE}/orders/{id}/{move}", {"version": seen["version"], **body})
    await who.walk.settled()
    return done


@row(
    "L3",
    operations=(
        "POST /{place}/overdue/at-once/preview",
        "POST /{place}/overdue/at-once",
        "GET /{place}/overdue/issues/{id}",
        "GET /{place}/overdue/named",
        "POST /{place}/overdue/named",
        "GET /{place}/overdue/orders/issued",
        "POST /{place}/overdue/orders/{id}/return",
        "POST /{place}/overdue/orders/{id}/close",
        "POST /{place}/overdue/orders/{id}/withdraw",
        "GET /{place}/overdue/orders",
    ),
    pushes=("P07", "P08"),
)
async def test_l3_a_leader_orders_what_is_late_and_sees_what_was_done(walk: Walk) -> None:
    """一键督办 says how many get it; one is answered, sent back, closed; a second is named to the town's leader and withdrawn."""
    leader, handler = await walk.staff("leader", ANJU), await walk.staff("handler", VILLAGE, CIVIL, "review_village")
    town = await walk.staff("leader", JUXIAN)
    task = await late(walk)
    seen = await leader.post(f"{OVERDUE}/at-once/preview", {"node": "review_village"})
    body = {"node": "review_village", "cases": seen["cases"], "people": seen["people"], "words": WORDS}

    issue = await leader.post(f"{OVERDUE}/at-once", body)
    await walk.settled()
    assert (await leader.get(f"{OVERDUE}/issues/{issue['id']}"))["over"]
    [order] = (await leader.get(f"{OVERDUE}/orders/issued", task=task))["items"]
    await press(handler, order["id"], "feed", text="本周办完")
    await press(leader, order["id"], "return", reason="请写明日期")
    await press(handler, order["id"], "feed", text="周五办完")
    await press(leader, order["id"], "close")
    picker = await leader.get(f"{OVERDUE}/named", task=task)
    chosen = [each["id"] for each in picker["persons"] if each["id"] == town.person]
    await leader.post(f"{OVERDUE}/named", {"tasks": [task], "persons": chosen, "words": WORDS})
    [named] = (await leader.get(f"{OVERDUE}/orders", state="issued"))["items"]
    await press(leader, named["id"], "withdraw", reason="已经办完")

    shown = (await leader.get(f"{OVERDUE}/orders", task=task))["items"]
    assert {each["state"] for each in shown} == {"closed", "withdrawn"}


@row(
    "S12",
    operations=(
        "GET /{place}/overdue/orders/mine",
        "GET /{place}/overdue/orders/{id}",
        "POST /{place}/overdue/orders/{id}/read",
        "POST /{place}/overdue/orders/{id}/begin",
        "POST /files",
        "POST /{place}/overdue/orders/{id}/feed",
        "GET /{place}/overdue/orders/{id}/pictures/{file}",
    ),
    pushes=("P07", "P08"),
)
async def test_s12_a_handler_reads_an_order_and_feeds_back(walk: Walk) -> None:
    """Found in the list, read, begun, answered with a picture that the leader can open."""
    leader, handler = await walk.staff("leader", ANJU), await walk.staff("handler", VILLAGE, CIVIL, "accept")
    task = await late(walk, node="accept")
    await leader.post(f"{OVERDUE}/named", {"tasks": [task], "persons": [handler.person], "words": WORDS})
    await walk.settled()

    [order] = (await handler.get(f"/{VILLAGE}/overdue/orders/mine", task=task))["items"]
    for move in ("read", "begin"):
        await press(handler, order["id"], move)
    photo = (await handler.upload("/files", picture(), "现场.jpg"))["id"]
    await press(handler, order["id"], "feed", text="已补齐材料", pictures=[photo])

    seen = await leader.get(f"{OVERDUE}/orders/{order['id']}")
    [fed] = seen["feedbacks"]
    assert (seen["state_label"], fed["text"], seen["words"]) == ("已反馈", "已补齐材料", WORDS)
    assert await leader.download(f"{OVERDUE}/orders/{order['id']}/pictures/{fed['pictures'][0]}")


@row(
    "L6",
    operations=(
        "GET /{place}/overdue/orders/mine",
        "GET /{place}/overdue/orders/{id}",
        "POST /{place}/overdue/orders/{id}/feed",
    ),
    pushes=("P07", "P08"),
)
async def test_l6_a_lower_leader_finds_an_order_with_its_flow(walk: Walk) -> None:
    """In 移动监督: the order, who issued it, what was answered."""
    leader, town = await walk.staff("leader", ANJU), await walk.staff("leader", JUXIAN)
    task = await late(walk, node="survey")
    await leader.post(f"{OVERDUE}/named", {"tasks": [task], "persons": [town.person], "words": WORDS})
    await walk.settled()

    [order] = (await town.get(f"/{JUXIAN}/overdue/orders/mine", state="issued"))["items"]
    await press(town, order["id"], "feed", text="已约谈经办人员")

    seen = await town.get(f"{OVERDUE}/orders/{order['id']}")
    assert [line["label"] for line in seen["flow"]] == ["签发", "反馈"]
