"""Positions: whom they reach, what they allow, and how they change."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
import yaml

from hub.identity import enrolment
from hub.identity.accounts import WrongPassword
from hub.identity.permissions import may, reaches
from hub.identity.positions import tell_of_days_to_come
from hub.identity.staff import PositionWanted
from hub.rules import places
from hub.words.actors import HUB, Actor
from hub.words.contributions import ANY, Anyone, Holders, Office
from hub.words.errors import Conflict, Invalid
from hub.words.personal import IdNumberText

from .conftest import ANJU, CITY, SHEHONG, TOWN, VILLAGE


def wanted(role="handler", region=TOWN, **bound):
    return PositionWanted(role=role, region=region, **bound)


async def holders(desk, role="handler", place=TOWN, **narrowed):
    return await desk.identity.directory.holders(Holders(role=role, place=place, **narrowed))


async def holding(desk, person):
    row = await desk.database["positions"].find_one({"person": person})
    return row["_id"]


# --- whom they reach ------------------------------------------------------------------------------------------------


async def test_all_holders_of_the_place_are_reached(desk):
    persons = [(await desk.hire(name, wanted())).person for name in ("zhoumin", "hejun")]
    await desk.hire("elsewhere", wanted(region=SHEHONG))

    answer = await holders(desk)

    assert (set(answer.persons), answer.vacant, answer.at) == (set(persons), False, TOWN)


@pytest.mark.parametrize(
    ("bound", "named", "fits"),
    [
        ({}, {"bureau": "民政局", "project": "30005", "node": "accept"}, True),
        ({"bureau": "民政局"}, {"bureau": "民政局", "node": "accept"}, True),
        ({"bureau": "民政局"}, {"bureau": "农业农村局"}, False),
        ({"bureau": "民政局"}, {}, False),
        ({"node": "accept"}, {"node": "review_town"}, False),
        ({"project": "30005"}, {"bureau": "民政局", "project": "30005"}, True),
        ({"project": "30005"}, {"project": "30006"}, False),
        ({"node": "review_town"}, {"node": ANY}, True),
        ({}, {"node": ANY}, True),
        ({"bureau": "民政局", "node": "review_town"}, {"node": ANY}, False),
        ({"bureau": "民政局", "node": "review_town"}, {"bureau": ANY, "node": ANY}, True),
    ],
)
async def test_a_position_takes_what_it_is_not_bound_to(desk, bound, named, fits):
    person = (await desk.hire("zhoumin", wanted(**bound))).person

    answer = await holders(desk, **named)

    assert (answer.persons == (person,)) is fits


async def test_a_vacant_position_goes_one_level_up_and_says_so(desk):
    above = (await desk.hire("zhoumin", wanted(region=ANJU))).person

    answer = await holders(desk)

    assert (answer.persons, answer.vacant, answer.at) == ((above,), True, ANJU)


async def test_a_place_below_is_no_stand_in(desk):
    await desk.hire("zhoumin", wanted(region=VILLAGE))

    answer = await holders(desk)

    assert (answer.persons, answer.vacant) == ((), True)


async def test_one_on_leave_is_stood_in_for_by_the_deputy(desk):
    person = (await desk.hire("zhoumin", wanted())).person
    deputy = (await desk.hire("hejun")).person
    held = await holding(desk, person)

    await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, held, True, deputy))

    assert (await holders(desk)).persons == (deputy,)


async def test_all_on_leave_without_deputy_is_vacant(desk):
    person = (await desk.hire("zhoumin", wanted())).person
    above = (await desk.hire("hejun", wanted(region=ANJU))).person
    held = await holding(desk, person)

    await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, held, True))

    answer = await holders(desk)
    assert (answer.persons, answer.vacant) == ((above,), True)


async def test_one_left_out_alone_at_the_place_sends_it_up_without_an_alert(desk):
    accused = (await desk.hire("zhoumin", wanted())).person
    above = (await desk.hire("hejun", wanted(region=ANJU))).person

    answer = await holders(desk, but_not=(accused,))

    assert (answer.persons, answer.vacant, answer.at) == ((above,), False, ANJU)


async def test_the_accused_is_left_out_under_every_account(desk):
    """回避 goes by the ID number: a second account does not help."""
    number = "510904198803129942"
    accused = (await desk.hire("zhoumin", wanted(), id_number=number)).person
    other = (await desk.hire("hejun", wanted())).person
    key = desk.database.blind(IdNumberText(number))

    answer = await holders(desk, but_not_keys=(key,))

    assert (answer.persons, accused in answer.persons) == ((other,), False)


async def test_whoever_holds_a_position_in_the_accused_office_is_left_out(desk):
    """Also for a position that they hold elsewhere."""
    both = (await desk.hire("zhoumin", wanted(), wanted(region=ANJU, bureau="民政局"))).person
    other = (await desk.hire("hejun", wanted())).person

    civil = await holders(desk, but_not_offices=(Office(ANJU, "民政局"),))
    farming = await holders(desk, but_not_offices=(Office(ANJU, "农业农村局"),))

    assert civil.persons == (other,)
    assert set(farming.persons) == {both, other}


async def test_somebody_with_three_fitting_positions_is_reached_once(desk):
    person = (await desk.hire("zhoumin", wanted(), wanted(bureau="民政局"), wanted(node="accept"))).person

    answer = await holders(desk, bureau="民政局", node="accept")

    assert answer.persons == (person,)


async def test_a_position_counts_from_its_first_day_to_its_last(desk):
    person = (await desk.hire("zhoumin")).person
    since, until = desk.clock.now() + timedelta(days=1), desk.clock.now() + timedelta(days=2)
    await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted(), since=since, until=until))

    reached = []
    for _ in range(3):
        reached.append((await holders(desk)).persons)
        desk.clock.advance(timedelta(days=1))

    assert reached == [(), (person,), ()]


async def test_when_its_day_has_come_sessions_that_stand_open_have_the_position_or_have_it_no_more(desk):
    """A live session has its rights from when it was opened: it is told to read them anew."""
    person = (await desk.hire("zhoumin")).person
    until = desk.clock.now() + timedelta(hours=1)
    await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted(), until=until))
    _, actor = await desk.staff("zhoumin")
    desk.clock.advance(timedelta(hours=1))

    await desk.act(desk.identity.staff.tell_of_days)

    assert await desk.identity.sessions.outdated({actor.session: actor.rights}) == {actor.session}
    assert (len(actor.positions), (await desk.identity.sessions.actor_of(actor.session)).positions) == (1, ())


# --- what they allow ------------------------------------------------------------------------------------------------


async def test_a_permission_reaches_as_far_as_the_positions_that_hold_it(desk):
    await desk.hire("zhoumin", wanted(bureau="民政局"), wanted("leader", ANJU), wanted("window", SHEHONG))
    _, actor = await desk.staff("zhoumin")

    found = reaches(actor, "work.decide", desk.host)

    assert {(reach.region, reach.county, reach.bureau) for reach in found} == {
        (TOWN, ANJU, "民政局"),
        (SHEHONG, SHEHONG, None),
    }


async def test_a_city_leader_reaches_the_city(desk):
    await desk.hire("zhoumin", wanted("leader", CITY))
    _, actor = await desk.staff("zhoumin", "ydjd")

    (reach,) = reaches(actor, "work.watch", desk.host)

    assert (reach.region, reach.county) == (CITY, None)


@pytest.mark.parametrize(
    ("access", "guest", "signed_in", "claimed", "proved", "handler"),
    [
        (Anyone.PUBLIC, True, True, True, True, True),
        (Anyone.SIGNED_IN, False, True, True, True, True),
        (Anyone.RESIDENT, False, True, True, True, False),
        (Anyone.CLAIMED, False, False, True, True, False),
        (Anyone.PROVED, False, False, False, True, False),
        ("work.decide", False, False, False, False, True),
        ("work.watch", False, False, False, False, False),
        ("work.unknown", False, False, False, False, False),
    ],
)
async def test_who_may_use_what(desk, access, *, guest, signed_in, claimed, proved, handler):
    await desk.hire("zhoumin", wanted())
    _, staff = await desk.staff("zhoumin")
    residents = [Actor(kind="resident", person="p", assurance=level) for level in ("none", "claimed", "proved")]

    answers = [may(actor, access, desk.host) for actor in (Actor(kind="guest"), *residents, staff)]

    assert answers == [guest, signed_in, claimed, proved, handler]


async def test_the_hub_itself_may_what_exists(desk):
    answers = may(HUB, "work.decide", desk.host), may(HUB, "work.unknown", desk.host)

    assert answers == (True, False)


async def test_a_deputy_has_the_rights_only_during_the_leave(desk):
    held = await holding(desk, (await desk.hire("zhoumin", wanted())).person)
    deputy = (await desk.hire("hejun")).person
    token, _ = await desk.staff("hejun")

    rights = []
    for on_leave in (True, False):
        await desk.act(lambda ctx, away=on_leave: desk.identity.staff.set_leave(ctx, held, away, deputy))
        rights.append(bool((await desk.actor(token, "ydsh")).positions))

    assert rights == [True, False]


# --- how they change ------------------------------------------------------------------------------------------------


async def test_a_position_given_or_ended_counts_at_the_next_request(desk):
    person = (await desk.hire("zhoumin")).person
    token, before = await desk.staff("zhoumin")

    given = await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted()))
    during = await desk.actor(token, "ydsh")
    await desk.act(lambda ctx: desk.identity.staff.dismiss(ctx, given.id))
    after = await desk.actor(token, "ydsh")

    assert [len(actor.positions) for actor in (before, during, after)] == [0, 1, 0]


async def test_giving_the_same_position_again_changes_nothing(desk):
    person = (await desk.hire("zhoumin", wanted())).person

    await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted()))

    assert await desk.database["positions"].count_documents({}) == 1


@pytest.mark.parametrize(("days", "until"), [(None, 30), (30, None), (30, 60)])
async def test_the_same_position_with_other_days_is_refused_with_those_it_has(desk, days, until):
    """Neither lengthened nor cut short unseen."""
    person, now = (await desk.hire("zhoumin")).person, desk.clock.now()
    has, gets = [None if each is None else now + timedelta(days=each) for each in (days, until)]
    await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted(), until=has))

    with pytest.raises(Conflict, match="2026年12月23日" if days else "长期有效"):
        await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted(), until=gets))

    [held] = await desk.identity.staff.held(person, now)
    assert held.until == has


async def test_importing_again_leaves_the_days_that_a_position_has_got(desk):
    await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, [GOOD]))
    until = desk.clock.now() + timedelta(days=30)
    await desk.database["positions"].update_many({}, {"$set": {"until": until}})

    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, [GOOD]))

    assert (report.problems, report.positions) == ({}, 0)


@pytest.mark.parametrize("bound", [{"bureau": "民政局"}, {"node": "accept"}, {"project": "30005"}])
async def test_what_an_administrator_may_is_narrowed_by_nothing(desk, bound):
    """So nobody is given a bureau that would seem to."""
    with pytest.raises(Invalid) as refused:
        await desk.hire("zhoumin", wanted("ops_system", ANJU, **bound))

    assert list(refused.value.fields) == list(bound)


async def test_a_closed_account_is_given_nothing_to_do(desk):
    """No position, none back, and nobody else's while they are on leave."""
    closed = (await desk.hire("zhoumin", wanted())).person
    other = await holding(desk, (await desk.hire("hejun", wanted())).person)
    held, staff = await holding(desk, closed), desk.identity.staff
    await desk.act(lambda ctx: staff.disable(ctx, "zhoumin"))

    for act in (
        lambda ctx: staff.set_leave(ctx, held, False),
        lambda ctx: staff.appoint(ctx, closed, wanted("leader")),
        lambda ctx: staff.set_leave(ctx, other, True, closed),
    ):
        with pytest.raises(Conflict, match="账号已停用，请先启用"):
            await desk.act(act)


async def test_an_account_that_is_closed_at_the_same_moment_is_not_given_its_work_back(desk):
    """Whichever comes first: the work never lies with a closed account."""
    held = await holding(desk, (await desk.hire("zhoumin", wanted())).person)
    staff = desk.identity.staff
    await desk.act(lambda ctx: staff.set_leave(ctx, held, True))

    await asyncio.gather(
        desk.act(lambda ctx: staff.disable(ctx, "zhoumin")),
        desk.act(lambda ctx: staff.set_leave(ctx, held, False)),
        return_exceptions=True,
    )

    assert (await holders(desk)).persons == ()


@pytest.mark.parametrize(
    ("has", "gets"), [("ops_system", "ops_security"), ("ops_security", "ops_audit"), ("ops_audit", "ops_system")]
)
async def test_the_three_kinds_of_administrators_never_meet_in_one_person(desk, has, gets):
    person = (await desk.hire("zhoumin", wanted(has, CITY))).person

    with pytest.raises(Conflict, match="不同的人"):
        await desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted(gets, ANJU)))


async def test_not_even_when_both_are_given_at_the_same_moment(desk):
    person = (await desk.hire("zhoumin")).person

    def give(role):
        return desk.act(lambda ctx: desk.identity.staff.appoint(ctx, person, wanted(role, CITY)))

    outcomes = await asyncio.gather(give("ops_system"), give("ops_audit"), return_exceptions=True)

    assert sorted(isinstance(outcome, Conflict) for outcome in outcomes) == [False, True]


async def test_nor_through_a_deputy(desk):
    held = await holding(desk, (await desk.hire("zhoumin", wanted("ops_system", CITY))).person)
    auditor = (await desk.hire("hejun", wanted("ops_audit", CITY))).person

    with pytest.raises(Conflict, match="不同的人"):
        await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, held, True, auditor))


async def test_the_same_kind_at_two_places_is_fine(desk):
    await desk.hire("zhoumin", wanted("ops_system", ANJU), wanted("ops_system", SHEHONG))

    assert await desk.database["positions"].count_documents({}) == 2


@pytest.mark.parametrize(("position", "field"), [(wanted("king"), "role"), (wanted(region="999"), "region")])
async def test_an_unknown_role_or_place_is_refused_and_no_account_is_left(desk, position, field):
    with pytest.raises(Invalid) as refused:
        await desk.hire("zhoumin", position)

    assert list(refused.value.fields) == [field]
    assert await desk.database["accounts"].count_documents({}) == 0


async def test_one_who_leaves_loses_positions_and_sessions_at_once(desk):
    await desk.hire("zhoumin", wanted())
    token, _ = await desk.staff("zhoumin")

    await desk.act(lambda ctx: desk.identity.staff.leave_job(ctx, "zhoumin"))

    assert (await holders(desk)).persons == ()
    assert await desk.identity.sessions.actor(token, "ydsh") is None


@pytest.mark.parametrize("way", ["leave_job", "disable"])
async def test_one_who_is_gone_is_nobodys_deputy(desk, way):
    held = await holding(desk, (await desk.hire("zhoumin", wanted())).person)
    deputy = (await desk.hire("hejun")).person
    above = (await desk.hire("gaoyuan", wanted(region=ANJU))).person
    await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, held, True, deputy))

    await desk.act(lambda ctx: getattr(desk.identity.staff, way)(ctx, "hejun"))

    answer = await holders(desk)
    assert (answer.persons, answer.vacant) == ((above,), True)


async def test_a_closed_account_leaves_its_positions_to_those_above_until_it_takes_them_back(desk):
    person = (await desk.hire("zhoumin", wanted())).person
    above = (await desk.hire("hejun", wanted(region=ANJU))).person
    held = await holding(desk, person)

    await desk.act(lambda ctx: desk.identity.staff.disable(ctx, "zhoumin"))
    closed = (await holders(desk)).persons
    await desk.act(lambda ctx: desk.identity.staff.enable(ctx, "zhoumin"))
    await desk.act(lambda ctx: desk.identity.staff.set_leave(ctx, held, False))

    assert (closed, (await holders(desk)).persons) == ((above,), (person,))


async def test_every_change_of_who_does_the_work_is_a_fact_and_no_other(desk):
    """Told with who left and who came; a city's position in each of its counties."""
    person = (await desk.hire("zhoumin", wanted())).person
    deputy = (await desk.hire("hejun")).person
    held = await holding(desk, person)
    staff = desk.identity.staff

    await desk.act(lambda ctx: staff.set_leave(ctx, held, False, deputy))
    await desk.act(lambda ctx: staff.set_leave(ctx, held, True, deputy))
    await desk.act(lambda ctx: staff.set_leave(ctx, held, False))
    await desk.act(lambda ctx: staff.dismiss(ctx, held))
    await desk.act(lambda ctx: staff.appoint(ctx, person, wanted(region=CITY)))

    facts = await desk.database["events"].find({"type": "identity.PositionChanged"}).sort("_id", 1).to_list(None)
    assert [(fact["place"], fact["data"].get("left"), fact["data"].get("came")) for fact in facts] == [
        (TOWN, None, person),
        (TOWN, person, deputy),
        (TOWN, deputy, person),
        (TOWN, person, None),
        (ANJU, None, person),
        (SHEHONG, None, person),
    ]


# --- import ---------------------------------------------------------------------------------------------------------

GOOD = {
    "username": "zhoumin",
    "name": "周敏",
    "id_number": "510904198803129942",
    "positions": [{"role": "handler", "region": TOWN}],
}


async def test_an_import_makes_accounts_with_first_passwords_that_work(desk):
    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, [GOOD]))

    body = {"app": "ydsh", "username": "zhoumin", "password": report.created[0].password}
    assert (await desk.call("POST", "/signin/account", body)).must_change_password


async def test_importing_again_changes_nothing_but_adds_what_is_new(desk):
    await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, [GOOD]))
    more = {**GOOD, "positions": [*GOOD["positions"], {"role": "leader", "region": ANJU}]}

    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, [more]))

    assert (report.created, report.known, report.positions) == ((), 1, 1)


async def test_a_bad_row_is_reported_by_number_without_personal_data_and_stops_no_other(desk):
    rows = [
        {**GOOD, "username": "one", "id_number": "510904198803129943"},
        {**GOOD, "username": "two", "phone": 5},
        {**GOOD, "username": "three", "positions": [{"role": "king", "region": TOWN}]},
        GOOD,
    ]

    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, rows))

    assert (sorted(report.problems), [each.username for each in report.created]) == ([1, 2, 3], ["zhoumin"])
    assert "510904198803129943" not in str(report.problems)


async def test_from_the_console_nobody_signs_in_before_a_password_is_set(desk):
    """Nobody is shown a first one there, so none is made, however many come."""
    sender = Actor(kind="hub", app="ops", person="sender", id_key="theirs")
    report = await desk.units.read(
        lambda ctx: desk.identity.enrolment.import_rows(ctx, [GOOD]), plugin="identity", place=desk.city, actor=sender
    )
    typed = {"app": "ydsh", "username": "zhoumin", "password": "Kuai-Le7-Shan"}

    with pytest.raises(WrongPassword):
        await desk.call("POST", "/signin/account", typed)
    chosen = await desk.act(lambda ctx: desk.identity.staff.reset_password(ctx, "zhoumin"))

    assert [each.password for each in report.created] == [None]
    assert (await desk.call("POST", "/signin/account", {**typed, "password": chosen})).must_change_password


async def test_where_no_password_can_be_hashed_a_row_is_left_out(desk, monkeypatch):
    """On the command line the others' are still to be handed out."""
    await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, [{**GOOD, "username": "known"}]))
    monkeypatch.setattr(desk.identity.passwords, "_waiting", 0)

    rows = [GOOD, {**GOOD, "username": "known"}]
    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, rows))

    assert (list(report.problems), report.known) == ([1], 1)


async def test_progress_is_told_part_by_part(desk):
    rows = [{}] * enrolment.AT_ONCE + [GOOD]
    ticks = []

    await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, rows, lambda *told: ticks.append(told)))

    assert [(done, so_far.added, len(so_far.problems)) for done, so_far in ticks] == [
        (enrolment.AT_ONCE, 0, enrolment.AT_ONCE),
        (enrolment.AT_ONCE + 1, 1, enrolment.AT_ONCE),
    ]


async def test_the_demos_staff_can_be_imported_whole(desk):
    folder = Path(places.__file__).parents[1] / "demo" / "data"
    await desk.units.places.import_rows(places.read_csv((folder / "regions.csv").read_text(encoding="utf-8")))
    people = yaml.safe_load((folder / "people.yaml").read_text(encoding="utf-8"))

    report = await desk.act(lambda ctx: desk.identity.enrolment.import_rows(ctx, people["staff"]))

    wanted = sum(len(row["positions"]) for row in people["staff"])
    assert (report.problems, len(report.created), report.positions) == ({}, len(people["staff"]), wanted)


async def test_days_to_come_of_positions_from_before_are_told_of_as_well(desk):
    today = await desk.database.server_now()
    days = {"over": today - timedelta(days=1), "to_come": today + timedelta(days=1), "open": None}
    await desk.database["positions"].insert_many(
        [{"_id": name, "since": day or today, "until": day} for name, day in days.items()]
    )

    await tell_of_days_to_come(desk.database)

    told = [row["_id"] async for row in desk.database["positions"].find({"to_begin": True, "to_end": True})]
    assert told == ["to_come"]
