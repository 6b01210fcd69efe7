"""What a record must have, what becomes of it, and that it never changes."""

from __future__ import annotations

from datetime import timedelta

import pytest

from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Stale
from tests.plugins.conftest import LAND
from tests.survey.conftest import ANJU, ONE, configure
from tests.world import VILLAGE

FULL = {"*": ["spot", "findings", "investigators", "photos", "signatures"]}


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"result": None}, "result"),
        ({"handling": None}, "handling"),
        ({"visited_at": None}, "visited_at"),
        ({"spot": "  "}, "spot"),
        ({"findings": ""}, "findings"),
        ({"investigators": ["杨帆"]}, "investigators"),
        ({"investigators": ["杨帆", " 杨 帆 "]}, "investigators"),
        ({"photos": []}, "photos"),
        ({"signatures": []}, "signatures"),
    ],
)
async def test_each_required_field(office, changes, field):
    """Told at its own field; the draft is kept."""
    await configure(office, required=FULL)
    survey = await office.begun()

    with pytest.raises(Invalid) as refused:
        await office.submit(survey, **changes)

    assert set(refused.value.fields) == {field}
    assert (await office.stored(_id=survey.id)).state == "draft"


async def test_all_that_is_wrong_is_told_at_once(office):
    await configure(office, required=FULL)
    survey = await office.begun()
    nothing = {"result": None, "handling": None, "visited_at": None, "spot": "", "findings": "", "investigators": []}

    with pytest.raises(Invalid) as refused:
        await office.submit(survey, **nothing, photos=[], signatures=[])

    assert set(refused.value.fields) == {*nothing, "photos", "signatures"}


async def test_what_is_asked_belongs_to_the_project(office):
    """The county asks less of one; the others keep the usual."""
    await configure(office, required={LAND: ["spot"], "*": ["photos"]}, investigators_at_least=1)
    land = await office.begun()
    old_age = await office.begun(project="30005", id_number="510923194106120011")

    await office.submit(land, photos=[], signatures=[], investigators=[])
    with pytest.raises(Invalid) as refused:
        await office.submit(old_age, photos=[], signatures=[], investigators=[])

    assert set(refused.value.fields) == {"photos"}
    assert (await office.show(land)).required == ["spot"]


@pytest.mark.parametrize(
    ("away", "fine"),
    [
        (timedelta(minutes=9), True),
        (timedelta(minutes=11), False),
        (timedelta(days=-365), True),
        (timedelta(days=-400), False),
    ],
)
async def test_nobody_was_there_tomorrow(office, away, fine):
    """A phone's clock may be a few minutes ahead; then it was now."""
    survey = await office.begun()
    visited_at = office.world.clock.now() + away

    if fine:
        detail = await office.submit(survey, visited_at=visited_at)
        assert detail.records[0].visited_at <= detail.records[0].at
    else:
        with pytest.raises(Invalid) as refused:
            await office.submit(survey, visited_at=visited_at)
        assert set(refused.value.fields) == {"visited_at"}


async def test_a_correction_is_a_new_version(office):
    """Both are readable, with the reason; what was handed in first is as it was."""
    survey = await office.begun()
    first = (await office.submit(survey)).records[0]

    detail = await office.correct(survey, result="untrue", handling="stop", findings="房屋已空置。")

    old, new = detail.records
    assert (old.present, new.present, new.replaces, new.reason) == (False, True, first.id, "看错了")
    assert (old.findings, new.findings) == (first.findings, "房屋已空置。")
    assert (detail.survey.result, detail.survey.handling) == ("untrue", "stop")
    stored = await office.world.database["survey.records"].find_one({"_id": first.id})
    assert stored["version"] == 1
    assert [(event.result, event.correction) for event in office.asker.heard] == [("true", False), ("untrue", True)]


async def test_a_correction_says_what_it_replaces_and_why(office):
    """Of two at once the second sees that there is another record by now."""
    survey = await office.begun()
    detail = await office.submit(survey)
    await office.correct(survey)
    saved = await office.save(survey)
    body = {"draft": saved.draft.id, "revision": 1, "replaces": detail.records[0].id, "reason": "x"}

    with pytest.raises(Stale) as refused:
        await office.ask(office.surveyor(), f"POST {ONE}/correct", id=survey.id, body=body)
    with pytest.raises(Invalid):
        await office.correct(survey, reason=" ")

    assert refused.value.state["record"] == (await office.stored(_id=survey.id)).record


async def test_a_correction_sent_again_is_the_same(office):
    survey = await office.begun()
    first = await office.submit(survey)
    saved = await office.save(survey)
    body = {"draft": saved.draft.id, "revision": 1, "replaces": first.records[0].id, "reason": "看错了"}

    for _ in range(2):
        await office.ask(office.surveyor(), f"POST {ONE}/correct", id=survey.id, body=body)

    assert len((await office.show(survey)).records) == 2


async def test_there_is_an_end_to_corrections(office):
    await configure(office, records_at_most=2)
    survey = await office.begun()
    await office.submit(survey)
    await office.correct(survey)

    with pytest.raises(Conflict, match="更正次数过多"):
        await office.correct(survey)


async def test_what_was_found_is_kept_sealed(office):
    """Neither findings nor the person stand in the database, in events, or in the log in plain."""
    survey = await office.begun()
    await office.submit(survey, findings="家中有三口人", spot="三组七号")
    names = ("survey.surveys", "survey.drafts", "survey.records", "events", "audit", "worklist.touches")

    stored = "".join([repr(await office.world.database[name].find({}).to_list(99)) for name in names])

    for text in ("家中有三口人", "三组七号", "李桂兰", "510904194403150023", "19900000001"):
        assert text not in stored


# --- pictures --------------------------------------------------------------------------------------------------------


async def read(office, actor, survey, file):
    return await office.ask(actor, f"GET {ONE}/files/{{file}}", id=survey.id, file=file)


async def test_pictures_are_for_the_surveys_own_people(office):
    """Surveyors, the nodes that decide, 纪委; not who looks on, and not a draft's for others than surveyors."""
    survey = await office.begun()
    record = (await office.submit(survey)).records[0]
    draft = await office.upload(office.surveyor())
    await office.save(survey, photos=[draft])
    discipline = office.staff("纪委", office.position("discipline", ANJU))
    leader = office.staff("领导", office.position("leader", ANJU))
    clerk = office.staff("公示", office.position("handler", VILLAGE, node="publicity_village"))

    for actor in (office.surveyor(), office.village(), office.reviewer(), office.county(), discipline):
        for file in (*record.photos, *record.signatures):
            assert (await read(office, actor, survey, file)).media_type == "image/png"
    assert (await read(office, office.surveyor(), survey, draft)).data
    for actor, file in ((leader, record.photos[0]), (clerk, record.photos[0]), (office.village(), draft)):
        with pytest.raises(NotFound):
            await read(office, actor, survey, file)


async def test_a_picture_is_found_at_its_own_survey_only(office):
    first, second = await office.begun(), await office.begun(id_number="510923194106120011")
    file = (await office.submit(first)).records[0].photos[0]
    await office.submit(second)

    for wrong in (file, "unknown"):
        with pytest.raises(NotFound):
            await read(office, office.surveyor(), second, wrong)


# --- who -------------------------------------------------------------------------------------------------------------


async def test_only_surveyors_survey(office):
    """A reviewing node of the village reads it, and hands nothing in."""
    survey = await office.begun()

    with pytest.raises(Forbidden):
        await office.save(survey, office.village())


async def test_from_the_city_nothing_is_written(office):
    survey = await office.begun()
    surveyor = office.staff("市里", office.position("handler", "510900"))
    body = {"revision": 1, "saved_at": office.world.clock.now(), "form": {}}

    with pytest.raises(NotFound):
        await office.ask(
            surveyor,
            f"PUT {ONE}/drafts/{{draft}}",
            at="510900",
            id=survey.id,
            draft=office.world.units.new_id(),
            body=body,
        )
