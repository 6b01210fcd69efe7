"""What security administrators do with members of staff: ``/api/v1/{place}/staff/…``; ``hub users`` does the same.

An administrator reaches whoever holds positions below their own place and nowhere else; never themselves, and nobody who stands in
for a position elsewhere. Who is reached is read in the transaction that acts. Accounts are named by their ids: a username in an
address would say who somebody is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any

from hub.identity import roster
from hub.identity.accounts import Account
from hub.identity.belongings import unfinished
from hub.identity.deskpages import ABOVE, MANAGE, RESET_ABOVE, DeskPages, in_words
from hub.identity.deskviews import (
    AtLeaving,
    FirstPassword,
    Give,
    Leave,
    PositionLine,
    PostView,
    Search,
    StaffLine,
    StaffView,
    Vacancy,
    is_of,
    position_line,
    unfilled,
    vacancy,
)
from hub.identity.holders import who_holds
from hub.identity.identity import IdentityServices
from hub.identity.mypositions import place_in_words, shown
from hub.identity.mysessions import Ended
from hub.identity.people import Person
from hub.identity.permissions import OPS_ROLES
from hub.identity.positions import Holding
from hub.identity.staff import PositionWanted
from hub.identity.staffimport import file_import, table_import
from hub.identity.waiting import ClaimedWork, HeldWork, UnattendedWork, WorkHeld
from hub.rules.context import Context, transaction_of, unit_of
from hub.words import masking
from hub.words.clock import SHANGHAI, today
from hub.words.contributions import (
    ANY,
    Choice,
    Holders,
    Import,
    MenuEntry,
    Page,
    Paged,
    Paging,
    Permission,
    Route,
)
from hub.words.errors import Forbidden, Invalid, NotFound
from hub.words.hookspecs import hookimpl
from hub.words.text import plain_name

# 等保 level 3: who grants rights is neither who runs the system nor who watches both.
ROLES = ("ops_security",)

MOST_FOUND = 50
MOST_VACANCIES = 50
# Of those who have the work next; the rest is said by number.
MOST_NAMED = 5


class StaffPlugin:
    """人员与岗位管理: people found, positions given and ended, leave and return; accounts unlocked, reset, closed."""

    builtin = True
    placeless = False
    prefix = "staff"

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity
        self._accounts = identity.accounts
        self._staff = identity.staff
        self._pages = DeskPages(self)

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (Permission(MANAGE, "管理人员账号和岗位", ROLES),)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        acts: dict[str, Callable[..., Awaitable[Any]]] = {
            "/accounts/{id}/unlock": self.unlock,
            "/accounts/{id}/reset": self.reset,
            "/accounts/{id}/disable": self.disable,
            "/accounts/{id}/enable": self.enable,
            "/accounts/{id}/leave-job": self.leave_job,
            "/accounts/{id}/sessions/end": self.end_sessions,
            "/accounts/{id}/positions": self.give,
            "/positions/{id}/end": self.end_position,
            "/positions/{id}/leave": self.leave,
            "/positions/{id}/return": self.come_back,
        }
        looks: dict[str, Callable[..., Awaitable[Any]]] = {
            "/positions": self.positions,
            "/positions/{id}": self.position,
            "/accounts/{id}": self.account,
            "/vacancies": self.vacancies,
        }
        return (
            *(Route(method="GET", path=path, call=call, access=MANAGE) for path, call in looks.items()),
            Route(method="POST", path="/search", call=self.search, access=MANAGE, changes_nothing=True, at_city=True),
            *(
                # Who works for the city is looked after there.
                Route(method="POST", path=path, call=call, access=MANAGE, transaction=call != self.reset, at_city=True)
                for path, call in acts.items()
            ),
        )

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return self._pages.pages()

    @hookimpl
    def imports(self) -> Sequence[Import]:
        enrolment = self._identity.enrolment
        return (file_import(enrolment), table_import(enrolment, self._identity.people, self._accounts))

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        return (MenuEntry(app="ops", label="人员与岗位", path="", access=MANAGE, order=20, icon="users"),)

    # --- looking ------------------------------------------------------------------------------------------------------

    async def positions(self, ctx: Context, query: Paging) -> Paged[PositionLine]:
        """本地区的岗位和人员"""
        held, more = await self.below(ctx, query)
        owners = await self._accounts.of_persons(
            filter(None, (who for each in held for who in (each.person, each.deputy)))
        )
        return Paged(items=[position_line(ctx, each, owners) for each in held], next=more)

    async def search(self, ctx: Context, body: Search) -> Paged[StaffLine]:
        """按姓名或账号查找人员"""
        database, now = unit_of(ctx).database, ctx.now()
        found = await roster.accounts_called(database, plain_name(body.who), MOST_FOUND + 1)
        by_username = await self._accounts.named(body.who)
        accounts = list({each.id: each for each in (*filter(None, [by_username]), *found)}.values())
        ever = await roster.ever_held(database, (each.person for each in accounts))
        here = [each for each in accounts if _reaches(ctx, ever.get(each.person, []))]
        named = await self._identity.people.many(each.person for each in here)
        lines = [
            StaffLine(
                account=each.id,
                username=each.username,
                name=named[each.person].name if each.person in named else "",
                disabled=each.disabled_at is not None,
                positions=[in_words(ctx, held) for held in roster.not_ended(ever.get(each.person, []), now)],
            )
            for each in here
        ]
        return Paged(items=lines[:MOST_FOUND])

    async def account(self, ctx: Context, id: str) -> StaffView:
        """人员的账号和岗位"""
        account = await self._accounts.get(id)
        ever = await roster.held_or_stood_in_for(unit_of(ctx).database, account.person)
        _check_reach(ctx, [each for each in ever if each.person == account.person])
        held = roster.not_ended(ever, ctx.now())
        persons = filter(None, (account.person, *(who for each in held for who in (each.person, each.deputy))))
        named = await self._identity.people.many(persons)
        person = named.get(account.person, Person(id=account.person))
        return StaffView(
            id=account.id,
            username=account.username,
            name=person.name,
            phone=masking.phone(person.phone.reveal()) if person.phone else "",
            disabled=account.disabled_at is not None,
            must_change=account.must_change,
            locked_until=await self._accounts.locked_until(account),
            sessions=len(await self._identity.sessions.of_person(account.person)),
            positions=[shown(ctx, each, named, account.person) for each in held],
            own=account.person == ctx.actor.person,
            above=not _all_here(ctx, held),
            watcher=_reset_above(ctx, held),
        )

    async def at_leaving(self, ctx: Context, id: str) -> AtLeaving:
        """What comes of it when somebody leaves."""
        account = await self._accounts.get(id)
        ever = await roster.held_or_stood_in_for(unit_of(ctx).database, account.person)
        own = [each for each in ever if each.person == account.person]
        _check_reach(ctx, own)
        held = roster.not_ended(own, ctx.now())
        named = await self._identity.people.many([account.person])
        vacant = await roster.unattended_without(unit_of(ctx).database, held, ctx.now())
        return AtLeaving(
            name=named[account.person].name if account.person in named else "",
            username=account.username,
            held=len(held),
            claimed=await ctx.ask(ClaimedWork(person=account.person)) or 0,
            unfinished=await unfinished(ctx, account.person),
            vacant=[in_words(ctx, each) for each in vacant[:MOST_NAMED]],
            vacancies=len(vacant),
        )

    async def position(self, ctx: Context, id: str) -> PostView:
        """一个岗位：谁在办，有什么在等"""
        held = await self.holding(ctx, id)
        bound = {"bureau": held.bureau, "project": held.project, "node": held.node}
        asked = WorkHeld(person=held.person, role=held.role, region=held.region, **bound)
        work = await ctx.ask(asked) or HeldWork()
        heirs = await who_holds(unit_of(ctx).database, ctx.regions, _fitting(held), ctx.now(), ending=held)
        named = await self._identity.people.many(filter(None, (held.person, held.deputy, *heirs.persons[:MOST_NAMED])))
        account = (await self._accounts.of_persons([held.person])).get(held.person)
        return PostView(
            position=shown(ctx, held, named, held.person),
            account=account.id if account else None,
            name=named[held.person].name if held.person in named else "",
            over=held.until is not None and held.until <= ctx.now(),
            closed=account is not None and account.disabled_at is not None,
            waiting=work.waiting,
            claimed=work.claimed,
            oldest=work.oldest,
            heirs=[named[each].name for each in heirs.persons[:MOST_NAMED] if each in named],
            heirs_at=place_in_words(ctx, heirs.at) if heirs.at != held.region else "",
            own=held.person == ctx.actor.person,
        )

    async def vacancies(self, ctx: Context) -> list[Vacancy]:
        """没有人办的岗位，等待事项多的在前"""
        posts = await roster.vacant(unit_of(ctx).database, ctx.place.code, ctx.now())
        work = list(await ctx.ask(UnattendedWork(place=ctx.place.code)) or ())
        found = [vacancy(ctx, post, [each for each in work if is_of(each, post)]) for post in posts]
        others = [each for each in work if not any(is_of(each, post) for post in posts)]
        found += [unfilled(ctx, each) for each in others]
        return sorted(found, key=lambda each: (-each.waiting, each.oldest or ctx.now(), each.region))[:MOST_VACANCIES]

    # --- acts ---------------------------------------------------------------------------------------------------------

    async def give(self, ctx: Context, id: str, body: Give) -> None:
        """给人员一个岗位"""
        account, _ = await self._reached(ctx, id)
        region = ctx.regions.get(body.region)
        if region is None or ctx.place.code not in region.path:
            raise Invalid(fields={"region": "请选择本地区的地方。"})
        since, until = _span(body, today(unit_of(ctx).units.clock))
        wanted = PositionWanted(
            role=body.role, region=body.region, bureau=body.bureau or None, project=body.project, node=body.node
        )
        await self._staff.appoint(ctx, account.person, wanted, since=since, until=until)

    async def end_sessions(self, ctx: Context, id: str) -> Ended:
        """结束人员的全部登录"""
        return Ended(ended=await self._staff.end_sessions(ctx, (await self._account(ctx, id)).person))

    async def unlock(self, ctx: Context, id: str) -> None:
        """解除账号的登录锁定"""
        await self._staff.unlock(ctx, (await self._account(ctx, id)).username)

    async def reset(self, ctx: Context, id: str) -> FirstPassword:
        """重置密码，新密码只显示一次"""
        username = (await self._accounts.get(id)).username
        return FirstPassword(
            password=await self._staff.reset_password(ctx, username, lambda ctx: self._check_resettable(ctx, id))
        )

    async def disable(self, ctx: Context, id: str) -> None:
        """停用账号，其岗位按离岗处理"""
        await self._staff.disable(ctx, (await self._account(ctx, id)).username)

    async def enable(self, ctx: Context, id: str) -> None:
        """启用已停用的账号"""
        await self._staff.enable(ctx, (await self._account(ctx, id)).username)

    async def leave_job(self, ctx: Context, id: str) -> None:
        """离职：停用账号，结束全部岗位，解绑微信"""
        await self._staff.leave_job(ctx, (await self._account(ctx, id)).username)

    async def end_position(self, ctx: Context, id: str) -> None:
        """结束岗位"""
        await self._staff.dismiss(ctx, (await self._others(ctx, id)).id)

    async def leave(self, ctx: Context, id: str, body: Leave) -> None:
        """离岗（休假），可指定代理人"""
        held = await self._others(ctx, id)
        deputy = await self._deputy(ctx, body.deputy) if body.deputy is not None else None
        await self._staff.set_leave(ctx, held.id, True, deputy)

    async def come_back(self, ctx: Context, id: str) -> None:
        """返岗"""
        await self._staff.set_leave(ctx, (await self._others(ctx, id)).id, False)

    # --- whom an administrator reaches --------------------------------------------------------------------------------

    async def below(self, ctx: Context, query: Paging) -> tuple[list[Holding], str | None]:
        """Positions at and below the place that are not over, and the cursor of what follows."""
        held = await self._staff.below(ctx.place.code, query.cursor or "", query.limit + 1, ctx.now())
        return held[: query.limit], held[query.limit - 1].id if len(held) > query.limit else None

    async def names(self, persons: Iterable[str]) -> dict[str, str]:
        """What these persons are called. One query."""
        return {id: person.name for id, person in (await self._identity.people.many(persons)).items()}

    async def stand_ins(self, ctx: Context, id: str) -> tuple[str, list[Choice]]:
        """Whose position it is, and who could stand in, by account; nobody whose account is closed, nor who asks. Four queries."""
        held = await self._others(ctx, id)
        near = await roster.stand_ins(unit_of(ctx).database, held, ctx.now())
        accounts = await self._accounts.of_persons(near)
        names = await self.names((held.person, *near))
        offered = [
            Choice(accounts[person].id, names.get(person) or accounts[person].username, in_words(ctx, other))
            for person, other in near.items()
            if person in accounts and accounts[person].disabled_at is None and person != ctx.actor.person
        ]
        return f"{names.get(held.person, '')} {in_words(ctx, held)}".strip(), offered

    async def holding(self, ctx: Context, id: str) -> Holding:
        """A position here, over or not."""
        held = await self._staff.position(id, unit_of(ctx).session)
        if held is None or ctx.place.code not in held.path:
            raise NotFound
        return held

    async def _reached(self, ctx: Context, id: str) -> tuple[Account, list[Holding]]:
        """An account all of whose positions lie here, or, without one, where the last were; one that had none is the city's. With them
        what its owner stands in for. Whatever changes them meanwhile comes before this act or after it."""
        session = transaction_of(ctx)
        account = await self._accounts.get(id, session)
        await self._identity.people.rights_changed(session, account.person)
        ever = await roster.held_or_stood_in_for(unit_of(ctx).database, account.person, session)
        _check_reach(ctx, [each for each in ever if each.person == account.person])
        _not_oneself(ctx, account.person)
        return account, roster.not_ended(ever, ctx.now())

    async def _account(self, ctx: Context, id: str) -> Account:
        """One that may be acted on: its owner also stands in for nothing elsewhere."""
        account, held = await self._reached(ctx, id)
        _check_here(ctx, held)
        return account

    async def _check_resettable(self, ctx: Context, id: str) -> None:
        _, held = await self._reached(ctx, id)
        _check_here(ctx, held)
        if _reset_above(ctx, held):
            raise Forbidden(RESET_ABOVE)

    async def _others(self, ctx: Context, id: str) -> Holding:
        held = await self.holding(ctx, id)
        _not_oneself(ctx, held.person)
        return held

    async def _deputy(self, ctx: Context, id: str) -> str:
        session = transaction_of(ctx)
        account = await self._accounts.get(id, session)
        held = await self._staff.held(account.person, ctx.now(), session)
        if account.disabled_at is not None or not any(ctx.place.code in each.path for each in held):
            raise Invalid(fields={"deputy": "代理人须是本地区在岗人员。"})
        _not_oneself(ctx, account.person)
        return account.person


def _reaches(ctx: Context, ever: Sequence[Holding]) -> bool:
    held = roster.binding(ever, ctx.now())
    return _all_here(ctx, held) if held else ctx.place.parent is None


def _check_reach(ctx: Context, ever: Sequence[Holding]) -> None:
    if not _reaches(ctx, ever):
        raise NotFound


def _all_here(ctx: Context, held: Iterable[Holding]) -> bool:
    return all(ctx.place.code in each.path for each in held)


def _check_here(ctx: Context, held: Iterable[Holding]) -> None:
    if not _all_here(ctx, held):
        raise Forbidden(ABOVE)


def _reset_above(ctx: Context, held: Iterable[Holding]) -> bool:
    """Whoever resets a password could sign in with it: of the other two administrators of a place that is done above it."""
    return any(each.role in OPS_ROLES.difference(ROLES) and each.region == ctx.place.code for each in held)


def _fitting(held: Holding) -> Holders:
    """Whoever has the work of a position."""
    return Holders(
        role=held.role,
        place=held.region,
        bureau=held.bureau or ANY,
        project=held.project or ANY,
        node=held.node or ANY,
    )


def _span(given: Give, now: date) -> tuple[datetime | None, datetime | None]:
    """From the first day's midnight in the city to that behind the last day."""
    if given.since is not None and given.since < now:
        raise Invalid(fields={"since": "不能早于今天；不填即现在。"})
    if given.until is not None and given.until < (given.since or now):
        raise Invalid(fields={"until": "不能早于开始的那天。"})
    since = _midnight(given.since) if given.since and given.since > now else None
    return since, _midnight(given.until + timedelta(days=1)) if given.until else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time.min, SHANGHAI).astimezone(UTC)


def _not_oneself(ctx: Context, person: str) -> None:
    if person == ctx.actor.person:
        raise Forbidden("不能办理本人的账号和岗位，请由另一位安全管理员办理。")
