"""Members of staff from the administrator's side: accounts, positions, leave, leaving. For the CLI and the ops console.

What changes a member of staff goes into the transaction of whoever asks, who has checked there that they may, or else into one of
its own; only passwords are hashed outside of any.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any, TypeVar

import msgspec

from hub.identity import passwords
from hub.identity.accounts import Account, Accounts
from hub.identity.belongings import hand_over
from hub.identity.people import People
from hub.identity.permissions import OPS_ROLES
from hub.identity.positions import POSITIONS, Holding, PositionChanged, held_by, not_over, stood_in_for_by
from hub.identity.sessions import Sessions
from hub.identity.wechat_users import WechatUsers
from hub.rules.context import Context, transaction_of, unit_of
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession
from hub.words.clock import day_in_chinese, in_chinese
from hub.words.contributions import Leaver
from hub.words.errors import Conflict, Duplicate, Invalid, NotFound
from hub.words.regions import RegionTree

# Of one transaction of the job.
TOLD_AT_ONCE = 50
# What narrows a position; of administrators nothing does.
BOUNDS = ("bureau", "project", "node")
OPS_APART = "系统管理员、安全管理员、审计管理员须由不同的人担任，此人已担任其中另一种。"
T = TypeVar("T")


class PositionWanted(msgspec.Struct, frozen=True, kw_only=True):
    """A position to give: what is left out is not bound."""

    role: str
    region: str
    bureau: str | None = None
    project: str | None = None
    node: str | None = None


class NewStaff(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff as an administrator or a file names them. ``region`` is their own home, if known."""

    username: str
    name: str
    id_number: str | None = None
    phone: str | None = None
    region: str | None = None
    positions: tuple[PositionWanted, ...] = ()

    def __repr__(self) -> str:
        return "NewStaff(***)"


class Created(msgspec.Struct, frozen=True, kw_only=True):
    """A new account; ``password`` is shown once, when it was made by the hub."""

    account: str
    person: str
    username: str
    password: str | None

    def __repr__(self) -> str:
        return f"Created({self.account!r})"


class Posts(msgspec.Struct, frozen=True):
    """Which posts there are: the roles and nodes of the installed plugins, at the places that are known."""

    roles: frozenset[str]
    nodes: frozenset[str]
    regions: RegionTree

    def check(self, wanted: PositionWanted) -> None:
        """``Invalid`` for a position that nobody can hold."""
        if wanted.region not in self.regions:
            raise Invalid(fields={"region": "没有这个区划，请核对区划代码。"})
        if wanted.role not in self.roles:
            raise Invalid(fields={"role": f"没有这个角色，可用的有：{'、'.join(sorted(self.roles))}。"})
        if wanted.node is not None and wanted.node not in self.nodes:
            raise Invalid(fields={"node": f"没有这个环节，可用的有：{'、'.join(sorted(self.nodes))}。"})
        bound = [name for name in BOUNDS if getattr(wanted, name) is not None]
        if bound and wanted.role in OPS_ROLES:
            raise Invalid(fields=dict.fromkeys(bound, "管理员岗位不分业务局、环节和项目，请留空。"))


class Staff:
    """What administrators do with members of staff."""

    def __init__(
        self, database: Database, people: People, accounts: Accounts, sessions: Sessions, wechat: WechatUsers
    ) -> None:
        self._database = database
        self._positions = database[POSITIONS]
        self._people = people
        self._accounts = accounts
        self._sessions = sessions
        self._wechat = wechat

    # --- accounts ---------------------------------------------------------------------------------------------------

    async def create_account(
        self, ctx: Context, new: NewStaff, password: str | None = None, *, must_change: bool = True
    ) -> Created:
        """A person with an account and positions; a random password when none is given."""
        known = self._people.check(new.name, new.id_number, new.phone, new.region)
        chosen = password or passwords.generate()
        # A hash takes half a second of a core, and of a trial nothing is kept.
        hashed = "" if unit_of(ctx).trial else await self._accounts.hashed(new.username, chosen)

        async def write(ctx: Context) -> Account:
            session = transaction_of(ctx)
            person = await self._people.add(session, known, "claimed" if known.id_number else "none")
            account = await self._accounts.add(
                session, username=new.username, person=person.id, password_hash=hashed, must_change=must_change
            )
            for wanted in new.positions:
                await self._appoint(ctx, person.id, wanted)
            ctx.audit("account.created", account.id, person=person.id)
            return account

        try:
            account = await ctx.in_transaction(write)
        except Duplicate:
            raise Conflict("这个账号已存在，请换一个账号名。") from None
        return Created(
            account=account.id,
            person=account.person,
            username=account.username,
            password=None if password else chosen,
        )

    async def reset_password(
        self, ctx: Context, username: str, check: Callable[[Context], Awaitable[object]] | None = None
    ) -> str:
        """A new random password, to be changed at the next sign-in; all sessions end, the lock is lifted. ``check`` says in the same
        transaction whether whoever asks may."""
        account = await self._named(username)
        chosen = passwords.generate()
        hashed = await self._accounts.hashed(username, chosen)

        async def write(ctx: Context) -> None:
            session = transaction_of(ctx)
            if check is not None:
                await check(ctx)
            await self._accounts.set_password(session, account, hashed, must_change=True)
            await self._accounts.unlock(session, username)
            await self._sessions.revoke_account(session, account.id, "password")
            ctx.audit("account.password_reset", account.id)

        await ctx.in_transaction(write)
        return chosen

    async def unlock(self, ctx: Context, username: str) -> None:
        """Lift the lock after too many failures."""
        account = await self._named(username)

        async def write(ctx: Context) -> None:
            await self._accounts.unlock(transaction_of(ctx), username)
            ctx.audit("account.unlocked", account.id)

        await _in_one(ctx, write)

    async def end_sessions(self, ctx: Context, person: str) -> int:
        """End all sessions of somebody, such as of whoever lost a phone; returns how many."""

        async def write(ctx: Context) -> int:
            ended = await self._sessions.revoke_all(transaction_of(ctx), person, "revoked")
            ctx.audit("sessions.ended", person, sessions=ended)
            return ended

        return await _in_one(ctx, write)

    async def leave_job(self, ctx: Context, username: str) -> None:
        """Close the account, end the positions, bindings and sessions of somebody who leaves (离职), and hand over what they have begun."""
        account = await self._named(username)

        async def write(ctx: Context) -> None:
            session = transaction_of(ctx)
            await self._close(ctx, account)
            ending = await self._held(ctx, {"person": account.person})
            for held in ending:
                await self._end(ctx, held)
            await self._stand_in_no_more(ctx, account.person)
            positions = tuple(held.position for held in ending)
            handed = await hand_over(ctx, Leaver(person=account.person, positions=positions))
            await self._wechat.leave(session, account.person)
            await self._sessions.revoke_account(session, account.id, "left")
            ctx.audit("account.left", account.id, person=account.person, handed=handed)

        await _in_one(ctx, write)

    async def disable(self, ctx: Context, username: str) -> None:
        """Close an account for the time being (停用). Its positions stay, on leave: deputies or those above do their work."""
        account = await self._named(username)

        async def write(ctx: Context) -> None:
            session = transaction_of(ctx)
            await self._close(ctx, account)
            for held in await self._held(ctx, {"person": account.person, "on_leave": False}):
                await self._set_leave(ctx, held, True, held.deputy)
            await self._stand_in_no_more(ctx, account.person)
            await self._sessions.revoke_account(session, account.id, "disabled")
            ctx.audit("account.disabled", account.id, person=account.person)

        await _in_one(ctx, write)

    async def enable(self, ctx: Context, username: str) -> None:
        """Open a closed account again. Positions that are on leave stay so until somebody takes them back."""
        account = await self._named(username)

        async def write(ctx: Context) -> None:
            await self._accounts.enable(transaction_of(ctx), account.id)
            ctx.audit("account.enabled", account.id, person=account.person)

        await _in_one(ctx, write)

    # --- positions --------------------------------------------------------------------------------------------------

    async def appoint(
        self,
        ctx: Context,
        person: str,
        wanted: PositionWanted,
        *,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Holding:
        """Give somebody a position; the same one again changes nothing, with other days it is a ``Conflict``."""

        async def write(ctx: Context) -> Holding:
            return await self._appoint(ctx, person, wanted, since, until)

        return await _in_one(ctx, write)

    async def dismiss(self, ctx: Context, holding: str) -> None:
        """End a position now; it stays on record."""

        async def write(ctx: Context) -> None:
            held = await self._holding(ctx, holding)
            if held.until is None or held.until > ctx.now():
                await self._end(ctx, held)

        await _in_one(ctx, write)

    async def set_leave(self, ctx: Context, holding: str, on_leave: bool, deputy: str | None = None) -> None:
        """Send a holder on leave, with the one who stands in (AB 岗) or nobody; or take them back."""

        async def write(ctx: Context) -> None:
            await self._set_leave(ctx, await self._holding(ctx, holding), on_leave, deputy)

        await _in_one(ctx, write)

    async def positions_of(self, ctx: Context, username: str) -> list[Holding]:
        """What the owner of an account holds or stands in for today."""
        account = await self._named(username)
        found = await self._positions.find(held_by(account.person, ctx.now())).to_list(None)
        return [self._database.decode(Holding, row) for row in found]

    async def person_of(self, username: str) -> str:
        """Whose account it is; ``NotFound`` without one."""
        return (await self._named(username)).person

    async def below(self, place: str, after: str, limit: int, now: datetime) -> list[Holding]:
        """Positions below a place that are not over, by id, from behind ``after``."""
        which = {"path": place, "_id": {"$gt": after}, **not_over(now)}
        found = await self._positions.find(which).sort("_id", 1).limit(limit).to_list(limit)
        return [self._database.decode(Holding, row) for row in found]

    async def position(self, holding: str, session: AsyncClientSession | None = None) -> Holding | None:
        """A position by its id, over or not."""
        found = await self._positions.find_one({"_id": holding}, session=session)
        return None if found is None else self._database.decode(Holding, found)

    async def held(self, person: str, now: datetime, session: AsyncClientSession | None = None) -> list[Holding]:
        """What somebody holds now or will hold, without what they stand in for."""
        found = await self._positions.find({"person": person, **not_over(now)}, session=session).to_list(None)
        return [self._database.decode(Holding, row) for row in found]

    # --- pieces -----------------------------------------------------------------------------------------------------

    async def _appoint(
        self,
        ctx: Context,
        person: str,
        wanted: PositionWanted,
        since: datetime | None = None,
        until: datetime | None = None,
    ) -> Holding:
        session = transaction_of(ctx)
        posts_of(ctx).check(wanted)
        await self._people.rights_changed(session, person)
        existing = await self._same(ctx, person, wanted)
        if existing is not None:
            _check_days(existing, since, until, ctx.now())
            return existing
        await self._accounts.check_open(session, person)
        await self._keep_ops_apart(ctx, person, wanted.role)
        holding = holding_of(ctx, person, wanted, since, until)
        await self._positions.insert_one(self._database.encode(holding), session=session)
        await self._sessions.rights_changed(session, [person])
        tell_given(ctx, holding)
        return holding

    async def _same(self, ctx: Context, person: str, wanted: PositionWanted) -> Holding | None:
        """The position that somebody has already, or will have."""
        which = {**msgspec.to_builtins(wanted), "person": person, **not_over(ctx.now())}
        found = await self._positions.find_one(which, session=transaction_of(ctx))
        return None if found is None else self._database.decode(Holding, found)

    async def _keep_ops_apart(self, ctx: Context, person: str, role: str) -> None:
        """System, security and audit administration never meet in one person, nor through a deputy (等保 level 3)."""
        if role not in OPS_ROLES:
            return
        others = {"role": {"$in": sorted(OPS_ROLES - {role})}, "$or": [{"person": person}, {"deputy": person}]}
        if await self._positions.find_one({"$and": [others, not_over(ctx.now())]}, session=transaction_of(ctx)):
            raise Conflict(OPS_APART)

    async def _held(self, ctx: Context, which: dict[str, Any]) -> list[Holding]:
        """Positions that are not over."""
        found = self._positions.find({**which, **not_over(ctx.now())}, session=transaction_of(ctx))
        return [self._database.decode(Holding, row) async for row in found]

    async def _end(self, ctx: Context, held: Holding) -> None:
        await self._change(ctx, held, until=ctx.now(), to_begin=False, to_end=False)
        ctx.audit("position.ended", held.id, person=held.person, role=held.role, region=held.region)
        for other in await self._held(ctx, stood_in_for_by(held)):
            await self._change(ctx, other, deputy=None)

    async def _set_leave(self, ctx: Context, held: Holding, on_leave: bool, deputy: str | None) -> None:
        if deputy == held.person:
            raise Invalid(fields={"deputy": "代理人不能是本人。"})
        if not on_leave:
            await self._accounts.check_open(transaction_of(ctx), held.person)
        if deputy is not None and deputy != held.deputy:
            await self._people.get(deputy, transaction_of(ctx))
            await self._accounts.check_open(transaction_of(ctx), deputy)
            await self._keep_ops_apart(ctx, deputy, held.role)
        # Another deputy is no other leave: whoever took it ends it.
        leave_by = held.leave_by if held.on_leave else ctx.actor.person
        await self._change(ctx, held, on_leave=on_leave, deputy=deputy, leave_by=leave_by if on_leave else None)
        ctx.audit("position.leave", held.id, person=held.person, on_leave=on_leave, deputy=deputy)

    async def _close(self, ctx: Context, account: Account) -> None:
        """Close an account; of two transactions, this one and one that gives its owner something to do, one comes after the other."""
        await self._accounts.disable(transaction_of(ctx), account.id)
        await self._people.rights_changed(transaction_of(ctx), account.person)

    async def _stand_in_no_more(self, ctx: Context, person: str) -> None:
        """One who is gone is nobody's deputy; the leave of those whom they stood in for goes on as it was."""
        for held in await self._held(ctx, {"deputy": person}):
            await self._change(ctx, held, deputy=None)
            ctx.audit("position.leave", held.id, person=held.person, on_leave=held.on_leave, deputy=None)

    async def _change(self, ctx: Context, held: Holding, **change: Any) -> None:
        """Change a position, its rights at once, and tell the fact if somebody else does its work from now on."""
        session, after = transaction_of(ctx), msgspec.structs.replace(held, **change)
        persons = {held.person, *filter(None, [held.deputy, after.deputy])}
        await self._people.rights_changed(session, *persons)
        await self._positions.update_one({"_id": held.id}, {"$set": change}, session=session)
        await self._sessions.rights_changed(session, persons)
        tell(ctx, held, left=_acting(held, ctx.now()), came=_acting(after, ctx.now()))

    # --- days that come ---------------------------------------------------------------------------------------------

    async def tell_of_days(self, ctx: Context) -> None:
        """Positions whose first or last day was still to come when it was set: the fact is told when it has come."""
        while await ctx.in_transaction(self._tell_some):
            pass

    async def _tell_some(self, ctx: Context) -> int:
        now, session = ctx.now(), transaction_of(ctx)
        ended = {"to_end": True, "until": {"$lte": now}}
        begun = {"to_begin": True, "since": {"$lte": now}}
        told = 0
        for which, flag in ((begun, "to_begin"), (ended, "to_end")):
            for row in await self._positions.find(which, session=session).limit(TOLD_AT_ONCE).to_list(None):
                held = self._database.decode(Holding, row)
                await self._positions.update_one({"_id": held.id}, {"$set": {flag: False}}, session=session)
                acting = held.acting
                # Sockets have their rights from when they were opened.
                await self._sessions.rights_changed(session, filter(None, [held.person, held.deputy]))
                tell(ctx, held, left=acting if flag == "to_end" else None, came=acting if flag == "to_begin" else None)
                told += 1
        return told

    async def _holding(self, ctx: Context, holding: str) -> Holding:
        found = await self._positions.find_one({"_id": holding}, session=transaction_of(ctx))
        if found is None:
            raise NotFound("没有找到这个岗位，请刷新后重试。")
        return self._database.decode(Holding, found)

    async def _named(self, username: str) -> Account:
        account = await self._accounts.named(username)
        if account is None:
            raise NotFound("没有找到这个账号，请核对后重试。")
        return account


async def _in_one(ctx: Context, write: Callable[[Context], Awaitable[T]]) -> T:
    """In the transaction of the act, or in one of its own where it has none."""
    return await (ctx.in_transaction(write) if unit_of(ctx).session is None else write(ctx))


def _check_days(held: Holding, since: datetime | None, until: datetime | None, now: datetime) -> None:
    """``Conflict`` where a position that somebody has runs on other days than are wanted."""
    if (max(held.since, now), held.until) != (max(since or now, now), until):
        ends = f"到{in_chinese(held.until)}为止" if held.until else "长期有效"
        raise Conflict(
            f"此人已有这个岗位，{day_in_chinese(held.since)}起，{ends}。要改日期，请先结束它，再重新给岗位。"
        )


def tell(ctx: Context, held: Holding, *, left: str | None, came: str | None) -> None:
    """Tell that somebody else does the work of a position, if that is so."""
    if left == came:
        return
    region = ctx.regions.get(held.region)
    places = (
        (held.region,)
        if region is None or region.county
        else [county.code for county in ctx.regions.children(held.region)]
    )
    for place in places:
        ctx.emit(
            PositionChanged(
                place=place,
                region=held.region,
                role=held.role,
                bureau=held.bureau,
                project=held.project,
                node=held.node,
                left=left,
                came=came,
            )
        )


def _acting(held: Holding, now: datetime) -> str | None:
    """Who does the work at this moment."""
    return held.acting if held.since <= now and (held.until is None or held.until > now) else None


def posts_of(ctx: Context) -> Posts:
    """Those of this hub."""
    plugins = unit_of(ctx).units.host.plugins.values()
    roles = frozenset(role.name for plugin in plugins for role in plugin.roles)
    return Posts(roles, frozenset(node.name for plugin in plugins for node in plugin.nodes), ctx.regions)


def holding_of(
    ctx: Context, person: str, wanted: PositionWanted, since: datetime | None = None, until: datetime | None = None
) -> Holding:
    """A position that somebody is given, from now on where no day is said."""
    return Holding(
        id=ctx.new_id(),
        path=ctx.regions[wanted.region].path,
        person=person,
        since=since or ctx.now(),
        until=until,
        to_begin=since is not None and since > ctx.now(),
        to_end=until is not None,
        **msgspec.to_builtins(wanted),
    )


def wanted_of(held: Holding) -> PositionWanted:
    """The position that somebody holds, as it would be given."""
    return PositionWanted(**{name: getattr(held, name) for name in PositionWanted.__struct_fields__})


def tell_given(ctx: Context, held: Holding) -> None:
    """That a position was given, to whoever looks after its work and for the record."""
    tell(ctx, held, left=None, came=_acting(held, ctx.now()))
    ctx.audit("position.given", held.id, person=held.person, role=held.role, region=held.region)
