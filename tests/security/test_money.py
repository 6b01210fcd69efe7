"""Amounts that could mean something else, over HTTP on a whole hub: in tables, in requests, in answers of a form."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chain import acts
from tests.chain.cast import BUREAU, DECLARANT, LAND, City, number_of
from tests.payments.conftest import HEAD, line
from tests.web.samples import interception
from tests.world import ANJU, VILLAGE

GUESSED = ("12,50", "1,5", "12，5", "1e3", "1_0", "١٢", "1 250", "12.345", "0", "-5", "NaN", "10000000.01", "\u200b")
ROSTERS = f"/{ANJU}/payments/rosters?project={LAND}&short=地力保护&bureau=农业农村局"


async def paid_out(city: City, *lines: str) -> tuple[dict[str, Any], dict[int, str]]:
    """A 名册 that has been read: its counts, and the reasons of the lines that were left out."""
    answer = await city.table(BUREAU, ROSTERS, [HEAD, *lines])
    assert answer.status == 202, answer.body.decode()
    await city.settled()
    path = f"/{ANJU}/payments/intakes/{answer.json['id']}"
    rejects = (await city.done(BUREAU, "GET", f"{path}/rejects?limit=100"))["items"]
    return await city.done(BUREAU, "GET", path), {each["line"]: each["reason"] for each in rejects}


async def test_a_roster_pays_no_amount_that_it_has_guessed(city: City) -> None:
    """12,50 was paid as 1250.00, and 1e3 as 1000.00. The other lines go in."""
    lines = [line(n, amount=f'"{amount}"') for n, amount in enumerate(GUESSED, 1)]

    intake, rejects = await paid_out(city, *lines, line(90, amount='"1,250.50"'))

    assert {number: text[:2] for number, text in rejects.items()} == dict.fromkeys(range(2, 2 + len(GUESSED)), "金额")
    assert (intake["added"], intake["rejected"]) == (1, len(GUESSED))
    assert [each["amount"] for each in await city.all("payments.benefits", source="roster")] == ["1250.50"]


async def test_a_roster_reads_full_width_digits_and_the_noise_of_a_formula(city: City) -> None:
    """Both mean one amount only."""
    _, rejects = await paid_out(city, line(201, amount="１２５０．５"), line(202, amount="300.29999999999995"))

    stored = {each["amount"] for each in await city.all("payments.benefits", source="roster")}
    assert rejects == {}
    assert {"1250.50", "300.30"} <= stored


@pytest.mark.parametrize("amount", GUESSED)
async def test_an_amount_of_a_request_is_read_or_refused(city: City, amount: str) -> None:
    """Of one benefit, and of what is asked back."""
    await paid_out(city, line(203))
    [benefit, *_] = await city.all("payments.benefits", source="roster")

    body = {"version": benefit["version"], "amount": amount, "reason": "核定"}
    answer = await city.ask(BUREAU, "POST", f"/{ANJU}/payments/benefits/{benefit['_id']}/amount", body)

    assert (answer.status, set(answer.error["fields"])) == (422, {"amount"})


async def test_what_is_asked_back_and_what_came_back_are_read_by_the_same_rule(city: City) -> None:
    """追缴."""
    hit = await interception._found(city.scene)
    confirm = f"/{ANJU}/interception/hits/{hit['id']}/confirm"
    for amount in GUESSED:
        body = {"version": hit["version"], "reason": "已核实", "recover": amount}
        refused = await city.ask(interception.CLERK, "POST", confirm, body)
        assert (refused.status, set(refused.error["fields"])) == (422, {"recover"})

    body = {"version": hit["version"], "reason": "已核实", "recover": "１,２００.5"}
    await city.done(interception.CLERK, "POST", confirm, body)
    recovery = await city.one("interception.recoveries", hit=hit["id"])
    for amount in GUESSED:
        body = {"version": recovery["version"], "amount": amount, "reason": "收据001"}
        path = f"/{ANJU}/interception/recoveries/{recovery['_id']}/recovered"
        refused = await city.ask(interception.CLERK, "POST", path, body)
        assert (refused.status, set(refused.error["fields"])) == (422, {"amount"})

    assert recovery["amount"] == "1200.50"


@pytest.mark.parametrize("area", ["3,5", "3，5", "1e1", "1_0", "٣", "3.555", "\u200b"])
async def test_an_answer_in_numbers_is_read_or_refused(city: City, area: str) -> None:
    """The area that money is counted by."""
    person = {"name": "陈桂兰", "id_number": number_of(310), "phone": "19900000001", "card": acts.CARD}
    body = {
        "project": LAND,
        "declared_for": "other",
        "beneficiary": {**person, "region": VILLAGE, "category": "farmer"},
        "answers": {"area_mu": area},
        "materials": {paper: [await city.upload(DECLARANT)] for paper in acts.PAPERS},
    }

    answer = await city.ask(DECLARANT, "POST", f"/{ANJU}/declaration/cases", body)

    assert (answer.status, set(answer.error["fields"])) == (422, {"answers.area_mu"})
