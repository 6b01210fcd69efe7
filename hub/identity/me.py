"""What somebody who is signed in does about themselves: claim, password, WeChat, tickets."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Literal

import msgspec

from hub.identity.accounts import Account
from hub.identity.identity import Asker, IdentityServices
from hub.identity.mysessions import person_of
from hub.identity.people import Assurance, Claim, Person
from hub.identity.sessions import Session, mark_of
from hub.identity.signin import Code, Through
from hub.identity.wechat_users import Seen, WechatUser
from hub.rules.context import Context, transaction_of, unit_of
from hub.words import masking
from hub.words.actors import Actor, App
from hub.words.asking import Asked
from hub.words.clock import shanghai
from hub.words.contributions import Anyone, Route
from hub.words.errors import Forbidden, Invalid, NotFound, NotSignedIn
from hub.words.text import AS_TYPED

NOT_BOUND = "没有绑定微信，收不到微信提醒。请在微信里打开本应用绑定。"
NOT_FOLLOWING = "没有关注公众号，有的提醒只在本应用的“消息”里。请关注公众号，微信也会提醒您。"


class MyPosition(msgspec.Struct, frozen=True, kw_only=True):
    """A position in words and codes."""

    id: str
    role: str
    role_label: str
    region: str
    region_name: str
    bureau: str | None
    project: str | None
    node: str | None


class MyWeChat(msgspec.Struct, frozen=True, kw_only=True):
    """Where WeChat reaches me for this app. ``hint`` says what to do about it, None when all is well."""

    oa: Literal["follows", "bound", "none"]
    oa_appid: str | None
    mp: bool
    mp_appid: str | None
    hint: str | None


class MeAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """Who I am here. Name and numbers are masked: a phone lying about tells nobody more. ``consent_due``: the text of
    ``consent_version`` must be agreed to again, by claiming the same name and number. ``csrf`` goes into the header
    ``X-Hub-CSRF`` of writes that carry a cookie. ``mark``: by which a device keeps apart what it has of different people."""

    person: str
    app: App | None
    kind: str
    assurance: Assurance
    name: str
    id_number: str | None
    phone: str | None
    region: str | None
    region_name: str | None
    positions: list[MyPosition]
    wechat: MyWeChat
    must_change_password: bool
    second_factor: Literal["none", "passed"]
    consent_version: str
    consent_due: bool
    csrf: str
    mark: str


class ClaimAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """The outcome of a claim."""

    person: str
    assurance: Assurance
    name: str


class TicketAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A ticket for the ``hello`` frame of ``/ws``; ``expires_in`` seconds."""

    ticket: str
    expires_in: float

    def __repr__(self) -> str:
        return "TicketAnswer(***)"


class HandoverAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """A code for the web-view; ``expires_in`` seconds."""

    code: str
    expires_in: float

    def __repr__(self) -> str:
        return "HandoverAnswer(***)"


class PasswordChange(msgspec.Struct, frozen=True, kw_only=True):
    old: Annotated[str, Asked("原密码"), msgspec.Meta(min_length=1, max_length=1000), AS_TYPED]
    new: Annotated[str, Asked("新密码"), msgspec.Meta(min_length=1, max_length=1000), AS_TYPED]

    def __repr__(self) -> str:
        return "PasswordChange(***)"


class BindingCode(msgspec.Struct, frozen=True, kw_only=True):
    """A code that the phone has got from WeChat."""

    code: Code

    def __repr__(self) -> str:
        return "BindingCode(***)"


class Me:
    """Operations below ``/api/v1/me``."""

    def __init__(self, identity: IdentityServices, asker: Asker) -> None:
        self._identity = identity
        self._asker = asker

    def routes(self) -> tuple[Route, ...]:
        signed_in, minute, hour = Anyone.SIGNED_IN, timedelta(minutes=1), timedelta(hours=1)
        return (
            Route(method="GET", path="/me", call=self.show, access=Anyone.ANY_SESSION),
            # Guessing who has which number is what a claim must not be good for.
            Route(method="POST", path="/me/claim", call=self.claim, access=Anyone.RESIDENT, rate=(20, hour)),
            Route(
                method="POST",
                path="/me/ticket",
                call=self.ticket,
                access=signed_in,
                rate=(60, minute),
                transaction=False,
            ),
            Route(
                method="POST",
                path="/me/handover",
                call=self.handover,
                access=signed_in,
                rate=(30, minute),
                transaction=False,
            ),
            Route(
                method="POST",
                path="/me/password",
                call=self.password,
                access=Anyone.ANY_SESSION,
                rate=(10, minute),
                transaction=False,
            ),
            Route(
                method="POST",
                path="/me/wechat/oa",
                call=self.bind_oa,
                access=signed_in,
                rate=(10, minute),
                transaction=False,
            ),
            Route(
                method="POST",
                path="/me/wechat/mp",
                call=self.bind_mp,
                access=signed_in,
                rate=(10, minute),
                transaction=False,
            ),
            Route(method="DELETE", path="/me/wechat/{appid}", call=self.unbind, access=signed_in),
        )

    async def show(self, ctx: Context) -> MeAnswer:
        """Who I am in this app, my positions, and whether WeChat reaches me."""
        actor, session = ctx.actor, await self._session(ctx)
        person = await self._identity.people.get(session.person)
        day = shanghai(ctx.now()).date()
        return MeAnswer(
            person=person.id,
            app=actor.app,
            kind=actor.kind,
            assurance=person.assured(actor.kind),
            name=person.masked_name(day),
            id_number=masking.id_number_staff(person.id_number.reveal()) if person.id_number else None,
            phone=masking.phone(person.phone.reveal()) if person.phone else None,
            region=person.region,
            region_name=_place_name(ctx, person.region),
            positions=_positions(ctx, actor),
            wechat=await self._wechat(session),
            must_change_password=session.limited == "password",
            second_factor=session.second_factor,
            consent_version=self._identity.settings.consent_version,
            consent_due=person.owes_consent(self._identity.settings.consent_version),
            csrf=unit_of(ctx).database.cipher.digest("csrf", session.id),
            mark=mark_of(unit_of(ctx).database.cipher, person.id),
        )

    async def claim(self, ctx: Context, body: Claim) -> ClaimAnswer:
        """Say who I am: name, identity number, home, and consent to their use."""
        session, settings = transaction_of(ctx), self._identity.settings
        person = await self._identity.people.claim(session, person_of(ctx), body, settings.consent_version)
        await self._identity.successions.end(session, person.id)
        await self._identity.sessions.rights_changed(session, [person.id])
        ctx.audit("person.claimed", person.id, assurance=person.assurance, consent=settings.consent_version)
        return ClaimAnswer(person=person.id, assurance=person.assurance, name=_own_name(ctx, person))

    # --- live connections and web-views -----------------------------------------------------------------------------

    async def ticket(self, ctx: Context) -> TicketAnswer:
        """A single-use ticket for the live connection."""
        life = self._identity.settings.ticket_life
        return TicketAnswer(ticket=self._identity.tickets.issue(ctx.actor), expires_in=life.total_seconds())

    async def handover(self, ctx: Context) -> HandoverAnswer:
        """A single-use code that opens this app's pages in a web-view."""
        code = await self._identity.handovers.issue(ctx.actor)
        return HandoverAnswer(code=code, expires_in=self._identity.settings.handover_life.total_seconds())

    # --- password ---------------------------------------------------------------------------------------------------

    async def password(self, ctx: Context, body: PasswordChange) -> None:
        """Change my password; my other sessions end."""
        account = await self._account(ctx)
        accounts = self._identity.accounts
        attempt = await accounts.try_again(account, body.old, ctx.actor.session or "")
        if attempt.outcome == "locked":
            raise attempt.refusal
        if attempt.outcome == "wrong":
            # Not 401: they are signed in, and a client would send them to the sign-in page.
            raise Invalid("原密码不正确，请重新输入。", fields={"old": "原密码不正确"})
        hashed = await accounts.new_password(account, body.new)

        async def write(ctx: Context) -> None:
            session = transaction_of(ctx)
            await accounts.set_password(session, account, hashed, must_change=False)
            await self._identity.sessions.revoke_account(session, account.id, "password", but=ctx.actor.session)
            await self._identity.sessions.lift_limit(session, ctx.actor.session or "")
            ctx.audit("account.password_changed", account.id)

        await ctx.in_transaction(write)

    # --- WeChat -----------------------------------------------------------------------------------------------------

    async def wechat(self, ctx: Context) -> MyWeChat:
        """微信提醒"""
        return await self._wechat(await self._session(ctx))

    async def through(self, ctx: Context, appid: str) -> Through:
        """By which sort of account WeChat reaches me at this one; ``NotFound`` when it does not."""
        if not await self._identity.wechat.bound(person_of(ctx), [appid]):
            raise NotFound("您没有绑定这个微信应用，无需解绑。")
        return "oa" if appid in self._identity.wechat.serving(_app(ctx)).oa else "mp"

    async def bind_oa(self, ctx: Context, body: BindingCode) -> MyWeChat:
        """Bind my WeChat through the official account's OAuth (staff)."""
        return await self._bind(ctx, "oa", body.code)

    async def bind_mp(self, ctx: Context, body: BindingCode) -> MyWeChat:
        """Bind my WeChat through this app's mini program (staff)."""
        return await self._bind(ctx, "mp", body.code)

    async def unbind(self, ctx: Context, appid: str) -> None:
        """Unbind my WeChat at one account; a resident who unbinds what they sign in with is signed out."""
        session, person = transaction_of(ctx), person_of(ctx)
        binding = await self._identity.wechat.unbind(session, person, appid)
        if binding.side == "resident" and appid not in self._identity.wechat.serving("ykt").oa:
            await self._identity.sessions.revoke_all(session, person, "unbound", app="ykt")
        ctx.audit("wechat.unbound", binding.id, person=person, appid=appid)

    async def _bind(self, ctx: Context, through: Through, code: str) -> MyWeChat:
        if ctx.actor.kind != "staff":
            raise Forbidden("居民登录时已绑定微信，无需再次绑定。")
        seen = await self._ask(ctx, through, code)

        async def write(ctx: Context) -> None:
            binding = await self._identity.wechat.bind_staff(transaction_of(ctx), person_of(ctx), seen)
            ctx.audit("wechat.bound", binding.id, person=binding.person, appid=binding.appid)

        await ctx.in_transaction(write)
        return await self._wechat(await self._session(ctx))

    async def _ask(self, ctx: Context, through: Through, code: str) -> Seen:
        serving = self._identity.wechat.serving(_app(ctx))
        appid = serving.mp if through == "mp" else next(iter(serving.oa), None)
        if appid is None:
            raise NotFound("此应用没有对应的微信公众号或小程序，请联系管理员。")
        ask = self._asker.by_mini_program if through == "mp" else self._asker.by_official_account
        return await ask(appid, code)

    async def _wechat(self, session: Session) -> MyWeChat:
        serving = self._identity.wechat.serving(session.app)
        users = await self._identity.wechat.bound(session.person, serving.all)
        official = [users[appid] for appid in serving.oa if appid in users]
        oa = next((user for user in official if user.follows), official[0] if official else None)
        mp = users.get(serving.mp) if serving.mp else None
        return MyWeChat(
            oa="none" if oa is None else "follows" if oa.follows else "bound",
            oa_appid=oa.appid if oa else None,
            mp=mp is not None,
            mp_appid=mp.appid if mp else None,
            hint=_hint(oa, mp),
        )

    # --- pieces -----------------------------------------------------------------------------------------------------

    async def _session(self, ctx: Context) -> Session:
        session = await self._identity.sessions.get(ctx.actor.session or "")
        if session is None:
            raise NotSignedIn("登录已失效，请重新登录。")
        return session

    async def _account(self, ctx: Context) -> Account:
        if ctx.actor.account is None:
            raise Forbidden("微信登录不使用密码，无需修改。")
        return await self._identity.accounts.get(ctx.actor.account)


def _app(ctx: Context) -> App:
    if ctx.actor.app is None:
        raise NotSignedIn
    return ctx.actor.app


def _own_name(ctx: Context, person: Person) -> str:
    return person.masked_name(shanghai(ctx.now()).date())


def _hint(oa: WechatUser | None, mp: WechatUser | None) -> str | None:
    if oa is not None and oa.follows:
        return None
    return NOT_BOUND if oa is None and mp is None else NOT_FOLLOWING


def _positions(ctx: Context, actor: Actor) -> list[MyPosition]:
    labels = {role.name: role.label for plugin in unit_of(ctx).units.host.plugins.values() for role in plugin.roles}
    return [
        MyPosition(
            id=held.id,
            role=held.role,
            role_label=labels.get(held.role, held.role),
            region=held.region,
            region_name=_place_name(ctx, held.region) or held.region,
            bureau=held.bureau,
            project=held.project,
            node=held.node,
        )
        for held in actor.positions
    ]


def _place_name(ctx: Context, code: str | None) -> str | None:
    return ctx.regions.full_name(code) if code is not None and code in ctx.regions else None
