"""The hub's own routes, declaration, worklist and payments: something real to ask each for.

A new route needs a line here, or :mod:`tests.web.test_scope` fails. Say who may (``insider``), and make what they ask for
through the hub itself, so that the last step of the test, in which the insider gets it, proves the question right.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Awaitable, Callable, Mapping
from datetime import timedelta
from typing import Any
from uuid import uuid4

from aiohttp import FormData
from msgspec.structs import replace
from stdnum.iso7064 import mod_11_2

from hub.api import CardText, Identity, IdNumberText, Limit, PhoneText, Secret
from hub.identity.disputes import Dispute
from hub.identity.people import Person
from hub.identity.withdrawals import Withdrawal
from hub.store.database import to_milliseconds
from hub.store.inbox import InboxDraft
from hub.words.ids import new_id
from plugins.payments import documents as payments
from tests.waiting import patience
from tests.web.conftest import picture
from tests.web.scope import REFUSED, RESIDENTS, Question, Resident, Sample, Scene, Staff
from tests.web.test_files import form
from tests.world import ANJU, JUXIAN, VILLAGE

OLD_AGE = "30005"  # 高龄津贴 of 民政局; in 安居区 its chain is plain
DECLARATION, WORKLIST = f"/api/v1/{ANJU}/declaration", f"/api/v1/{JUXIAN}/worklist"

APPLICANT = Resident("王建国")
WINDOW = Staff("window", JUXIAN, node="accept")
BUREAU = Staff("handler", ANJU, "民政局")
OPS = Staff("ops_system", ANJU)
ARBITER = Staff("handler", ANJU, node="disputes")

# Open to all, and why that is right.
OPEN: Mapping[str, str] = {
    "POST /api/v1/signin/wechat": "signing in",
    "POST /api/v1/signin/account": "signing in",
    "POST /api/v1/signin/handover": "signing in",
    "GET /api/v1/places": "the official table of places",
    "GET /api/v1/places/{code}": "the official table of places",
    "GET /api/v1/{place}/menu": "shows only what the asker may open",
    "GET /api/v1/{place}/declaration/projects": "申报须知 is public by law",
    "GET /api/v1/{place}/declaration/projects/{code}": "申报须知 is public by law",
    "GET /api/v1/{place}/declaration/projects/{code}/form": "an empty form",
}

Ask = Callable[[Scene], Awaitable[Question]]
_NUMBERS = itertools.count(1)


def constantly(question: Question) -> Ask:
    async def ask(scene: Scene) -> Question:
        return question

    return ask


# --- about oneself


async def _my_session(scene: Scene) -> str:
    visitor = await scene.visitor(APPLICANT)
    return await scene.session(visitor.person or "", "ykt", "resident")


async def end_one(scene: Scene) -> Question:
    session = await _my_session(scene)
    return Question(path={"session_id": session}, guards=("sessions", session))


async def end_others(scene: Scene) -> Question:
    return Question(guards=("sessions", await _my_session(scene)))


async def my_sessions(scene: Scene) -> Question:
    return Question(shows=await _my_session(scene))


async def me(scene: Scene) -> Question:
    return Question(shows=(await scene.visitor(APPLICANT)).person)


async def claim(scene: Scene) -> Question:
    visitor = await scene.visitor(APPLICANT)
    body = {"name": "王建国", "id_number": "510921196711053319", "region": VILLAGE, "consent_version": "1"}
    return Question(json=body, guards=("people", visitor.person or ""))


async def unbind(scene: Scene) -> Question:
    visitor, database = await scene.visitor(APPLICANT), scene.hub.database
    now, appid = to_milliseconds(scene.hub.clock.now()), f"wx{uuid4().hex[:16]}"
    binding = {"_id": uuid4().hex, "person": visitor.person, "user": uuid4().hex, "appid": appid, "side": "resident"}
    await database["wechat_bindings"].insert_one(
        {**binding, "active": True, "bound_at": now, "ended_at": None, "ended_by": None}
    )
    return Question(path={"appid": appid}, guards=("wechat_bindings", binding["_id"]))


async def _message(scene: Scene) -> str:
    visitor = await scene.visitor(APPLICANT)
    draft = InboxDraft(
        id=uuid4().hex,
        person=visitor.person or "",
        app="ykt",
        county=ANJU,
        message="declaration.accepted",
        code="P14",
        title="申报进度",
        body="已受理",
        at=to_milliseconds(scene.hub.clock.now()),
    )
    inbox = scene.hub.push.inbox
    [entry] = await scene.hub.database.transaction(lambda session: inbox.append(session, [draft]))
    return entry.id


async def my_inbox(scene: Scene) -> Question:
    return Question(shows=await _message(scene))


async def read_message(scene: Scene) -> Question:
    id = await _message(scene)
    return Question(json={"ids": [id]}, guards=("inbox", id))


async def my_preferences(scene: Scene) -> Question:
    """As they stand, chosen once more."""
    visitor = await scene.visitor(APPLICANT)
    version = (await visitor.get("/api/v1/preferences")).json["version"]
    return Question(json={"version": version, "via": "mp", "quiet": "early", "wanted": ["P14"]})


async def my_file(scene: Scene) -> Question:
    return Question(path={"id": await _upload(scene)})


# --- declarations


async def _upload(scene: Scene) -> str:
    visitor = await scene.visitor(APPLICANT)
    answer = await visitor.ask("POST", "/api/v1/files", data=form(picture()))
    assert answer.status == 201, answer.body
    id: str = answer.json["id"]
    return id


def _id_number() -> str:
    """Of another person over 80 each time."""
    digits = f"510904194401{1 + next(_NUMBERS) // 900:02d}{next(_NUMBERS) % 900 + 100:03d}"
    return digits + mod_11_2.calc_check_digit(digits)


def somebody() -> dict[str, str]:
    """Who can be declared for, another each time."""
    return {
        "name": "李桂兰",
        "id_number": _id_number(),
        "phone": "19900000001",
        "region": VILLAGE,
        "category": "aged_80",
    }


async def _filled(scene: Scene) -> dict[str, Any]:
    person = somebody()
    materials = {key: [await _upload(scene)] for key in ("id_card", "household", "social_card", "proof")}
    return {"project": OLD_AGE, "declared_for": "other", "beneficiary": person, "materials": materials}


async def submit(scene: Scene) -> Question:
    """Others may declare, but not with these files."""
    body = await _filled(scene)
    return Question(json=body, guards=("files", body["materials"]["proof"][0]))


async def _case(scene: Scene) -> dict[str, Any]:
    visitor = await scene.visitor(APPLICANT)
    answer = await visitor.post(f"{DECLARATION}/cases", await _filled(scene))
    assert answer.status == 201, answer.body
    view: dict[str, Any] = answer.json
    return view


async def my_case(scene: Scene) -> Question:
    id = (await _case(scene))["id"]
    return Question(path={"id": id}, shows=id)


async def my_cases(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _case(scene))["id"])


async def case_file(scene: Scene) -> Question:
    id = (await _case(scene))["id"]
    stored = await scene.hub.database["declaration.cases"].find_one({"_id": id})
    assert stored is not None
    return Question(path={"id": id, "file": stored["handed_in"][0]["files"][0]})


async def withdraw(scene: Scene) -> Question:
    case = await _case(scene)
    return Question(
        path={"id": case["id"]}, json={"version": case["version"]}, guards=("declaration.cases", case["id"])
    )


async def mend(scene: Scene) -> Question:
    task = await _claimed(scene)
    await _decide(scene, task, "correct")
    case = await scene.hub.database["declaration.cases"].find_one({"_id": task["subject"]})
    assert case is not None
    body = {"version": case["version"], "phone": "19900000002"}
    return Question(path={"id": case["_id"]}, json=body, guards=("declaration.cases", case["_id"]))


async def _draft(scene: Scene) -> tuple[str, str]:
    visitor, id, file = await scene.visitor(APPLICANT), new_id(scene.hub.clock), await _upload(scene)
    form_so_far = {"declared_for": "self", "beneficiary": {}, "materials": {"id_card": [file]}}
    answer = await visitor.ask("PUT", f"{DECLARATION}/drafts/{id}", json={"project": OLD_AGE, "form": form_so_far})
    assert answer.status == 200, answer.body
    return id, file


async def my_draft(scene: Scene) -> Question:
    id, _ = await _draft(scene)
    return Question(path={"id": id}, shows=id)


async def my_drafts(scene: Scene) -> Question:
    id, _ = await _draft(scene)
    return Question(query="?limit=100", shows=id)


async def draft_file(scene: Scene) -> Question:
    id, file = await _draft(scene)
    return Question(path={"id": id, "file": file})


async def change_draft(scene: Scene) -> Question:
    id, _ = await _draft(scene)
    body = {"project": OLD_AGE, "form": {"declared_for": "self", "beneficiary": {}, "materials": {}}}
    return Question(path={"id": id}, json=body, guards=("declaration.drafts", id))


async def _whole_draft(scene: Scene) -> str:
    """One that could be handed in."""
    visitor, id = await scene.visitor(APPLICANT), new_id(scene.hub.clock)
    filled = await _filled(scene)
    body = {"project": filled.pop("project"), "form": filled}
    answer = await visitor.ask("PUT", f"{DECLARATION}/drafts/{id}", json=body)
    assert answer.status == 200, answer.body
    return id


async def draft_person(scene: Scene) -> Question:
    id, person = await _whole_draft(scene), (await _filled(scene))["beneficiary"]
    body = {"project": OLD_AGE, "declared_for": "other", "beneficiary": person}
    return Question(path={"id": id}, json=body, guards=("declaration.drafts", id))


async def draft_answers(scene: Scene) -> Question:
    id = await _whole_draft(scene)
    return Question(path={"id": id}, json={"version": 1, "answers": {}}, guards=("declaration.drafts", id))


async def draft_material(scene: Scene) -> Question:
    id = await _whole_draft(scene)
    body = {"version": 1, "files": [await _upload(scene)]}
    return Question(path={"id": id, "key": "household"}, json=body, guards=("declaration.drafts", id))


async def submit_draft(scene: Scene) -> Question:
    id = await _whole_draft(scene)
    return Question(path={"id": id}, json={"version": 1}, guards=("declaration.drafts", id))


async def delete_draft(scene: Scene) -> Question:
    """The insider deletes it last, so it is guarded until then."""
    id, _ = await _draft(scene)
    return Question(path={"id": id}, guards=("declaration.drafts", id))


# --- tasks


async def _task(scene: Scene) -> dict[str, Any]:
    """The 受理 task of a new case; the reaction that opens it runs in its own time. Somebody has the task: else it moves up."""
    await scene.visitor(WINDOW)
    return await _task_of(scene, (await _case(scene))["id"])


async def _task_of(scene: Scene, case: str) -> dict[str, Any]:
    async with patience():
        while (task := await scene.hub.database["worklist.tasks"].find_one({"subject": case})) is None:
            await asyncio.sleep(0.01)
    return task


async def _claimed(scene: Scene) -> dict[str, Any]:
    return await _claim(scene, await _task(scene))


async def claimed_of(scene: Scene, case: str) -> dict[str, Any]:
    """The 受理 task of this case."""
    return await _claim(scene, await _task_of(scene, case))


async def _claim(scene: Scene, task: dict[str, Any]) -> dict[str, Any]:
    visitor = await scene.visitor(WINDOW)
    answer = await visitor.post(f"{WORKLIST}/tasks/{task['_id']}/claim")
    assert answer.status == 200, answer.body
    return {**task, "version": answer.json["version"]}


async def _decide(scene: Scene, task: Mapping[str, Any], move: str) -> None:
    visitor = await scene.visitor(WINDOW)
    body = {"move": move, "opinion": "户口簿缺页", "version": task["version"]}
    answer = await visitor.post(f"{WORKLIST}/tasks/{task['_id']}/decide", body)
    assert answer.status == 200, answer.body


async def task(scene: Scene) -> Question:
    found = await _task(scene)
    return Question(path={"id": found["_id"]}, shows=found["_id"], guards=("worklist.tasks", found["_id"]))


async def tasks(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _task(scene))["_id"])


async def claimed_task(scene: Scene) -> Question:
    found = await _claimed(scene)
    return Question(path={"id": found["_id"]}, guards=("worklist.tasks", found["_id"]))


async def decide(scene: Scene) -> Question:
    found = await _claimed(scene)
    body = {"move": "pass", "opinion": "材料齐全", "version": found["version"]}
    return Question(path={"id": found["_id"]}, json=body, guards=("worklist.tasks", found["_id"]))


async def done(scene: Scene) -> Question:
    found = await _claimed(scene)
    await _decide(scene, found, "correct")
    return Question(query="?limit=100", shows=found["_id"])


async def together(scene: Scene) -> Question:
    found = await _task(scene)
    return Question(json={"ids": [found["_id"]]}, guards=("worklist.tasks", found["_id"]))


async def groups(scene: Scene) -> Question:
    await _task(scene)
    return Question(shows='"node_label":"受理"')


async def recall(scene: Scene) -> Question:
    found = await _claimed(scene)
    await _decide(scene, found, "pass")
    body = {"version": found["version"] + 1, "reason": "看错了材料"}
    return Question(path={"id": found["_id"]}, json=body, guards=("worklist.tasks", found["_id"]))


async def _touch(scene: Scene) -> str:
    """What the window's history says of a case that it has decided; the reaction that writes it runs in its own time."""
    found = await _claimed(scene)
    await _decide(scene, found, "correct")
    wanted = {"person": (await scene.visitor(WINDOW)).person, "subject": found["subject"]}
    async with patience():
        while (row := await scene.hub.database["worklist.touches"].find_one(wanted)) is None:
            await asyncio.sleep(0.01)
    id: str = row["_id"]
    return id


async def touches(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=await _touch(scene))


async def touch(scene: Scene) -> Question:
    id = await _touch(scene)
    return Question(path={"id": id}, shows=id)


async def by_number(scene: Scene) -> Question:
    case = await _case(scene)
    return Question(query=f"?number={case['number']}", shows=case["id"])


async def end_case(scene: Scene) -> Question:
    case = await _case(scene)
    body = {"version": case["version"], "reason": "对象已去世"}
    return Question(path={"id": case["id"]}, json=body, guards=("declaration.cases", case["id"]))


async def redeclare(scene: Scene) -> Question:
    return Question(path={"id": (await _case(scene))["id"]}, json={})


async def check_person(scene: Scene) -> Question:
    person = {"name": "李桂兰", "id_number": _id_number(), "region": VILLAGE}
    return Question(json={"project": OLD_AGE, "declared_for": "other", "beneficiary": person})


async def review(scene: Scene) -> Question:
    id = (await _case(scene))["id"]
    return Question(path={"id": id}, shows=id)


# --- operations staff


async def _delivery(scene: Scene) -> str:
    """Of the push that a new task makes."""
    window = await scene.visitor(WINDOW)
    await _task(scene)
    wanted = {"person": window.person, "channel": "inbox", "state": "delivered"}
    async with patience():
        while (row := await scene.hub.database["deliveries"].find_one(wanted)) is None:
            await asyncio.sleep(0.01)
    id: str = row["_id"]
    return id


async def delivery(scene: Scene) -> Question:
    id = await _delivery(scene)
    return Question(path={"id": id}, shows=id)


async def deliveries(scene: Scene) -> Question:
    return Question(query="?limit=200&states=delivered", shows=await _delivery(scene))


async def _cut_off(scene: Scene) -> tuple[str, str]:
    name, id = f"trigger:test.{uuid4().hex}", uuid4().hex
    now = to_milliseconds(scene.hub.clock.now())
    row = {
        "_id": id,
        "county": ANJU,
        "name": name,
        "failures": 9,
        "error": "ValueError",
        "cut_at": now,
        "probe_at": None,
    }
    await scene.hub.database["cutoffs"].insert_one(row)
    return id, name


async def cut_off(scene: Scene) -> Question:
    _, name = await _cut_off(scene)
    return Question(shows=name)


async def alert(scene: Scene) -> Question:
    cause = f"test:{uuid4().hex}"
    row = {"_id": uuid4().hex, "place": ANJU, "county": ANJU, "cause": cause, "title": "系统运行异常", "detail": "试验"}
    await scene.hub.database["alerts"].insert_one({**row, "at": to_milliseconds(scene.hub.clock.now())})
    return Question(shows=cause)


async def rearm(scene: Scene) -> Question:
    id, name = await _cut_off(scene)
    return Question(json={"name": name, "why": "已改正"}, guards=("cutoffs", id))


async def replay(scene: Scene) -> Question:
    """One that has failed, told from all others by its reason."""
    id, reason = await _delivery(scene), f"test_{uuid4().hex}"
    row = await scene.hub.database["deliveries"].find_one({"_id": id})
    assert row is not None
    failed = {"_id": uuid4().hex, "key": uuid4().hex, "channel": "wechat", "state": "failed", "reason": reason}
    await scene.hub.database["deliveries"].insert_one({**row, **failed})
    body = {"dry_run": False, "states": ["failed"], "reason": reason, "why": "已改正"}
    return Question(json=body, guards=("deliveries", failed["_id"]))


async def phoned(
    scene: Scene,
    number: str,
    village: str = VILLAGE,
    name: str = "李桂兰",
    message: str = "declaration.accepted",
    **more: Any,
) -> str:
    """A message that WeChat did not bring to somebody of this village with this phone; its id."""
    [_, id] = (await replay(scene)).guards or ("", "")
    person = Person(id=uuid4().hex, name=name, phone=PhoneText(number), region=village, **more)
    await scene.hub.database["people"].insert_one(scene.hub.database.encode(person))
    await scene.hub.database["deliveries"].update_one({"_id": id}, {"$set": {"person": person.id, "message": message}})
    return id


async def tail(scene: Scene) -> Question:
    id = await phoned(scene, "13900007788")
    return Question(json={"village": "聚贤镇万古桥村", "tail": "7788"}, shows=id)


async def history(scene: Scene) -> Question:
    """A change of the switches; no other county has had one."""
    visitor = await scene.visitor(OPS)
    turned = await visitor.ask("PUT", f"/api/v1/{ANJU}/ops/plugins/forgetful", json={"on": True, "why": "test"})
    assert turned.status == 200, turned.body
    return Question(shows=f'"version":{turned.json["version"]},')


# --- payments


GRANTS, PAYS = Staff("handler", ANJU, "民政局"), Staff("handler", ANJU, "财政局")
PAID = Resident("刘梅")
CARD = "6217000000000000004"


async def proof(scene: Scene) -> Question:
    """Of the binding of somebody new each time."""
    person, number = uuid4().hex, _id_number()
    row = Person(id=person, name="张三", id_number=IdNumberText(number), region=VILLAGE, assurance="claimed")
    await scene.hub.database["people"].insert_one(scene.hub.database.encode(row))
    body = {"person": person, "name": "张三", "id_number": number}
    return Question(json=body, guards=("people", person))


async def _dispute(scene: Scene) -> Dispute:
    """Of two records of one number, to be decided at the county."""
    number, now = IdNumberText(_id_number()), to_milliseconds(scene.hub.clock.now())
    people = [
        Person(id=uuid4().hex, name="张三", id_number=number, region=VILLAGE, assurance=assurance)
        for assurance in ("proved", "claimed")
    ]
    await scene.hub.database["people"].insert_many([scene.hub.database.encode(each) for each in people])
    dispute = Dispute(
        id=uuid4().hex,
        id_key=scene.hub.database.blind(number),
        holder=people[0].id,
        claimant=people[1].id,
        place=JUXIAN,
        seat=ANJU,
        above=scene.hub.places.tree[ANJU].path,
        path=scene.hub.places.tree[ANJU].path,
        clerk="somebody",
        clerk_key="else",
        method="id_card",
        opened_at=now,
        decide_after=now,
    )
    await scene.hub.database["disputes"].insert_one(scene.hub.database.encode(dispute))
    return dispute


async def dispute(scene: Scene) -> Question:
    id = (await _dispute(scene)).id
    return Question(path={"id": id}, shows=id)


async def disputes(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=(await _dispute(scene)).id)


async def decide_dispute(scene: Scene) -> Question:
    id = (await _dispute(scene)).id
    return Question(
        path={"id": id}, json={"version": 1, "move": "uphold", "reason": "查验属实"}, guards=("disputes", id)
    )


async def _withdrawal(scene: Scene) -> str:
    """Of somebody whose home is in the county."""
    person = uuid4().hex
    row = Person(id=person, name="张三", region=VILLAGE, withdrawn_at=to_milliseconds(scene.hub.clock.now()))
    await scene.hub.database["people"].insert_one(scene.hub.database.encode(row))
    withdrawal = Withdrawal(
        id=uuid4().hex,
        user=uuid4().hex,
        appid="wx0",
        persons=(person,),
        path=scene.hub.places.tree[VILLAGE].path,
        at=to_milliseconds(scene.hub.clock.now()),
    )
    await scene.hub.database["withdrawals"].insert_one(scene.hub.database.encode(withdrawal))
    return withdrawal.id


async def withdrawal(scene: Scene) -> Question:
    id = await _withdrawal(scene)
    return Question(path={"id": id}, shows=id)


async def withdrawals(scene: Scene) -> Question:
    return Question(query="?limit=200", shows=await _withdrawal(scene))


async def finish_withdrawal(scene: Scene) -> Question:
    id = await _withdrawal(scene)
    return Question(path={"id": id}, json={"version": 1, "reason": "本人撤回授权"}, guards=("withdrawals", id))


async def _store(scene: Scene, collection: str, document: Any) -> Any:
    """As the plugin would have stored it; how it comes to be is tested with the plugin."""
    path = scene.hub.places.tree[document.place].path
    now = to_milliseconds(scene.hub.clock.now())
    placed = replace(document, path=path, county=ANJU, created_at=now)
    await scene.hub.database[collection].insert_one(scene.hub.database.encode(placed))
    return placed


def _identity(number: str) -> Identity:
    return Identity(name=Secret("刘梅"), id_number=IdNumberText(number), card=CardText(CARD), region=VILLAGE)


async def _benefit(scene: Scene, state: str = "active") -> Any:
    benefit = payments.Benefit(
        id=uuid4().hex,
        place=VILLAGE,
        project=OLD_AGE,
        short="高龄津贴",
        bureau="民政局",
        source="roster",
        identity=_identity(_id_number()),
        amount="25.00",
        state=state,
    )
    return await _store(scene, "payments.benefits", benefit)


def _month(scene: Scene) -> str:
    """Batches of one project never cross: all of them are of this one."""
    return f"{scene.hub.clock.now():%Y-%m}"


async def _batch(scene: Scene, state: str = "roster", *, rows: int = 0) -> Any:
    number = f"{ANJU}-2026-P{uuid4().hex[:6]}"
    batch = payments.Batch(
        id=uuid4().hex,
        place=ANJU,
        number=number,
        title="高龄津贴",
        project=OLD_AGE,
        short="高龄津贴",
        bureau=("民政局", "财政局"),
        sensitive=False,
        period=_month(scene),
        publicity=Limit(7, "calendar"),
        maker="somebody",
        state=state,
        collected=True,
        # Its next row is numbered after these.
        rows=rows,
    )
    await _store(scene, "payments.milestones", payments.Milestones(id=batch.id, place=ANJU))
    return await _store(scene, "payments.batches", batch)


async def _row(scene: Scene, state: str = "listed", batch_state: str = "roster") -> Any:
    benefit, batch = await _benefit(scene), await _batch(scene, batch_state, rows=1)
    person = (await scene.visitor(PAID)).person or ""
    # Shown their card at a window; their session has not been looked at before.
    await scene.hub.database["people"].update_one({"_id": person}, {"$set": {"assurance": "proved"}})
    row = payments.Row(
        id=uuid4().hex,
        place=VILLAGE,
        batch=batch.id,
        number=f"{batch.number}-000001",
        serial=1,
        benefit=benefit.id,
        case=None,
        project=OLD_AGE,
        short="高龄津贴",
        bureau=batch.bureau,
        sensitive=False,
        identity=_identity(RESIDENTS["刘梅"]),
        readers=(person,),
        agents=(),
        told=(person,),
        # Not that of the batches that are made meanwhile: they would take this benefit onto their rosters.
        period=f"sample-{batch.id}",
        standard="",
        quantity="",
        amount="25.00",
        state=state,
        attempt=1,
    )
    return await _store(scene, "payments.rows", row)


async def _intake(scene: Scene) -> Any:
    intake = payments.Intake(
        id=uuid4().hex,
        place=ANJU,
        kind="roster",
        project=OLD_AGE,
        short="高龄津贴",
        bureau=("民政局",),
        dry_run=False,
        maker="somebody",
        maker_name="",
        unit="",
        state="done",
    )
    return await _store(scene, "payments.intakes", intake)


async def benefit(scene: Scene) -> Question:
    id = (await _benefit(scene)).id
    return Question(path={"id": id}, shows=id)


async def benefit_list(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _benefit(scene)).id)


async def benefit_search(scene: Scene) -> Question:
    found = await _benefit(scene)
    return Question(json={"id_number": found.identity.id_number.reveal()}, shows=found.id)


def change_benefit(state: str = "active", **more: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        found = await _benefit(scene, state)
        body = {"version": found.version, "reason": "核实", **more}
        return Question(path={"id": found.id}, json=body, guards=("payments.benefits", found.id))

    return ask


def _roster_form() -> FormData:
    line = f"张三,{_id_number()},{CARD},聚贤镇万古桥村,25"
    data = FormData()
    data.add_field("file", f"姓名,身份证号,社保卡号,村（社区）,金额\n{line}\n".encode(), filename="r.csv")
    return data


async def roster(scene: Scene) -> Question:
    """Others bring in their own: into this county none, and nobody's benefit here moves."""
    found = await _benefit(scene)
    query = "?project=30005&short=x&bureau=民政局"
    return Question(query=query, form=_roster_form, guards=("payments.benefits", found.id))


async def intake(scene: Scene) -> Question:
    id = (await _intake(scene)).id
    return Question(path={"id": id}, shows=id)


async def intakes(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _intake(scene)).id)


async def rejects(scene: Scene) -> Question:
    intake = await _intake(scene)
    line = payments.Reject(
        id=uuid4().hex, place=ANJU, intake=intake.id, line=7, reason="校验", bureau=intake.bureau, project=OLD_AGE
    )
    await _store(scene, "payments.rejects", line)
    return Question(path={"id": intake.id}, shows='"line":7')


async def new_batch(scene: Scene) -> Question:
    found = await _benefit(scene)
    body = {"project": OLD_AGE, "period": _month(scene), "title": "高龄津贴"}
    return Question(json=body, guards=("payments.benefits", found.id))


async def batch(scene: Scene) -> Question:
    id = (await _batch(scene)).id
    return Question(path={"id": id}, shows=id)


async def batches(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _batch(scene)).id)


async def batch_rows(scene: Scene) -> Question:
    row = await _row(scene)
    return Question(path={"id": row.batch}, shows=row.id)


def change_batch(**more: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        row = await _row(scene)
        return Question(path={"id": row.batch}, json={"version": 1, **more}, guards=("payments.batches", row.batch))

    return ask


def batch_table(body: Any = None) -> Ask:
    async def ask(scene: Scene) -> Question:
        row = await _row(scene, "sent", "paying")
        return Question(path={"id": row.batch}, json=body)

    return ask


async def batch_results(scene: Scene) -> Question:
    row = await _row(scene, "sent", "paying")

    def results() -> FormData:
        data = FormData()
        data.add_field("file", f"流水号,发放结果\n{row.slip},成功\n".encode(), filename="r.csv")
        return data

    return Question(path={"id": row.batch}, form=results, guards=("payments.rows", row.id))


async def payment(scene: Scene) -> Question:
    id = (await _row(scene)).id
    return Question(path={"id": id}, shows=id)


async def payment_made(scene: Scene) -> Question:
    row = await _row(scene, "paid")
    paid = {"$set": {"paid_at": to_milliseconds(scene.hub.clock.now())}}
    await scene.hub.database["payments.rows"].update_one({"_id": row.id}, paid)
    return Question(path={"id": row.id}, shows=row.id)


async def unpaid(scene: Scene) -> Question:
    """A project that was paid here a year and a half ago, and of which no batch is there since."""
    id = uuid4().hex
    since = scene.hub.clock.now() - timedelta(days=550)
    schedule = payments.Schedule(id=id, place=ANJU, project=id, bureau="民政局", cycle="year")
    await _store(scene, "payments.schedules", schedule)
    await scene.hub.database["payments.schedules"].update_one({"_id": id}, {"$set": {"created_at": since}})
    return Question(shows=id)


def change_payment(state: str, **more: Any) -> Ask:
    async def ask(scene: Scene) -> Question:
        row = await _row(scene, state)
        body = {"version": row.version, "reason": "核实", **more}
        return Question(path={"id": row.id}, json=body, guards=("payments.rows", row.id))

    return ask


async def my_payments(scene: Scene) -> Question:
    return Question(query="?limit=100", shows=(await _row(scene)).id)


async def my_payments_by_name(scene: Scene) -> Question:
    row = await _row(scene)
    return Question(json={"name": "刘梅", "id_number": RESIDENTS["刘梅"], "limit": 100}, shows=row.id)


def _picture_form() -> FormData:
    return form(picture())


THROUGH_WECHAT = "WeChat would be asked: tests/identity does, at the stand-in"

SAMPLES: Mapping[str, Sample] = {
    # about oneself
    "GET /api/v1/me": Sample(APPLICANT, me),
    "POST /api/v1/me/claim": Sample(APPLICANT, claim, refusals=REFUSED | {409}),
    "GET /api/v1/me/sessions": Sample(APPLICANT, my_sessions),
    "DELETE /api/v1/me/sessions": Sample(APPLICANT, end_others),
    "DELETE /api/v1/me/sessions/{session_id}": Sample(APPLICANT, end_one),
    "POST /api/v1/signin/out": Sample(APPLICANT, end_others),
    "POST /api/v1/me/ticket": Sample(APPLICANT, constantly(Question()), only_guests=True),
    "POST /api/v1/me/handover": Sample(APPLICANT, constantly(Question()), only_guests=True),
    "POST /api/v1/me/password": Sample(
        WINDOW,
        constantly(Question(json={"old": "x", "new": "y"})),
        only_guests=True,
        unproved="takes the old password: tests/identity",
    ),
    "POST /api/v1/me/wechat/oa": Sample(
        WINDOW, constantly(Question(json={"code": "c"})), only_guests=True, unproved=THROUGH_WECHAT
    ),
    "POST /api/v1/me/wechat/mp": Sample(
        WINDOW, constantly(Question(json={"code": "c"})), only_guests=True, unproved=THROUGH_WECHAT
    ),
    "DELETE /api/v1/me/wechat/{appid}": Sample(APPLICANT, unbind),
    "GET /api/v1/inbox": Sample(APPLICANT, my_inbox),
    "POST /api/v1/inbox/read": Sample(APPLICANT, read_message),
    "GET /api/v1/preferences": Sample(APPLICANT, constantly(Question()), only_guests=True),
    "PUT /api/v1/preferences": Sample(APPLICANT, my_preferences, only_guests=True),
    "POST /api/v1/files": Sample(APPLICANT, constantly(Question(form=_picture_form)), only_guests=True),
    "GET /api/v1/files/{id}": Sample(APPLICANT, my_file),
    # declarations
    "GET /api/v1/{place}/declaration/drafts": Sample(APPLICANT, my_drafts, ANJU),
    "GET /api/v1/{place}/declaration/drafts/{id}": Sample(APPLICANT, my_draft, ANJU),
    # The id is the client's own: one that is taken is told, as any clash is.
    "PUT /api/v1/{place}/declaration/drafts/{id}": Sample(APPLICANT, change_draft, ANJU, refusals=REFUSED | {409}),
    "DELETE /api/v1/{place}/declaration/drafts/{id}": Sample(APPLICANT, delete_draft, ANJU),
    "PUT /api/v1/{place}/declaration/drafts/{id}/person": Sample(
        APPLICANT, draft_person, ANJU, refusals=REFUSED | {409}
    ),
    "PUT /api/v1/{place}/declaration/drafts/{id}/answers": Sample(APPLICANT, draft_answers, ANJU),
    "PUT /api/v1/{place}/declaration/drafts/{id}/materials/{key}": Sample(APPLICANT, draft_material, ANJU),
    "POST /api/v1/{place}/declaration/drafts/{id}/submit": Sample(APPLICANT, submit_draft, ANJU),
    "GET /api/v1/{place}/declaration/drafts/{id}/files/{file}": Sample(APPLICANT, draft_file, ANJU),
    "POST /api/v1/{place}/declaration/cases": Sample(APPLICANT, submit, ANJU, refusals=REFUSED | {422}),
    "GET /api/v1/{place}/declaration/cases": Sample(APPLICANT, my_cases, ANJU),
    "GET /api/v1/{place}/declaration/cases/{id}": Sample(APPLICANT, my_case, ANJU),
    "GET /api/v1/{place}/declaration/cases/{id}/files/{file}": Sample(APPLICANT, case_file, ANJU),
    "POST /api/v1/{place}/declaration/cases/{id}/mend": Sample(APPLICANT, mend, ANJU),
    "POST /api/v1/{place}/declaration/cases/{id}/withdraw": Sample(APPLICANT, withdraw, ANJU),
    "POST /api/v1/{place}/declaration/cases/{id}/redeclare": Sample(APPLICANT, redeclare, ANJU),
    "POST /api/v1/{place}/declaration/persons/check": Sample(APPLICANT, check_person, ANJU, only_guests=True),
    "GET /api/v1/{place}/declaration/review": Sample(WINDOW, by_number, bureaus=True),
    "POST /api/v1/{place}/declaration/review/{id}/end": Sample(BUREAU, end_case, ANJU, bureaus=True),
    "GET /api/v1/{place}/declaration/review/{id}": Sample(WINDOW, review, bureaus=True),
    "GET /api/v1/{place}/declaration/review/{id}/files/{file}": Sample(WINDOW, case_file, bureaus=True),
    # tasks
    "GET /api/v1/{place}/worklist/tasks": Sample(WINDOW, tasks, bureaus=True),
    "GET /api/v1/{place}/worklist/tasks/count": Sample(
        WINDOW, constantly(Question(shows='"todo"')), only_guests=True, refusals=REFUSED
    ),
    "GET /api/v1/{place}/worklist/tasks/{id}": Sample(WINDOW, task, bureaus=True),
    "POST /api/v1/{place}/worklist/tasks/{id}/claim": Sample(WINDOW, task, bureaus=True),
    "POST /api/v1/{place}/worklist/tasks/{id}/release": Sample(WINDOW, claimed_task, bureaus=True),
    "POST /api/v1/{place}/worklist/tasks/{id}/decide": Sample(WINDOW, decide, bureaus=True),
    "GET /api/v1/{place}/worklist/tasks/groups": Sample(WINDOW, groups, bureaus=True),
    "POST /api/v1/{place}/worklist/tasks/together": Sample(WINDOW, together, bureaus=True),
    "POST /api/v1/{place}/worklist/tasks/{id}/recall": Sample(WINDOW, recall, bureaus=True),
    "GET /api/v1/{place}/worklist/done": Sample(WINDOW, done, bureaus=True),
    "GET /api/v1/{place}/worklist/history": Sample(WINDOW, touches, bureaus=True),
    "GET /api/v1/{place}/worklist/history/{id}": Sample(WINDOW, touch, bureaus=True),
    # payments
    "POST /api/v1/{place}/proofs": Sample(WINDOW, proof),
    "GET /api/v1/withdrawals": Sample(OPS, withdrawals),
    "GET /api/v1/withdrawals/{id}": Sample(OPS, withdrawal),
    "POST /api/v1/withdrawals/{id}/finish": Sample(OPS, finish_withdrawal),
    "GET /api/v1/{place}/proofs/disputes": Sample(ARBITER, disputes, ANJU, bureaus=True),
    "GET /api/v1/{place}/proofs/disputes/{id}": Sample(ARBITER, dispute, ANJU, bureaus=True),
    "POST /api/v1/{place}/proofs/disputes/{id}/decide": Sample(ARBITER, decide_dispute, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/benefits": Sample(GRANTS, benefit_list, ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/benefits/search": Sample(GRANTS, benefit_search, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/benefits/{id}": Sample(GRANTS, benefit, ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/benefits/{id}/amount": Sample(
        GRANTS, change_benefit(amount="30"), ANJU, bureaus=True
    ),
    "POST /api/v1/{place}/payments/benefits/{id}/suspend": Sample(GRANTS, change_benefit(), ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/benefits/{id}/resume": Sample(
        GRANTS, change_benefit("suspended"), ANJU, bureaus=True
    ),
    "POST /api/v1/{place}/payments/benefits/{id}/stop": Sample(GRANTS, change_benefit(), ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/benefits/{id}/end": Sample(GRANTS, change_benefit(), ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/templates/{kind}": Sample(
        GRANTS, constantly(Question(path={"kind": "roster"})), ANJU, only_guests=True
    ),
    "POST /api/v1/{place}/payments/rosters": Sample(GRANTS, roster, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/intakes": Sample(GRANTS, intakes, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/intakes/{id}": Sample(GRANTS, intake, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/intakes/{id}/rejects": Sample(GRANTS, rejects, ANJU, bureaus=True),
    # Of a project nobody is on whose roster they may reach, there is none to make.
    "POST /api/v1/{place}/payments/batches": Sample(GRANTS, new_batch, ANJU, bureaus=True, refusals=REFUSED | {422}),
    "GET /api/v1/{place}/payments/batches": Sample(GRANTS, batches, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/batches/{id}": Sample(GRANTS, batch, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/batches/{id}/rows": Sample(GRANTS, batch_rows, ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/batches/{id}/collect": Sample(GRANTS, change_batch(), ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/batches/{id}/apply": Sample(GRANTS, change_batch(), ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/batches/{id}/cancel": Sample(
        GRANTS, change_batch(reason="核实"), ANJU, bureaus=True
    ),
    "POST /api/v1/{place}/payments/batches/{id}/export": Sample(GRANTS, batch_table(), ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/batches/{id}/bank-file": Sample(
        PAYS, batch_table({"reason": "发放"}), ANJU, bureaus=True
    ),
    "POST /api/v1/{place}/payments/batches/{id}/results": Sample(PAYS, batch_results, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/rows/{id}": Sample(GRANTS, payment, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/unpaid": Sample(GRANTS, unpaid, ANJU, bureaus=True),
    "GET /api/v1/{place}/payments/rows/{id}/year": Sample(GRANTS, payment_made, ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/rows/{id}/strike": Sample(GRANTS, change_payment("listed"), ANJU, bureaus=True),
    "POST /api/v1/{place}/payments/rows/{id}/correct": Sample(
        GRANTS, change_payment("failed", card=CARD), ANJU, bureaus=True
    ),
    "GET /api/v1/{place}/payments/mine": Sample(PAID, my_payments, ANJU),
    "POST /api/v1/{place}/payments/mine/search": Sample(PAID, my_payments_by_name, ANJU),
    "GET /api/v1/{place}/payments/mine/{id}": Sample(PAID, payment, ANJU),
    "GET /api/v1/{place}/payments/mine/{id}/year": Sample(PAID, payment_made, ANJU),
    # operations staff
    "GET /api/v1/{place}/ops/plugins": Sample(OPS, constantly(Question(shows=f'"county":"{ANJU}"')), ANJU),
    "PUT /api/v1/{place}/ops/plugins/{name}": Sample(
        OPS,
        constantly(Question(path={"name": "declaration"}, json={"on": True, "why": "试验"}, guards=("switches", ANJU))),
        ANJU,
    ),
    "GET /api/v1/{place}/ops/plugins/history": Sample(OPS, history, ANJU),
    "GET /api/v1/{place}/deliveries": Sample(OPS, deliveries, ANJU),
    "GET /api/v1/{place}/deliveries/{id}": Sample(OPS, delivery, ANJU),
    "GET /api/v1/{place}/deliveries/balance": Sample(OPS, constantly(Question(shows=f'"county":"{ANJU}"')), ANJU),
    "GET /api/v1/{place}/deliveries/alerts": Sample(OPS, alert, ANJU),
    "GET /api/v1/{place}/deliveries/cut-off": Sample(OPS, cut_off, ANJU),
    "POST /api/v1/{place}/deliveries/cut-off/rearm": Sample(OPS, rearm, ANJU),
    "POST /api/v1/{place}/deliveries/replay": Sample(OPS, replay, ANJU),
    "POST /api/v1/{place}/deliveries/search": Sample(OPS, tail, ANJU, refusals=REFUSED | {422}),
}
