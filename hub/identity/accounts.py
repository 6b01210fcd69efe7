"""Staff accounts: signing in with a password, and changing it. What is counted of wrong ones is in :mod:`hub.identity.tries`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

import msgspec

from hub.identity.moments import now_of
from hub.identity.passwords import Passwords, problem_of
from hub.identity.settings import IdentitySettings
from hub.identity.tries import Counted, Lane, Tries
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.words.clock import Clock
from hub.words.contributions import Index, Visit
from hub.words.errors import Conflict, Invalid, NotFound, NotSignedIn, TooMany
from hub.words.ids import IdMaker
from hub.words.text import compatible

ACCOUNTS = "accounts"
COLLECTIONS = (
    CoreCollection(
        ACCOUNTS,
        (
            Index((("username", 1),), unique=True, name="one_account_per_username"),
            Index((("person", 1),), name="accounts_of_person"),
        ),
    ),
)

# One text for an unknown user, a wrong password and a closed account: nobody learns which accounts exist.
WRONG = "账号或密码不正确，请核对后重试。连续输错会被暂时锁定，忘记密码请联系系统管理员重置。"
LONGEST_USERNAME = 64
CLOSED = "账号已停用，请先启用。"


class WrongPassword(NotSignedIn):
    code = "wrong_password"
    message = WRONG


class Locked(TooMany):
    """Too many failures for this name from there, whether the name exists or not."""

    code = "locked"


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff's way in. ``source`` names who keeps the password (the hub; other systems may follow). ``password`` is its hash,
    "" where none was made yet: nobody signs in before one is set."""

    id: str = msgspec.field(name="_id")
    username: str
    person: str
    password: str
    former_passwords: tuple[str, ...] = ()
    must_change: bool = False
    source: Literal["hub"] = "hub"
    disabled_at: datetime | None = None
    created_at: datetime
    password_changed_at: datetime

    def __repr__(self) -> str:
        return f"Account({self.id!r})"


class Try(msgspec.Struct, frozen=True, kw_only=True):
    """How a try to sign in ended. ``name`` is a keyed digest of what was typed, for the audit line."""

    outcome: Literal["right", "wrong", "locked"]
    name: str
    account: Account | None = None
    locked_until: datetime | None = None
    retry_after: float = 0.0

    @property
    def refusal(self) -> NotSignedIn | Locked:
        """What the person is told."""
        if self.outcome == "locked":
            minutes = max(1, round(self.retry_after / 60))
            return Locked(f"登录失败次数过多，已暂时锁定，请在{minutes}分钟后重试。", retry_after=self.retry_after)
        return WrongPassword()


class Accounts:
    """Reads and writes accounts."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        new_id: IdMaker,
        settings: IdentitySettings,
        passwords: Passwords,
        tries: Tries,
    ) -> None:
        self._database = database
        self._accounts = database[ACCOUNTS]
        self._tries = tries
        self._clock = clock
        self._new_id = new_id
        self._settings = settings
        self._passwords = passwords

    async def get(self, account: str, session: AsyncClientSession | None = None) -> Account:
        """The account of that id; ``NotFound`` without one."""
        return self._found(await self._accounts.find_one({"_id": account}, session=session))

    async def named(self, username: str, session: AsyncClientSession | None = None) -> Account | None:
        """The account with this username, if any."""
        found = await self._accounts.find_one({"username": plain_username(username)}, session=session)
        return None if found is None else self._database.decode(Account, found)

    async def all_named(
        self, usernames: Iterable[str], session: AsyncClientSession | None = None
    ) -> dict[str, Account]:
        """Those of these usernames that there are, by the plain username. One query."""
        wanted = {"username": {"$in": sorted({plain_username(each) for each in usernames})}}
        found = await self._accounts.find(wanted, session=session).to_list(None)
        return {row["username"]: self._database.decode(Account, row) for row in found}

    async def hashed(self, username: str, password: str) -> str:
        """The hash of a first or reset password that keeps the rules; ``Invalid`` says what is wrong."""
        return await self._checked(username, password)

    async def add(
        self, session: AsyncClientSession, *, username: str, person: str, password_hash: str, must_change: bool
    ) -> Account:
        """A new account; ``Duplicate`` (from the transaction) when the username is taken."""
        account = self.made(username, person, password_hash, must_change=must_change)
        await self._accounts.insert_one(self._database.encode(account), session=session)
        return account

    def made(self, username: str, person: str, password_hash: str, *, must_change: bool) -> Account:
        """A new account that is not stored yet; ``Invalid`` for a username that cannot be typed."""
        now = now_of(self._clock)
        return Account(
            id=self._new_id(),
            username=checked_username(username),
            person=person,
            password=password_hash,
            must_change=must_change,
            created_at=now,
            password_changed_at=now,
        )

    # --- signing in -------------------------------------------------------------------------------------------------

    async def try_password(self, username: str, password: str, visit: Visit) -> Try:
        """Compare a password with what is typed at a sign-in. The try is counted before it is made.

        Unknown names are counted, locked and compared like known ones: neither words nor time tell them apart.
        """
        name = self._name_digest(username)
        return await self._try(name, password, await self._tries.lanes(name, visit), await self.named(username))

    async def try_again(self, account: Account, password: str, session: str) -> Try:
        """Check the password of somebody who is signed in and types it once more."""
        name = self._name_digest(account.username)
        return await self._try(name, password, (self._tries.own_lane(name, session),), account)

    async def _try(self, name: str, password: str, lanes: Sequence[Lane], account: Account | None) -> Try:
        counted = await self._tries.count(name, lanes)
        if counted.closed:
            return self._refused("locked", name, counted, account)
        open_account = account if account is not None and account.disabled_at is None else None
        if await self._passwords.matches(open_account.password if open_account else None, password):
            await self._tries.forgive(lanes)
            return Try(outcome="right", name=name, account=open_account)
        return self._refused("wrong", name, counted, account)

    def _refused(
        self, outcome: Literal["wrong", "locked"], name: str, counted: Counted, account: Account | None
    ) -> Try:
        until = counted.locked_until
        wait = (until - now_of(self._clock)).total_seconds() if until else 0.0
        return Try(outcome=outcome, name=name, account=account, locked_until=until, retry_after=max(0.0, wait))

    async def unlock(self, session: AsyncClientSession, username: str) -> None:
        """An administrator lifts the locks of a name."""
        await self._tries.unlock(session, self._name_digest(username))

    async def locked_until(self, account: Account) -> datetime | None:
        """Until when too many failures keep somebody from signing in to it from somewhere."""
        return await self._tries.locked_until(self._name_digest(account.username))

    async def hold(self, session: AsyncClientSession, account: Account) -> None:
        """The account as it was when its password was compared: of two transactions, this one and one that closes it or
        changes its password, one comes after the other. ``WrongPassword`` when it is another one by now.
        """
        as_it_was = {"_id": account.id, "password": account.password, "disabled_at": None}
        answer = await self._accounts.update_one(as_it_was, {"$inc": {"signed_in": 1}}, session=session)
        if not answer.matched_count:
            raise WrongPassword

    async def know_device(self, session: AsyncClientSession, account: Account, device: str | None) -> str:
        """This account has signed in on a device; returns the device's token, for its next visit."""
        return await self._tries.know(session, self._name_digest(account.username), device)

    async def renew_hash(self, session: AsyncClientSession, account: Account, renewed: str) -> None:
        """Store today's hash of an unchanged password, unless it was changed meanwhile."""
        which = {"_id": account.id, "password": account.password}
        await self._accounts.update_one(which, {"$set": {"password": renewed}}, session=session)

    async def renewed_hash(self, account: Account, password: str) -> str | None:
        """A hash with today's parameters when the stored one has older ones."""
        return await self._passwords.hash(password) if self._passwords.is_outdated(account.password) else None

    # --- changing ---------------------------------------------------------------------------------------------------

    async def new_password(self, account: Account, password: str) -> str:
        """The hash of a password that the owner chose; ``Invalid`` when it breaks a rule or was used before."""
        hashed = await self._checked(account.username, password)
        if await self._passwords.is_one_of((account.password, *account.former_passwords), password):
            raise Invalid(fields={"new": f"不能使用最近{self._settings.passwords_remembered}次用过的密码。"})
        return hashed

    async def set_password(
        self, session: AsyncClientSession, account: Account, password_hash: str, *, must_change: bool
    ) -> None:
        """Replace the password; ``Conflict`` when somebody else has just replaced it."""
        former = (account.password, *account.former_passwords)[: self._settings.passwords_remembered - 1]
        change = {
            "password": password_hash,
            "former_passwords": list(former),
            "must_change": must_change,
            "password_changed_at": now_of(self._clock),
        }
        which = {"_id": account.id, "password": account.password}
        answer = await self._accounts.update_one(which, {"$set": change}, session=session)
        if not answer.matched_count:
            raise Conflict("密码刚刚被更改过，请重新登录后再试。")

    async def disable(self, session: AsyncClientSession, account: str) -> None:
        """Close an account; its sessions are ended by the caller."""
        closed = {"$set": {"disabled_at": now_of(self._clock)}}
        await self._accounts.update_one({"_id": account, "disabled_at": None}, closed, session=session)

    async def enable(self, session: AsyncClientSession, account: str) -> None:
        """Open a closed account again."""
        await self._accounts.update_one({"_id": account}, {"$set": {"disabled_at": None}}, session=session)

    async def check_open(self, session: AsyncClientSession, person: str) -> None:
        """``Conflict`` where somebody's account is closed: they are given nothing to do."""
        if await self.closed_of([person], session):
            raise Conflict(CLOSED)

    async def closed_of(self, persons: Iterable[str], session: AsyncClientSession | None = None) -> set[str]:
        """Those of these persons who have a closed account. One query."""
        closed = {"person": {"$in": sorted(set(persons))}, "disabled_at": {"$ne": None}}
        found = await self._accounts.find(closed, {"person": 1}, session=session).to_list(None)
        return {row["person"] for row in found}

    async def of_persons(self, persons: Iterable[str], session: AsyncClientSession | None = None) -> dict[str, Account]:
        """The accounts of these persons, by person."""
        wanted = {"person": {"$in": sorted(set(persons))}}
        found = await self._accounts.find(wanted, session=session).to_list(None)
        return {row["person"]: self._database.decode(Account, row) for row in found}

    async def _checked(self, username: str, password: str) -> str:
        problem = problem_of(password, plain_username(username))
        if problem is not None:
            raise Invalid(problem, fields={"new": problem})
        return await self._passwords.hash(password)

    def _name_digest(self, username: str) -> str:
        return self._database.cipher.digest("username", plain_username(username))

    def _found(self, row: dict[str, Any] | None) -> Account:
        if row is None:
            raise NotFound("没有找到这个账号，请核对后重试。")
        return self._database.decode(Account, row)


def plain_username(text: str) -> str:
    """Usernames do not tell capitals and full-width letters apart."""
    return compatible(text).lower()[: LONGEST_USERNAME + 1]


def checked_username(text: str) -> str:
    """A username that can be typed on any keyboard; ``Invalid`` otherwise."""
    name = plain_username(text)
    if not 2 <= len(name) <= LONGEST_USERNAME or not all(sign.isalnum() or sign in "._-@" for sign in name):
        raise Invalid(fields={"username": f"账号应为2至{LONGEST_USERNAME}位字母、数字或 . _ - @。"})
    return name
