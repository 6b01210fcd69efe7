"""我的登录: the phones and browsers on which somebody is signed in, and ending them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal

import msgspec

from hub.identity.identity import IdentityServices
from hub.identity.sessions import Session
from hub.rules.context import Context, transaction_of
from hub.words.actors import App
from hub.words.contributions import Anyone, Route
from hub.words.errors import NotFound, NotSignedIn


class MySession(msgspec.Struct, frozen=True, kw_only=True):
    """One of my sign-ins; ``current`` is the one that asks, or without which it could not. ``through``: a mini program, the official
    account, or a browser with my account."""

    id: str
    app: App
    kind: str
    through: Literal["mp", "oa", "account"]
    created_at: datetime
    last_seen_at: datetime
    ends_at: datetime
    current: bool


class MySessions(msgspec.Struct, frozen=True, kw_only=True):
    items: list[MySession]


class Ended(msgspec.Struct, frozen=True, kw_only=True):
    """How many sessions have ended."""

    ended: int


class OwnSessions:
    """Operations below ``/api/v1/me/sessions``."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    def routes(self) -> tuple[Route, ...]:
        signed_in = Anyone.SIGNED_IN
        return (
            Route(method="GET", path="/me/sessions", call=self.show, access=signed_in),
            Route(method="DELETE", path="/me/sessions", call=self.end_others, access=signed_in),
            Route(method="DELETE", path="/me/sessions/{session_id}", call=self.end_one, access=signed_in),
        )

    async def show(self, ctx: Context) -> MySessions:
        """Where I am signed in, newest first. The pages inside a mini program are signed in with it, and stand for it."""
        found = await self._identity.sessions.of_person(person_of(ctx))
        return MySessions(items=self._by_phone(found, ctx.actor.session))

    async def session(self, ctx: Context, session_id: str) -> MySession:
        """我的一个登录"""
        found = next((each for each in (await self.show(ctx)).items if each.id == session_id), None)
        if found is None:
            raise NotFound("没有找到这个登录，可能已经退出。请刷新后查看。")
        return found

    async def end_one(self, ctx: Context, session_id: str) -> None:
        """End one of my sessions, such as that of a lost phone."""
        await self._identity.sessions.revoke(transaction_of(ctx), session_id, "revoked", person=person_of(ctx))
        ctx.audit("session.ended", session_id)

    async def end_others(self, ctx: Context) -> Ended:
        """End all my sessions but this one."""
        person = person_of(ctx)
        ended = await self._identity.sessions.revoke_all(transaction_of(ctx), person, "revoked", but=ctx.actor.session)
        ctx.audit("sessions.ended", person, sessions=ended)
        return Ended(ended=ended)

    def _by_phone(self, found: Sequence[Session], current: str | None) -> list[MySession]:
        """A line for each sign-in that no other has opened, last seen when any of those was that came of it."""
        above = {each.id: each.parent for each in found}
        roots = {each.id: _root(each.id, above) for each in found}
        seen = {root: max(each.last_seen_at for each in found if roots[each.id] == root) for root in roots.values()}
        here = roots.get(current or "")
        return [self._shown(each, seen[each.id], each.id == here) for each in found if roots[each.id] == each.id]

    def _shown(self, session: Session, last_seen_at: datetime, current: bool) -> MySession:
        mini = session.appid is not None and session.appid == self._identity.wechat.serving(session.app).mp
        return MySession(
            id=session.id,
            app=session.app,
            kind=session.kind,
            through="mp" if mini else "oa" if session.appid else "account",
            created_at=session.created_at,
            last_seen_at=last_seen_at,
            ends_at=session.ends_at,
            current=current,
        )


def _root(session: str, above: Mapping[str, str | None]) -> str:
    """The sign-in that this one came of, as far as it is alive."""
    while (parent := above.get(session)) in above:
        session = parent or ""
    return session


def person_of(ctx: Context) -> str:
    """Who is signed in."""
    if ctx.actor.person is None:
        raise NotSignedIn
    return ctx.actor.person
