"""Each rule R01 to R13: one who is found, and one who is nearly."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import msgspec
import pytest

from hub.api import CardText
from plugins.declaration.events import CaseSubmitted, CaseWithdrawn
from plugins.interception.actions.rules import RULES, quantity_of
from plugins.interception.config import InterceptionConfig
from plugins.interception.steps import JoinHit
from plugins.payments.events import BenefitEnded, BenefitResumed, BenefitsStarted, BenefitStopped
from tests.interception.conftest import ELDER, LAND, HitOffice, card_of, configure, entered, started, stopped
from tests.world import ANJU, MONDAY_MORNING, VILLAGE

P = f"李桂兰,{ELDER}"
YOUNG = "510923197512304629"
# rule → (kind, heading behind 姓名 and 身份证号, lines that hit, lines that nearly do, what is typed besides)
CASES: dict[str, tuple[str, str, list[str], list[str], dict[str, Any]]] = {
    "R01": ("death", "", [P], [f"李桂兰,{YOUNG}"], {}),
    "R02": ("payroll", ",单位", [f"{P},某局"], [f"李桂兰,{YOUNG},某局"], {}),
    "R03": ("cadres", ",关系", [f"{P},本人"], [f"李桂兰,{YOUNG},本人"], {}),
    "R04": ("vehicles", ",车牌号", [f"{P},川J00001"], [f"李桂兰,{YOUNG},川J00001"], {}),
    "R05": ("houses", ",不动产权证号", [f"{P},1", f"{P},2"], [f"{P},1"], {}),
    "R06": ("companies", ",统一社会信用代码", [f"{P},91A"], [f"李桂兰,{YOUNG},91A"], {}),
    "R08": ("prisoners", ",服刑止", [f"{P},2027-01-01"], [f"{P},2026-11-22"], {}),
    "R09": ("moved_out", "", [P], [f"李桂兰,{YOUNG}"], {}),
    "R11": (
        "land",
        ",承包面积（亩）,合同号",
        [f"{P},2,A", f"{P},1.49,B"],
        [f"{P},2,A", f"{P},1.5,B"],
        {"area_mu": "3.5"},
    ),
    "R12": ("identities", "", [f"李桂花,{ELDER}"], [P], {}),
    "R13": ("supporters", ",赡养人姓名", [f"{P},李小兰"], [f"李桂兰,{YOUNG},李小兰"], {}),
}


@pytest.mark.parametrize("rule", CASES)
@pytest.mark.parametrize("near", [False, True])
async def test_found_and_nearly(office: HitOffice, rule: str, near: bool) -> None:
    """By its list, when it is typed in; with the severity of the domain's table."""
    kind, heading, lines, misses, typed = CASES[rule]
    await office.bring(kind, *(misses if near else lines), head="姓名,身份证号" + heading)

    pushes = await office.typed(rules=(rule,), **typed)

    hits = await office.hits()
    if near:
        assert (hits, pushes) == ([], [])
    else:
        [hit] = hits
        [severity] = [each.severity for each in RULES if each.code == rule]
        assert (hit.rule, hit.severity, hit.state, hit.at_entry) == (rule, severity, "waiting", True)


async def test_r03_sends_somebody_to_look_where_surveys_are_on(office):
    await office.bring("cadres", P)

    await office.typed(rules=("R03",))

    [wanted] = office.surveys.wanted
    [hit] = await office.hits()
    assert (wanted.subject, wanted.origin, wanted.avoid) == (hit.id, "interception", ("wang",))
    assert "干部" not in wanted.reason


async def test_who_has_to_keep_away_by_now_is_told_of_a_survey_that_is_out_and_none_is_made(office):
    """Where surveys were off when it was found, nobody has decided on one."""
    await office.bring("cadres", P)
    await office.typed(rules=("R03",))

    await office.typed(rules=("R03",), attempt_id="a-9", by="罗勇")

    first, again = office.surveys.wanted
    assert (first.only_known, again.only_known, again.subject) == (False, True, first.subject)
    assert "罗勇" in again.avoid


async def test_r07_of_two_that_exclude_each_other_the_later_one_is_found(office):
    """特困供养 is enjoyed; 城乡低保 is declared afterwards. The other way round nothing is said of the earlier."""
    await office.say(started(project="30002", short="特困供养", benefit="b-2"), plugin="payments")

    await office.typed(project="30001", short="城乡低保", rules=("R07",), at=office.world.clock.now())
    await office.typed(project="30004", short="重残护理", rules=("R07",), at=office.world.clock.now())

    assert [(hit.rule, hit.project) for hit in await office.hits()] == [("R07", "30001")]


ENJOYS, SAME = started(project="30002", short="特困供养", benefit="b-2"), {"project": "30002", "benefit": "b-2"}
TOGETHER = BenefitsStarted(place=VILLAGE, benefits=(ENJOYS, started(project=LAND, benefit="b-3")))


@pytest.mark.parametrize(
    ("before", "late", "other", "found"),
    [
        ((), ENJOYS, BenefitEnded, 0),
        ((), TOGETHER, BenefitStopped, 0),
        ((ENJOYS,), stopped(BenefitResumed, **SAME), BenefitStopped, 0),
        ((ENJOYS,), stopped(BenefitStopped, **SAME), BenefitResumed, 1),
    ],
)
async def test_what_was_told_of_a_benefit_late_gives_way_to_what_was_told_since(office, before, late, other, found):
    """The reader of the one was cut off, that of the other was not."""
    await office.say(*before, plugin="payments")

    await office.tell_late(late, stopped(other, **SAME))

    await office.typed(project="30001", short="城乡低保", rules=("R07",), at=office.world.clock.now())
    assert len(await office.hits()) == found


async def test_a_hit_that_was_found_again_stays_with_the_declaration_told_last(office):
    """What was put off would have taken the hold to one from before."""
    await office.bring("vehicles", f"{P},川J00001", head="姓名,身份证号,车牌号")
    await office.typed(rules=("R04",))
    hit = await office.hit()
    before, now = (
        JoinHit(place=ANJU, hit=hit.id, attempt=case, case=case, case_number=case, avoid=(case,)) for case in "ab"
    )

    await office.tell_late(before, now)

    hit = await office.hit()
    assert (hit.case, hit.case_number, {"a", "b"} <= set(hit.avoid)) == ("b", "b", True)


async def test_a_declaration_that_has_ended_before_it_was_heard_of_is_no_stake(office):
    """Nor is what was told of it in between."""
    told = {name: getattr(entered(), name) for name in ("place", "project", "short", "bureau", "identity", "sensitive")}
    case = {**told, "case": "case-1", "number": "1", "node": "accept", "label": "受理", "round": 1, "declarants": ()}
    case |= {"who": "李*", "rules": (), "standard": "", "at": MONDAY_MORNING}

    await office.tell_late(CaseSubmitted(**case), CaseWithdrawn(**case))

    [person] = await office.world.database["interception.people"].find({}).to_list(9) or [{"stakes": []}]
    assert person["stakes"] == []


async def test_r07_somebody_who_has_it_already(office):
    """But not where everybody declares anew each year."""
    await office.say(started(), started(project=LAND, benefit="b-2"), plugin="payments")

    await office.typed(rules=("R07",))
    await office.typed(project=LAND, rules=("R07",))

    assert [hit.project for hit in await office.hits()] == ["30005"]


@pytest.mark.parametrize(("age_min", "found"), [(82, False), (83, True)])
async def test_r10_age_on_this_day(office, age_min, found):
    """李桂兰 was born on 1944-03-15: 82 on 2026-11-23."""
    await configure(office, policy={"30005": {"age_min": age_min}})

    await office.typed(rules=("R10",))

    assert bool(await office.hits()) == found


@pytest.mark.parametrize(("most", "found"), [("3.5", False), ("3.4", True)])
async def test_r10_quantity(office, most, found):
    await configure(office, policy={"30005": {"most": most}})

    await office.typed(rules=("R10",), area_mu="3.5")

    assert bool(await office.hits()) == found


@pytest.mark.parametrize(("n", "found"), [(1, False), (2, True)])
async def test_r12_another_card(office, n, found):
    await office.bring("identities", f"{P},{card_of(1)}", head="姓名,身份证号,社保卡号")

    await office.typed(rules=("R12",), card=CardText(card_of(n)))

    assert bool(await office.hits()) == found


@pytest.mark.parametrize(
    ("written", "number"),
    [
        *(("3.5亩", "3.5"), ("1,250.5亩", "1250.5"), ("１０亩", "10"), ("3头", "3"), ("300.29999999999995亩", "300.3")),
        *(("12,50亩", None), ("1，5亩", None), ("٣亩", None), ("一次", None), ("", None)),
    ],
)
def test_a_quantity_is_read_or_not_compared(written, number):
    """1,250.5亩 was compared as 1."""
    assert quantity_of(written) == (Decimal(number) if number else None)


@pytest.mark.parametrize("most", ["1e3", "1_0", "12,50", "无"])
def test_a_policy_that_is_no_number_is_refused_as_a_setting(most):
    """Not when the first person is held against it."""
    with pytest.raises(msgspec.ValidationError, match="most"):
        msgspec.convert({"policy": {"30005": {"most": most}}}, InterceptionConfig)


async def test_r12_a_dot_is_a_dot(office):
    """阿依古丽·买买提 as three offices write it."""
    await office.bring("identities", f"阿依古丽•买买提,{ELDER}")

    await office.typed(rules=("R12",), name="阿依古丽·买买提")

    assert await office.hits() == []


async def test_a_county_changes_severity_and_switches_rules_off(office):
    await configure(office, off=("R01",), severity={"R09": "block"})
    await office.dead()
    await office.bring("moved_out", P)

    await office.typed(rules=("R01", "R09", "R99"))

    assert [(hit.rule, hit.severity) for hit in await office.hits()] == [("R09", "block")]


@pytest.mark.parametrize("setting", [{"rules": {"30005": ("R09",)}}, {"usual_rules": ("R09",)}])
async def test_a_project_that_names_no_rules_has_those_of_the_settings(office, setting):
    await configure(office, **setting)
    await office.bring("moved_out", P)

    await office.typed(rules=())

    assert [hit.rule for hit in await office.hits()] == ["R09"]


async def test_every_rule_has_words_for_staff():
    assert [rule.code for rule in RULES] == [f"R{n:02d}" for n in range(1, 14)]
    assert all(rule.label and rule.words for rule in RULES)
    assert {"R03"} == {rule.code for rule in RULES if rule.full_survey}
    assert entered().rules == ()
