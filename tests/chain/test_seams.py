"""What only the real plugins together can show: where one's result is another's beginning."""

from __future__ import annotations

from tests.chain import acts
from tests.chain.cast import VILLAGER, City
from tests.chain.ways import (
    bank_says_yes,
    case_at_publicity,
    conclude,
    confirm,
    object_to,
    press,
    published_batch,
    start,
    states,
    to_the_money,
)
from tests.world import VILLAGE


async def test_an_upheld_complaint_strikes_the_row_and_returns_the_case(city: City) -> None:
    """In the complaint's own transaction the row is held; with its end the row goes, and the case is back with its reviewer."""
    case = await case_at_publicity(city, 1)
    board = await start(city, "publicity_village")

    complaint = await object_to(city, about=case["_id"])
    held = await city.one("publicity.rows", about=case["_id"])
    ended = await conclude(city, complaint, "yes")
    row = await city.one("publicity.rows", about=case["_id"])
    after = await city.one("declaration.cases", _id=case["_id"])

    assert (held["state"], held["objections"]) == ("objected", [complaint["_id"]])
    assert (ended["state"], ended["upheld"]) == ("closed", True)
    assert (row["state"], row["publicity"], row["objections"]) == ("struck", board["_id"], [])
    assert (after["state"], after["node"]) == ("handling", "review_village")
    assert await city.all("worklist.tasks", subject=case["_id"], node="review_village", state="open")


async def test_a_survey_that_a_complaint_asked_for_comes_back_to_it(city: City) -> None:
    """The village goes once more without hearing who complained; the case itself does not move by it."""
    case = await case_at_publicity(city, 2)
    await start(city, "publicity_village")
    complaint = await press(city, await object_to(city, about=case["_id"]), "accept")

    asked = await press(city, complaint, "survey")
    wanted = await city.one("survey.surveys", subject=complaint["_id"])
    seen = await city.ask(VILLAGER, "GET", f"/{VILLAGE}/survey/surveys/{wanted['_id']}")
    answer = await acts.survey(city, wanted, result="untrue")
    await city.settled()
    found = await city.one("complaints.complaints", _id=complaint["_id"])
    after = await city.one("declaration.cases", _id=case["_id"])

    assert (asked["state"], found["state"], answer.status) == ("investigating", "accepted", 200)
    assert "陈" not in seen.body.decode()
    assert [(each["survey"], each["result"]) for each in found["findings"]] == [(wanted["_id"], "untrue")]
    assert after["node"] == "publicity_village"


async def test_a_pass_is_not_taken_back_out_of_a_running_publicity(city: City) -> None:
    """While the row waits it may be; once the village reads it, never."""
    first = await case_at_publicity(city, 3)
    [passed] = await city.all("worklist.tasks", subject=first["_id"], node="review_village")
    taken_back = await acts.recall(city, passed, VILLAGER)
    await city.settled()
    gone = await city.one("publicity.rows", about=first["_id"])
    await acts.pass_task(city, subject=first["_id"], node="review_village")
    await start(city, "publicity_village")
    [_, again] = await city.all("worklist.tasks", subject=first["_id"], node="review_village")

    refused = await acts.recall(city, again, VILLAGER)
    after = await city.one("declaration.cases", _id=first["_id"])

    assert (taken_back.status, gone["state"]) == (200, "withdrawn")
    assert (refused.status, after["node"], after["state"]) == (409, "publicity_village", "handling")


async def test_rows_objected_to_in_the_payments_publicity_wait_for_their_complaints(city: City) -> None:
    """The first is paid at its time, the second in a later run once its complaint was unfounded, the third never: it was true."""
    await to_the_money(city, 11, 12, 13)
    batch = await published_batch(city)
    board = await city.one("publicity.publicities", subject=batch["_id"])
    first, second, third = [row["_id"] for row in await city.all("payments.rows", batch=batch["_id"])]
    unfounded, true = [await object_to(city, about=row) for row in (second, third)]

    await confirm(city, board["_id"])
    await acts.pass_task(city, subject=batch["_id"], node="payments_disburse")
    await acts.pass_task(city, subject=batch["_id"], node="payments_pay")
    await bank_says_yes(city, batch["_id"])
    between = await states(city, batch)
    await conclude(city, unfounded, "no")
    await conclude(city, true, "yes")
    await acts.pass_task(city, subject=batch["_id"], node="payments_pay")
    await bank_says_yes(city, batch["_id"])
    again = await city.one("payments.rows", _id=second)

    assert between == {first: "paid", second: "listed", third: "listed"}
    assert await states(city, batch) == {first: "paid", second: "paid", third: "struck"}
    assert (again["run"], again["attempt"]) == (2, 1)
    assert (await city.one("payments.batches", _id=batch["_id"]))["state"] == "done"
