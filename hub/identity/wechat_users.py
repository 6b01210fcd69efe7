"""WeChat's view of people, and whom of ours it stands for.

A *user* is one openid of one account (appid); users with the same unionid are *siblings*: one WeChat, seen by several
accounts. A *binding* says that messages for a person go to a user. One WeChat may stand for a resident and for a member
of staff whose records are two, because the resident's claim came first: so a binding has a ``side``.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.identity.moments import now_of
from hub.identity.people import People
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession, ReturnDocument
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.contributions import Index
from hub.words.errors import Conflict, NotFound
from hub.words.ids import IdMaker

USERS = "wechat_users"
BINDINGS = "wechat_bindings"
COLLECTIONS = (
    CoreCollection(
        USERS,
        (
            Index((("appid", 1), ("openid", 1)), unique=True, name="one_user_per_openid"),
            Index((("unionid", 1),), partial={"unionid": {"$gt": ""}}, name="siblings"),
        ),
    ),
    CoreCollection(
        BINDINGS,
        (
            Index(
                (("person", 1), ("appid", 1)),
                unique=True,
                partial={"active": True},
                name="one_binding_per_person_and_appid",
            ),
            Index(
                (("user", 1), ("side", 1)), unique=True, partial={"active": True}, name="one_binding_per_user_and_side"
            ),
            Index((("user", 1),), name="bindings_of_user"),
            Index((("person", 1),), name="bindings_of_person"),
        ),
    ),
)

Side = Literal["resident", "staff"]
Ended = Literal["unbound", "moved", "left", "revoked"]
# What the person ended themselves: in the app, or by withdrawing WeChat's permission.
GIVEN_UP: frozenset[Ended] = frozenset({"unbound", "revoked"})

# One WeChat is known to a handful of our accounts; the rest would be an attack or a mistake.
MOST_SIBLINGS = 20
# Bindings of one person or one WeChat, ended ones too.
MOST_LOOKED_AT = 200
MOST_OPENIDS = 1000


class Seen(msgspec.Struct, frozen=True):
    """Who stands before us, as WeChat told it in exchange for a code."""

    appid: str
    openid: str
    unionid: str | None = None
    # Whether they follow this official account, where WeChat was asked; the event may have been lost.
    follows: bool | None = None

    def __repr__(self) -> str:
        # An openid in a log would say who was there.
        return f"Seen({self.appid!r}, ***)"


class WechatUser(msgspec.Struct, frozen=True, kw_only=True):
    """One openid. ``follows`` matters for official accounts; ``followed_at``: when that changed, by WeChat's clock."""

    id: str = msgspec.field(name="_id")
    appid: str
    openid: str
    unionid: str | None = None
    follows: bool = False
    followed_at: datetime | None = None
    created_at: datetime

    def __repr__(self) -> str:
        return f"WechatUser({self.id!r}, {self.appid!r})"


class Binding(msgspec.Struct, frozen=True, kw_only=True):
    """That this user's phone is this person's; kept after its end with the reason."""

    id: str = msgspec.field(name="_id")
    person: str
    user: str
    appid: str
    side: Side
    active: bool = True
    bound_at: datetime
    ended_at: datetime | None = None
    ended_by: Ended | None = None


class AppAccounts(msgspec.Struct, frozen=True):
    """The WeChat accounts that serve one app: official accounts in order of preference, and its mini program."""

    oa: tuple[str, ...] = ()
    mp: str | None = None

    @property
    def all(self) -> tuple[str, ...]:
        return self.oa if self.mp is None else (*self.oa, self.mp)


class OaAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A person at an official account. Template messages reach followers only."""

    appid: str
    openid: str
    follows: bool

    def __repr__(self) -> str:
        return f"OaAddress({self.appid!r}, follows={self.follows})"


class MpAddress(msgspec.Struct, frozen=True, kw_only=True):
    """A person at a mini program; whether a message may be sent is a matter of credits, kept by push."""

    appid: str
    openid: str

    def __repr__(self) -> str:
        return f"MpAddress({self.appid!r})"


class Addresses(msgspec.Struct, frozen=True, kw_only=True):
    """Where WeChat reaches a person for one app; None where they are not bound."""

    oa: OaAddress | None = None
    mp: MpAddress | None = None


class WechatUsers:
    """Reads and writes users and bindings."""

    def __init__(
        self, database: Database, clock: Clock, new_id: IdMaker, people: People, accounts: Mapping[App, AppAccounts]
    ) -> None:
        self._database = database
        self._users = database[USERS]
        self._bindings = database[BINDINGS]
        self._clock = clock
        self._new_id = new_id
        self._people = people
        self._accounts = accounts
        self._oa = frozenset(appid for served in accounts.values() for appid in served.oa)

    def serving(self, app: App) -> AppAccounts:
        """The accounts of an app."""
        return self._accounts.get(app, AppAccounts())

    # --- who is it --------------------------------------------------------------------------------------------------

    async def resident(self, session: AsyncClientSession, seen: Seen) -> str:
        """The person for whom this WeChat stands as a resident, or stood before it was unbound; a new one when it was never
        seen.

        Staff who look up their own subsidies are the same human: their record serves them as residents too.
        """
        user = await self._meet(session, seen)
        ring = await self._ring(session, user)
        bindings = await self._bindings_of(session, ring)
        own = _closest(bindings, user, "resident")
        former = None if own else await self._former(session, bindings, user)
        known = own or former or _closest(bindings, user, "staff")
        person = known or (await self._people.add(session)).id
        # Who comes back wants this account again; their others stay unbound until they say so there.
        asked = {user.id} if former else set()
        await self._join(session, person, "resident", user, ring=ring, bindings=bindings, asked=asked)
        return person

    async def _former(self, session: AsyncClientSession, bindings: list[Binding], user: WechatUser) -> str | None:
        """Whose WeChat this was last, unless that person has bound another one since, or their data were deleted: whoever
        comes then is somebody new."""
        person = _last_owner(bindings, user)
        if person is None or (await self._people.get(person, session)).is_erased:
            return None
        since = [each for each in await self._active_of(session, person) if each.appid == user.appid]
        return None if since else person

    async def bind_staff(self, session: AsyncClientSession, person: str, seen: Seen) -> Binding:
        """Bind this WeChat to somebody who is signed in with their account; an earlier one of theirs gives way.

        ``Conflict`` when it is another colleague's: then both would read each other's messages.
        """
        user = await self._meet(session, seen)
        ring = await self._ring(session, user)
        bindings = await self._bindings_of(session, ring)
        theirs = [each for each in bindings if each.active and each.side == "staff" and each.user == user.id]
        if any(each.person != person for each in theirs):
            raise Conflict("此微信已绑定另一位工作人员的账号。请换用本人的微信，或请对方先在“账号设置”中解绑。")
        await self._end(session, {"person": person, "appid": user.appid, "user": {"$ne": user.id}}, "moved")
        asked = {each.id for each in ring}
        await self._join(session, person, "staff", user, ring=ring, bindings=bindings, asked=asked)
        found = await self._bindings.find_one({"person": person, "appid": user.appid, "active": True}, session=session)
        return self._database.decode(Binding, found or {})

    async def unbind(self, session: AsyncClientSession, person: str, appid: str) -> Binding:
        """End the person's binding at this account; ``NotFound`` when there is none."""
        found = await self._bindings.find_one({"person": person, "appid": appid, "active": True}, session=session)
        if found is None:
            raise NotFound("您没有绑定这个微信应用，无需解绑。")
        await self._end(session, {"_id": found["_id"]}, "unbound")
        return self._database.decode(Binding, found)

    async def leave(self, session: AsyncClientSession, person: str) -> None:
        """End all staff bindings of somebody who has left the job."""
        await self._end(session, {"person": person, "side": "staff"}, "left")

    async def bound(
        self, person: str, appids: Iterable[str], session: AsyncClientSession | None = None
    ) -> dict[str, WechatUser]:
        """The users that a person is bound to, by appid."""
        found = await self._users_of([person], list(appids), session)
        return {user.appid: user for _, user in found}

    async def share_a_phone(self, session: AsyncClientSession, one: str, other: str) -> bool:
        """Whether one WeChat has ever stood for both persons, at whichever accounts."""
        mine, theirs = await self._marks_of(session, one), await self._marks_of(session, other)
        return not mine.isdisjoint(theirs)

    async def _marks_of(self, session: AsyncClientSession, person: str) -> set[str]:
        """The users that a person is or was bound to, and their unionids."""
        bound = self._bindings.find({"person": person}, {"user": 1}, session=session).sort("bound_at", -1)
        ids = {row["user"] async for row in bound.limit(MOST_LOOKED_AT)}
        users = self._users.find({"_id": {"$in": list(ids)}}, {"unionid": 1}, session=session)
        return ids | {row["unionid"] async for row in users if row.get("unionid")}

    # --- where to reach them ----------------------------------------------------------------------------------------

    async def addresses(self, persons: Iterable[str], app: App) -> dict[str, Addresses]:
        """Where WeChat reaches these persons for an app; two queries, however many they are."""
        wanted, serving = list(set(persons)), self.serving(app)
        users: dict[str, dict[str, WechatUser]] = {person: {} for person in wanted}
        for person, user in await self._users_of(wanted, list(serving.all)):
            users[person][user.appid] = user
        return {person: _addresses(found, serving) for person, found in users.items()}

    async def _users_of(
        self, persons: list[str], appids: list[str], session: AsyncClientSession | None = None
    ) -> list[tuple[str, WechatUser]]:
        wanted = {"person": {"$in": persons}, "appid": {"$in": appids}, "active": True}
        bindings = await self._bindings.find(wanted, {"person": 1, "user": 1}, session=session).to_list(None)
        ids = {"_id": {"$in": list({row["user"] for row in bindings})}}
        users = {row["_id"]: row for row in await self._users.find(ids, session=session).to_list(None)}
        return [(row["person"], self._decoded(users[row["user"]])) for row in bindings]

    # --- followers --------------------------------------------------------------------------------------------------

    async def follow(self, appid: str, openid: str, unionid: str | None, at: datetime | None = None) -> None:
        """This openid follows the official account since ``at`` (WeChat's time of the event).

        With a unionid that we know from a mini program, the person gets this route without another step.
        """

        async def work(session: AsyncClientSession) -> None:
            user = await self._meet(session, Seen(appid, openid, unionid))
            await self._set_follows(session, user, True, at)
            ring = await self._ring(session, user)
            bindings = await self._bindings_of(session, ring)
            for side in ("resident", "staff"):
                person = _bound_to(bindings, side)
                if person is not None:
                    await self._join(session, person, side, user, ring=ring, bindings=bindings)

        await self._database.transaction(work)

    async def unknown_followers(self, appid: str, openids: Sequence[str]) -> list[str]:
        """Those of these openids that are not known as followers; in the order given, a thousand a query."""
        known: set[str] = set()
        for start in range(0, len(openids), MOST_OPENIDS):
            some = list(openids[start : start + MOST_OPENIDS])
            found = self._users.find({"appid": appid, "openid": {"$in": some}, "follows": True}, {"openid": 1})
            known |= {row["openid"] async for row in found}
        return [openid for openid in openids if openid not in known]

    async def unfollow(self, appid: str, openid: str, at: datetime | None = None) -> None:
        """This openid no longer follows; its bindings stay, for the day it comes back."""

        async def work(session: AsyncClientSession) -> None:
            user = await self._meet(session, Seen(appid, openid))
            await self._set_follows(session, user, False, at)

        await self._database.transaction(work)

    # --- the permission is taken back ----------------------------------------------------------------------------------

    async def known(self, session: AsyncClientSession, appid: str, openid: str) -> str | None:
        """The user of this openid, if it was ever seen."""
        found = await self._users.find_one({"appid": appid, "openid": openid}, {"_id": 1}, session=session)
        return None if found is None else found["_id"]

    async def persons_of(self, session: AsyncClientSession, user: str) -> list[str]:
        """For whom this user stands, or stood last; as a resident, as a member of staff, or both."""
        found = self._bindings.find({"user": user}, session=session).sort("bound_at", -1).limit(MOST_LOOKED_AT)
        bindings = [self._database.decode(Binding, row) for row in await found.to_list(None)]
        active = [each.person for each in bindings if each.active]
        last = [each.person for each in bindings if each.ended_by in GIVEN_UP][:1]
        return list(dict.fromkeys(active or last))

    async def end_all(self, session: AsyncClientSession, person: str, why: Ended) -> None:
        """End every binding of a person, at all accounts."""
        await self._end(session, {"person": person}, why)

    async def erase_of(self, session: AsyncClientSession, person: str) -> None:
        """Delete the openids of a person; that there were bindings stays, without them."""
        bound = self._bindings.find({"person": person}, {"user": 1}, session=session).limit(MOST_LOOKED_AT)
        for user in {row["user"] async for row in bound}:
            await self.erase(session, user)

    async def erase(self, session: AsyncClientSession, user: str) -> None:
        """Delete an openid, unless somebody is bound to it (again)."""
        if not await self._bindings.find_one({"user": user, "active": True}, {"_id": 1}, session=session):
            await self._users.delete_one({"_id": user}, session=session)

    async def _set_follows(
        self, session: AsyncClientSession, user: WechatUser, follows: bool, at: datetime | None
    ) -> None:
        # Callbacks may overtake each other: the later event by WeChat's clock decides.
        moment = at or now_of(self._clock)
        if user.followed_at is None or user.followed_at <= moment:
            change = {"$set": {"follows": follows, "followed_at": moment}}
            await self._users.update_one({"_id": user.id}, change, session=session)

    # --- pieces -----------------------------------------------------------------------------------------------------

    async def _meet(self, session: AsyncClientSession, seen: Seen) -> WechatUser:
        """The user's record, made at first sight; a unionid once learned is kept."""
        fresh = {"_id": self._new_id(), "created_at": now_of(self._clock), "follows": False}
        change: dict[str, Any] = {"$setOnInsert": fresh}
        if seen.unionid is not None:
            change["$set"] = {"unionid": seen.unionid}
        found = await self._users.find_one_and_update(
            {"appid": seen.appid, "openid": seen.openid},
            change,
            upsert=True,
            return_document=ReturnDocument.AFTER,
            session=session,
        )
        user = self._decoded(found or {})
        if seen.follows is not None and seen.follows != user.follows:
            await self._set_follows(session, user, seen.follows, None)
        return user

    def _decoded(self, row: Mapping[str, Any]) -> WechatUser:
        return self._database.decode(WechatUser, row)

    async def _ring(self, session: AsyncClientSession, user: WechatUser) -> list[WechatUser]:
        """The user and its siblings."""
        if user.unionid is None:
            return [user]
        found = self._users.find({"unionid": user.unionid}, session=session).limit(MOST_SIBLINGS)
        return [self._decoded(row) for row in await found.to_list(MOST_SIBLINGS)]

    async def _bindings_of(self, session: AsyncClientSession, ring: list[WechatUser]) -> list[Binding]:
        """All bindings of these users, ended ones too: what was unbound is not bound again behind somebody's back."""
        found = self._bindings.find({"user": {"$in": [user.id for user in ring]}}, session=session).sort("bound_at", -1)
        return [self._database.decode(Binding, row) for row in await found.limit(MOST_LOOKED_AT).to_list(None)]

    async def _join(
        self,
        session: AsyncClientSession,
        person: str,
        side: Side,
        user: WechatUser,
        *,
        ring: list[WechatUser],
        bindings: list[Binding],
        asked: Collection[str] = (),
    ) -> None:
        """Bind the person to the user, and to its siblings at official accounts.

        ``asked``: the users whom the person wants bound now, so that an earlier unbinding of them no longer counts.
        """
        taken = {each.appid for each in await self._active_of(session, person)}
        new: list[Binding] = []
        for each in [user, *(other for other in ring if other.id != user.id and other.appid in self._oa)]:
            free = not any(one.active and one.user == each.id and one.side == side for one in bindings)
            refused = each.id not in asked and any(_was_unbound(one, person, each) for one in bindings)
            if free and not refused and each.appid not in taken:
                taken.add(each.appid)
                new.append(self._binding(person, each, side))
        if new:
            await self._bindings.insert_many([self._database.encode(each) for each in new], session=session)

    async def _active_of(self, session: AsyncClientSession, person: str) -> list[Binding]:
        found = await self._bindings.find({"person": person, "active": True}, session=session).to_list(None)
        return [self._database.decode(Binding, row) for row in found]

    def _binding(self, person: str, user: WechatUser, side: Side) -> Binding:
        return Binding(
            id=self._new_id(), person=person, user=user.id, appid=user.appid, side=side, bound_at=now_of(self._clock)
        )

    async def _end(self, session: AsyncClientSession, which: Mapping[str, Any], why: Ended) -> None:
        ended = {"$set": {"active": False, "ended_at": now_of(self._clock), "ended_by": why}}
        await self._bindings.update_many({**which, "active": True}, ended, session=session)


def _closest(bindings: list[Binding], user: WechatUser, side: Side) -> str | None:
    """Whose WeChat this is on this side: by this very openid before a sibling."""
    active = [each for each in bindings if each.active and each.side == side]
    ranked = sorted(active, key=lambda each: each.user != user.id)
    return ranked[0].person if ranked else None


def _last_owner(bindings: list[Binding], user: WechatUser) -> str | None:
    """Whose WeChat this was as a resident's before they unbound it: this very openid before a sibling, the latest first."""
    given_up = [each for each in bindings if each.side == "resident" and each.ended_by in GIVEN_UP and each.ended_at]
    ranked = sorted(given_up, key=lambda each: (each.user == user.id, each.ended_at), reverse=True)
    return ranked[0].person if ranked else None


def _bound_to(bindings: list[Binding], side: Side) -> str | None:
    """The person for whom one of these users stands on this side."""
    return next((each.person for each in bindings if each.active and each.side == side), None)


def _was_unbound(binding: Binding, person: str, user: WechatUser) -> bool:
    return binding.ended_by in GIVEN_UP and binding.person == person and binding.user == user.id


def _addresses(users: Mapping[str, WechatUser], serving: AppAccounts) -> Addresses:
    """Of several official accounts the first that the person follows, else the first they are bound to."""
    official = [users[appid] for appid in serving.oa if appid in users]
    oa = next((user for user in official if user.follows), official[0] if official else None)
    mp = users.get(serving.mp) if serving.mp else None
    return Addresses(
        oa=OaAddress(appid=oa.appid, openid=oa.openid, follows=oa.follows) if oa else None,
        mp=MpAddress(appid=mp.appid, openid=mp.openid) if mp else None,
    )
