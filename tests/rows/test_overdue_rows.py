"""The half of L3 that shows what is late, walked over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

from hub.api import Context, OpenTask
from tests.rows.rows import Walk, row
from tests.world import ANJU, CITY, JUXIAN

CIVIL, OLD_AGE = "民政局", "30005"
OVERDUE = f"/{ANJU}/overdue"


async def wanted(walk: Walk, *, days: int = -1, **changes: Any) -> str:
    """A task of the town, whose limit passed so many days ago; its id."""
    now, subject = walk.hub.clock.now(), uuid4().hex
    said: dict[str, Any] = {
        "place": JUXIAN,
        "subject": subject,
        "node": "review_town",
        "label": "乡镇审核",
        "role": "handler",
        "bureau": CIVIL,
        "project": OLD_AGE,
        "title": "高龄津贴 · 张*",
        "number": f"{ANJU}-2026-{subject[:6]}",
        "link": "/pages/case",
        "due_at": now + timedelta(days=days),
        **changes,
    }

    async def ask(ctx: Context) -> None:
        ctx.emit(OpenTask(**said))

    await walk.hub.units.run(ask, plugin="worklist", place=walk.hub.places.tree[said["place"]])
    await walk.settled()
    found = await walk.hub.database["worklist.tasks"].find_one({"subject": subject})
    assert found
    return str(found["_id"])


@row(
    "L3",
    operations=(
        "GET /{place}/overdue/board",
        "GET /{place}/overdue/board/cells",
        "GET /{place}/overdue/cases",
        "GET /{place}/overdue/cases/{id}",
        "GET /{place}/overdue/wishes",
        "PUT /{place}/overdue/wishes",
    ),
    pushes=("P02",),
)
async def test_l3_a_leader_sees_what_is_late_from_the_city_down_to_the_case(walk: Walk) -> None:
    """City, county, town, project × 功能节点, case; and hears of it: once a day, then at once."""
    leader, above = await walk.staff("leader", ANJU), await walk.staff("leader", CITY)
    await walk.staff("handler", JUXIAN, CIVIL, "review_town")
    node = f"step_{uuid4().hex[:6]}"
    task = await wanted(walk, node=node)

    city = await above.get(f"/{CITY}/overdue/board")
    county = await leader.get(f"{OVERDUE}/board")
    assert [row["late"] for row in city["rows"] if row["place"] == ANJU] == [county["late"]]
    [town] = [row for row in county["rows"] if row["place"] == JUXIAN]
    cells = await leader.get(f"{OVERDUE}/board/cells", row=JUXIAN)
    assert sum(cell["late"] for cell in cells["cells"]) == town["late"]
    [case] = (await leader.get(f"{OVERDUE}/cases", row=JUXIAN, project=OLD_AGE, node=node))["items"]
    shown = await leader.get(f"{OVERDUE}/cases/{task}")
    assert (case["id"], shown["days"], shown["claimed"]) == (task, 1, False)

    await walk.job("overdue.morning", ANJU)
    [wish] = (await leader.get(f"{OVERDUE}/wishes"))["regions"]
    assert wish["mode"] == "digest"
    await leader.put(f"{OVERDUE}/wishes", {"region": ANJU, "mode": "at_once"})
    await wanted(walk, node=node)
