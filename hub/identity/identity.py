"""The parts of identity, put together once per process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hub.identity import (
    accounts,
    disputes,
    handovers,
    people,
    positions,
    sessions,
    successions,
    tickets,
    tries,
    wechat_users,
    withdrawals,
)
from hub.identity.accounts import Accounts
from hub.identity.directory import Directory
from hub.identity.disputes import Disputes
from hub.identity.enrolment import Enrolment
from hub.identity.handovers import Handovers
from hub.identity.passwords import Passwords
from hub.identity.people import People
from hub.identity.sessions import Sessions
from hub.identity.settings import IdentitySettings
from hub.identity.staff import Staff
from hub.identity.successions import Successions
from hub.identity.tickets import Tickets
from hub.identity.tries import Tries
from hub.identity.wechat_users import AppAccounts, Seen, WechatUsers
from hub.identity.withdrawals import Withdrawals
from hub.rules.places import Places
from hub.store.database import Database
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.ids import IdMaker

COLLECTIONS = (
    *people.COLLECTIONS,
    *successions.COLLECTIONS,
    *disputes.COLLECTIONS,
    *withdrawals.COLLECTIONS,
    *wechat_users.COLLECTIONS,
    *accounts.COLLECTIONS,
    *tries.COLLECTIONS,
    *positions.COLLECTIONS,
    *sessions.COLLECTIONS,
    *tickets.COLLECTIONS,
    *handovers.COLLECTIONS,
)


class Asker(Protocol):
    """Asks WeChat who is behind a code; raises ``Refused`` with words for the person. See :mod:`hub.wechat.sign_in`."""

    async def by_mini_program(self, appid: str, code: str) -> Seen: ...

    async def by_official_account(self, appid: str, code: str) -> Seen: ...


@dataclass(frozen=True, kw_only=True)
class IdentityServices:
    """Everything that knows people. Made by :meth:`build`, ended by :meth:`close`."""

    settings: IdentitySettings
    people: People
    successions: Successions
    disputes: Disputes
    withdrawals: Withdrawals
    wechat: WechatUsers
    accounts: Accounts
    directory: Directory
    sessions: Sessions
    tickets: Tickets
    handovers: Handovers
    staff: Staff
    enrolment: Enrolment
    tries: Tries
    passwords: Passwords

    @classmethod
    def build(
        cls,
        *,
        database: Database,
        clock: Clock,
        new_id: IdMaker,
        places: Places,
        accounts: Mapping[App, AppAccounts],
        settings: IdentitySettings | None = None,
    ) -> IdentityServices:
        """``accounts``: which WeChat accounts serve which app (:func:`hub.wechat.sign_in.accounts_by_app`)."""
        settings = settings or IdentitySettings()
        passwords = Passwords(settings.password_threads, settings.passwords_waiting)
        people = People(database, clock, new_id, places)
        wechat = WechatUsers(database, clock, new_id, people, accounts)
        tries = Tries(database, clock, settings)
        of_staff = Accounts(database, clock, new_id, settings, passwords, tries)
        sessions = Sessions(database, clock, settings)
        successions = Successions(database)
        withdrawals = Withdrawals(database, clock, new_id, places, people, wechat, sessions)
        return cls(
            settings=settings,
            people=people,
            successions=successions,
            disputes=Disputes(database),
            withdrawals=withdrawals,
            wechat=wechat,
            accounts=of_staff,
            tries=tries,
            directory=Directory(database, clock, places, wechat, successions, withdrawals),
            sessions=sessions,
            tickets=Tickets(database, clock, settings, sessions),
            handovers=Handovers(database, clock, settings, sessions),
            staff=Staff(database, people, of_staff, sessions, wechat),
            enrolment=Enrolment(database, people, of_staff, sessions),
            passwords=passwords,
        )

    async def sweep(self, now: datetime) -> int:
        """Remove what has ended long ago; a job calls it every few minutes. Returns how many rows went."""
        swept = [part.sweep for part in (self.sessions, self.tickets, self.handovers, self.tries)]
        return sum([await sweep(now) for sweep in swept])

    def close(self) -> None:
        """Let the password threads end."""
        self.passwords.close()
