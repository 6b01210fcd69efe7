"""Where somebody is met: typed, surveyed on site, handed in, on a roster, before money, by a list that arrives, at night."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.words.errors import Conflict
from hub.words.ids import new_id
from plugins.declaration.events import HoldCase
from plugins.interception.actions.guards import CHECKING, HELD
from plugins.survey.events import PersonSurveyed
from tests.interception.conftest import CIVIL, ELDER, FARMING, LOW_INCOME, configure, entered, identity, started
from tests.payments.conftest import line, number_of
from tests.world import ANJU, MONDAY_MORNING, VILLAGE


async def test_an_attempt_that_never_becomes_a_declaration_is_kept(office):
    await office.dead()

    await office.typed(attempt_id="a-1")

    [shown] = (await office.ask(office.discipline(), "GET interception/entries", query={"attempt": True})).items
    assert (shown.who, shown.case, shown.case_number, shown.label) == ("李*兰", None, "", "已死亡仍领取")


async def test_the_hit_of_an_attempt_becomes_the_cases(office):
    """The id of the attempt is that of the case."""
    await office.dead()
    actor = office.resident()
    form = await office.form(actor)
    id = new_id(office.world.clock)
    await office.typed(attempt_id=id)

    case = await office.ask(actor, "POST declaration/cases", body={**form, "id": id})
    await office.deliver()

    hit = await office.hit()
    assert (hit.attempt, hit.case, hit.case_number, hit.attempts) == (id, case.id, case.number, 1)
    [asked] = await office.asked(HoldCase)
    assert asked.case == id
    assert (await office.ask(office.discipline(), "GET interception/entries", query={"attempt": True})).items == []


async def test_the_same_person_typed_again_is_the_same_hit(office):
    """Told twice, and at another form: one hit, attempts counted, no second message."""
    await office.dead()
    await office.typed(attempt_id="a-1")

    again = await office.typed(attempt_id="a-1")
    other = await office.typed(attempt_id="a-2")

    hit = await office.hit()
    assert (again, other, hit.attempts, hit.attempt) == ([], [], 2, "a-2")


async def test_a_surveyor_types_on_site(office):
    """The project's own rules run."""
    await configure(office, usual_rules=())
    await office.dead()
    fact = PersonSurveyed(
        place=VILLAGE, survey="s-1", project="30005", short="高龄津贴", bureau=CIVIL, sensitive=False,
        rules=("R01",),
        identity=identity(), by="杨帆", at=MONDAY_MORNING,
    )  # fmt: skip

    await office.say(fact, plugin="survey")

    hit = await office.hit()
    assert (hit.source, hit.at_entry, hit.avoid) == ("survey", True, ())


async def test_the_countys_approval_does_not_pass_and_does_after_the_false_alarm(office):
    """The list arrives while the case is at the county."""
    case = await office.at_county()
    await office.bring("death", f"李桂兰,{ELDER}")
    hit = await office.hit()
    task = await office.task(case.id)
    assert (hit.source, hit.case, task["state"]) == ("list", case.id, "paused")

    await office.cleared(hit)
    await office.approve(case)

    [done] = (
        await office.world.database["worklist.tasks"].find({"subject": case.id, "node": "approve_county"}).to_list(9)
    )
    assert (done["state"], done["move"]) == ("done", "pass")


async def test_the_guard_refuses_in_neutral_words_when_the_hold_was_not_heard_yet(office):
    """Between the list and the hold the guard stands alone."""
    case = await office.at_county()
    upload = office.bring("death", f"李桂兰,{ELDER}")
    deliver, office.deliver = office.deliver, only_lists(office)
    await upload
    office.deliver = deliver
    assert len(await office.hits()) == 1 and (await office.task(case.id))["state"] == "open"

    with pytest.raises(Conflict) as refused:
        await office.approve(case)

    assert refused.value.text == CHECKING
    assert not any(word in refused.value.text for word in ("死亡", "R01", "名单"))


def only_lists(office):
    """Deliver what reads the list, and nothing that came of it."""

    async def deliver():
        events = office.world.database["events"]
        while event := await events.find_one({"state": "pending", "type": "interception.ReadListPart"}):
            for item in event["todo"]:
                await office._hear(event, item["name"])
            await events.update_one({"_id": event["_id"]}, {"$set": {"state": "done"}})
        return []

    return deliver


async def test_a_confirmed_hit_is_not_approved_either(office):
    case = await office.at_county()
    await office.bring("death", f"李桂兰,{ELDER}")
    await office.do(office.clerk(), "confirm", await office.hit())

    with pytest.raises(Conflict, match="驳回或终止"):
        await office.approve(case)

    await office.decide(office.bureau(), case.id, "refuse", "不符合条件")
    assert (await office.state_of(case)).state == "refused"


async def test_a_warning_holds_nothing(office):
    await configure(office, severity={"R01": "warn"})
    case = await office.at_county()
    await office.bring("death", f"李桂兰,{ELDER}")

    await office.approve(case)

    assert (await office.hit()).state == "waiting"


async def test_a_roster_leaves_out_whom_a_rule_finds(office):
    """The others are enrolled; the hit is there although nothing was enrolled of it."""
    await office.bring("death", f"张二,{number_of(1)}")

    intake = await office.enrol(line(1), line(2))

    hit = await office.hit()
    assert (intake.added, intake.rejected) == (1, 1)
    assert await office.rejects(intake) == [(2, HELD)]
    assert (hit.source, hit.project, hit.bureau) == ("roster", "10001", FARMING)


async def test_a_dry_run_of_a_roster_writes_nothing(office):
    await office.bring("death", f"张二,{number_of(1)}")
    before = await office.world.database["interception.people"].find({}).to_list(9)

    intake = await office.enrol(line(1), line(2), dry_run=True)

    assert (intake.rejected, await office.hits()) == (1, [])
    assert await office.world.database["interception.people"].find({}).to_list(9) == before


async def test_who_is_found_is_not_paid_and_is_after_the_false_alarm(office):
    await office.enrol(line(1), line(2))
    batch = await office.disbursed()
    await office.bring("death", f"张二,{number_of(1)}")
    await office.decide(office.finance(), batch.id, "pass", "发放")
    held = await office.counts(batch.id)
    words = [row.reason for row in await office.rows(batch.id) if row.state == "held"]

    await office.cleared(await office.hit(), FARMING)
    await office.decide(office.finance(), batch.id, "pass", "补发")

    assert (held, words) == ({"held": 1, "sent": 1}, [HELD])
    assert await office.counts(batch.id) == {"sent": 2}


async def test_a_list_finds_who_enjoys_something_already(office):
    await office.enrol(line(1), line(2), line(3))

    stored = await office.bring("death", *(f"张三,{number_of(n)}" for n in (1, 3)))

    assert (stored.hits, [hit.source for hit in await office.hits()]) == (2, ["list", "list"])
    assert all(hit.benefit and hit.project == "10001" for hit in await office.hits())


async def test_who_no_longer_enjoys_it_is_not_found(office):
    await office.enrol(line(1))
    [benefit] = (await office.ask(office.farmer(), "GET payments/benefits")).items
    body = {"version": benefit.version, "reason": "迁出"}
    await office.ask(office.farmer(), "POST payments/benefits/{id}/stop", id=benefit.id, body=body)
    await office.deliver()

    stored = await office.bring("death", f"张二,{number_of(1)}")

    assert (stored.added, stored.hits) == (1, 0)


async def test_who_withdrew_is_not_found_by_a_later_list(office):
    case = await office.elder()
    body = {"version": (await office.state_of(case)).version, "reason": "不申报了"}
    await office.ask(office.resident(), "POST declaration/cases/{id}/withdraw", id=case.id, body=body)
    await office.deliver()

    stored = await office.bring("death", f"李桂兰,{ELDER}")

    assert (stored.added, stored.hits) == (1, 0)


async def test_at_night_who_has_grown_too_old_is_found(office):
    """孤儿保障 ends with 18; a setting changes too without anybody telling."""
    await configure(office, policy={"30005": {"age_max": 82}})
    await office.say(started(), plugin="payments")
    await configure(office, usual_rules=("R10",), policy={"30005": {"age_max": 82}})
    await office.say(started(), plugin="payments")
    await office.job("interception.recheck")
    before = await office.hits()

    office.world.clock.advance(timedelta(days=120))
    await office.job("interception.recheck")
    await office.job("interception.recheck")
    await office.deliver()

    assert before == []
    assert [(hit.rule, hit.source, hit.state) for hit in await office.hits()] == [("R10", "recheck", "waiting")]


async def test_uploads_that_never_ended_are_swept(office):
    stored = await office.bring("death", f"李桂兰,{ELDER}")
    lists = office.world.database["interception.lists"]
    await lists.update_one({"_id": stored.id}, {"$set": {"state": "receiving"}})
    office.world.clock.advance(timedelta(days=2))

    await office.job("interception.sweep")

    assert (await lists.find_one({}))["state"] == "left"


async def test_a_sensitive_person_is_for_the_bureau_and_discipline_leaders_get_counts(office):
    await office.dead()
    await office.typed(project=LOW_INCOME, short="城乡低保", sensitive=True, rules=("R01",))
    leader = office.leader()

    lists = [
        len((await office.ask(actor, "GET interception/hits")).items)
        for actor in (office.clerk(), office.discipline(), leader, office.bureau())
    ]
    counts = await office.ask(leader, "GET interception/statistics")

    assert lists == [1, 1, 0, 0]
    assert (counts.total, counts.total_text) == (None, "少于5") and "李" not in repr(counts)
    assert entered().place.startswith(ANJU)
