"""按手机尾号查找: the messages of somebody of whom a village and the last digits of a phone are known.

Phones are sealed and found by the whole number alone; of one village they are opened and compared here, and nothing about a part of a
number is stored (docs/decisions/0031-phone-tails.md).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated

import msgspec

from hub.identity.people import PEOPLE, Person
from hub.push.operations import DeliveryView, Operations, without_person
from hub.rules.context import Context, unit_of
from hub.store.database import Database
from hub.store.deliveries import Filter
from hub.words import masking
from hub.words.asking import Asked
from hub.words.clock import today
from hub.words.contributions import Paging
from hub.words.errors import Invalid, NotFound, TooMany
from hub.words.personal import PhoneText
from hub.words.regions import Region

# A large village has four thousand people; a town without villages more.
MOST_OPENED = 5000
AT_ONCE = 200
MOST_PEOPLE = 20
MOST_FOUND = 20
WHAT = "deliveries.find_by_tail"
# So often somebody phones who knows no number; whoever tries tails one after the other is held up.
SEARCHES, PERIOD = 30, timedelta(hours=1)


class TailSearch(msgspec.Struct, frozen=True, kw_only=True):
    """In the body: an address would stand in every log on the way."""

    village: Annotated[
        str, Asked("村（社区）", "户籍所在的村，如万古桥村；同名的写上乡镇"), msgspec.Meta(min_length=1, max_length=60)
    ]
    tail: Annotated[str, Asked("手机号后四位"), msgspec.Meta(pattern=r"^[0-9]{4}$")]

    def __repr__(self) -> str:
        return "TailSearch(***)"


class TailFound(msgspec.Struct, frozen=True, kw_only=True):
    """A message by WeChat to one of them, who has no id here; name and phone are masked. ``village``: where they are on record, and
    whether that is abolished."""

    name: str
    phone: str
    village: str
    delivery: DeliveryView


class TailAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many ``people`` of the village have such a number, and the newest of their messages. ``all``: everybody was looked at."""

    people: int
    found: list[TailFound]
    all: bool


class _Phone(msgspec.Struct, frozen=True):
    id: str = msgspec.field(name="_id")
    phone: PhoneText


async def find(ctx: Context, operations: Operations, body: TailSearch) -> TailAnswer:
    """Logged with the village and the persons who were found; the digits are nowhere. What residents get, and nothing discreet."""
    await _hold_up(ctx)
    villages = _villages(ctx, body.village)
    database, on = unit_of(ctx).database, today(unit_of(ctx).units.clock)
    persons, every = await with_tail(database, villages, body.tail)
    ctx.audit(WHAT, villages[0], villages=list(villages), persons=[each.id for each in persons])
    people = {each.id: each for each in persons}
    if not people:
        return TailAnswer(people=0, found=[], all=every)
    types = unit_of(ctx).units.host.message_types
    told = tuple(name for name, kind in types.items() if kind.app == "ykt" and not kind.discreet)
    which = Filter(counties=(ctx.county,), persons=tuple(people), messages=told, channel="wechat")
    page = await operations.page(which, Paging(limit=MOST_FOUND))
    found = [
        TailFound(
            name=people[each.person].masked_name(on) if people[each.person].name else "未登记姓名",
            phone=masking.phone(phone.reveal()) if (phone := people[each.person].phone) else "",
            village=_label(ctx, people[each.person].region or villages[0]),
            delivery=without_person(each),
        )
        for each in page.items
    ]
    return TailAnswer(people=len(people), found=found, all=every)


def county_of(ctx: Context) -> str:
    """Names of villages come again in each county: a city looks in one of them."""
    if ctx.county is None or ctx.county != ctx.place.code:
        raise NotFound("请选择一个区县。")
    return ctx.county


async def _hold_up(ctx: Context) -> None:
    """So many in the last hour, counted from the audit log: on whichever node they were."""
    unit = unit_of(ctx)
    mine = {"what": WHAT, "actor.person": ctx.actor.person, "at": {"$gt": ctx.now() - PERIOD}}
    lines = unit.database["audit"].find(mine, {"at": 1}, sort=[("at", -1)], limit=SEARCHES, session=unit.session)
    times = [line["at"] async for line in lines]
    if len(times) >= SEARCHES:
        raise TooMany(retry_after=math.ceil((times[-1] + PERIOD - ctx.now()).total_seconds()))


async def with_tail(database: Database, villages: Sequence[str], tail: str) -> tuple[list[Person], bool]:
    """Who of these villages has a phone that ends so, at most ``MOST_PEOPLE``; and whether everybody there was looked at. Nobody who
    took their consent back is opened."""
    known = {"region": {"$in": list(villages)}, "phone.b": {"$gt": ""}, "withdrawn_at": None}
    cursor = database[PEOPLE].find(known, {"phone": 1}, limit=MOST_OPENED + 1, batch_size=AT_ONCE)
    seen, ids = 0, []
    async for row in cursor:
        seen += 1
        if database.decode(_Phone, row).phone.reveal().endswith(tail):
            ids.append(row["_id"])
    found = database[PEOPLE].find({"_id": {"$in": ids[:MOST_PEOPLE]}})
    return [database.decode(Person, row) async for row in found], seen <= MOST_OPENED and len(ids) <= MOST_PEOPLE


def _villages(ctx: Context, text: str) -> tuple[str, ...]:
    """The codes of the village of this county that is meant, by its name, with the town before it where that is needed, or by a code:
    one that was merged has the same name under more than one, and people stay on record under the old."""
    here = [each for each in ctx.regions if each.county == ctx.county and each.level in ("town", "village")]
    meant = {_with_town(ctx, each) for each in here if text in (each.code, each.name, _with_town(ctx, each))}
    if len(meant) == 1:
        same = (each for each in here if _with_town(ctx, each) in meant)
        return tuple(each.code for each in sorted(same, key=lambda each: each.status == "abolished"))
    said = "有几个同名的村，请写上乡镇，如聚贤镇万古桥村。" if meant else "本区县没有这个村（社区），请核对名称。"
    raise Invalid(fields={"village": said})


def _label(ctx: Context, code: str) -> str:
    region = ctx.regions[code]
    return _with_town(ctx, region) + ("（已撤销）" if region.status == "abolished" else "")


def _with_town(ctx: Context, region: Region) -> str:
    return ctx.regions.full_name(region.code).removeprefix(ctx.regions.full_name(ctx.county or ""))
