"""撤回授权: the operations staff finish what somebody began who took WeChat's permission back."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from hub.identity import belongings
from hub.identity.accounts import ACCOUNTS
from hub.identity.identity import IdentityServices
from hub.identity.people import Person
from hub.identity.prooffacts import ForgetRest
from hub.identity.withdrawals import State, Withdrawal
from hub.rules.context import Context, transaction_of, unit_of
from hub.words.contributions import Paged, Paging, Permission, Route, StepHandler
from hub.words.errors import Conflict, Forbidden, Stale
from hub.words.hookspecs import hookimpl
from hub.words.text import read_reason

FINISH = "withdrawals.finish"
ROLES = ("ops_system", "ops_security")


class WithdrawalQuery(Paging, frozen=True, kw_only=True):
    """Of one state."""

    state: State = "open"


class WithdrawalView(msgspec.Struct, frozen=True, kw_only=True):
    """``appid``: the WeChat account where it was taken back, "" for the app itself. ``persons`` are ids; ``returned`` those who have
    agreed again, whose data stay; ``erased`` those whose data are gone."""

    id: str
    version: int
    appid: str
    persons: list[str]
    returned: list[str]
    erased: list[str]
    state: State
    at: datetime
    finished_at: datetime | None
    reason: str


class FinishRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` as it was shown; ``reason`` is kept."""

    version: int
    reason: Annotated[str, msgspec.Meta(max_length=1000)]


class WithdrawalsPlugin:
    """撤回授权: ``/api/v1/withdrawals``."""

    builtin = True
    placeless = True
    prefix = "withdrawals"

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (Permission(FINISH, "办理个人信息撤回授权", ROLES),)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return (
            Route(method="GET", path="", call=self.page, access=FINISH),
            Route(method="GET", path="/{id}", call=self.show, access=FINISH),
            Route(method="POST", path="/{id}/finish", call=self.finish, access=FINISH, reads="/{id}"),
        )

    @hookimpl
    def steps(self) -> Sequence[StepHandler]:
        return (StepHandler(step=ForgetRest, call=self.forget_rest),)

    async def page(self, ctx: Context, query: WithdrawalQuery) -> Paged[WithdrawalView]:
        """撤回授权列表: what is to be finished, the oldest first."""
        page = await self._identity.withdrawals.page(_regions(ctx), query.state, query)
        return Paged(items=[await self._view(ctx, each) for each in page.items], next=page.next)

    async def show(self, ctx: Context, id: str) -> WithdrawalView:
        """撤回授权详情: whom it is about, and whether they have agreed again."""
        return await self._view(ctx, await self._identity.withdrawals.get(_regions(ctx), id))

    async def finish(self, ctx: Context, id: str, body: FinishRequest) -> WithdrawalView:
        """删除个人信息: what the law does not say to keep; cases, payments and complaints are files and stay."""
        session = transaction_of(ctx)
        withdrawal = await self._identity.withdrawals.get(_regions(ctx), id, session)
        reason = read_reason(body.reason)
        if withdrawal.state != "open":
            raise Conflict("这项撤回已办理，无需再次办理。", state={"state": withdrawal.state})
        if withdrawal.version != body.version:
            raise Stale(state={"version": withdrawal.version})
        people = await self._identity.people.many(withdrawal.persons, session)
        returned = [person.id for person in people.values() if person.withdrawn_at is None]
        for person in people.values():
            if person.id not in returned:
                await self._erase(ctx, person)
        if not returned:
            await self._identity.wechat.erase(session, withdrawal.user)
        return await self._done(ctx, withdrawal, reason, returned)

    async def _done(self, ctx: Context, withdrawal: Withdrawal, reason: str, returned: list[str]) -> WithdrawalView:
        erased = tuple(person for person in withdrawal.persons if person not in returned)
        done = await self._identity.withdrawals.finish(
            transaction_of(ctx),
            msgspec.structs.replace(
                withdrawal,
                finished_by=ctx.actor.person,
                finished_at=ctx.now(),
                reason=reason,
                erased=erased,
                returned=tuple(returned),
            ),
        )
        ctx.audit("person.withdrawal_finished", done.id, why=reason, erased=len(erased), returned=len(returned))
        return await self._view(ctx, done)

    async def _erase(self, ctx: Context, person: Person) -> None:
        """Of a member of staff the account's record stays: that they work here is no matter of WeChat's permission."""
        session = transaction_of(ctx)
        forgotten = await self._forget(ctx, person.id)
        employed = await unit_of(ctx).database[ACCOUNTS].find_one({"person": person.id}, {"_id": 1}, session=session)
        if employed is None:
            await self._identity.people.erase(session, person.id)
            # Whoever has signed in again without agreeing: the files that stay are not opened by what they claim next.
            await self._identity.wechat.end_all(session, person.id, "revoked")
            await self._identity.sessions.revoke_all(session, person.id, "revoked")
        await self._identity.wechat.erase_of(session, person.id)
        await self._identity.sessions.rights_changed(session, [person.id])
        ctx.audit("person.erased", person.id, documents=forgotten, staff=employed is not None)

    async def _forget(self, ctx: Context, person: str) -> int:
        """As much as one transaction takes; the rest follows by itself."""
        forgotten, more = await belongings.forget(ctx, person)
        if more:
            ctx.enqueue(ForgetRest(place=ctx.place.code, person=person))
        return forgotten

    async def forget_rest(self, step: ForgetRest, ctx: Context) -> None:
        """The next part, unless they have agreed again meanwhile."""
        person = await self._identity.people.get(step.person, transaction_of(ctx))
        if person.withdrawn_at is not None:
            ctx.audit("person.erased", person.id, documents=await self._forget(ctx, person.id))

    async def _view(self, ctx: Context, withdrawal: Withdrawal) -> WithdrawalView:
        returned = list(withdrawal.returned)
        if withdrawal.state == "open":
            people = await self._identity.people.many(withdrawal.persons, unit_of(ctx).session)
            returned = [person.id for person in people.values() if person.withdrawn_at is None]
        return WithdrawalView(
            id=withdrawal.id,
            version=withdrawal.version,
            appid=withdrawal.appid,
            persons=list(withdrawal.persons),
            returned=returned,
            erased=list(withdrawal.erased),
            state=withdrawal.state,
            at=withdrawal.at,
            finished_at=withdrawal.finished_at,
            reason=withdrawal.reason,
        )


def _regions(ctx: Context) -> list[str]:
    """Where the one who asks runs the hub."""
    regions = [position.region for position in ctx.actor.positions if position.role in ROLES]
    if not regions:
        raise Forbidden
    return regions
