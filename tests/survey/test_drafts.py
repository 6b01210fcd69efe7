"""Drafts from phones that were offline: in whatever order they arrive, nothing is lost and nothing is handed in twice."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import hypothesis
import pytest
from hypothesis import HealthCheck
from hypothesis import strategies as some

from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from plugins.survey.actions.drafts import OLDEST, within
from tests.survey.conftest import ELDER, LAND, ONE, SURVEYS, VILLAGE, configure

EXAMPLES = 60
PHONES = ("甲", "乙")
REVISIONS = 3
# A phone's clock against ours, in hours.
SKEWS = (-24 * 400, -30, -1, 0, 1, 24 * 400)


async def bodies(office, skews):
    """What each phone has saved, by phone and revision; the pictures are uploaded already."""
    made = {}
    for phone, skew in zip(PHONES, skews, strict=True):
        surveyor = office.surveyor(phone)
        pictures = {name: [await office.upload(surveyor)] for name in ("photos", "signatures")}
        for revision in range(1, REVISIONS + 1):
            saved_at = office.world.clock.now() + timedelta(minutes=revision, hours=skew)
            form = await office.form(surveyor, findings=f"{phone}第{revision}次", **pictures)
            made[phone, revision] = {"revision": revision, "saved_at": saved_at, "form": form}
    return made


async def play(office, acts, skews):
    """Let the phones send as they like, and compare with what a list on paper would have."""
    await office.world.database["files"].delete_many({"state": "pending"})
    survey = await office.begun(id=office.world.units.new_id())
    sent = await bodies(office, skews)
    ids = {phone: office.world.units.new_id() for phone in PHONES}
    office.world.clock.advance(timedelta(hours=1))
    known, received, records, expected = {}, {}, 0, None
    for what, phone, revision in acts:
        office.world.clock.advance(timedelta(seconds=1))
        surveyor = office.surveyor(phone)
        if what == "save":
            await office.ask(
                surveyor, f"PUT {ONE}/drafts/{{draft}}", id=survey.id, draft=ids[phone], body=sent[phone, revision]
            )
            if revision > known.get(phone, 0):
                known[phone], received[phone] = revision, office.world.clock.now()
            continue
        body = {"draft": ids[phone], "revision": revision}
        try:
            await office.ask(surveyor, f"POST {ONE}/submit", id=survey.id, body=body)
        except (Conflict, NotFound):
            pass
        else:
            # The first one that goes through; later only the very same again.
            expected = expected or (phone, revision)
            assert expected == (phone, revision)
            records = 1
    await check(office, survey, sent, ids, known, received, records, expected)


async def check(office, survey, sent, ids, known, received, records, expected):
    detail = await office.show(survey, office.surveyor("甲"))
    floor = office.world.clock.now() - OLDEST - timedelta(hours=2)
    kept = {draft.id: draft for draft in detail.drafts}

    assert set(kept) == {ids[phone] for phone in known}
    assert {phone: kept[ids[phone]].revision for phone in known} == known
    assert len(detail.records) == records
    if expected:
        assert detail.records[0].findings == f"{expected[0]}第{expected[1]}次"
    if known:

        def age(phone):
            said = sent[phone, known[phone]]["saved_at"]
            return (within(said, received[phone] - OLDEST, received[phone]), received[phone])

        newest = max(known, key=age)
        assert age(newest)[0] > floor
        assert (detail.form_of, detail.form.findings) == (ids[newest], f"{newest}第{known[newest]}次")


async def test_any_interleaving_of_saves_replays_and_submits_of_two_phones(office, seed):
    """Ends with every draft kept in its newest revision, the newest of them shown, and one record at most."""
    loop = asyncio.get_running_loop()
    act = some.tuples(
        some.sampled_from(["save", "save", "save", "submit"]), some.sampled_from(PHONES), some.integers(1, REVISIONS)
    )

    @hypothesis.seed(seed)
    @hypothesis.settings(max_examples=EXAMPLES, database=None, suppress_health_check=list(HealthCheck))
    @hypothesis.given(acts=some.lists(act, max_size=12), skews=some.tuples(*[some.sampled_from(SKEWS)] * 2))
    def run(acts, skews):
        asyncio.run_coroutine_threadsafe(play(office, acts, skews), loop).result()

    await asyncio.to_thread(run)


async def test_the_same_save_again_is_the_same_draft(office):
    """An answer that was lost on the way: nothing is written again."""
    survey = await office.begun()
    surveyor, draft = office.surveyor(), office.world.units.new_id()
    body = {"revision": 1, "saved_at": office.world.clock.now(), "form": await office.form(surveyor)}

    for _ in range(2):
        await office.ask(surveyor, f"PUT {ONE}/drafts/{{draft}}", id=survey.id, draft=draft, body=body)

    [stored] = await office.world.database["survey.drafts"].find({}).to_list(9)
    assert (stored["_id"], stored["version"]) == (draft, 1)
    assert "耕地" not in repr(stored) and "家中" not in repr(stored)


async def test_one_revision_with_two_contents_is_told(office):
    """A phone that was set back to an older copy: what we have is not written over."""
    survey = await office.begun()
    saved = await office.save(survey)

    with pytest.raises(Conflict) as refused:
        await office.save(survey, draft=saved.draft.id, findings="另一些话")

    assert refused.value.state == {"draft": saved.draft.id, "revision": 1}


async def test_a_draft_belongs_to_its_phone(office):
    """Nobody writes over somebody else's, also where both may survey; both are listed, and read by both."""
    survey = await office.begun()
    first = await office.save(survey, office.surveyor("甲"))

    with pytest.raises(Conflict, match="已被使用"):
        await office.save(survey, office.surveyor("乙"), draft=first.draft.id, revision=2)
    second = await office.save(survey, office.surveyor("乙"))
    detail = await office.show(survey, office.surveyor("甲"))
    read = await office.ask(office.surveyor("甲"), f"GET {ONE}/drafts/{{draft}}", id=survey.id, draft=second.draft.id)

    assert [(draft.id, draft.mine) for draft in detail.drafts] == [(second.draft.id, False), (first.draft.id, True)]
    assert (read.form.spot, second.newest) == ("家中", second.draft.id)
    mine = (await office.ask(office.surveyor("甲"), "GET survey/drafts")).items
    assert [draft.id for draft in mine] == [first.draft.id]


async def test_the_draft_that_was_looked_at_is_handed_in(office):
    """Not one that came in between."""
    survey = await office.begun()
    saved = await office.save(survey)
    await office.save(survey, draft=saved.draft.id, revision=2, findings="改过了")

    with pytest.raises(Stale) as refused:
        await office.ask(
            office.surveyor(), f"POST {ONE}/submit", id=survey.id, body={"draft": saved.draft.id, "revision": 1}
        )
    with pytest.raises(Conflict, match="还没有保存到最新"):
        await office.ask(
            office.surveyor(), f"POST {ONE}/submit", id=survey.id, body={"draft": saved.draft.id, "revision": 3}
        )

    assert refused.value.state == {"draft": saved.draft.id, "revision": 2}


@pytest.mark.parametrize("saved_at", [datetime(1, 1, 2, tzinfo=UTC), datetime(9999, 12, 30, tzinfo=UTC)])
async def test_a_phone_with_a_mad_clock_breaks_nothing(office, saved_at):
    """What it says is held within what is possible."""
    survey = await office.begun()

    saved = await office.save(survey, saved_at=saved_at)

    now = office.world.clock.now()
    assert now - OLDEST <= saved.draft.saved_at <= now


async def test_what_was_offline_for_long_is_kept_beside_the_record(office):
    """Handed in by one, a draft of the other still comes in; the record stays as it is."""
    survey = await office.begun()
    await office.submit(survey, office.surveyor("甲"))

    late = await office.save(survey, office.surveyor("乙"), findings="迟到的草稿")

    detail = await office.show(survey)
    assert (detail.survey.state, len(detail.records), late.draft.id in {each.id for each in detail.drafts}) == (
        "submitted",
        1,
        True,
    )


async def test_sent_back_the_old_words_are_not_handed_in_again(office):
    """A phone's late copy of the first hand-in must not answer 退回重查."""
    survey = await office.begun()
    saved = await office.save(survey)
    body = {"draft": saved.draft.id, "revision": 1}
    await office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body)
    await office.send_back(survey)

    with pytest.raises(Conflict, match="已提交过"):
        await office.ask(office.surveyor(), f"POST {ONE}/submit", id=survey.id, body=body)


async def test_there_is_an_end_to_drafts(office):
    await configure(office, drafts_at_most=3)
    survey = await office.begun()
    for _ in range(3):
        await office.save(survey)

    with pytest.raises(Conflict, match="已有3份草稿"):
        await office.save(survey)


async def test_there_is_an_end_to_their_length(office):
    survey = await office.begun()
    surveyor = office.surveyor()

    with pytest.raises(Invalid):
        await office.save(survey, surveyor, findings="\u0000" * 2000, spot="\u0000" * 100, photos=[], investigators=[
            "\u0000" * 30] * 10, draft=office.world.units.new_id(), signatures=["\u0000" * 64] * 10)  # fmt: skip


async def test_the_id_is_an_id(office):
    survey = await office.begun()

    with pytest.raises(Invalid):
        await office.save(survey, draft="1")


async def test_pictures_that_nobody_needs_are_let_go(office):
    """Dropped from the only draft that had them; kept where a record has them."""
    survey = await office.begun()
    surveyor = office.surveyor()
    gone, kept = await office.upload(surveyor), await office.upload(surveyor)
    first = await office.save(survey, photos=[gone, kept])
    await office.save(survey, photos=[kept])

    await office.save(survey, draft=first.draft.id, revision=2, photos=[])

    states = {row["_id"]: row["state"] async for row in office.world.database["files"].find({})}
    assert (states[gone], states[kept]) == ("released", "claimed")


async def test_ones_own_draft_can_be_thrown_away(office):
    """With the pictures that nothing else has; nobody else's, and never a record."""
    survey = await office.begun()
    picture = await office.upload(office.surveyor())
    thrown = await office.save(survey, photos=[picture])
    handed_in = (await office.submit(survey)).records[0]
    delete = f"DELETE {ONE}/drafts/{{draft}}"

    with pytest.raises(Forbidden):
        await office.ask(office.surveyor("别人"), delete, id=survey.id, draft=thrown.draft.id)
    for draft in (thrown.draft.id, handed_in.draft):
        await office.ask(office.surveyor(), delete, id=survey.id, draft=draft)
    with pytest.raises(NotFound):
        await office.ask(office.surveyor(), delete, id=survey.id, draft=thrown.draft.id)

    detail = await office.show(survey)
    assert (detail.drafts, [record.id for record in detail.records]) == ([], [handed_in.id])
    states = {row["_id"]: row["state"] async for row in office.world.database["files"].find({})}
    assert (states[picture], states[handed_in.photos[0]]) == ("released", "claimed")


async def test_only_pictures_and_only_ones_own(office):
    survey = await office.begun()
    stranger = await office.upload(office.surveyor("别人"))
    paper = await office.world.units.files.put_pending(
        b"%PDF", owner="杨帆", media_type="application/pdf", sha256="0" * 64, now=office.world.clock.now()
    )

    for file in (stranger, paper.id, "unknown"):
        with pytest.raises(Invalid):
            await office.save(survey, photos=[file])


async def test_begun_offline_it_is_the_same_survey_when_sent_again(office):
    """The phone's own id; another household under that id is refused."""
    id = office.world.units.new_id()
    first = await office.begun(id=id)
    again = await office.begun(id=id)

    with pytest.raises(Conflict):
        await office.begun(id=id, name="王秀英", id_number="510923194106120011")
    with pytest.raises(Conflict):
        await office.begun(office.surveyor("乙"), id=id)

    assert (first.id, again.version, first.number) == (id, 1, again.number)
    body = {"place": VILLAGE, "project": LAND, "name": "李桂兰", "id_number": ELDER, "id": "x"}
    with pytest.raises(Invalid):
        await office.ask(office.surveyor(), SURVEYS, body=body)


async def test_what_is_sent_at_once_and_was_typed_before_the_last_save_is_refused(office):
    """A second tab: its words are not what is kept, and it is told so. What a phone's queue sends late changes nothing."""
    survey, surveyor = await office.wanted(), office.surveyor()
    saved = await office.save(survey, surveyor, revision=5, findings="后来写的")

    with pytest.raises(Conflict, match="请再保存一次"):
        await office.save(survey, surveyor, draft=saved.draft.id, revision=4, saved_at=None, findings="先打开的")
    late = await office.save(survey, surveyor, draft=saved.draft.id, revision=4, findings="排队的")

    assert late.draft.revision == 5
