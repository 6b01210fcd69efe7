"""我要投诉: 投诉须知, the form, the row that is held, the number, and no second one while one is open."""

from __future__ import annotations

import pytest

from hub.words.errors import Conflict, Duplicate, Forbidden, Invalid, NotFound
from hub.words.masking import STARS
from tests.complaints.conftest import ANJU, CIVIL, OLD_AGE
from tests.plugins.conftest import told
from tests.world import CITY, JUXIAN, SHEHONG

FILE = "POST complaints"


async def test_a_complaint_about_a_published_row_holds_it(office):
    """Found by its keeper, numbered, titled by itself, told to the office in the same breath."""
    row = await office.row()

    filed = await office.file(row=row, pictures=[await office.upload(office.citizen())])

    stored = await office.stored(filed.id)
    assert (filed.number, filed.title, filed.state_label) == ("510904-2026-T000001", "高龄津贴—优亲厚友", "待受理")
    assert (filed.kind_label, filed.accused) == ("公示投诉", "李*兰")
    assert (await office.stored_row(row))["held"] == [filed.id]
    assert (stored["place"], stored["seat"], stored["bureau"], stored["notice"]) == (ANJU, ANJU, CIVIL, "0")
    assert told(office.pushes) == [("complaints.arrived", f"handler@{ANJU}")]
    task = await office.task(filed.id)
    assert (task["role"], task["hidden"], task["announced"], task["title"]) == (
        "handler",
        True,
        True,
        "高龄津贴 · 优亲厚友",
    )


async def test_a_payment_is_complained_about_by_whoever_may_see_it(office):
    """Somebody else's is not found, and nothing of the try stays."""
    row = await office.row("payment", readers=("wang",))

    with pytest.raises(NotFound, match="只能对您本人可以查看的发放记录投诉"):
        await office.file(office.citizen("chen"), row=row)
    filed = await office.file(row=row)

    assert filed.kind_label == "补贴发放投诉"
    assert await office.world.database["complaints.complaints"].count_documents({}) == 1
    assert (await office.stored_row(row))["held"] == [filed.id]


async def test_what_is_not_there_is_said_in_words(office):
    """Nor what lies in another county, though it is one's own: that has its own office. Nothing of the try stays."""
    elsewhere = await office.row("payment", place="510981104", readers=("wang",))

    with pytest.raises(NotFound, match="没有找到您要投诉的公示信息"):
        await office.ask(office.citizen(), FILE, body=office.form() | {"kind": "publicity", "row": "x"})
    with pytest.raises(NotFound, match="没有找到您要投诉的发放记录"):
        await office.ask(office.citizen(), FILE, body=office.form(elsewhere))

    assert (await office.stored_row(elsewhere))["held"] == []


async def test_no_second_one_while_one_is_open(office):
    """The second is shown the first; after its end another may be filed. Somebody else may complain beside."""
    row = await office.row()
    first = await office.file(row=row)

    with pytest.raises(Duplicate) as refused:
        await office.file(row=row)
    other = await office.file(office.citizen("chen"), row=row)
    await office.own("withdraw", first.id)
    again = await office.file(row=row)

    assert refused.value.state == {"complaint": first.id, "number": first.number, "state": "filed"}
    assert (await office.stored_row(row))["held"] == [other.id, again.id]


async def test_a_second_account_of_the_same_human_is_no_way_round(office):
    """The index knows the number; what it found is not shown to the other account."""
    row = await office.row()
    first = await office.file(row=row)
    twin = office.resident("wang-2", "王建国")

    with pytest.raises(Duplicate) as refused:
        await office.file(twin, row=row)

    assert refused.value.state is None
    assert (await office.stored_row(row))["held"] == [first.id]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"type": "nothing"}, "type"),
        ({"text": " "}, "text"),
        ({"text": "长" * 2001}, "text"),
        ({"pictures": [f"f{n}" for n in range(11)]}, "pictures"),
        ({"against": "row"}, "against"),
        ({"against": "project"}, "project"),
        ({"against": "unit"}, "unit_region"),
        ({"against": "unit", "unit_region": "999999"}, "unit_region"),
        ({"against": "unit", "unit_region": SHEHONG}, "unit_region"),
        ({"against": "staff", "unit_region": JUXIAN}, "staff"),
        ({"against": "unit", "unit_region": JUXIAN, "phone": "12"}, "phone"),
        ({"kind": "publicity"}, "row"),
        ({"against": "unit", "unit_region": JUXIAN, "id": "x"}, "id"),
    ],
)
async def test_what_is_wrong_is_said_by_field(office, changes, field):
    with pytest.raises(Invalid) as refused:
        await office.file(**changes)

    assert field in refused.value.fields
    assert all(len(words) < 40 for words in refused.value.fields.values())


async def test_free_complaints_about_a_project_and_a_member_of_staff(office):
    """The project's bureau has the first, one level up the second."""
    project = await office.file(against="project", project=OLD_AGE, short="高龄津贴", bureau=CIVIL)
    staff = await office.file(against="staff", unit_region=JUXIAN, unit_bureau=CIVIL, staff="张三丰", type="attitude")

    stored = await office.stored(staff.id)
    shown = await office.ask(office.handler(), "GET complaints/{id}", id=staff.id)
    assert (project.title, project.kind_label) == ("高龄津贴—优亲厚友", "其他投诉举报")
    assert staff.title == "安居区聚贤镇民政局—服务态度"
    assert (stored["seat"], stored["bureau"], stored["row"]) == (ANJU, CIVIL, None)
    assert (shown.staff, shown.unit) == ("张*丰", "安居区聚贤镇民政局")


async def test_the_catalogue_says_whose_project_it_is_and_how_sensitive(office, owner):
    """Not the complainant: neither another bureau nor words of their own get into pushes; what there is not is refused."""
    owner.sensitive = True

    filed = await office.file(against="project", project=OLD_AGE, short="找我13800000000", bureau="别的局")
    with pytest.raises(Invalid) as refused:
        await office.file(against="project", project="no-such", bureau=CIVIL)

    stored = await office.stored(filed.id)
    assert (stored["short"], stored["bureau"], stored["sensitive"]) == ("高龄津贴", CIVIL, True)
    assert refused.value.fields == {"project": "没有找到这个项目，请重新选择。"}


async def test_without_a_catalogue_nobodys_words_are_a_projects_name(office, owner):
    """Where declaration is off the complaint goes where the complainant says, under its own sort's name."""
    owner.catalogue = False

    filed = await office.file(against="project", project="x-1", short="找我13800000000", bureau=CIVIL)

    assert (filed.title, (await office.stored(filed.id))["bureau"]) == ("其他投诉举报—优亲厚友", CIVIL)


async def test_a_town_may_handle_where_the_county_says_so(office, complaint_world):
    """A setting; what accuses the town itself goes up all the same."""
    await settings(office, {"handled_at": "town"})
    row = await office.row()

    filed = await office.file(row=row)
    town = await office.file(office.citizen("chen"), row=row, against="unit", unit_region=JUXIAN)

    try:
        assert (await office.stored(filed.id))["place"] == JUXIAN
        assert (await office.stored(town.id))["place"] == ANJU
        seen = await office.ask(office.handler(region=JUXIAN), "GET complaints", at=JUXIAN)
        assert [each.id for each in seen.items] == [filed.id]
    finally:
        await settings(office, {})


async def settings(office, changed):
    from hub.rules.switching import switch
    from hub.words.actors import HUB

    await switch(office.world.units, ANJU, "complaints", on=True, actor=HUB, settings=changed)


# --- 投诉须知 ----------------------------------------------------------------------------------------------------------


async def test_the_notice_is_versioned_and_an_old_one_is_read_again(office):
    """Five points come with the plugin; a county's own take their place; who accepted the old ones reads again."""
    before = await office.ask(office.citizen(), "GET complaints/notice")
    points = ["如实反映。", "依法维权。"]
    after = await office.ask(office.leader(), "PUT complaints/notice", body={"version": "0", "points": points})

    with pytest.raises(Conflict, match="请重新阅读") as refused:
        await office.file(row=await office.row())
    filed = await office.file(row=await office.row(), notice="1")
    elsewhere = await office.ask(office.citizen(), "GET complaints/notice", at=SHEHONG)

    assert (before.version, len(before.points)) == ("0", 5)
    assert (after.version, after.points, elsewhere.version) == ("1", points, "0")
    assert refused.value.state == {"notice": "1"}
    stored = await office.stored(filed.id)
    assert stored["notice"] == "1" and stored["notice_at"] is not None


async def test_the_notice_is_the_countys_leaders_to_change(office):
    """Nor a town's, nor after another version than the one seen."""
    body = {"version": "0", "points": ["如实反映。"]}

    with pytest.raises(Forbidden):
        await office.ask(office.leader(region=JUXIAN), "PUT complaints/notice", body=body)
    with pytest.raises(Forbidden):
        await office.ask(office.handler(), "PUT complaints/notice", body=body)
    with pytest.raises(Conflict):
        await office.ask(office.leader(), "PUT complaints/notice", body=body | {"version": "3"})
    with pytest.raises(Invalid):
        await office.ask(office.leader(), "PUT complaints/notice", body=body | {"points": [" "]})


async def test_the_form_says_who_will_see_what(office):
    form = await office.ask(office.citizen(), "GET complaints/form")

    assert (form.text_at_most, form.pictures_at_most, form.notice.version) == (2000, 10, "0")
    assert "优亲厚友" in [each.label for each in form.types]
    words = "".join(form.who_sees)
    assert "上一级办理" in words and "保密" in words and "看不到" in words


# --- one's own -------------------------------------------------------------------------------------------------------


async def test_ones_own_are_read_in_every_county_and_by_nobody_else(office):
    filed = await office.file(row=await office.row(), text="情况属实请查")
    chen = office.citizen("chen")

    away = await office.ask(office.citizen(), "GET complaints/mine", at=SHEHONG)
    detail = await office.ask(office.citizen(), "GET complaints/mine/{id}", id=filed.id, at=CITY)

    assert [each.id for each in away.items] == [filed.id]
    assert (detail.text, detail.complaint.county, detail.moves) == ("情况属实请查", ANJU, ["withdraw"])
    assert (await office.ask(chen, "GET complaints/mine")).items == []
    with pytest.raises(NotFound):
        await office.ask(chen, "GET complaints/mine/{id}", id=filed.id)
    with pytest.raises(NotFound):
        await office.ask(chen, "POST complaints/mine/{id}/withdraw", id=filed.id, body={"version": 1})
    with pytest.raises(NotFound, match="请在受理投诉的区县办理"):
        await office.ask(
            office.citizen(), "POST complaints/mine/{id}/withdraw", id=filed.id, at=SHEHONG, body={"version": 1}
        )


async def test_pictures_are_read_with_the_complaint(office):
    """By the complainant and by whoever handles it; a file of something else is not among them."""
    file = await office.upload(office.citizen())
    filed = await office.file(row=await office.row(), pictures=[file])

    mine = await office.ask(office.citizen(), "GET complaints/mine/{id}/pictures/{file}", id=filed.id, file=file)
    seen = await office.ask(office.handler(), "GET complaints/{id}/pictures/{file}", id=filed.id, file=file)

    assert mine.data == seen.data
    with pytest.raises(NotFound):
        await office.ask(office.handler(), "GET complaints/{id}/pictures/{file}", id=filed.id, file="other")
    with pytest.raises(NotFound):
        await office.ask(office.citizen("chen"), "GET complaints/mine/{id}/pictures/{file}", id=filed.id, file=file)


async def test_nothing_personal_leaves_by_events_or_audit_lines(office):
    """Only sealed, or not at all; the text of the complaint least of all."""
    await office.file(row=await office.row(), text="李桂兰家有车", phone="13800001234", pictures=[])

    database = office.world.database
    kept = repr(await database["events"].find({}).to_list(99)) + repr(await database["audit"].find({}).to_list(99))
    kept += repr(await database["complaints.complaints"].find({}).to_list(9)) + repr(office.pushes)
    for secret in ("李桂兰", "王建国", "13800001234", "510904194403150023", "家有车"):
        assert secret not in kept
    assert STARS not in kept
