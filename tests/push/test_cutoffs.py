"""A trigger that fails again and again is cut off in that county, alone; its events wait and run when it is on again."""

from __future__ import annotations

import asyncio
import json
from datetime import date, timedelta
from pathlib import Path

from hub.identity.staff import NewStaff, PositionWanted
from hub.rules.workdaytable import Day
from hub.words.contributions import ANY, Holders, Push
from tests.push.office import ANJU, CITY, JUXIAN, SHEHONG, Office, Parcel

TELL = "trigger:parcels.tell:Parcel"


async def test_only_the_failing_trigger_of_that_county_is_cut_off(office: Office) -> None:
    """The other county, and the reactions of the same plugin, go on; operations are told once."""
    ann = await office.person("ann")

    async def fail_in_anju(event: Parcel) -> None:
        if event.place == ANJU:
            raise ZeroDivisionError

    office.parcels.before = fail_in_anju
    async with office.push.running():
        await office.tell(*(Parcel(place=ANJU, subject=f"a{n}", persons=(ann,)) for n in range(6)))
        await office.tell(*(Parcel(place=SHEHONG, subject=f"s{n}", persons=(ann,)) for n in range(6)))
        await office.settled()

    assert [entry.county for entry in office.published] == [SHEHONG] * 6
    assert await office.reacted() == [f"{county}{n}" for county in "as" for n in range(6)]
    [row] = await office.push.operations.cut_off()
    assert (row.county, row.name) == (ANJU, TELL)
    assert "ZeroDivisionError" in row.error
    assert await office.database["alerts"].count_documents({"cause": f"cut_off:{TELL}"}) == 1


async def test_on_again_it_catches_up_in_order(office: Office) -> None:
    """Rearmed by hand: the events that waited run, in the order they were told."""
    ann = await office.person("ann")
    broken = True

    async def fail_while_broken(_: Parcel) -> None:
        if broken:
            raise ValueError

    office.parcels.before = fail_while_broken
    async with office.push.running():
        await office.tell(*(Parcel(place=ANJU, subject=f"a{n}", text=f"{n}", persons=(ann,)) for n in range(6)))
        await office.settled()
        broken = False
        await office.tell(Parcel(place=ANJU, subject="later", text="6", persons=(ann,)))
        await office.settled()
        while_off = len(office.published)
        await office.push.dispatcher.rearm(ANJU, TELL)
        await office.shown(7)

    assert while_off == 0
    assert [row.county for row in await office.balance()] == [ANJU]
    assert sorted(entry.title[0] for entry in office.published) == ["0", "1", "2", "3", "4", "5", "6"]


async def test_a_hanging_trigger_holds_up_nobody(office: Office) -> None:
    """Its budget ends it, its event is parked alone; the others are delivered."""
    ann = await office.person("ann")

    async def hang(event: Parcel) -> None:
        if event.subject == "stuck":
            await asyncio.Event().wait()

    office.parcels.before = hang
    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="stuck", persons=(ann,)))
        for n in range(5):
            await office.tell(Parcel(place=ANJU, subject=f"c{n}", persons=(ann,)))
        await office.settled()

    row = await office.database["events"].find_one({"subject": "stuck"})
    assert row is not None and row["state"] == "pending" and row["todo"][0]["name"] == TELL
    # Where it hung, not where its time ran out.
    assert row["todo"][0]["error"] == f"TimeoutError at tests/push/office.py:{_line_of('await self.before(event)')}"
    assert len(office.published) == 5
    assert await office.push.operations.cut_off() == []
    assert await office.database["alerts"].count_documents({"cause": f"stuck_event:{TELL}"}) == 1


async def test_the_cause_is_kept_without_what_was_said(office: Office) -> None:
    """The types of the chain, and the plugin's line, though it was raised deep in a library."""
    ann = await office.person("ann")

    async def lookup(event: Parcel) -> None:
        try:
            json.loads("王建国510921")
        except ValueError as error:
            raise RuntimeError("王建国510921") from error

    office.parcels.before = lookup
    async with office.push.running():
        await office.tell(*(Parcel(place=ANJU, subject=f"c{n}", persons=(ann,)) for n in range(6)))
        await office.settled()

    [row] = await office.push.operations.cut_off()
    line = _line_of("await self.before(event)")
    assert row.error == f"RuntimeError from JSONDecodeError at tests/push/office.py:{line}"


async def test_a_template_that_fails_is_named_with_its_line(office: Office) -> None:
    """Not with a line of the hub's that fills it."""
    ann = await office.person("ann")
    file = office.templates / "parcels" / "note.inbox"
    file.write_text("{{ text }}\n到\n{{ no_such_name }}", "utf-8")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.until(lambda: _failed(office))

    row = await office.database["cutoffs"].find_one({})
    assert row is not None
    assert row["error"].startswith("TemplateFailed from UndefinedError at ")
    assert row["error"].endswith("/parcels/note.inbox:3")


async def test_a_new_version_tries_at_once(office: Office) -> None:
    """What the one before has failed at, cut off or parked alone, in every county."""
    ann = await office.person("ann")
    broken = True

    async def fail_while_broken(event: Parcel) -> None:
        if broken and (event.place == ANJU or event.subject == "stuck"):
            raise ValueError

    office.parcels.before = fail_while_broken
    async with office.push.running():
        await office.tell(*(Parcel(place=ANJU, subject=f"a{n}", persons=(ann,)) for n in range(6)))
        await office.tell(Parcel(place=SHEHONG, subject="stuck", persons=(ann,)))
        await office.settled()
        while_broken, broken = len(office.published), False
        waited = await office.push.try_again(office.units.host.plugins["parcels"].reader_names)
        office.push.dispatcher.kick()
        await office.shown(7)

    assert (while_broken, waited) == (0, 7)
    assert await office.push.operations.cut_off() == []


async def test_an_unknown_message_is_the_triggers_own_failure(office: Office) -> None:
    """Nothing of its event is half done."""
    ann = await office.person("ann")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,), message="nonsense"))
        await office.until(lambda: _failed(office))

    assert office.published == []
    assert await office.deliveries(None) == []


async def test_a_vacant_position_goes_one_level_up_and_raises_p17(office: Office) -> None:
    """Nobody holds it in the town: the county's holder gets the message, the operations staff an alert, once an hour."""
    handler = await _hire(office, "handler", "handler", ANJU)
    operator = await _hire(office, "operator", "ops_system", CITY)

    async with office.push.running():
        for n in range(3):
            await office.tell(Parcel(place=JUXIAN, subject=f"c{n}", role="handler"))
            await office.settled()

    assert [(entry.person, entry.code) for entry in office.published if entry.code == "P14"] == [(handler, "P14")] * 3
    alerts = [entry for entry in office.published if entry.code == "P17"]
    assert [(entry.person, entry.title, entry.app) for entry in alerts] == [(operator, "运维告警：岗位无人", "ops")]
    assert "聚贤镇" in alerts[0].body


async def test_a_vacancy_at_whichever_node_names_none(office: Office) -> None:
    """Operations are told of the role and the place; of the bureau, which is named, as well."""
    await _hire(office, "operator", "ops_system", CITY)
    anybody = Holders(role="handler", place=JUXIAN, bureau="民政局", node=ANY)
    office.parcels.also = [
        Push(to=anybody, message="parcels.note", key="any", data={"text": "高龄津贴", "at": office.clock.now()})
    ]

    async with office.push.running():
        await office.tell(Parcel(place=JUXIAN, subject="c1"))
        await office.settled()

    [alert] = [entry for entry in office.published if entry.code == "P17"]
    assert "“handler”（民政局）目前无人" in alert.body
    assert await office.database["alerts"].count_documents({"cause": f"vacant:handler:{JUXIAN}:民政局::"}) == 1


async def test_a_position_that_somebody_holds_is_no_alert(office: Office) -> None:
    """The holders of exactly that place get it."""
    handler = await _hire(office, "handler", "handler", JUXIAN)
    await _hire(office, "above", "handler", ANJU)

    async with office.push.running():
        await office.tell(Parcel(place=JUXIAN, subject="c1", role="handler"))
        await office.settled()

    assert [entry.person for entry in office.published] == [handler]
    assert await office.database["alerts"].count_documents({}) == 0


async def _hire(office: Office, username: str, role: str, region: str) -> str:
    new = NewStaff(username=username, name="周敏", positions=(PositionWanted(role=role, region=region),))

    async def call(ctx: object) -> str:
        created = await office.identity.staff.create_account(ctx, new, "Kuai-Le7-Shan", must_change=False)
        return created.person

    return await office.units.read(call, plugin="identity", place=office.units.places.tree[CITY])


def _line_of(text: str) -> int:
    """Where the office's plugin has this."""
    lines = Path(__file__).with_name("office.py").read_text("utf-8").splitlines()
    return next(number for number, line in enumerate(lines, 1) if text in line)


async def _failed(office: Office) -> bool:
    return await office.database["cutoffs"].count_documents({}) > 0


async def test_a_mended_template_works_without_a_restart(office: Office) -> None:
    """The event that failed with the broken one is told with the next try."""
    ann = await office.person("ann")
    file = office.templates / "parcels" / "note.inbox"
    good = file.read_text("utf-8")
    file.write_text("{{ no_such_name }}", "utf-8")

    async with office.push.running():
        await office.tell(Parcel(place=ANJU, subject="c1", persons=(ann,)))
        await office.until(lambda: _failed(office))
        before = len(office.published)
        file.write_text(good, "utf-8")
        office.clock.advance(timedelta(minutes=30))
        await office.shown(1)

    assert before == 0


async def test_a_year_without_known_holidays_is_told_once_by_its_name(office: Office) -> None:
    """However many limits are reckoned in it; and no more when its days were imported."""
    calendar = office.units.workdays
    calendar.calendar.is_workday(date(2031, 3, 3))

    await office.push.sweeper.sweep()
    office.clock.advance(timedelta(hours=5))
    calendar.calendar.is_workday(date(2031, 3, 4))
    await office.push.sweeper.sweep()
    await calendar.import_days([Day(day=date(2032, 2, 9 + n), kind="rest") for n in range(5)])
    calendar.calendar.is_workday(date(2032, 3, 3))
    await office.push.sweeper.sweep()

    told = await office.database["alerts"].find({"cause": {"$regex": "^workdays:"}}).to_list()
    assert [(each["cause"], "2031年" in each["detail"]) for each in told] == [("workdays:2031", True)]
