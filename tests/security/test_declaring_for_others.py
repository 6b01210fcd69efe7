"""为他人申报 by anybody for anybody: it locks nobody out, tells nothing, floods no window, and whoever was named hears of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import count
from typing import Any

import pytest

from hub.app import Hub
from hub.words.clock import MovingClock
from tests.chain.acts import CARD, PAPERS
from tests.chain.cast import DECLARANT, LAND, NEIGHBOUR, OTHER, WINDOW, City, number_of
from tests.web.scope import RESIDENTS, Resident, Staff
from tests.web.small import Answer
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, JUXIAN, MONDAY_MORNING, SHEHONG, VILLAGE

PER_HOUR, WAITING = 4, 6
FAR_WINDOW = Staff("window", SHEHONG, node="accept")
VICTIM = ("刘梅", RESIDENTS["刘梅"])
_SERIALS = count(300)


@pytest.fixture(scope="module")
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    paced = {**ALL_ON, "declaration": {"submits_per_hour": PER_HOUR, "waiting_at_most": WAITING}}
    counties, clock = {ANJU: paced, SHEHONG: ALL_ON}, MovingClock(MONDAY_MORNING)
    async with whole_hub(mongo_uri, tmp_path_factory.mktemp("hub"), counties, clock=clock) as made:
        yield made


@pytest.fixture(autouse=True)
async def nothing_yet(city: City) -> None:
    """What is counted is all there is."""
    for name in ("declaration.cases", "declaration.declarants", "worklist.tasks", "worklist.stays", "inbox"):
        await city.hub.database[name].delete_many({})


def somebody() -> tuple[str, str]:
    """An invented person."""
    return "张桂兰", number_of(next(_SERIALS))


async def declare(
    city: City, by: Resident, person: tuple[str, str], *, county: str = ANJU, region: str = VILLAGE
) -> Answer:
    name, number = person
    own = name == by.name
    papers = [paper for paper in PAPERS if not (own and paper == "proof")]
    body = {
        "project": LAND,
        "declared_for": "self" if own else "other",
        "beneficiary": {
            "name": name,
            "id_number": number,
            "phone": "19900000001",
            "card": CARD,
            "region": region,
            "category": "farmer",
        },
        "answers": {"area_mu": "3.5"},
        "materials": {paper: [await city.upload(by)] for paper in papers},
    }
    answer = await city.ask(by, "POST", f"/{county}/declaration/cases", body)
    await city.settled()
    return answer


async def both(city: City) -> tuple[dict[str, Any], dict[str, Any]]:
    """A stranger's declaration for the victim, and the victim's own."""
    false, own = await declare(city, NEIGHBOUR, VICTIM), await declare(city, OTHER, VICTIM)
    assert (false.status, own.status) == (201, 201)
    return false.json, own.json


async def task_of(city: City, case: dict[str, Any]) -> dict[str, Any]:
    return await city.one("worklist.tasks", subject=case["id"], node="accept")


async def press(city: City, case: dict[str, Any], move: str, opinion: str = "", who: Staff = WINDOW) -> Answer:
    task = await task_of(city, case)
    path = f"/{who.region}/worklist/tasks/{task['_id']}"
    claimed = (await city.ask(who, "POST", f"{path}/claim")).json
    body = {"move": move, "opinion": opinion, "version": claimed["version"]}
    return await city.ask(who, "POST", f"{path}/decide", body)


async def test_a_strangers_declaration_locks_nobody_out_and_the_answer_tells_nothing(city: City) -> None:
    false, _ = await both(city)
    unknown = (await declare(city, NEIGHBOUR, somebody())).json

    again = await declare(city, OTHER, VICTIM)

    told = {"id", "number", "submitted_at", "beneficiary"}
    assert {name: text for name, text in false.items() if name not in told and name != "materials"} == {
        name: text for name, text in unknown.items() if name not in told and name != "materials"
    }
    assert (again.status, again.error["state"]["state"]) == (409, "handling"), "one's own second one"


async def test_the_window_sees_both_and_admits_one_with_a_reason(city: City) -> None:
    false, own = await both(city)

    review = (await city.ask(WINDOW, "GET", f"/{JUXIAN}/declaration/review/{own['id']}")).json
    unseen = await press(city, own, "pass")
    judged = await press(city, own, "pass", "已核对身份证，本人到场")
    second = await press(city, false, "pass", "材料齐全")
    refused = await press(city, false, "refuse", "本人不知情")

    assert [(rival["number"], rival["declared_for"]) for rival in review["rivals"]] == [(false["number"], "other")]
    assert (unseen.status, list(unseen.error["fields"])) == (422, ["opinion"])
    assert (judged.status, second.status, refused.status) == (200, 409, 200)
    assert own["number"] in second.error["message"]


async def test_what_is_passed_together_is_not_passed_unlooked_at(city: City) -> None:
    false, own = await both(city)
    alone = (await declare(city, DECLARANT, somebody())).json
    ids = [(await task_of(city, case))["_id"] for case in (false, own, alone)]

    answer = await city.ask(WINDOW, "POST", f"/{JUXIAN}/worklist/tasks/together", {"ids": ids, "opinion": "同意"})

    assert [result["done"] for result in answer.json["results"]] == [False, False, True]


async def test_of_two_that_are_admitted_at_once_one_is(city: City) -> None:
    false, own = await both(city)

    answers = await asyncio.gather(*(press(city, case, "pass", "经核对") for case in (false, own)))

    assert sorted(answer.status for answer in answers) == [200, 409]


async def test_one_that_was_admitted_wrongly_is_taken_back_and_the_right_one_goes_on(city: City) -> None:
    false, own = await both(city)
    await press(city, false, "pass", "材料齐全")
    task = await task_of(city, false)

    await city.ask(
        WINDOW,
        "POST",
        f"/{JUXIAN}/worklist/tasks/{task['_id']}/recall",
        {"version": task["version"], "reason": "受理有误"},
    )
    await city.settled()

    assert (await press(city, own, "pass", "本人到场")).status == 200


async def test_a_case_in_another_county_is_judged_too(city: City) -> None:
    tree = city.hub.places.tree
    town = next(each for each in tree if each.county == SHEHONG and each.level == "town")
    far = (await declare(city, NEIGHBOUR, VICTIM, county=SHEHONG, region=town.code)).json
    own = (await declare(city, OTHER, VICTIM)).json
    await press(city, far, "pass", who=FAR_WINDOW)

    answer = await press(city, own, "pass", "本人到场")

    assert (answer.status, "其他区县" in answer.error["message"]) == (409, True)


async def test_whoever_was_declared_for_hears_of_it_and_not_of_what(city: City) -> None:
    await declare(city, NEIGHBOUR, VICTIM)

    inboxes = [(await city.ask(who, "GET", "/inbox")).json["items"] for who in (OTHER, NEIGHBOUR)]

    [message], [] = ([item for item in inbox if "以您的名义" in item["title"]] for inbox in inboxes)
    assert all(word not in str(message) for word in ("地力", "陈", "510904", "聚贤"))


async def test_a_declaration_for_oneself_tells_nobody_else(city: City) -> None:
    await declare(city, OTHER, VICTIM)

    sent = await city.all("inbox", message="declaration.named")

    assert sent == []


async def test_invented_people_are_bounded_per_hour_also_all_at_once(city: City) -> None:
    answers = await asyncio.gather(*(declare(city, NEIGHBOUR, somebody()) for _ in range(3 * PER_HOUR)))
    one_more = await declare(city, NEIGHBOUR, somebody())
    somebody_else = await declare(city, DECLARANT, somebody())
    city.hub.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    later = await declare(city, NEIGHBOUR, somebody())

    assert sum(answer.status == 201 for answer in answers) <= PER_HOUR
    assert len(await city.all("declaration.cases", applicant="resident-陈芳")) <= PER_HOUR + 1
    assert (one_more.status, somebody_else.status, later.status) == (429, 201, 201)
    assert 0 < int(one_more.headers["Retry-After"]) <= 3600


async def test_what_waits_for_the_window_is_bounded_per_declarant(city: City) -> None:
    statuses, first = [], None
    for _ in range(WAITING + 1):
        answer = await declare(city, NEIGHBOUR, somebody())
        statuses.append(answer.status)
        first = first or answer.json
        city.hub.clock.advance(timedelta(hours=1))  # type: ignore[attr-defined]
    assert first is not None
    await press(city, first, "pass")
    await city.settled()

    after = await declare(city, NEIGHBOUR, somebody())

    assert statuses == [201] * WAITING + [409]
    assert after.status == 201
