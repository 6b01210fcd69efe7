"""Small acts over HTTP: what a resident, a handler or the bank does. Each answers what the hub answered."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from hub.words.ids import new_id
from tests.chain.cast import (
    BUREAU,
    DECLARANT,
    FINANCE,
    LAND,
    NEIGHBOUR,
    VILLAGER,
    City,
    Clerk,
    fitting,
    number_of,
)
from tests.web.scope import Who
from tests.web.small import Answer
from tests.world import ANJU, VILLAGE

Stored = Mapping[str, Any]
PAPERS = ("id_card", "household", "social_card", "contract_land", "proof")
CARD = "6217000000000000004"
OTHER_CARD = "6229990000000000019"
SURNAMES = "李张刘陈杨赵黄周吴徐"


# --- declarations ------------------------------------------------------------------------------------------------------


async def declare(city: City, serial: int, by: Who = DECLARANT) -> Answer:
    """耕地地力保护补贴 for an invented person."""
    person = {
        "name": f"{SURNAMES[serial % len(SURNAMES)]}桂兰",
        "id_number": number_of(serial),
        "phone": "19900000001",
        "card": CARD,
        "region": VILLAGE,
        "category": "farmer",
    }
    body = {
        "project": LAND,
        "declared_for": "other",
        "beneficiary": person,
        "answers": {"area_mu": "3.5"},
        "materials": {paper: [await city.upload(by)] for paper in PAPERS},
    }
    return await city.ask(by, "POST", f"/{ANJU}/declaration/cases", body)


async def declare_again(city: City, case: Stored, by: Who = DECLARANT) -> Answer:
    """重新申报: the draft as it comes is handed in."""
    draft = await city.ask(by, "POST", f"/{ANJU}/declaration/cases/{case['_id']}/redeclare", {})
    if draft.status >= 300:
        return draft
    kept = draft.json
    form = {name: kept["form"][name] for name in ("declared_for", "beneficiary", "answers", "materials")}
    body = {"project": case["project"], "id": kept["id"], **form}
    return await city.ask(by, "POST", f"/{ANJU}/declaration/cases", body)


async def press_case(city: City, case: Stored, verb: str, by: Who = DECLARANT, version: int | None = None) -> Answer:
    """补正 (another phone number), 撤回."""
    body: dict[str, Any] = {"version": case["version"] if version is None else version}
    if verb == "mend":
        body["phone"] = f"199{city.chance.randrange(10**8):08d}"
    return await city.ask(by, "POST", f"/{ANJU}/declaration/cases/{case['_id']}/{verb}", body)


# --- tasks -------------------------------------------------------------------------------------------------------------


async def decide(city: City, task: Stored, who: Who | Clerk, move: str, *, stale: bool = False) -> Answer:
    """Claim and decide."""
    path = f"/{task['place']}/worklist/tasks/{task['_id']}"
    claimed = await city.ask(who, "POST", f"{path}/claim")
    if claimed.status >= 300:
        return claimed
    body = {"move": move, "opinion": "经核查", "version": claimed.json["version"] - stale}
    return await city.ask(who, "POST", f"{path}/decide", body)


async def recall(city: City, task: Stored, who: Who | Clerk) -> Answer:
    body = {"version": task["version"], "reason": "材料有误"}
    return await city.ask(who, "POST", f"/{task['place']}/worklist/tasks/{task['_id']}/recall", body)


async def pass_task(city: City, **where: Any) -> None:
    """The one open task that is meant, passed by whoever it waits for."""
    task = await city.one("worklist.tasks", **{"state": {"$in": ["open", "claimed"]}, **where})
    answer = await decide(city, task, fitting(task), "pass")
    assert answer.status == 200, answer.body.decode()
    await city.settled()


# --- surveys -----------------------------------------------------------------------------------------------------------


async def survey(city: City, found: Stored, who: Who | Clerk = VILLAGER, result: str = "true", **more: Any) -> Answer:
    """A draft, and its hand-in."""
    path, draft = f"/{VILLAGE}/survey/surveys/{found['_id']}", new_id(city.hub.clock)
    now = city.hub.clock.now()
    form = {
        "result": result,
        "handling": "continue" if result == "true" else "report",
        "visited_at": (now - timedelta(hours=1)).isoformat(),
        "spot": "家中",
        "findings": "耕地由本人耕种。",
        "investigators": ["杨帆", "刘洋"],
        "photos": [await city.upload(who)],
        "signatures": [await city.upload(who)],
        **more,
    }
    body = {"revision": 1, "saved_at": now.isoformat(), "form": form}
    saved = await city.ask(who, "PUT", f"{path}/drafts/{draft}", body)
    if saved.status >= 300:
        return saved
    return await city.ask(who, "POST", f"{path}/submit", {"draft": draft, "revision": 1})


# --- publicities -------------------------------------------------------------------------------------------------------


async def press_board(
    city: City, board: Stored, verb: str, who: Who | Clerk, *, stale: bool = False, **more: Any
) -> Answer:
    """发起, 延长, 终止, 重新公示, 最终确认."""
    reasons = {"extend": {"days": 2, "reason": "群众要求"}, "end": {"reason": "名单有误"}}
    body = {"version": board["version"] - stale, **reasons.get(verb, {}), **more}
    return await city.ask(who, "POST", f"/{board['place']}/publicity/board/{board['_id']}/{verb}", body)


def publisher(board: Stored) -> Who:
    """Who runs this publicity."""
    return fitting({"role": "handler", "place": board["place"], "bureau": board["bureau"]})


# --- complaints --------------------------------------------------------------------------------------------------------


async def complain(city: City, by: Who = NEIGHBOUR, **about: Any) -> Answer:
    """About a row (``kind``, ``row``), or an office (``against`` …)."""
    notice = await city.ask(by, "GET", f"/{ANJU}/complaints/notice")
    said = {"type": "favour", "text": "面积可能多报了，请核实。", "confidential": True, "publish": False}
    return await city.ask(by, "POST", f"/{ANJU}/complaints", {"notice": notice.json["version"], **said, **about})


async def press_complaint(
    city: City, complaint: Stored, verb: str, who: Who | Clerk, *, stale: bool = False, **more: Any
) -> Answer:
    body: dict[str, Any] = {"version": complaint["version"] - stale, **more}
    if verb == "reply":
        words = {"opinion": "经核实", "situation": "已入户核对", "public_summary": ""}
        body = {"upheld": "no", "processed_at": city.hub.clock.now().isoformat(), **words, **body}
    if verb in ("refuse", "return", "transfer", "extend", "survey", "merge"):
        body["reason"] = "核实后决定"
    return await city.ask(who, "POST", f"/{complaint['seat']}/complaints/{complaint['_id']}/{verb}", body)


async def answer_complaint(city: City, complaint: Stored, by: Who, *, satisfied: bool) -> Answer:
    body = {"version": complaint["version"], "satisfied": satisfied, "words": "不清楚"}
    return await city.ask(by, "POST", f"/{ANJU}/complaints/mine/{complaint['_id']}/answer", body)


# --- money -------------------------------------------------------------------------------------------------------------


async def set_amount(city: City, benefit: Stored, who: Who | Clerk = BUREAU, *, stale: bool = False) -> Answer:
    body = {"version": benefit["version"] - stale, "amount": "350.00", "reason": "3.5亩×100元"}
    return await city.ask(who, "POST", f"/{ANJU}/payments/benefits/{benefit['_id']}/amount", body)


async def make_batch(city: City, period: str, who: Who | Clerk = BUREAU) -> Answer:
    body = {"project": LAND, "period": period, "title": f"{period}地力保护补贴"}
    return await city.ask(who, "POST", f"/{ANJU}/payments/batches", body)


async def press_batch(city: City, batch: Stored, verb: str, who: Who | Clerk = BUREAU) -> Answer:
    body = {"version": batch["version"], **({"reason": "名单有误"} if verb == "cancel" else {})}
    return await city.ask(who, "POST", f"/{ANJU}/payments/batches/{batch['_id']}/{verb}", body)


async def bank(city: City, batch: Stored, answers: Mapping[str, str], who: Who | Clerk = FINANCE) -> Answer:
    """``answers`` by slip: 成功, 失败."""
    lines = [f"{slip},{said},{'账号状态异常' if said == '失败' else ''}" for slip, said in answers.items()]
    path = f"/{ANJU}/payments/batches/{batch['_id']}/results"
    return await city.table(who, path, ["流水号,发放结果,失败原因", *lines])


async def press_row(city: City, row: Stored, verb: str, who: Who | Clerk = BUREAU) -> Answer:
    """更正, 剔除."""
    body = {"version": row["version"], "reason": "原卡已换", **({"card": OTHER_CARD} if verb == "correct" else {})}
    return await city.ask(who, "POST", f"/{ANJU}/payments/rows/{row['_id']}/{verb}", body)


def slip_of(row: Stored) -> str:
    return f"{row['number']}-{row['attempt']}"
