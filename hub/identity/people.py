"""The one human record: accounts, positions, WeChat bindings and faces hang off it."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Annotated, Any, Literal

import msgspec

from hub.identity.moments import now_of
from hub.rules.places import Places
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.words import idnumbers, masking
from hub.words.asking import Asked
from hub.words.clock import Clock, today
from hub.words.contributions import Index
from hub.words.errors import Conflict, Invalid, NotFound
from hub.words.idnumbers import BadNumber
from hub.words.ids import IdMaker
from hub.words.personal import IdNumberText, PhoneText
from hub.words.text import is_name, plain_name, same_name

PEOPLE = "people"
COLLECTIONS = (
    CoreCollection(
        PEOPLE,
        (
            # Several claims on one number may stand, so that nobody can lock another out; of proofs there is one.
            Index((("id_number.b", 1),), name="people_by_id_number"),
            Index(
                (("id_number.b", 1), ("assurance", 1)),
                unique=True,
                partial={"assurance": "proved"},
                name="one_proof_per_id_number",
            ),
            # Administrators look a member of staff up by the whole name.
            Index((("name", 1),), partial={"name": {"$gt": ""}}, name="people_by_name"),
            # Those of a village who can be phoned.
            Index((("region", 1),), partial={"phone.b": {"$gt": ""}}, name="people_by_village"),
            # All of a place, in parts.
            Index((("region", 1), ("_id", 1)), partial={"region": {"$gt": ""}}, name="people_by_home"),
        ),
    ),
)

# 个人信息保护法 art. 31: under 14 stricter rules hold.
MINOR_UNDER = 14
CLAIM = "real_name"

Assurance = Literal["none", "claimed", "proved"]


class Consent(msgspec.Struct, frozen=True, kw_only=True):
    """That somebody agreed to a purpose, to which version of its text, and when; or that they took it back. A person's
    consents are a record: lines are added, none is changed."""

    purpose: str
    version: str
    at: datetime
    act: Literal["given", "withdrawn"] = "given"


class Proof(msgspec.Struct, frozen=True, kw_only=True):
    """Who has seen which paper, where and when. ``by`` is the clerk's person."""

    place: str
    by: str
    method: str
    at: datetime


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """A human. ``assurance``: ``none`` only signed in, ``claimed`` name and number typed, ``proved`` shown as theirs.

    ``rights`` counts the changes of what they may do: writing it is the lock between two of them. ``withdrawn_at``: since
    when the consent to name and number is taken back; given again, it is None. ``proof`` of one who was proved, None where
    that was before proofs were kept.
    """

    id: str = msgspec.field(name="_id")
    name: str = ""
    id_number: IdNumberText | None = None
    phone: PhoneText | None = None
    region: str | None = None
    assurance: Assurance = "none"
    proof: Proof | None = None
    consents: tuple[Consent, ...] = ()
    withdrawn_at: datetime | None = None
    rights: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None

    def __repr__(self) -> str:
        # The generated one would write the name into logs and tracebacks.
        return f"Person({self.id!r}, {self.assurance!r})"

    def birth(self, on: date) -> date | None:
        """The birthday that the identity number tells, None without one."""
        return idnumbers.parse(self.id_number.reveal(), on).birth if self.id_number else None

    def is_minor(self, on: date) -> bool:
        """Whether they are under 14 on that day (Shanghai)."""
        birth = self.birth(on)
        return birth is not None and idnumbers.age(birth, on) < MINOR_UNDER

    @property
    def is_erased(self) -> bool:
        """Whether the consent was taken back and nothing is on record any more that says who this was."""
        return self.withdrawn_at is not None and self.id_number is None

    def assured(self, kind: str) -> Assurance:
        """How sure we are of them in a session of this kind: a resident who took their consent back is nobody until they
        give it again."""
        return "none" if kind == "resident" and self.withdrawn_at is not None else self.assurance

    def owes_consent(self, version: str) -> bool:
        """Whether somebody with a name here has yet to agree (again): taken back, or the text is a new one."""
        newest = next((each for each in reversed(self.consents) if each.purpose == CLAIM), None)
        return newest is not None and (newest.act != "given" or newest.version != version)

    def masked_name(self, on: date) -> str:
        """The name as others may read it."""
        return masking.name(self.name, minor=self.is_minor(on))


class Claim(msgspec.Struct, frozen=True, kw_only=True):
    """What a resident types to say who they are, and the version of the consent text they agreed to."""

    name: Annotated[str, Asked("姓名", "与身份证一致")]
    id_number: Annotated[str, Asked("身份证号")]
    region: Annotated[str, Asked("户籍所在的村（社区）", look="select")]
    consent_version: Annotated[str, Asked("同意书版本", look="hidden")]
    phone: Annotated[str | None, Asked("手机号", "办理人员需要时与您联系")] = None

    def __repr__(self) -> str:
        return "Claim(***)"


class Checked(msgspec.Struct, frozen=True, kw_only=True):
    """Particulars that have passed every check of form."""

    name: str
    id_number: IdNumberText | None
    phone: PhoneText | None
    region: str | None

    def __repr__(self) -> str:
        return "Checked(***)"


class People:
    """Reads and writes human records."""

    def __init__(self, database: Database, clock: Clock, new_id: IdMaker, places: Places) -> None:
        self._database = database
        self._people = database[PEOPLE]
        self._clock = clock
        self._new_id = new_id
        self._places = places

    async def get(self, person: str, session: AsyncClientSession | None = None) -> Person:
        """The person of that id; ``NotFound`` without one."""
        found = await self._people.find_one({"_id": person}, session=session)
        if found is None:
            raise NotFound("没有找到此人，请核对后重试。")
        return self._database.decode(Person, found)

    async def many(self, persons: Iterable[str], session: AsyncClientSession | None = None) -> dict[str, Person]:
        """These persons by id, in one query; unknown ids are left out."""
        wanted = list(set(persons))
        if not wanted:
            return {}
        found = await self._people.find({"_id": {"$in": wanted}}, session=session).to_list(len(wanted))
        return {row["_id"]: self._database.decode(Person, row) for row in found}

    async def add(
        self, session: AsyncClientSession, known: Checked | None = None, assurance: Assurance = "none"
    ) -> Person:
        """A new human record: empty for somebody who has only just signed in, or with what staff have entered."""
        person = self.made(known, assurance)
        await self._people.insert_one(self._database.encode(person), session=session)
        return person

    def made(self, known: Checked | None = None, assurance: Assurance = "none") -> Person:
        """The same, not stored yet."""
        now = now_of(self._clock)
        blank = Person(id=self._new_id(), created_at=now, updated_at=now)
        return blank if known is None else _with(blank, known, assurance)

    async def claim(self, session: AsyncClientSession, person: str, claim: Claim, consent_version: str) -> Person:
        """Put name and number to the person who is signed in. The same again only renews phone, region and consent.

        ``Invalid`` names each wrong field; ``Conflict`` when they have claimed another number before.
        """
        checked = self.check(claim.name, claim.id_number, claim.phone, claim.region)
        if claim.consent_version != consent_version:
            raise Invalid("告知书已更新，请重新阅读并同意。", fields={"consent_version": "不是最新版本"})
        current = await self.get(person, session)
        if current.id_number is not None and not _is_same(current, checked):
            raise Conflict("您已绑定实名信息，不能更改。如填写有误，请到村（社区）或乡镇便民服务窗口办理更正。")
        now = now_of(self._clock)
        if current.id_number is not None:
            # Written in another way, it is still the name that was claimed.
            checked = msgspec.structs.replace(checked, name=current.name)
        named = _with(current, checked, "proved" if current.assurance == "proved" else "claimed")
        claimed = msgspec.structs.replace(
            named,
            consents=(*current.consents, Consent(purpose=CLAIM, version=consent_version, at=now)),
            withdrawn_at=None,
            updated_at=now,
        )
        await self._people.replace_one({"_id": person}, self._database.encode(claimed), session=session)
        return claimed

    async def with_number(
        self, session: AsyncClientSession, number: IdNumberText, but: str, at_most: int
    ) -> list[Person]:
        """Who else has a name and this number, the one that was proved first."""
        same: dict[str, Any] = {"id_number.b": self._database.blind(number), "_id": {"$ne": but}}
        found = await self._people.find({**same, "assurance": "proved"}, session=session).limit(at_most).to_list(None)
        if len(found) < at_most:
            claims = self._people.find({**same, "assurance": "claimed"}, session=session).limit(at_most - len(found))
            found += await claims.to_list(None)
        return [self._database.decode(Person, row) for row in found]

    async def prove(self, session: AsyncClientSession, person: Person, proof: Proof) -> Person:
        """Their claim is proved."""
        proved = msgspec.structs.replace(person, assurance="proved", proof=proof, updated_at=now_of(self._clock))
        await self._people.replace_one({"_id": person.id}, self._database.encode(proved), session=session)
        return proved

    async def withdraw(self, session: AsyncClientSession, person: str) -> None:
        """Every consent that stands is taken back; the record of it grows by a line for each."""
        current, now = await self.get(person, session), now_of(self._clock)
        newest = {consent.purpose: consent for consent in current.consents}
        taken_back = [
            Consent(purpose=each.purpose, version=each.version, at=now, act="withdrawn")
            for each in newest.values()
            if each.act == "given"
        ]
        withdrawn = msgspec.structs.replace(
            current, consents=(*current.consents, *taken_back), withdrawn_at=current.withdrawn_at or now
        )
        await self._people.replace_one({"_id": person}, self._database.encode(withdrawn), session=session)

    async def erase(self, session: AsyncClientSession, person: str) -> None:
        """Name, numbers and home leave the record; that there was one, and what it agreed to, stays."""
        await self.end_claims(session, [person])
        await self._change(session, [person], {"region": None})

    async def end_claims(self, session: AsyncClientSession, persons: Collection[str]) -> None:
        """The records stay, name and number leave them."""
        nobody = {"name": "", "id_number": None, "phone": None, "assurance": "none", "proof": None}
        await self._change(session, persons, nobody)

    async def end_proofs(self, session: AsyncClientSession, persons: Collection[str]) -> None:
        """What was proved is a claim again."""
        await self._change(session, persons, {"assurance": "claimed", "proof": None})

    async def _change(self, session: AsyncClientSession, persons: Collection[str], change: dict[str, Any]) -> None:
        if persons:
            changed = {"$set": {**change, "updated_at": now_of(self._clock)}}
            await self._people.update_many({"_id": {"$in": list(persons)}}, changed, session=session)

    async def rights_changed(self, session: AsyncClientSession, *persons: str) -> None:
        """Count a change of what these persons may do. Of two transactions that change the same person, one retries."""
        await self._people.update_many({"_id": {"$in": list(set(persons))}}, {"$inc": {"rights": 1}}, session=session)

    def check(self, name: str, id_number: str | None, phone: str | None, region: str | None) -> Checked:
        """Particulars as they were typed, made plain; ``Invalid`` names every wrong field at once. What staff leave out
        of their own records may be None."""
        wrong: dict[str, str] = {}
        full = plain_name(name)
        if not is_name(full):
            wrong["name"] = "请填写身份证上的姓名。"
        number = self._id_number(id_number, wrong) if id_number else None
        reachable = _phone(phone, wrong) if phone else None
        if region is not None and (problem := self._problem_of_home(region)):
            wrong["region"] = problem
        if wrong:
            raise Invalid(fields=wrong)
        return Checked(name=full, id_number=number, phone=reachable, region=region)

    def _problem_of_home(self, region: str) -> str | None:
        place = self._places.tree.get(region)
        if place is None or place.county is None:
            return "请选择户籍所在的县（区）、乡镇和村（社区）。"
        if place.status == "abolished":
            return "该村（社区）已撤并，请选择合并后的村（社区）。"
        return None

    def _id_number(self, text: str, wrong: dict[str, str]) -> IdNumberText | None:
        try:
            return IdNumberText(idnumbers.parse(text, today(self._clock)).number)
        except BadNumber as problem:
            wrong["id_number"] = problem.text
            return None


def _is_same(person: Person, known: Checked) -> bool:
    return person.id_number == known.id_number and same_name(person.name, known.name)


def completed(person: Person, known: Checked) -> Person | None:
    """Somebody of whom no number is on record, with the one that staff have; None where it is there. ``Invalid`` for another number or
    name: the line is about somebody else."""
    if person.id_number is not None:
        if person.id_number != known.id_number:
            raise Invalid(fields={"id_number": "与此账号登记的身份证号不一致。"})
        return None
    if not same_name(person.name, known.name):
        raise Invalid(fields={"name": "与此账号登记的姓名不一致。"})
    return _with(person, known, "claimed" if person.assurance == "none" else person.assurance)


def _with(person: Person, known: Checked, assurance: Assurance) -> Person:
    return msgspec.structs.replace(
        person,
        name=known.name,
        id_number=known.id_number,
        phone=known.phone or person.phone,
        region=known.region or person.region,
        assurance=assurance,
    )


def _phone(text: str, wrong: dict[str, str]) -> PhoneText | None:
    try:
        return PhoneText(idnumbers.phone(text))
    except BadNumber as problem:
        wrong["phone"] = problem.text
        return None
