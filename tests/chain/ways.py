"""Ways through the chain that several tests go: each step granted, and heard by everybody before the next."""

from __future__ import annotations

from typing import Any

from tests.chain import acts
from tests.chain.cast import LISTENER, NEIGHBOUR, City


async def case_at_publicity(city: City, serial: int) -> dict[str, Any]:
    """Declared, accepted, surveyed, passed in the village: it waits to be published there."""
    id = (await acts.declare(city, serial)).json["id"]
    await city.settled()
    await acts.pass_task(city, subject=id)
    [found] = await city.all("survey.surveys", subject=id)
    answer = await acts.survey(city, found)
    assert answer.status == 200, answer.body
    await city.settled()
    await acts.pass_task(city, subject=id, node="review_village")
    return await city.one("declaration.cases", _id=id)


async def start(city: City, node: str) -> dict[str, Any]:
    board = await city.one("publicity.publicities", node=node, state="preparing")
    answer = await acts.press_board(city, board, "start", acts.publisher(board))
    assert answer.status == 200, answer.body
    await city.settled()
    return await city.one("publicity.publicities", _id=board["_id"])


async def confirm(city: City, id: str, days: float = 9) -> dict[str, Any]:
    """After its days."""
    await city.pass_days(days)
    board = await city.one("publicity.publicities", _id=id)
    answer = await acts.press_board(city, board, "confirm", acts.publisher(board))
    assert answer.status == 200, answer.body
    await city.settled()
    return await city.one("publicity.publicities", _id=id)


async def object_to(city: City, **row: Any) -> dict[str, Any]:
    """陈芳 complains about a row."""
    found = await city.one("publicity.rows", **row)
    answer = await acts.complain(city, kind="publicity", row=found["_id"])
    assert answer.status == 201, answer.body
    await city.settled()
    return await city.one("complaints.complaints", row=found["_id"])


async def press(city: City, complaint: dict[str, Any], verb: str, **more: Any) -> dict[str, Any]:
    answer = await acts.press_complaint(city, complaint, verb, LISTENER, **more)
    assert answer.status == 200, answer.body
    await city.settled()
    return await city.one("complaints.complaints", _id=complaint["_id"])


async def conclude(city: City, complaint: dict[str, Any], upheld: str) -> dict[str, Any]:
    """受理, 回复, 满意."""
    accepted = await press(city, complaint, "accept") if complaint["state"] == "filed" else complaint
    replied = await press(city, accepted, "reply", upheld=upheld)
    answer = await acts.answer_complaint(city, replied, NEIGHBOUR, satisfied=True)
    assert answer.status == 200, answer.body
    await city.settled()
    return await city.one("complaints.complaints", _id=complaint["_id"])


async def to_the_money(city: City, *serials: int) -> list[dict[str, Any]]:
    """Cases at 拨付, each with its benefit and amount."""
    cases = [(await case_at_publicity(city, serial))["_id"] for serial in serials]
    await confirm(city, (await start(city, "publicity_village"))["_id"])
    for id in cases:
        await acts.pass_task(city, subject=id, node="review_town")
    await confirm(city, (await start(city, "publicity_town"))["_id"])
    for id in cases:
        await acts.pass_task(city, subject=id, node="approve_county")
    await confirm(city, (await start(city, "publicity_county"))["_id"])
    benefits = await city.all("payments.benefits")
    for benefit in benefits:
        assert (await acts.set_amount(city, benefit)).status == 200
    return benefits


async def published_batch(city: City) -> dict[str, Any]:
    """On its 名册, applied for, reviewed: its 发放公示 runs."""
    id = (await acts.make_batch(city, "2026")).json["id"]
    await city.settled()
    answer = await acts.press_batch(city, await city.one("payments.batches", _id=id), "apply")
    assert answer.status == 200, answer.body
    await city.settled()
    await acts.pass_task(city, subject=id, node="payments_review")
    return await city.one("payments.batches", _id=id)


async def bank_says_yes(city: City, batch: str) -> None:
    """To every row that was sent and not answered yet."""
    sent = await city.all("payments.rows", batch=batch, state="sent")
    answer = await acts.bank(city, {"_id": batch}, {acts.slip_of(row): "成功" for row in sent})
    assert answer.status == 202, answer.body
    await city.settled()


async def states(city: City, batch: dict[str, Any]) -> dict[str, str]:
    return {row["_id"]: row["state"] for row in await city.all("payments.rows", batch=batch["_id"])}
