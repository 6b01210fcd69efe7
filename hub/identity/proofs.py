"""On-site proof 现场核验: a handler who sees the identity card confirms whose binding it is.

A proof opens payments and reading for others. It ends every other claim and every older proof on the same number, and
tells them (domain §8); a dispute goes to a handler in person.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from hub.clock import shanghai
from hub.context import Context
from hub.contributions import Event, MessageClass, MessageType, Permission, Persons, Push, Route, Trigger
from hub.errors import Conflict, Forbidden, Invalid, NotFound
from hub.hookspecs import hookimpl
from hub.identity.identity import Identity
from hub.identity.people import PEOPLE, Assurance, Person
from hub.identity.signin import transaction_of
from hub.personal import IdNumberText

SAMPLE = {"at": "2026-11-23T07:01:00Z", "unit": "聚贤镇"}
MISMATCH = "姓名、身份证号与此人在微信中绑定的不一致，请核对证件和对方手机上的信息。"
# Of one number. More claims than that on one number is an attack, and the first hundred are told.
MOST_CLAIMS = 100


class PersonProved(Event, frozen=True, kw_only=True):
    """Somebody's identity was proved. Told in every county of the city, since their payments may lie in any of them.

    ``id_key`` is the blind index of the ID number; ``before`` are the persons whose claim to it has ended.
    """

    person: str
    id_key: str
    before: tuple[str, ...] = ()


class BindingProved(Event, frozen=True, kw_only=True):
    """The same fact where it was done: for telling the person, and those in ``ended``, whose claim it ended. ``proof``
    tells one proof of a person from a later one."""

    proof: str
    at: datetime
    person: str
    ended: tuple[str, ...]


class ProofRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``person`` as shown on the resident's phone (我的 → 身份码), name and number as the handler reads them on the card."""

    person: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    id_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    method: Literal["id_card", "social_card", "household_book"] = "id_card"

    def __repr__(self) -> str:
        return "ProofRequest(***)"


class ProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``ended``: how many other claims on this number have ended."""

    person: str
    name: str
    assurance: Assurance
    ended: int


class ProofsPlugin:
    """现场核验: ``POST /api/v1/{place}/proofs``."""

    builtin = True
    placeless = False
    prefix = "proofs"

    def __init__(self, identity: Identity) -> None:
        self._identity = identity

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (Permission("proofs.prove", "现场核验身份", ("window", "handler")),)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        # A clerk sees a few dozen people a day; who proves hundreds is looking for numbers.
        rate = (60, timedelta(hours=1))
        return (Route(method="POST", path="", call=self.prove, access="proofs.prove", rate=rate),)

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return (PersonProved, BindingProved)

    @hookimpl
    def message_types(self) -> Sequence[MessageType]:
        return tuple(
            MessageType(
                name=name,
                code="P11",
                kind="result",
                app="ykt",
                label=label,
                sample=SAMPLE,
                message_class=MessageClass.LEGAL,
            )
            for name, label in (("proved", "身份已核验"), ("ended", "实名绑定已失效"))
        )

    @hookimpl
    def triggers(self) -> Sequence[Trigger]:
        return (Trigger(event=BindingProved, call=tell_both),)

    async def prove(self, ctx: Context, body: ProofRequest) -> ProofAnswer:
        """现场核验: the one in front of me is who they claim to be."""
        session = transaction_of(ctx)
        person = await self._claimant(ctx, body)
        ended = await self._end_others(ctx, person)
        people = ctx.unit.database[PEOPLE]
        proved = msgspec.structs.replace(person, assurance="proved", updated_at=ctx.now())
        await people.replace_one({"_id": person.id}, ctx.unit.database.encode(proved), session=session)
        await self._identity.sessions.rights_changed(session, [person.id, *ended])
        ctx.audit("person.proved", person.id, why=body.method, ended=len(ended))
        _tell(ctx, proved, ended)
        name = proved.masked_name(shanghai(ctx.now()).date())
        return ProofAnswer(person=proved.id, name=name, assurance="proved", ended=len(ended))

    async def _claimant(self, ctx: Context, body: ProofRequest) -> Person:
        """The person whose claim agrees with the card; the same refusal for an unknown one, so that nothing is learned."""
        seen = self._identity.people.check(body.name, body.id_number, None, None)
        try:
            person = await self._identity.people.get(body.person, transaction_of(ctx))
        except NotFound:
            person = None
        if person is None or person.name != seen.name or person.id_number != seen.id_number:
            units = ctx.unit.units
            await units.note(
                "person.proof_refused", body.person, actor=ctx.actor, place=ctx.place, request_id=ctx.request_id
            )
            raise Invalid(MISMATCH, fields={"id_number": "不一致"})
        assert person.id_number is not None
        self._check_home(ctx, person)
        self._check_avoidance(ctx, person, person.id_number)
        if person.assurance != "claimed":
            raise Conflict("此人的身份已经核验，无需再次核验。", state={"assurance": person.assurance})
        return person

    def _check_home(self, ctx: Context, person: Person) -> None:
        """A clerk answers for the people of their own place; whoever lives elsewhere goes to the county's window there."""
        home = ctx.regions.get(person.region or "")
        if home is None or ctx.place.code not in home.path:
            raise Forbidden("请到户籍所在地的村（社区）、乡镇或区县窗口办理核验。")

    def _check_avoidance(self, ctx: Context, person: Person, number: IdNumberText) -> None:
        if ctx.actor.person == person.id or ctx.actor.id_key == ctx.unit.database.blind(number):
            raise Forbidden("不能核验自己的身份，请由其他经办人员办理。")

    async def _end_others(self, ctx: Context, person: Person) -> list[str]:
        """Every other claim or proof on the number ends: the record stays, the name and number leave it."""
        database, session = ctx.unit.database, transaction_of(ctx)
        assert person.id_number is not None
        same: dict[str, Any] = {
            "id_number.b": database.blind(person.id_number),
            "_id": {"$ne": person.id},
            "assurance": {"$in": ["claimed", "proved"]},
        }
        others = [
            row["_id"] async for row in database[PEOPLE].find(same, {"_id": 1}, session=session).limit(MOST_CLAIMS)
        ]
        if others:
            nobody = {"name": "", "id_number": None, "phone": None, "assurance": "none", "updated_at": ctx.now()}
            await database[PEOPLE].update_many({"_id": {"$in": others}}, {"$set": nobody}, session=session)
            for other in others:
                ctx.audit("person.claim_ended", other, why="another binding was proved")
        return others


def _tell(ctx: Context, proved: Person, ended: Sequence[str]) -> None:
    assert proved.id_number is not None
    key = ctx.unit.database.blind(proved.id_number)
    root = ctx.place.path[0]
    for county in ctx.regions.counties():
        if root in county.path:
            ctx.emit(PersonProved(place=county.code, person=proved.id, id_key=key, before=tuple(ended)))
    ctx.emit(
        BindingProved(place=ctx.place.code, proof=ctx.new_id(), at=ctx.now(), person=proved.id, ended=tuple(ended))
    )


async def tell_both(event: BindingProved, ctx: Context) -> Sequence[Push]:
    """Who was proved, and whose claim it has ended."""
    data = {"at": event.at, "unit": ctx.regions.full_name(event.place)}
    pushes = [Push(to=Persons((event.person,)), message="proofs.proved", key=event.proof, data=data)]
    if event.ended:
        pushes.append(Push(to=Persons(event.ended), message="proofs.ended", key=event.proof, data=data))
    return pushes
