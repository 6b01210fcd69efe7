"""What security administrators do with members of staff: ``/api/v1/{place}/staff/…``; ``hub users`` does the same.

An administrator reaches whoever holds positions below their own place and nowhere else; never themselves. Accounts are named
by their ids: a username in an address would say who somebody is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.identity.accounts import Account
from hub.identity.identity import IdentityServices
from hub.identity.positions import Holding
from hub.rules.context import Context
from hub.words.contributions import Paged, Paging, Permission, Route
from hub.words.errors import Forbidden, Invalid, NotFound
from hub.words.hookspecs import hookimpl

MANAGE = "staff.manage"
# 等保 level 3: who grants rights is neither who runs the system nor who watches both.
ROLES = ("ops_security",)

Id = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class PositionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A position and who holds it. ``account`` is what the other operations name; ``deputy`` the account that stands in
    (AB 岗); ``disabled``: the account is closed."""

    id: str
    role: str
    region: str
    region_name: str
    bureau: str | None
    project: str | None
    node: str | None
    since: datetime
    until: datetime | None
    on_leave: bool
    account: str | None
    username: str | None
    disabled: bool
    deputy: str | None


class Leave(msgspec.Struct, frozen=True, kw_only=True):
    """``deputy``: the account of who stands in; without one the work goes one level up."""

    deputy: Id | None = None


class FirstPassword(msgspec.Struct, frozen=True, kw_only=True):
    """Shown once; to be changed at the next sign-in."""

    password: str

    def __repr__(self) -> str:
        return "FirstPassword(***)"


class StaffPlugin:
    """人员与岗位管理: accounts unlocked, reset, closed; positions ended; leave and return."""

    builtin = True
    placeless = False
    prefix = "staff"

    def __init__(self, identity: IdentityServices) -> None:
        self._accounts = identity.accounts
        self._staff = identity.staff

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
            "/positions/{id}/end": self.end_position,
            "/positions/{id}/leave": self.leave,
            "/positions/{id}/return": self.come_back,
        }
        return (
            Route(method="GET", path="/positions", call=self.positions, access=MANAGE),
            *(
                Route(method="POST", path=path, call=call, access=MANAGE, transaction=False)
                for path, call in acts.items()
            ),
        )

    async def positions(self, ctx: Context, query: Paging) -> Paged[PositionLine]:
        """本地区的岗位和人员"""
        held = await self._staff.below(ctx.place.code, query.cursor or "", query.limit + 1, ctx.now())
        shown = held[: query.limit]
        owners = await self._accounts.of_persons(
            filter(None, (who for each in shown for who in (each.person, each.deputy)))
        )
        more = shown[-1].id if len(held) > query.limit else None
        return Paged(items=[_line(ctx, each, owners) for each in shown], next=more)

    async def unlock(self, ctx: Context, id: str) -> None:
        """解除账号的登录锁定"""
        await self._staff.unlock(ctx, (await self._account(ctx, id)).username)

    async def reset(self, ctx: Context, id: str) -> FirstPassword:
        """重置密码，新密码只显示一次"""
        account = await self._account(ctx, id)
        return FirstPassword(password=await self._staff.reset_password(ctx, account.username))

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
        await self._staff.dismiss(ctx, (await self._holding(ctx, id)).id)

    async def leave(self, ctx: Context, id: str, body: Leave) -> None:
        """离岗（休假），可指定代理人"""
        held = await self._holding(ctx, id)
        deputy = await self._deputy(ctx, body.deputy) if body.deputy is not None else None
        await self._staff.set_leave(ctx, held.id, True, deputy)

    async def come_back(self, ctx: Context, id: str) -> None:
        """返岗"""
        await self._staff.set_leave(ctx, (await self._holding(ctx, id)).id, False)

    # --- whom an administrator reaches --------------------------------------------------------------------------------

    async def _account(self, ctx: Context, id: str) -> Account:
        """An account all of whose positions lie here; one without any is the city's to look after."""
        account = await self._accounts.get(id)
        held = await self._staff.held(account.person, ctx.now())
        here = all(ctx.place.code in each.path for each in held) if held else ctx.place.parent is None
        if not here:
            raise NotFound
        _not_oneself(ctx, account.person)
        return account

    async def _holding(self, ctx: Context, id: str) -> Holding:
        held = await self._staff.position(id)
        if held is None or ctx.place.code not in held.path:
            raise NotFound
        _not_oneself(ctx, held.person)
        return held

    async def _deputy(self, ctx: Context, id: str) -> str:
        account = await self._accounts.get(id)
        held = await self._staff.held(account.person, ctx.now())
        if account.disabled_at is not None or not any(ctx.place.code in each.path for each in held):
            raise Invalid(fields={"deputy": "代理人须是本地区在岗人员。"})
        _not_oneself(ctx, account.person)
        return account.person


def _not_oneself(ctx: Context, person: str) -> None:
    if person == ctx.actor.person:
        raise Forbidden("不能办理本人的账号和岗位，请由另一位安全管理员办理。")


def _line(ctx: Context, held: Holding, owners: dict[str, Account]) -> PositionLine:
    owner, deputy = owners.get(held.person), owners.get(held.deputy or "")
    return PositionLine(
        **{
            name: getattr(held, name)
            for name in ("id", "role", "region", "bureau", "project", "node", "since", "until")
        },
        region_name=ctx.regions.full_name(held.region),
        on_leave=held.on_leave,
        account=owner.id if owner else None,
        username=owner.username if owner else None,
        disabled=owner is not None and owner.disabled_at is not None,
        deputy=deputy.id if deputy else None,
    )
