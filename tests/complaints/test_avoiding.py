"""回避: whom a complaint accuses, and whoever belongs to the accused office, neither sees nor handles it, nor hears of it."""

from __future__ import annotations

import pytest

from hub.api import Push
from hub.identity.positions import POSITIONS
from hub.reading.sheets import read_rows
from hub.words.errors import Conflict, Invalid, NotFound
from tests.complaints.conftest import ACCUSED, ANJU, CIVIL, FARMING, NUMBERS
from tests.world import CITY, JUXIAN, VILLAGE

LIST, SHOW = "GET complaints", "GET complaints/{id}"


async def avoiders(office):
    """Everybody who must keep away from a complaint about 李桂兰's row, each with the very position that handles it."""
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    return {
        "the declarant": await office.employ("daughter", position),
        "the accused": await office.employ("gui", position, number=ACCUSED),
        "the accused under another account": await office.employ("gui-2", position, number=ACCUSED),
        "the complainant": await office.employ("wang", position),
        "the complainant under another account": await office.employ("wang-2", position, number=NUMBERS["wang"]),
    }


async def belongs(office):
    """Those who belong to the office 聚贤镇民政: with the county's position that handles, or looks on, besides."""
    handles = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    town = office.position("handler", JUXIAN, bureau=CIVIL, node="review_town")
    return {
        "a clerk of the accused office": await office.employ("clerk", handles, town),
        "its leader": await office.employ("head", handles, office.position("leader", JUXIAN, bureau=CIVIL)),
    }


async def blocked(office, complaint, people):
    """None of them finds it anywhere: list, number, detail, picture, counts, table, moves, worklist."""
    stored = await office.stored(complaint.id)
    for who, actor in people.items():
        assert (await office.ask(actor, LIST)).items == [], who
        assert (await office.ask(actor, LIST, query={"number": complaint.number})).items == [], who
        assert (await office.ask(actor, "GET complaints/overview")).states == [], who
        table = await office.ask(actor, "POST complaints/export", body={"reason": "月报"})
        assert list(read_rows(table.data, table.filename)) == [], who
        file = (stored["pictures"] or ["x"])[0]
        for operation, given in (
            (SHOW, {}),
            ("GET complaints/{id}/pictures/{file}", {"file": file}),
            ("POST complaints/{id}/unmask", {"body": {"reason": "看看"}}),
        ):
            with pytest.raises(NotFound):
                await office.ask(actor, operation, id=complaint.id, **given)
        for move in ("accept", "refuse", "return", "investigate", "reply", "extend", "survey"):
            with pytest.raises(NotFound):
                await office.do(move, complaint.id, actor)
        for move, more in (("transfer", {"region": ANJU, "bureau": FARMING}), ("merge", {"into": complaint.id})):
            with pytest.raises(NotFound):
                await office.do(move, complaint.id, actor, **more)
        assert (await office.ask(actor, "GET worklist/tasks", query={"stand_in": True})).items == [], who
        task = (await office.task(complaint.id))["_id"]
        for operation in ("GET worklist/tasks/{id}", "POST worklist/tasks/{id}/claim"):
            with pytest.raises(NotFound):
                await office.ask(actor, operation, id=task)


async def told_to(office):
    """Everybody whom a push about handling reached."""
    pushes = [push for push in office.pushes if isinstance(push, Push) and push.data.get("number", "").count("-T")]
    return {person for push in pushes for person in await office.reached(push)}


async def test_who_is_in_it_keeps_away(office):
    """By person, and by number under whatever account; the complainant too, though they see it as their own."""
    away = await avoiders(office)
    await office.employ("luo", office.position("handler", ANJU, bureau=CIVIL, node="complaints"))
    filed = await office.file(row=await office.row(), pictures=[await office.upload(office.citizen())])

    await blocked(office, filed, away)

    assert await told_to(office) == {"luo"}
    assert (await office.ask(office.citizen(), "GET complaints/mine")).items[0].id == filed.id
    await office.do("accept", filed.id)


async def test_the_accused_reads_nothing_as_a_resident_either(office):
    filed = await office.file(row=await office.row())
    for accused in (office.citizen("accused"), office.resident("daughter", "李兰", NUMBERS["chen"])):
        assert (await office.ask(accused, "GET complaints/mine")).items == []
        with pytest.raises(NotFound):
            await office.ask(accused, "GET complaints/mine/{id}", id=filed.id)


async def test_an_accused_office_keeps_away_whatever_else_its_people_hold(office):
    """One level up handles it; who holds a position in the office is not let near by another one."""
    away = await belongs(office)
    await office.employ("luo", office.position("handler", ANJU, bureau=CIVIL, node="complaints"))
    filed = await office.about_unit(JUXIAN, CIVIL)

    await blocked(office, filed, away)

    stored = await office.stored(filed.id)
    assert (stored["seat"], stored["place"], stored["bureau"]) == (ANJU, ANJU, CIVIL)
    assert await told_to(office) == {"luo"}


async def test_somebody_of_another_bureau_in_the_same_town_is_not_accused(office):
    filed = await office.about_unit(JUXIAN, CIVIL)
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    both = await office.employ("both", position, office.position("handler", JUXIAN, bureau=FARMING))

    assert [each.id for each in (await office.ask(both, LIST)).items] == [filed.id]


async def test_what_accuses_a_whole_town_keeps_its_people_away(office):
    filed = await office.about_unit(JUXIAN)
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    away = {
        bureau: await office.employ(bureau, position, office.position("handler", JUXIAN, bureau=bureau))
        for bureau in (CIVIL, FARMING)
    }

    await blocked(office, filed, away)


async def test_what_accuses_the_handling_bureau_is_handled_by_the_city(office):
    """Nobody at the county sees it, its leaders and 纪委 neither; the city's people handle it in that county."""
    county = {
        "the bureau's handler": await office.employ("luo", office.position("handler", ANJU, bureau=CIVIL)),
        "an unbound handler": await office.employ("unbound", office.position("handler", ANJU, node="complaints")),
    }
    city = await office.employ("city", office.position("handler", CITY, bureau=CIVIL, node="complaints"))
    filed = await office.about_unit(ANJU, CIVIL)

    await blocked(office, filed, county)
    for reader in (office.leader(), office.discipline(), office.leader("局长", bureau=CIVIL)):
        assert (await office.ask(reader, LIST)).items == []
        with pytest.raises(NotFound):
            await office.ask(reader, SHOW, id=filed.id)

    stored = await office.stored(filed.id)
    assert (stored["seat"], stored["place"]) == (CITY, ANJU)
    assert await told_to(office) == {"city"}
    [task] = (await office.ask(city, "GET worklist/tasks", at=CITY, query={"stand_in": True})).items
    assert task.number == filed.number
    assert [each.id for each in (await office.ask(city, LIST, at=CITY)).items] == [filed.id]
    await office.do("accept", filed.id, city)
    replied = await office.do("reply", filed.id, city, upheld="partly")
    closed = await office.own("answer", filed.id, satisfied=True)
    assert (replied.replies[0].unit, closed.complaint.state) == ("遂宁市民政局", "closed")
    assert await office.world.database["worklist.tasks"].count_documents({"done_by": "city"}) == 1


async def test_what_accuses_the_city_goes_to_another_of_its_bureaus(office):
    """Nobody is above the city here: positions that are bound to no bureau, and never the accused one."""
    accused = await office.employ("accused", office.position("handler", CITY, bureau=CIVIL, node="complaints"))
    other = await office.employ("other", office.position("handler", CITY, node="complaints"))
    filed = await office.about_unit(CITY, CIVIL)

    await blocked(office, filed, {"the accused bureau": accused})

    assert [each.id for each in (await office.ask(other, LIST)).items] == [filed.id]
    assert await told_to(office) == {"other"}


async def test_a_row_whose_bureau_is_accused_is_held_and_goes_up(office):
    """Both at once: the row waits, its person and the bureau keep away, the city lets it go."""
    row = await office.row()
    city = office.handler("city", region=CITY)
    filed = await office.file(row=row, against="unit", unit_region=ANJU, unit_bureau=CIVIL)

    await blocked(office, filed, {"the bureau": office.handler()})
    await office.do("accept", filed.id, city)
    await office.do("reply", filed.id, city, upheld="yes")
    await office.own("answer", filed.id, satisfied=True)

    assert (await office.stored_row(row))["ended"] == [[filed.id, True]]


async def test_it_never_comes_to_the_accused_by_being_passed_on(office):
    """Not to the town, not below it, not from the city down."""
    town = await office.about_unit(JUXIAN, CIVIL)
    county = await office.about_unit(ANJU, CIVIL, office.citizen("chen"))
    city = office.handler("city", region=CITY)

    for id, actor, region, bureau in (
        (town.id, office.handler(), JUXIAN, CIVIL),
        (town.id, office.handler(), JUXIAN, FARMING),
        (county.id, city, ANJU, FARMING),
        (county.id, city, JUXIAN, CIVIL),
    ):
        with pytest.raises(Invalid) as refused:
            await office.do("transfer", id, actor, region=region, bureau=bureau)
        assert set(refused.value.fields) == {"region"}
    await office.do("transfer", county.id, city, region=CITY, bureau=FARMING)
    assert (await office.stored(county.id))["bureau"] == FARMING


async def test_passed_up_the_county_lets_go_of_it(office):
    """A handler who finds that it is about their own house passes it up and sees it no more."""
    filed = await office.file(row=await office.row())

    await office.do("transfer", filed.id, region=CITY, bureau=CIVIL)

    await blocked(office, filed, {"who passed it up": office.handler()})
    await office.do("accept", filed.id, office.handler("city", region=CITY))


async def test_given_back_by_the_city_the_county_has_it_again(office):
    """It accuses nobody there; what was merged meanwhile might, and then it stays above."""
    row, city = await office.row(), office.handler("city", region=CITY)
    filed = await office.file(row=row)
    await office.do("transfer", filed.id, region=CITY, bureau=CIVIL)
    await office.do("return", filed.id, city)
    await office.do("accept", filed.id)

    county = await office.file(office.citizen("chen"), row=row, against="unit", unit_region=ANJU, unit_bureau=CIVIL)
    with pytest.raises(Invalid, match="由上一级办理"):
        await office.do("merge", county.id, office.handler("city", region=CITY), into=filed.id)
    await office.do("transfer", filed.id, region=CITY, bureau=CIVIL)
    await office.do("merge", county.id, city, into=filed.id)
    with pytest.raises(Conflict, match="不能退回下级"):
        await office.do("return", filed.id, city)


async def test_nobody_is_asked_to_judge_everybody(office):
    """The whole city as the accused: there is no office left, and other numbers are named."""
    with pytest.raises(Invalid) as refused:
        await office.about_unit(CITY)

    assert "12388" in refused.value.fields["unit_bureau"]


async def test_a_vacant_position_goes_up_and_never_to_the_accused(office):
    """The only handler is the accused: the push goes to the city's."""
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    await office.employ("gui", position, number=ACCUSED)
    await office.employ("city", office.position("handler", CITY, bureau=CIVIL))
    filed = await office.file(row=await office.row())

    assert await told_to(office) == {"city"}
    await office.do("accept", filed.id, office.handler("city", region=CITY))


async def test_a_deputy_of_the_accused_office_hears_nothing(office):
    """Who stands in for somebody of it belongs to it."""
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    await office.employ("stand-in", position)
    await office.employ("luo", position)
    await office.employ("clerk", office.position("handler", JUXIAN, bureau=CIVIL))
    await office.world.database[POSITIONS].update_one(
        {"person": "clerk"}, {"$set": {"on_leave": True, "deputy": "stand-in"}}
    )

    await office.about_unit(JUXIAN, CIVIL)

    assert await told_to(office) == {"luo"}


async def test_a_merged_complaint_takes_its_avoidance_along(office):
    """Who may not handle the one may not handle the other, nor see it."""
    row = await office.row()
    main = await office.file(row=row)
    second = await office.file(office.citizen("chen"), row=row, against="unit", unit_region=JUXIAN)
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    clerk = await office.employ("clerk", position, office.position("handler", JUXIAN, bureau=CIVIL))
    assert [each.id for each in (await office.ask(clerk, LIST)).items] == [main.id]

    await office.do("merge", second.id, into=main.id)

    await blocked(office, main, {"a clerk of the town": clerk})


async def test_a_village_is_a_unit_too(office):
    filed = await office.about_unit(VILLAGE)
    position = office.position("handler", ANJU, bureau=CIVIL, node="complaints")
    villager = await office.employ("village", position, office.position("handler", VILLAGE))

    await blocked(office, filed, {"the village": villager})
    await office.do("accept", filed.id)


async def test_in_the_worklist_the_merged_task_of_the_main_is_kept_away_too(office):
    """The task was open before: its avoidance is told anew."""
    row = await office.row()
    main = await office.file(row=row)
    second = await office.file(office.citizen("chen"), row=row)
    chen = await office.employ(
        "chen", office.position("handler", ANJU, bureau=CIVIL, node="complaints"), number=NUMBERS["chen"]
    )

    await office.do("merge", second.id, into=main.id)

    await blocked(office, main, {"who complained about the same": chen})
