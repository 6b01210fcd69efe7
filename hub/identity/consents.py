"""个人信息授权: what a resident has agreed to, and taking it back in the app.

Unlike WeChat's own permission (:mod:`hub.identity.withdrawals`), it leaves them signed in and reachable: what they have declared goes
on, and they are told how it ends. They are nobody until they agree again, and the operations staff delete what need not be kept.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import ClassVar

import msgspec

from hub.identity.identity import IdentityServices
from hub.identity.people import CLAIM
from hub.rules.context import Context, transaction_of
from hub.words.contributions import Anyone, Event, Route

PURPOSES: Mapping[str, str] = {CLAIM: "使用姓名、身份证号、手机号和户籍地"}


class MyConsent(msgspec.Struct, frozen=True, kw_only=True):
    """A line of the record: that I agreed to this version of the text, or took it back."""

    purpose: str
    purpose_label: str
    version: str
    at: datetime
    given: bool


class MyConsents(msgspec.Struct, frozen=True, kw_only=True):
    """The newest first. ``stands``: there is one to take back. ``due``: the text of ``version`` must be agreed to (again)."""

    items: list[MyConsent]
    stands: bool
    due: bool
    version: str


class ConsentWithdrawn(Event, frozen=True, kw_only=True):
    """Somebody has taken their consent back in the app: ``withdrawal`` is what the operations staff have to finish."""

    subject_field: ClassVar[str] = "withdrawal"

    withdrawal: str
    at: datetime


class Consents:
    """Operations below ``/api/v1/me/consents``."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    def routes(self) -> tuple[Route, ...]:
        return (
            Route(method="GET", path="/me/consents", call=self.show, access=Anyone.RESIDENT),
            Route(method="POST", path="/me/consents/withdraw", call=self.withdraw, access=Anyone.CLAIMED),
        )

    async def show(self, ctx: Context) -> MyConsents:
        """个人信息授权"""
        person = await self._identity.people.get(ctx.actor.person or "")
        version = self._identity.settings.consent_version
        return MyConsents(
            items=[
                MyConsent(
                    purpose=each.purpose,
                    purpose_label=PURPOSES.get(each.purpose, each.purpose),
                    version=each.version,
                    at=each.at,
                    given=each.act == "given",
                )
                for each in reversed(person.consents)
            ],
            stands=person.assured("resident") != "none",
            due=person.owes_consent(version),
            version=version,
        )

    async def withdraw(self, ctx: Context) -> None:
        """撤回授权: what I agreed to is taken back, and what the law does not say to keep will be deleted."""
        session, person = transaction_of(ctx), ctx.actor.person or ""
        withdrawal = await self._identity.withdrawals.take_back(session, person)
        await self._identity.sessions.rights_changed(session, [person])
        ctx.emit(ConsentWithdrawn(place=ctx.place.path[0], withdrawal=withdrawal, at=ctx.now()))
        ctx.audit("person.consent_withdrawn", withdrawal, person=person)
