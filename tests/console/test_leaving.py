"""离职: in one act the account is closed, positions end, and what was in hand goes to whoever has the work now."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from hub.app import Hub
from hub.identity import roster
from hub.words.clock import MovingClock
from tests.rows.rows import Walk, Walker
from tests.web.samples import core, staff, survey, window
from tests.web.scope import Question, Scene, Staff, Visitor
from tests.whole import ALL_ON, whole_hub
from tests.world import ANJU, JUXIAN, MONDAY_MORNING, SHEHONG, VILLAGE


@pytest.fixture
async def hub(mongo_uri: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Hub]:
    """One for each test: who is left at a post decides who has its work."""
    folder, counties = tmp_path_factory.mktemp("hub"), {ANJU: ALL_ON, SHEHONG: ALL_ON}
    async with whole_hub(mongo_uri, folder, counties, clock=MovingClock(MONDAY_MORNING)) as made:
        yield made


@pytest.fixture
async def walk(hub: Hub) -> AsyncIterator[Walk]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar()) as http:
        yield Walk(Scene(hub, http))


@pytest.fixture
async def officer(walk: Walk) -> Walker:
    return await walk.staff("ops_security", ANJU)


async def account_of(walk: Walk, person: str) -> str:
    """An account for somebody of the samples, with which they have signed in."""
    accounts = walk.hub.identity.accounts
    made = await walk.hub.database.transaction(
        lambda session: accounts.add(session, username="leaver", person=person, password_hash="x", must_change=False)
    )
    await walk.hub.database["sessions"].update_many({"person": person}, {"$set": {"account": made.id}})
    return str(made.id)


async def left(walk: Walk, officer: Walker, person: str) -> None:
    await officer.post(f"/{ANJU}/staff/accounts/{await account_of(walk, person)}/leave-job")
    await walk.settled()


async def whose(walk: Walk, collection: str, question: Question, name: str) -> str:
    """The person of the draft that a sample has begun."""
    found = await walk.hub.database[collection].find_one({"_id": question.path[name]})
    assert found is not None
    return str(found["person"])


async def test_what_was_claimed_is_offered_to_who_is_left(walk: Walk, officer: Walker) -> None:
    """And the one who has left is out, everywhere, with the same press."""
    task = (await core.claimed_task(walk.scene)).path["id"]
    leaver = await walk.scene.visitor(core.WINDOW)
    colleague = await staff.clerk(walk.scene, "window")

    await left(walk, officer, leaver.person)

    stored = await walk.hub.database["worklist.tasks"].find_one({"_id": task})
    assert stored is not None and (stored["state"], stored["claimed_by"], stored["at"]) == ("open", None, JUXIAN)
    assert (await leaver.get("/api/v1/me")).status == 401
    assert await walk.hub.identity.staff.held(leaver.person, walk.hub.clock.now()) == []
    told = {"person": colleague.person, "code": "P01"}
    assert await walk.hub.database["inbox"].count_documents(told) == 1


@pytest.mark.parametrize("colleague", [True, False])
async def test_drafts_of_surveys_go_to_who_surveys_now(walk: Walk, officer: Walker, colleague: bool) -> None:
    """A colleague at the same post, or, where there is none, one level up; they go on with them."""
    draft = await survey.draft(walk.scene)
    leaver = await walk.scene.visitor(survey.SURVEYOR)
    heir = await another(walk, VILLAGE if colleague else JUXIAN)

    await left(walk, officer, leaver.person)

    assert await whose(walk, "survey.drafts", draft, "draft") == heir.person
    path = f"/api/v1/{VILLAGE}/survey/surveys/{draft.path['id']}/drafts/{draft.path['draft']}"
    assert (await heir.ask("DELETE", path)).status < 300


@pytest.mark.parametrize("colleague", [True, False])
async def test_what_was_begun_at_a_window_goes_to_who_keeps_it_now(
    walk: Walk, officer: Walker, colleague: bool
) -> None:
    """With its papers; one level up where nobody does."""
    draft = await window.draft_file(walk.scene)
    leaver = await walk.scene.visitor(window.ENTERS)
    heir = await walk.scene.visitor(
        Staff("handler", JUXIAN if colleague else ANJU, node="accept" if colleague else None)
    )
    if not colleague:
        await walk.scene.visitor(Staff("handler", JUXIAN, node="survey"))

    await left(walk, officer, leaver.person)

    assert await whose(walk, "declaration.window_drafts", draft, "id") == heir.person
    seen = await heir.get(f"{window.WINDOW}/drafts/{draft.path['id']}/files/{draft.path['file']}")
    assert seen.status == 200


async def test_a_survey_that_nobody_can_take_over_hides_no_others(
    walk: Walk, officer: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are of them: the colleague must keep away from the first."""
    monkeypatch.setattr("plugins.survey.actions.passing.AT_ONCE", 1)
    kept, given = sorted([await survey.draft(walk.scene) for _ in range(2)], key=lambda each: each.path["draft"])
    leaver, heir = await walk.scene.visitor(survey.SURVEYOR), await another(walk, VILLAGE)
    avoiding = {"$set": {"avoid": [heir.person]}}
    await walk.hub.database["survey.surveys"].update_one({"_id": kept.path["id"]}, avoiding)

    await left(walk, officer, leaver.person)

    persons = [await whose(walk, "survey.drafts", each, "draft") for each in (kept, given)]
    assert persons == [leaver.person, heir.person]


async def test_a_draft_of_a_window_that_nobody_can_take_over_hides_no_others(
    walk: Walk, officer: Walker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However many there are of them: the first is of a project that the colleague does not take."""
    monkeypatch.setattr("plugins.declaration.actions.passing.AT_ONCE", 1)
    kept, given = sorted([await window.draft(walk.scene) for _ in range(2)], key=lambda each: each.path["id"])
    drafts, leaver = walk.hub.database["declaration.window_drafts"], await walk.scene.visitor(window.ENTERS)
    found = await drafts.find_one({"_id": given.path["id"]})
    assert found is not None
    heir = await walk.scene.visitor(Staff("handler", JUXIAN, node="accept", project=found["project"]))
    await drafts.update_one({"_id": kept.path["id"]}, {"$set": {"project": "another"}})

    await left(walk, officer, leaver.person)

    persons = [await whose(walk, "declaration.window_drafts", each, "id") for each in (kept, given)]
    assert persons == [leaver.person, heir.person]


async def test_what_nobody_can_take_over_stays(walk: Walk, officer: Walker) -> None:
    """Whoever comes to the post later is another matter; nothing is lost by the press."""
    draft = await window.draft(walk.scene)
    leaver = await walk.scene.visitor(window.ENTERS)

    await left(walk, officer, leaver.person)

    assert await whose(walk, "declaration.window_drafts", draft, "id") == leaver.person


@pytest.mark.parametrize("colleague", [True, False])
async def test_a_post_that_nobody_does_any_more_raises_an_alert(walk: Walk, officer: Walker, colleague: bool) -> None:
    """Also where nothing waits for it; not while somebody else does it."""
    leaver = await walk.scene.visitor(Staff("handler", JUXIAN))
    if colleague:
        await walk.scene.visitor(Staff("handler", JUXIAN, "民政局"))
        await staff.clerk(walk.scene)

    await left(walk, officer, leaver.person)

    alerts = await walk.hub.database["alerts"].find({"cause": f"vacant:handler:{JUXIAN}:::"}).to_list(None)
    assert len(alerts) == (0 if colleague else 1)
    assert colleague or "岗位“经办人员”目前无人。" in alerts[0]["detail"]


async def test_posts_that_nobody_does_afterwards_are_named_before(walk: Walk) -> None:
    """A colleague with the same post does it; one who is on leave, or is bound to something else, does not."""
    leaver, colleague = [await staff.clerk(walk.scene, "window") for _ in range(2)]
    positions, database = walk.hub.database["positions"], walk.hub.database
    [held] = await walk.hub.identity.staff.held(leaver.person, walk.hub.clock.now())

    found = []
    for change in ({}, {"on_leave": True}, {"on_leave": False, "node": "survey"}):
        await positions.update_one({"person": colleague.person}, {"$set": {"on_leave": False, **change}})
        found.append(await roster.unattended_without(database, [held], walk.hub.clock.now()))

    assert found == [[], [held], [held]]


async def another(walk: Walk, region: str) -> Visitor:
    """Somebody else who surveys there, at whichever other node."""
    return await walk.scene.visitor(Staff("handler", region, "民政局", "survey"))
