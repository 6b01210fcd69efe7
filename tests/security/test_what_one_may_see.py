"""Persons of sensitive projects, and posts that are added up: each position counts by itself, at its own place and bureau."""

from __future__ import annotations

from typing import Any

import pytest

from tests.chain import acts
from tests.chain.cast import CHECKER, CIVIL, DECLARANT, DISCIPLINE, FINANCE, City, Clerk, number_of
from tests.web.scope import FARMING, Staff
from tests.world import ANJU, DONGCHAN, JUXIAN, VILLAGE

LEADER = Staff("leader", ANJU)
# A county's leader who also surveys in one of its other towns, and is 纪委 in a third way.
LEADER_AND_SURVEYOR = Clerk("leader-and-surveyor", (LEADER, Staff("handler", DONGCHAN, node="survey")))
LEADER_AND_WATCHER = Clerk("leader-and-watcher", (LEADER, Staff("discipline", DONGCHAN)))
LOOKING_ON = (LEADER, LEADER_AND_SURVEYOR, LEADER_AND_WATCHER)
CIVIL_CLERK = Staff("handler", ANJU, CIVIL)
CIVIL_VILLAGER = Staff("handler", VILLAGE)
SENSITIVE = "30003"  # 困难残疾人生活补贴
HEAD = "姓名,身份证号,社保卡号,手机号,村（社区）,补贴标准,数量,金额"
HIDDEN = "***"


async def sensitive_case(city: City, serial: int) -> str:
    """Declared for an invented person."""
    person = {
        "name": "欧阳桂兰",
        "id_number": number_of(serial),
        "phone": "19900000001",
        "card": acts.CARD,
        "region": VILLAGE,
        "category": "general",
    }
    papers = ("id_card", "disability", "minimum_living", "social_card", "proof")
    body = {
        "project": SENSITIVE,
        "declared_for": "other",
        "beneficiary": person,
        "answers": {},
        "materials": {paper: [await city.upload(DECLARANT)] for paper in papers},
    }
    made = await city.done(DECLARANT, "POST", f"/{ANJU}/declaration/cases", body)
    return str(made["id"])


async def enrolled(city: City, serial: int, *, project: str, bureau: str, sensitive: str, by: Any) -> dict[str, Any]:
    """On a 名册, of a project in no catalogue."""
    line = f"欧阳桂兰,{number_of(serial)},{acts.CARD},19900000001,聚贤镇万古桥村,100元,1,350.00"
    query = f"project={project}&short=补助&bureau={bureau}&sensitive={sensitive}"
    answer = await city.table(by, f"/{ANJU}/payments/rosters?{query}", [HEAD, line])
    assert answer.status == 202, answer.body
    await city.settled()
    return await city.one("payments.benefits", project=project)


async def test_of_a_sensitive_case_a_leader_reads_nothing_of_the_person(city: City) -> None:
    """No masked name, no numbers, no card, no category; the case's own window does."""
    id = await sensitive_case(city, 41)

    for reader in LOOKING_ON:
        seen = await city.done(reader, "GET", f"/{ANJU}/declaration/review/{id}")
        assert (seen["full"], set(seen["beneficiary"].values()), seen["applicant"]) == (False, {HIDDEN}, HIDDEN)
        assert seen["answers"] == seen["materials"] == seen["progress"] == []
    for reader, place in ((Staff("window", JUXIAN, node="accept"), JUXIAN), (DISCIPLINE, ANJU)):
        seen = await city.done(reader, "GET", f"/{place}/declaration/review/{id}")
        assert seen["full"] and HIDDEN not in seen["beneficiary"].values()


async def test_a_search_by_number_tells_a_leader_of_no_sensitive_payment(city: City) -> None:
    """Neither the project nor the amount, nor that somebody is in it."""
    benefit = await enrolled(city, 42, project="help", bureau=CIVIL, sensitive="true", by=CIVIL_CLERK)
    search, body = f"/{ANJU}/payments/benefits/search", {"id_number": number_of(42), "limit": 1}

    for reader in LOOKING_ON:
        found = await city.done(reader, "POST", search, body)
        assert (found["items"], found.get("next")) == ([], None)
    for reader in (CIVIL_CLERK, DISCIPLINE):
        [found] = (await city.done(reader, "POST", search, body))["items"]
        assert found["id"] == benefit["_id"] and found["person"]["name"] != HIDDEN


async def test_lists_show_no_person_to_who_only_surveys_elsewhere(city: City) -> None:
    """A handler's post in another town is none here."""
    await enrolled(city, 43, project="list", bureau=CIVIL, sensitive="true", by=CIVIL_CLERK)

    for reader in LOOKING_ON:
        [line] = (await city.done(reader, "GET", f"/{ANJU}/payments/benefits?project=list"))["items"]
        assert set(line["person"].values()) == {HIDDEN}


async def test_a_survey_search_leaves_no_cursor_of_what_it_hides(city: City) -> None:
    """Filtered in the query: no page is short, no cursor names a hidden survey."""
    body = {"project": SENSITIVE, "name": "欧阳桂兰", "id_number": number_of(44), "place": VILLAGE}
    for _ in range(2):
        answer = await city.ask(CIVIL_VILLAGER, "POST", f"/{VILLAGE}/survey/surveys", body)
        assert answer.status == 201, answer.body
    await city.settled()
    search, wanted = f"/{ANJU}/survey/surveys/search", {"id_number": number_of(44), "limit": 1}

    for reader in LOOKING_ON:
        found = await city.done(reader, "POST", search, wanted)
        assert (found["items"], found.get("next")) == ([], None)
    assert (await city.done(DISCIPLINE, "POST", search, wanted))["next"] is not None


@pytest.mark.parametrize("other", [Staff("handler", JUXIAN), Staff("window", JUXIAN, node="accept")])
async def test_a_post_without_a_bureau_elsewhere_passes_no_bureaus_check(city: City, other: Staff) -> None:
    """农业农村局 at the county and a town's post bound to no bureau do not add up to 财政局."""
    clerk = Clerk(f"two-posts-{other.role}", (Staff("handler", ANJU, FARMING), other))
    project = f"money-{other.role}"
    await enrolled(city, 45, project=project, bureau=FARMING, sensitive="false", by=clerk)
    body = {"project": project, "period": "2026", "title": "补助"}
    batch = await city.done(clerk, "POST", f"/{ANJU}/payments/batches", body)
    file, reason = f"/{ANJU}/payments/batches/{batch['id']}/bank-file", {"reason": "发放"}

    refused = await city.ask(clerk, "POST", file, reason)
    # Whose it is hears that it is too early.
    paying = await city.ask(FINANCE, "POST", file, reason)

    assert (refused.status, paying.status) == (403, 409)


async def test_a_post_that_is_bound_to_other_work_changes_no_money(city: City) -> None:
    """A village's surveyor and the county's complaints post are handlers too."""
    benefit = await enrolled(
        city, 46, project="amount", bureau=FARMING, sensitive="false", by=Staff("handler", ANJU, FARMING)
    )
    body = {"version": benefit["version"], "amount": "9999.00", "reason": "改金额"}

    for who, place in (
        (Staff("handler", VILLAGE, node="survey"), VILLAGE),
        (Staff("handler", ANJU, FARMING, "complaints"), ANJU),
        (CHECKER, ANJU),
    ):
        answer = await city.ask(who, "POST", f"/{place}/payments/benefits/{benefit['_id']}/amount", body)
        assert answer.status in (403, 404), (who, answer.body)
    assert (await city.one("payments.benefits", _id=benefit["_id"]))["amount"] == "350.00"


async def test_a_suspect_finds_themselves_in_no_number(city: City) -> None:
    """What the list hides, the statistics do not tell; and a leader reads no number that names people."""
    suspect = Clerk("suspect", (CHECKER,), number_of(47))
    path = f"/{ANJU}/interception/lists?kind=prisoners&source=司法局&as_of=2026-01-01"
    listed = await city.table(DISCIPLINE, path, ["姓名,身份证号", f"欧阳桂兰,{number_of(47)}"])
    assert listed.status == 202, listed.body
    await city.settled()
    line = f"欧阳桂兰,{number_of(47)},{acts.CARD},19900000001,聚贤镇万古桥村,100元,1,350.00"
    roster = f"/{ANJU}/payments/rosters?project=10001&short=补助&bureau={FARMING}"
    await city.table(Staff("handler", ANJU, FARMING), roster, [HEAD, line])
    await city.settled()
    statistics = f"/{ANJU}/interception/statistics"

    hits = (await city.done(suspect, "GET", f"/{ANJU}/interception/hits"))["items"]
    own, clerk, leader = [(await city.done(who, "GET", statistics)) for who in (suspect, CHECKER, LEADER)]

    assert (hits, own["total"]) == ([], 0)
    assert clerk["total"] >= 1
    assert (leader["total"], leader["total_text"]) == (None, "少于5")
