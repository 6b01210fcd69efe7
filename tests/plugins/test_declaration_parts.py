"""A declaration that is filled part by part: each part is checked when it is kept, and all of it when it is handed in."""

from __future__ import annotations

import pytest

from hub.api import Invalid, NotFound, Stale
from tests.plugins.conftest import LAND, OLD_AGE, PICTURE
from tests.plugins.test_catalogue_editor import Operator
from tests.plugins.test_declaration_turns import facts
from tests.world import ANJU, VILLAGE

DRAFT = "0190a000-0000-7000-8000-000000000001"
PERSON, ANSWERS = "PUT declaration/drafts/{id}/person", "PUT declaration/drafts/{id}/answers"
MATERIAL, SUBMIT = "PUT declaration/drafts/{id}/materials/{key}", "POST declaration/drafts/{id}/submit"
MOTHER = {
    "name": "李桂兰",
    "id_number": "510904194403150023",
    "phone": "19900000001",
    "region": VILLAGE,
    "category": "aged_80",
}
KEYS = ("id_card", "household", "social_card", "proof")


async def keep_person(office, wang, project=OLD_AGE, **changes):
    body = {"project": project, "declared_for": "other", "beneficiary": MOTHER} | changes
    return await office.ask(wang, PERSON, id=DRAFT, body=body)


async def keep_material(office, wang, key, version, files=1):
    kept = [await office.upload(wang, PICTURE + bytes([each])) for each in range(files)]
    return await office.ask(wang, MATERIAL, id=DRAFT, key=key, body={"version": version, "files": kept})


async def test_part_by_part_it_becomes_a_case(office):
    """The draft is gone, its files are the case's."""
    wang = office.resident()
    draft = await keep_person(office, wang)
    for key in KEYS:
        draft = await keep_material(office, wang, key, draft.version)

    case = await office.ask(wang, SUBMIT, id=DRAFT, body={"version": draft.version})

    assert (case.id, case.state, {item.key for item in case.materials}) == (DRAFT, "handling", set(KEYS))
    assert (await office.ask(wang, "GET declaration/drafts")).items == []


async def test_what_the_project_asks_for_no_more_goes_with_the_draft(office):
    """A question and a material were taken out of the catalogue after they were filled; its file is let go."""
    county, wang = Operator(office, ANJU), office.resident()
    await county.put("questions", {"key": "note", "label": "备注", "type": "text"}, number=0)
    await county.publish()
    draft = await keep_person(office, wang)
    for key in KEYS:
        draft = await keep_material(office, wang, key, draft.version)
    draft = await office.ask(wang, ANSWERS, id=DRAFT, body={"version": draft.version, "answers": {"note": "无"}})
    await county.take_out("questions", "note")
    await county.take_out("materials", "household")
    await county.publish()

    case = await office.ask(wang, SUBMIT, id=DRAFT, body={"version": draft.version})

    gone = await office.world.database["files"].find({"state": "released"}).to_list(5)
    assert {item.key for item in case.materials} == set(KEYS) - {"household"}
    assert [file["_id"] for file in gone] == list(draft.form.materials["household"])


async def test_what_is_declared_anew_holds_what_is_still_asked_for(office):
    """Else it could never be handed in."""
    county, wang = Operator(office, ANJU), office.resident()
    case = await office.declare(wang)
    await office.ask(wang, "POST declaration/cases/{id}/withdraw", id=case.id, body={"version": case.version})
    await county.take_out("materials", "household")
    await county.publish()

    draft = await office.ask(wang, "POST declaration/cases/{id}/redeclare", id=case.id, body={})

    assert set(draft.form.materials) == {item.key for item in case.materials} - {"household"}


async def test_what_is_wrong_with_the_person_is_told_at_once_and_nothing_is_kept(office):
    wrong = {**MOTHER, "id_number": "510904194403150024", "phone": "1", "category": "", "region": ""}

    with pytest.raises(Invalid) as refused:
        await keep_person(office, office.resident(), beneficiary=wrong)

    assert set(refused.value.fields) == {f"beneficiary.{name}" for name in ("id_number", "phone", "category", "region")}
    assert (await office.ask(office.resident(), "GET declaration/drafts")).items == []


async def test_who_is_entered_is_told_as_next_step_tells_it(office):
    """So that interception sees declarations that never come."""
    await keep_person(office, office.resident())

    [told] = await facts(office, "declaration.PersonEntered")

    assert (told.attempt_id, told.project, told.by) == (DRAFT, OLD_AGE, "wang")


async def test_another_category_lets_go_of_materials_that_it_does_not_hand_in(office):
    """The lease of a farmer is nothing that a state farm's worker hands in."""
    wang = office.resident()
    draft = await keep_person(office, wang, LAND, beneficiary=MOTHER | {"category": "farmer"})
    draft = await keep_material(office, wang, "contract_land", draft.version)

    version = {"version": draft.version}
    draft = await keep_person(office, wang, LAND, beneficiary=MOTHER | {"category": "state_farm"}, **version)

    assert draft.form.materials == {}
    assert await office.world.database["files"].distinct("state") == ["released"]


async def test_answers_are_checked_at_their_fields_and_stay(office):
    wang = office.resident()
    draft = await keep_person(office, wang, LAND, beneficiary=MOTHER | {"category": "farmer"})

    with pytest.raises(Invalid) as refused:
        await office.ask(wang, ANSWERS, id=DRAFT, body={"version": draft.version, "answers": {"area_mu": "很多"}})
    kept = await office.ask(wang, ANSWERS, id=DRAFT, body={"version": draft.version, "answers": {"area_mu": "3.5"}})

    assert set(refused.value.fields) == {"answers.area_mu"}
    assert (kept.form.answers, kept.form.beneficiary.name) == ({"area_mu": "3.5"}, "李桂兰")


async def test_a_material_is_replaced_and_taken_away(office):
    """The sweep may have what is no longer listed."""
    wang = office.resident()
    draft = await keep_person(office, wang)
    first = await keep_material(office, wang, "id_card", draft.version, files=2)
    second = await keep_material(office, wang, "id_card", first.version)

    third = await office.ask(wang, MATERIAL, id=DRAFT, key="id_card", body={"version": second.version, "files": []})

    assert [len(each.form.materials["id_card"]) for each in (first, second, third)] == [2, 1, 0]
    assert await office.world.database["files"].distinct("state") == ["released"]


async def test_too_many_files_of_a_material_are_refused(office):
    wang = office.resident()
    draft = await keep_person(office, wang)

    with pytest.raises(Invalid) as refused:
        await keep_material(office, wang, "social_card", draft.version, files=2)

    assert refused.value.fields == {"files": "社会保障卡最多1张，请去掉多余的。"}


async def test_a_material_that_is_not_asked_is_none(office):
    wang = office.resident()
    draft = await keep_person(office, wang)

    with pytest.raises(NotFound, match="不需要这份材料"):
        await keep_material(office, wang, "lease", draft.version)


async def test_what_is_missing_is_said_when_it_is_handed_in(office):
    wang = office.resident()
    draft = await keep_person(office, wang)

    with pytest.raises(Invalid) as refused:
        await office.ask(wang, SUBMIT, id=DRAFT, body={"version": draft.version})

    assert set(refused.value.fields) == {f"materials.{key}" for key in KEYS}


async def test_what_was_changed_on_another_phone_is_not_handed_in_unseen(office):
    wang = office.resident()
    seen = await keep_person(office, wang)
    await keep_material(office, wang, "id_card", seen.version)

    with pytest.raises(Stale):
        await office.ask(wang, SUBMIT, id=DRAFT, body={"version": seen.version})


async def test_nobody_fills_or_hands_in_anothers_draft(office):
    wang, other = office.resident(), office.resident("tan", "谭志远", "510981198902141130")
    await keep_person(office, wang)

    for operation, body in ((ANSWERS, {"answers": {}}), (SUBMIT, {})):
        with pytest.raises(NotFound):
            await office.ask(other, operation, id=DRAFT, body={"version": 1, **body})
