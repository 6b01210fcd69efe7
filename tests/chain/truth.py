"""What must hold in a city, whatever anybody has pressed: read from the database, past the hub."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from hub.business.machines import Machine
from hub.worklist.documents import TASK
from plugins.complaints.documents import COMPLAINT, FINAL
from plugins.declaration.documents import CASE
from plugins.interception.documents import HIT, LIST, RECOVERY
from plugins.payments import documents as payments
from plugins.publicity import documents as publicity
from plugins.survey.documents import SURVEY
from tests.chain.cast import ACCUSED, AS_BENEFICIARY, FARMING, OF_THE_OFFICE, City, Clerk
from tests.world import ANJU, JUXIAN

Stored = dict[str, Any]
MACHINES: Mapping[str, Machine] = {
    "declaration.cases": CASE,
    "worklist.tasks": TASK,
    "survey.surveys": SURVEY,
    "publicity.publicities": publicity.PUBLICITY,
    "publicity.rows": publicity.ROW,
    "complaints.complaints": COMPLAINT,
    "payments.benefits": payments.BENEFIT,
    "payments.batches": payments.BATCH,
    "payments.rows": payments.ROW,
    "interception.hits": HIT,
    "interception.recoveries": RECOVERY,
    "interception.lists": LIST,
}
OUT = ("sent", "paid", "failed", "corrected")


async def check(city: City) -> None:
    """What is quick to look at after every few moves, once everything has been heard."""
    await check_chains(city)
    await check_surveys(city)
    await check_publicities(city)
    await check_money(city)


async def check_all(city: City) -> None:
    """Everything, at the end; what came due meanwhile has run before, and nothing does after: the clock stands."""
    while await city.hub.jobs.tick():
        await city.hub.jobs.settle()
    await city.hub.jobs.settle()
    await city.settled()
    await check(city)
    await check_states(city)
    await check_facts(city)
    await check_balance(city)
    await check_accused(city)


async def check_chains(city: City) -> None:
    """No node skipped: before a case came to a node, its last stay at the node before was passed."""
    for case in await city.all("declaration.cases"):
        last: dict[str, Stored] = {}
        for step in case["progress"]:
            place = case["chain"].index(step["node"])
            if place:
                before = last.get(case["chain"][place - 1])
                words = f"{case['number']} at {step['node']}"
                assert before is not None and before["state"] == "passed", f"{words}: the node before was not passed"
                assert before["done_at"] <= step["entered_at"], f"{words}: before its predecessor was done"
            last[step["node"]] = step
        if case["state"] == "approved":
            assert [node for node in case["chain"] if last[node]["state"] != "passed"] == [], case["number"]


async def check_surveys(city: City) -> None:
    """村级初审 was passed over a record of that very stay at the survey."""
    surveys = {(found["subject"], found["round"]): found for found in await city.all("survey.surveys")}
    records: dict[str, Stored] = {}
    for record in reversed(await city.all("survey.records")):
        records[record["survey"]] = record
    for case in await city.all("declaration.cases"):
        stay = None
        for step in case["progress"]:
            stay = step["round"] if step["node"] == "survey" else stay
            if step["node"] == "review_village" and step["state"] == "passed":
                found = surveys[case["_id"], stay]
                assert found["records"], f"{case['number']}: passed without a survey"
                assert records[found["_id"]]["at"] <= step["done_at"]


async def check_publicities(city: City) -> None:
    """Confirmed only after the end, never over an objection; complaints and rows agree on what is held."""
    boards = {board["_id"]: board for board in await city.all("publicity.publicities")}
    held: Counter[str] = Counter()
    for row in await city.all("publicity.rows"):
        board = boards[row["publicity"]]
        if row["state"] == "confirmed":
            assert not row["objections"], f"{board['number']}: confirmed over an objection"
            assert board["state"] == "confirmed" and board["confirmed_at"] > board["ends_at"]
        held.update(row["objections"])
    assert not held or max(held.values()) == 1
    complaints = await city.all("complaints.complaints", kind="publicity", holds=True)
    assert set(held) == {each["_id"] for each in complaints if each["state"] not in FINAL}


async def check_money(city: City) -> None:
    """Nothing to the bank without the confirmation of row and batch; nobody twice for one period."""
    batches = {batch["_id"]: batch for batch in await city.all("payments.batches")}
    shown = {row["about"]: row["state"] for row in await city.all("publicity.rows", kind="payment", state="confirmed")}
    rows = await city.all("payments.rows")
    for row in rows:
        own = [act["move"] for act in row["acts"]]
        moves = [act["move"] for act in batches[row["batch"]]["acts"]]
        if row["state"] in OUT or "send" in own:
            assert shown.get(row["_id"]) == "confirmed", f"{row['number']}: to the bank without its publicity"
            assert "confirm" in own[: own.index("send")], row["number"]
            assert moves.index("confirm") < moves.index("disburse") < moves.index("pay"), row["number"]
        assert own.count("succeed") == (row["state"] == "paid"), row["number"]
    paid = [row for row in rows if row["state"] == "paid"]
    assert _most((row["benefit"], row["period"]) for row in paid) == 1
    assert _most((row["identity"]["id_number"]["b"], row["project"], row["period"]) for row in paid) == 1


async def check_states(city: City) -> None:
    """No document in a state that its table does not know."""
    for collection, machine in MACHINES.items():
        assert set(await city.hub.database[collection].distinct("state")) <= set(machine.states), collection


async def check_facts(city: City) -> None:
    """Every stored fact was heard by everybody."""
    assert await city.hub.database["events"].distinct("state") == ["done"]


async def check_balance(city: City) -> None:
    """Whatever was accepted to be told is somewhere, hour by hour."""
    balance = await city.hub.push.operations.balance()
    assert balance and [line for line in balance if line.missing] == []
    assert sum(line.accepted for line in balance) == await city.hub.database["deliveries"].count_documents({})
    # WeChat may be too late or not bound; what was told stands in the inbox, or was taken back from it.
    assert set(await city.hub.database["deliveries"].distinct("state", {"channel": "inbox"})) <= {
        "delivered",
        "suppressed",
    }


async def check_accused(city: City) -> None:
    """Whom a complaint accuses, though they could handle it, find it nowhere and were told nothing."""
    key = city.key(AS_BENEFICIARY.number or "")
    for clerk in ACCUSED:
        seen = await _everything_seen(city, clerk)
        for complaint in await city.all("complaints.complaints"):
            if _accuses(complaint, clerk, key):
                path = f"/{complaint['seat']}/complaints/{complaint['_id']}"
                assert (await city.ask(clerk, "GET", path)).status in (403, 404), f"{clerk.name} opens {path}"
                assert complaint["_id"] not in seen and complaint["number"] not in seen, f"{clerk.name} sees {path}"


def _accuses(complaint: Stored, clerk: Clerk, key: str) -> bool:
    if clerk is AS_BENEFICIARY:
        accused = complaint["accused"]
        return accused is not None and accused["id_number"]["b"] == key
    return clerk is OF_THE_OFFICE and complaint["unit"] == {"region": JUXIAN, "bureau": FARMING}


async def _everything_seen(city: City, clerk: Clerk) -> str:
    """Lists of complaints and tasks, the history, the inbox: all pages in one text."""
    lists = ("complaints", "worklist/tasks", "worklist/history")
    pages = [await _pages(city, clerk, f"/{place}/{path}") for place in (ANJU, JUXIAN) for path in lists]
    person = (await city.visitor(clerk)).person
    return "".join(pages) + repr(await city.all("inbox", person=person))


async def _pages(city: City, clerk: Clerk, path: str) -> str:
    text, after = "", ""
    while True:
        standing_in = "&stand_in=true" if path.endswith("/tasks") else ""
        answer = await city.ask(clerk, "GET", f"{path}?limit=100{standing_in}{after}")
        assert answer.status == 200, f"{path}: {answer.body!r}"
        text += answer.body.decode()
        if answer.json["next"] is None:
            return text
        after = f"&cursor={answer.json['next']}"


def _most(values: Any) -> int:
    return max(Counter(values).values(), default=1)
