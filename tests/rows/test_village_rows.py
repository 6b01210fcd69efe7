"""C14 村村响: what a village has got, who hangs on its board, what is read over its loudspeaker; walked over HTTP."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.payments.conftest import HEAD, line
from tests.rows.rows import Walk, Walker, row
from tests.web.conftest import picture
from tests.web.scope import FARMING, RESIDENTS
from tests.world import ANJU, JUXIAN, VILLAGE

LAND = "10001"
HERE, PAYMENTS, BOARD = f"/{VILLAGE}/village", f"/{ANJU}/payments", f"/{ANJU}/publicity/board"


async def farmer_of(walk: Walk) -> Walker:
    return await walk.staff("handler", ANJU, FARMING)


async def prove(walk: Walk, resident: Walker, name: str) -> None:
    window = await walk.staff("window", JUXIAN, node="accept")
    await window.post(f"/{JUXIAN}/proofs", {"person": resident.person, "name": name, "id_number": RESIDENTS[name]})
    await walk.settled()


async def put_up(walk: Walk, name: str, period: str = "2026", people: int = 4) -> dict[str, Any]:
    """发放公示 of so many people of the village and of this resident; as the 公示栏 shows it."""
    farmer = await farmer_of(walk)
    lines = [line(n) for n in range(people)]
    lines.append(line(99, name=name, number=RESIDENTS[name]))
    query = f"?project={LAND}&short=地力保护&bureau={FARMING}"
    await farmer.upload(f"{PAYMENTS}/rosters", "\n".join([HEAD, *lines]).encode(), "roster.csv", query)
    await walk.settled()
    title = f"{period}年地力保护补贴"
    made = await farmer.post(f"{PAYMENTS}/batches", {"project": LAND, "period": period, "title": title})
    await walk.settled()
    batch = (await farmer.get(f"{PAYMENTS}/batches/{made['id']}"))["batch"]
    await farmer.post(f"{PAYMENTS}/batches/{batch['id']}/apply", {"version": batch["version"]})
    await farmer.decide(ANJU, batch["number"], "payments_review")
    await walk.settled()
    shown = (await farmer.get(BOARD, kind="payment", state="running"))["items"]
    return dict(next(each for each in shown if title in each["notice"]["title"]))


async def confirm(walk: Walk, shown: dict[str, Any]) -> None:
    """The days are over, and nobody has objected."""
    farmer, id = await farmer_of(walk), shown["notice"]["id"]
    walk.hub.clock.advance(timedelta(days=8))  # type: ignore[attr-defined]
    await walk.job("publicity.watch", ANJU)
    seen = await farmer.get(f"{BOARD}/{id}")
    await farmer.post(f"{BOARD}/{id}/confirm", {"version": seen["board"]["version"]})
    await walk.settled()


@row(
    "C14",
    operations=(
        "GET /{place}/village",
        "GET /{place}/village/projects/{project}",
        "POST /{place}/village/follows",
        "GET /{place}/village/follows",
        "DELETE /{place}/village/follows",
        "GET /{place}/village/script",
        "POST /{place}/village/readings",
        "GET /{place}/village/readings",
        "GET /{place}/village/readings/{id}",
        "GET /{place}/village/readings/{id}/photos/{file}",
        "POST /{place}/village/readings/{id}/withdraw",
    ),
    pushes=("P01", "P03", "P04", "P11"),
)
async def test_c14_a_village_sees_what_it_gets_and_hears_it_read_aloud(walk: Walk) -> None:
    """Followed, told, all rows masked while it hangs, then numbers and one's own; read aloud, photographed, one entry taken back."""
    chen, mei = await walk.resident("陈芳"), await walk.resident("刘梅")
    handler, leader = await walk.staff("handler", VILLAGE), await walk.staff("leader", ANJU)
    await prove(walk, mei, "刘梅")
    await chen.post(f"{HERE}/follows")
    shown = await put_up(walk, "刘梅")

    open_now = (await chen.get(HERE))["open"]
    during = (await chen.get(f"{HERE}/projects/{LAND}"))["items"][0]
    script = await handler.get(f"{HERE}/script")
    photo = (await handler.upload("/files", picture(), "board.jpg"))["id"]
    body = {"read_at": walk.hub.clock.now().isoformat(), "photos": [photo]}
    noted, twice = [await handler.post(f"{HERE}/readings", {**body, "photos": each}) for each in ([photo], [])]
    seen = await handler.download(f"{HERE}/readings/{noted['id']}/photos/{photo}")
    await handler.post(f"{HERE}/readings/{twice['id']}/withdraw", {"version": twice["version"], "reason": "重复登记"})
    log = (await leader.get(f"/{ANJU}/village/readings", state="logged"))["items"]
    one = await leader.get(f"/{ANJU}/village/readings/{noted['id']}")
    await confirm(walk, shown)
    [after], [mine] = [(await each.get(f"{HERE}/projects/{LAND}"))["items"] for each in (chen, mei)]
    village = (await chen.get(HERE))["projects"]
    told = [entry["title"] for entry in await chen.inbox()]
    follows = (await chen.get(f"{HERE}/follows"))["items"]
    await chen.delete(f"{HERE}/follows")

    assert [(each["short"], each["people"], each["total"]) for each in open_now] == [("地力保护", "5人", "1750.00")]
    assert len(during["rows"]) == 5 and {each["state_label"] for each in during["rows"]} == {"公示中"}
    assert "刘梅" not in "".join(script["text"]) and "5人，金额合计1750元" in "".join(script["text"])
    assert seen and [each["id"] for each in log] == [noted["id"]] and (one["pictures"], one["photos"]) == (1, [])
    assert (after["stage"], after["people"], after["rows"]) == ("公示已确认", "5人", [])
    assert [(each["name"], each["state_label"]) for each in mine["rows"]] == [("刘*", "已确认")]
    assert [(each["times"], each["total"]) for each in village] == [("5人次", "1750.00")]
    assert {"万古桥村有新公示：地力保护", "万古桥村公示结果：地力保护"} <= set(told)
    assert [each["place"] for each in follows] == [VILLAGE]
