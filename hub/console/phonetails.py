"""按手机尾号查找: the messages of somebody of whom a village and the last digits of a phone are known.

Phones are sealed and found by the whole number alone; of one village they are opened and compared here, and nothing about a part of a
number is stored (docs/decisions/0031-phone-tails.md).
"""

from __future__ import annotations

from typing import Annotated

import msgspec

from hub.identity.people import PEOPLE, Person
from hub.push.operations import DeliveryView, Operations
from hub.rules.context import Context, unit_of
from hub.store.database import Database
from hub.store.deliveries import Filter
from hub.words import masking
from hub.words.asking import Asked
from hub.words.clock import today
from hub.words.contributions import Paging
from hub.words.errors import Invalid
from hub.words.personal import PhoneText

# A large village has four thousand people; a town without villages more.
MOST_OPENED = 5000
AT_ONCE = 200
MOST_PEOPLE = 20
MOST_FOUND = 20


class TailSearch(msgspec.Struct, frozen=True, kw_only=True):
    """In the body: an address would stand in every log on the way."""

    village: Annotated[
        str, Asked("村（社区）", "户籍所在的村，如万古桥村；同名的写上乡镇"), msgspec.Meta(min_length=1, max_length=60)
    ]
    tail: Annotated[str, Asked("手机号后四位"), msgspec.Meta(pattern=r"^[0-9]{4}$")]

    def __repr__(self) -> str:
        return "TailSearch(***)"


class TailFound(msgspec.Struct, frozen=True, kw_only=True):
    """A message by WeChat to one of them; name and phone are masked."""

    name: str
    phone: str
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
    """Logged with the village; the digits are nowhere."""
    village = _village(ctx, body.village)
    ctx.audit("deliveries.find_by_tail", village)
    database, on = unit_of(ctx).database, today(unit_of(ctx).units.clock)
    persons, every = await with_tail(database, village, body.tail)
    people = {each.id: each for each in persons}
    if not people:
        return TailAnswer(people=0, found=[], all=every)
    which = Filter(counties=(ctx.county,), persons=tuple(people), channel="wechat")
    page = await operations.page(which, Paging(limit=MOST_FOUND))
    found = [
        TailFound(
            name=people[each.person].masked_name(on) if people[each.person].name else "未登记姓名",
            phone=masking.phone(phone.reveal()) if (phone := people[each.person].phone) else "",
            delivery=each,
        )
        for each in page.items
    ]
    return TailAnswer(people=len(people), found=found, all=every)


async def with_tail(database: Database, village: str, tail: str) -> tuple[list[Person], bool]:
    """Who of the village has a phone that ends so, at most ``MOST_PEOPLE``; and whether everybody there was looked at."""
    known = {"region": village, "phone.b": {"$gt": ""}}
    cursor = database[PEOPLE].find(known, {"phone": 1}, limit=MOST_OPENED + 1, batch_size=AT_ONCE)
    seen, ids = 0, []
    async for row in cursor:
        seen += 1
        if database.decode(_Phone, row).phone.reveal().endswith(tail):
            ids.append(row["_id"])
    found = database[PEOPLE].find({"_id": {"$in": ids[:MOST_PEOPLE]}})
    return [database.decode(Person, row) async for row in found], seen <= MOST_OPENED and len(ids) <= MOST_PEOPLE


def _village(ctx: Context, text: str) -> str:
    """The code of the village of this county that is meant: by its name, with the town before it where that is needed, or by the code."""
    here = [each for each in ctx.regions if each.county == ctx.county and each.level in ("town", "village")]
    meant = [each.code for each in here if text in (each.code, each.name) or _with_town(ctx, each.code) == text]
    if len(meant) == 1:
        return meant[0]
    said = "有几个同名的村，请写上乡镇，如聚贤镇万古桥村。" if meant else "本区县没有这个村（社区），请核对名称。"
    raise Invalid(fields={"village": said})


def _with_town(ctx: Context, code: str) -> str:
    return ctx.regions.full_name(code).removeprefix(ctx.regions.full_name(ctx.county or ""))
