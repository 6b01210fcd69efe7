"""我的岗位: what a member of staff holds and stands in for, and their own leave.

Rights are granted by security administrators alone (等保 level 3). So whoever goes on leave hands their work to a colleague who does the
same work in the same office already, or to nobody: then it goes one level up. Leave of administrators is an administrator's act.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated

import msgspec

from hub.identity.holders import colleagues, held_and_stood_in_for
from hub.identity.identity import IdentityServices
from hub.identity.mysessions import person_of
from hub.identity.people import Person
from hub.identity.permissions import OPS_ROLES
from hub.identity.positions import Holding
from hub.rules.context import Context, unit_of
from hub.words.asking import Asked
from hub.words.contributions import Anyone, Node, Role, Route
from hub.words.errors import Forbidden, Invalid, NotFound

ORDERED = "这次离岗由安全管理员办理，返岗请联系安全管理员。"
BY_ANOTHER = "管理员岗位的离岗由另一位安全管理员办理。"


class HeldPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position that is mine, or that I stand in for: then ``holder`` is whose it is. ``deputy`` is the name of who stands in for me.
    ``movable``: I may go on leave from it, and come back, by myself."""

    id: str
    role_label: str
    region_name: str
    bureau: str
    node_label: str
    since: datetime
    until: datetime | None
    on_leave: bool
    deputy: str
    holder: str
    movable: bool


class MyPositions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[HeldPosition]


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Who may stand in; ``person`` is what the request names."""

    person: str
    name: str


class LeaveOffer(msgspec.Struct, frozen=True, kw_only=True):
    """A position of mine, and who may stand in."""

    position: HeldPosition
    colleagues: list[Colleague]


class OwnLeave(msgspec.Struct, frozen=True, kw_only=True):
    """``deputy``: one of the colleagues; without one the work goes one level up."""

    deputy: Annotated[str | None, Asked("代理人（AB岗）", "同单位同岗位的同事", look="select")] = None


class OwnPositions:
    """Operations below ``/api/v1/me/positions``."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    def routes(self) -> tuple[Route, ...]:
        signed_in, path = Anyone.SIGNED_IN, "/me/positions/{id}"
        return (
            Route(method="GET", path="/me/positions", call=self.show, access=signed_in),
            Route(method="GET", path=f"{path}/leave", call=self.offer, access=signed_in),
            Route(method="POST", path=f"{path}/leave", call=self.leave, access=signed_in),
            Route(method="POST", path=f"{path}/return", call=self.come_back, access=signed_in),
        )

    async def show(self, ctx: Context) -> MyPositions:
        """我的岗位"""
        if ctx.actor.kind != "staff":
            return MyPositions(items=[])
        held = await held_and_stood_in_for(unit_of(ctx).database, person_of(ctx), ctx.now())
        named = await self._identity.people.many(
            filter(None, (who for each in held for who in (each.person, each.deputy)))
        )
        return MyPositions(items=[shown(ctx, each, named, person_of(ctx)) for each in held])

    async def offer(self, ctx: Context, id: str) -> LeaveOffer:
        """谁可以代理我的岗位"""
        held = await self._own(ctx, id)
        able = await self._able(ctx, held)
        named = await self._identity.people.many((*able, *filter(None, (held.person, held.deputy))))
        return LeaveOffer(
            position=shown(ctx, held, named, person_of(ctx)),
            colleagues=[Colleague(person=each, name=named[each].name) for each in able if each in named],
        )

    async def leave(self, ctx: Context, id: str, body: OwnLeave) -> None:
        """离岗，可指定代理人"""
        held = await self._own(ctx, id)
        if body.deputy is not None and body.deputy not in await self._able(ctx, held):
            raise Invalid(fields={"deputy": "请选择同单位同岗位的在岗同事。"})
        await self._identity.staff.set_leave(ctx, held.id, True, body.deputy)

    async def come_back(self, ctx: Context, id: str) -> None:
        """返岗"""
        await self._identity.staff.set_leave(ctx, (await self._own(ctx, id)).id, False)

    async def _own(self, ctx: Context, id: str) -> Holding:
        # A resident's session may be of the same human, and of somebody whose account is closed.
        if ctx.actor.kind != "staff":
            raise NotFound
        held = await self._identity.staff.position(id, unit_of(ctx).session)
        if held is None or held.person != person_of(ctx) or (held.until is not None and held.until <= ctx.now()):
            raise NotFound("没有找到这个岗位，请刷新后重试。")
        if held.role in OPS_ROLES:
            raise Forbidden(BY_ANOTHER)
        if held.on_leave and held.leave_by != held.person:
            raise Forbidden(ORDERED)
        return held

    async def _able(self, ctx: Context, held: Holding) -> Sequence[str]:
        """Colleagues whose account is open."""
        session = unit_of(ctx).session
        persons = await colleagues(unit_of(ctx).database, held, ctx.now(), session)
        accounts = await self._identity.accounts.of_persons(persons, session)
        return [each for each in persons if each in accounts and accounts[each].disabled_at is None]


def shown(ctx: Context, held: Holding, named: Mapping[str, Person], person: str) -> HeldPosition:
    """As ``person`` sees it, who holds it or stands in."""
    mine = held.person == person
    return HeldPosition(
        id=held.id,
        role_label=role_in_words(ctx, held.role),
        region_name=place_in_words(ctx, held.region),
        bureau=held.bureau or "",
        node_label=node_in_words(ctx, held.node) if held.node else "",
        since=held.since,
        until=held.until,
        on_leave=held.on_leave,
        deputy=_name(named, held.deputy if held.on_leave else None),
        holder="" if mine else _name(named, held.person),
        movable=mine and held.role not in OPS_ROLES and (not held.on_leave or held.leave_by == held.person),
    )


def role_in_words(ctx: Context, role: str) -> str:
    """As people call it; of a plugin that is gone its name is left."""
    return _labels(role, (each for plugin in unit_of(ctx).units.host.plugins.values() for each in plugin.roles))


def node_in_words(ctx: Context, node: str) -> str:
    """The same of a node."""
    return _labels(node, (each for plugin in unit_of(ctx).units.host.plugins.values() for each in plugin.nodes))


def place_in_words(ctx: Context, code: str) -> str:
    """The same of a place."""
    return ctx.regions.full_name(code) if code in ctx.regions else code


def _labels(name: str, known: Iterable[Role | Node]) -> str:
    return next((each.label for each in known if each.name == name), name)


def _name(named: Mapping[str, Person], person: str | None) -> str:
    found = named.get(person or "")
    return found.name if found else ""
