"""Signing in: residents through WeChat, staff with their account, a web-view with a code from its mini program."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from hub.identity.accounts import Try
from hub.identity.identity import Asker, IdentityServices
from hub.identity.people import Assurance
from hub.identity.sessions import Opened
from hub.identity.wechat_users import Seen
from hub.rules.context import Context, transaction_of, unit_of
from hub.words.actors import App
from hub.words.asking import Asked
from hub.words.contributions import Anyone, Route, Visit
from hub.words.errors import Duplicate, Invalid, NotFound, Refused
from hub.words.text import AS_TYPED

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=512), AS_TYPED]
Through = Literal["mp", "oa"]

RESIDENT_APP: App = "ykt"
SOMEWHERE = Visit()


class WeChatCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that the phone has got from WeChat: ``mp`` by ``wx.login``, ``oa`` by OAuth on a page."""

    app: App
    code: Code
    through: Through = "mp"

    def __repr__(self) -> str:
        return "WeChatCode(***)"


class Credentials(msgspec.Struct, frozen=True, kw_only=True):
    """A staff account and its password."""

    app: App
    username: Annotated[str, Asked("账号"), msgspec.Meta(min_length=1, max_length=200)]
    password: Annotated[str, Asked("密码"), msgspec.Meta(min_length=1, max_length=1000), AS_TYPED]

    def __repr__(self) -> str:
        return "Credentials(***)"


class HandoverCode(msgspec.Struct, frozen=True, kw_only=True):
    """The code that a mini program has put into its web-view's address."""

    code: Code

    def __repr__(self) -> str:
        return "HandoverCode(***)"


class SignedIn(msgspec.Struct, frozen=True, kw_only=True):
    """A new session. ``token`` is sent as ``Authorization: Bearer …`` and shown only here.

    ``assurance`` tells a resident whether to claim next, ``consent_due`` that the same claim is wanted once more, with the
    consent as it is today; ``must_change_password`` tells a member of staff that nothing else works before that.
    ``device``, after a password, is to be kept and sent as ``X-Hub-Device`` with the next sign-in: a device that is known is
    not locked out by others' failures.
    """

    token: str
    app: App
    kind: Literal["resident", "staff"]
    person: str
    assurance: Assurance
    consent_due: bool
    must_change_password: bool
    ends_at: datetime
    device: str = ""

    def __repr__(self) -> str:
        return f"SignedIn({self.app!r})"


class SignIn:
    """Operations below ``/api/v1/signin``."""

    def __init__(self, identity: IdentityServices, asker: Asker) -> None:
        self._identity = identity
        self._asker = asker

    def routes(self) -> tuple[Route, ...]:
        # Whole villages and offices share one address behind their operator's gateway; the lock guards single accounts.
        crowd, office = (300, timedelta(minutes=1)), (120, timedelta(minutes=1))
        public = Anyone.PUBLIC
        return (
            Route(
                method="POST", path="/signin/wechat", call=self.by_wechat, access=public, rate=crowd, transaction=False
            ),
            Route(
                method="POST",
                path="/signin/account",
                call=self.by_account,
                access=public,
                rate=office,
                transaction=False,
            ),
            Route(method="POST", path="/signin/handover", call=self.by_handover, access=public, rate=crowd),
            Route(method="POST", path="/signin/out", call=self.out, access=Anyone.ANY_SESSION),
        )

    async def by_wechat(self, ctx: Context, body: WeChatCode) -> SignedIn:
        """Sign a resident in with the code of wx.login or of a page's OAuth."""
        if body.app != RESIDENT_APP:
            raise Invalid("工作人员请使用账号和密码登录。", fields={"app": "此应用须用账号登录"})
        try:
            seen = await self._ask(body)
        except Refused as refused:
            await _note(ctx, body.app, why=refused.code)
            raise

        async def write(ctx: Context) -> SignedIn:
            session = transaction_of(ctx)
            person = await self._identity.wechat.resident(session, seen)
            opened = await self._identity.sessions.open(
                session, app=body.app, kind="resident", person=person, appid=seen.appid
            )
            return await self.welcome(ctx, opened, "wechat")

        try:
            return await ctx.in_transaction(write)
        except Duplicate:
            # Two first visits at once, such as a double tap: the other one has made the records.
            return await ctx.in_transaction(write)

    async def by_account(self, ctx: Context, body: Credentials, visit: Visit = SOMEWHERE) -> SignedIn:
        """Sign a member of staff in with account and password."""
        if body.app == RESIDENT_APP:
            raise Invalid("居民请使用微信登录。", fields={"app": "此应用须用微信登录"})
        attempt = await self._identity.accounts.try_password(body.username, body.password, visit)
        if attempt.outcome != "right" or attempt.account is None:
            await self._note_failure(ctx, body.app, attempt)
            raise attempt.refusal
        account = attempt.account
        renewed = await self._identity.accounts.renewed_hash(account, body.password)

        async def write(ctx: Context) -> SignedIn:
            session = transaction_of(ctx)
            await self._identity.accounts.hold(session, account)
            if renewed is not None:
                await self._identity.accounts.renew_hash(session, account, renewed)
            opened = await self._identity.sessions.open(
                session,
                app=body.app,
                kind="staff",
                person=account.person,
                account=account.id,
                limited="password" if account.must_change else None,
            )
            device = await self._identity.accounts.know_device(session, account, visit.device)
            return msgspec.structs.replace(await self.welcome(ctx, opened, "account"), device=device)

        return await ctx.in_transaction(write)

    async def by_handover(self, ctx: Context, body: HandoverCode) -> SignedIn:
        """Open a web-view's session with the one-time code of its mini program."""
        opened = await self._identity.handovers.redeem(transaction_of(ctx), body.code)
        return await self.welcome(ctx, opened, "handover")

    async def out(self, ctx: Context) -> None:
        """End this session."""
        session_id = ctx.actor.session
        if session_id is None:
            raise NotFound("没有登录，无需退出。")
        await self._identity.sessions.revoke(transaction_of(ctx), session_id, "signed_out")
        ctx.audit("session.ended", session_id)

    async def welcome(self, ctx: Context, opened: Opened, way: str) -> SignedIn:
        """The answer to a new session, and its audit line; also for pages that set the cookie themselves."""
        session = opened.session
        person = await self._identity.people.get(session.person, transaction_of(ctx))
        ctx.audit(
            "session.opened", session.id, way=way, app=session.app, person=session.person, account=session.account
        )
        return SignedIn(
            token=opened.token,
            app=session.app,
            kind=session.kind,
            person=session.person,
            assurance=person.assured(session.kind),
            consent_due=person.owes_consent(self._identity.settings.consent_version),
            must_change_password=session.limited == "password",
            ends_at=session.ends_at,
        )

    async def _ask(self, body: WeChatCode) -> Seen:
        serving = self._identity.wechat.serving(body.app)
        appid = serving.mp if body.through == "mp" else next(iter(serving.oa), None)
        if appid is None:
            raise NotFound("此应用没有开通微信登录，请联系管理员。")
        if body.through == "mp":
            return await self._asker.by_mini_program(appid, body.code)
        return await self._asker.by_official_account(appid, body.code)

    async def _note_failure(self, ctx: Context, app: App, attempt: Try) -> None:
        """Who tried is told by the account's id, or for unknown names by a keyed digest of what was typed."""
        subject = attempt.account.id if attempt.account else f"name:{attempt.name[:32]}"
        await _note(ctx, subject, app=app, why="locked" if attempt.outcome == "locked" else "wrong_password")
        if attempt.outcome == "wrong" and attempt.locked_until is not None:
            await _note(ctx, subject, what="signin.locked", until=attempt.locked_until)


async def _note(ctx: Context, subject: str, *, what: str = "signin.refused", **details: object) -> None:
    await unit_of(ctx).units.note(what, subject, actor=ctx.actor, place=ctx.place, request_id=ctx.request_id, **details)
