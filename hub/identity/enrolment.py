"""Members of staff taken on in numbers, as a file names them: some hundred at a time, looked up together and written together.

What may stand in the file is what an administrator may do one by one (:mod:`hub.identity.staff`). Running it again changes nothing;
positions that the file has got meanwhile are added, none is taken away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from functools import partial
from itertools import islice
from typing import Any

import msgspec

from hub.identity import passwords
from hub.identity.accounts import ACCOUNTS, CLOSED, Account, Accounts, plain_username
from hub.identity.people import PEOPLE, Checked, People, Person, completed
from hub.identity.permissions import OPS_ROLES
from hub.identity.positions import POSITIONS, Holding, not_over
from hub.identity.sessions import Sessions
from hub.identity.staff import (
    OPS_APART,
    Created,
    NewStaff,
    PositionWanted,
    Posts,
    holding_of,
    posts_of,
    tell_given,
    wanted_of,
)
from hub.rules.context import Context, transaction_of, unit_of
from hub.store.database import Database
from hub.store.mongo import AsyncClientSession, ReplaceOne
from hub.words.contributions import Imported
from hub.words.errors import PASSING, Conflict, Duplicate, Forbidden, Invalid, Refused
from hub.words.sayings import problem_in_words
from hub.words.text import same_name

# Of one transaction.
AT_ONCE = 200
NO_NUMBER = "导入人和确认人都要登记身份证号，才能导入人员。请先请运维人员补登。"
ON_SERVER = "管理员岗位请由运维人员在服务器上办理。"
ONESELF = "这是您本人的账号，请由另一位安全管理员导入。"
# What a field is called in a reason.
CALLED: Mapping[str, str] = {
    "username": "账号",
    "name": "姓名",
    "id_number": "身份证号",
    "phone": "手机号",
    "region": "地区",
    "role": "角色",
    "node": "岗位环节",
    "bureau": "部门",
    "project": "项目",
}


class Entry(msgspec.Struct, frozen=True):
    """One member of staff as rows of a file, ``lines``, name them; ``problem``: why they cannot be read."""

    lines: tuple[int, ...]
    new: NewStaff | None
    problem: str = ""


class ImportReport(msgspec.Struct, frozen=True, kw_only=True):
    """What an import did: new accounts with their passwords, how many were known, of these how many got something, and row number →
    what is wrong; ``given`` says which account gets which post."""

    created: tuple[Created, ...] = ()
    known: int = 0
    changed: int = 0
    positions: int = 0
    problems: Mapping[int, str] = {}
    given: tuple[tuple[str, PositionWanted], ...] = ()

    def plus(self, other: ImportReport) -> ImportReport:
        """With what came of those that followed."""
        return ImportReport(
            created=(*self.created, *other.created),
            known=self.known + other.known,
            changed=self.changed + other.changed,
            positions=self.positions + other.positions,
            problems={**self.problems, **other.problems},
            given=(*self.given, *other.given),
        )

    def imported(self) -> Imported:
        """As the console and the command line count it."""
        return Imported(
            added=len(self.created),
            changed=self.changed,
            unchanged=self.known - self.changed,
            problems={str(line): reason for line, reason in self.problems.items()},
        )


class Enrolment:
    """Takes members of staff on. From the console nobody is shown a first password, so none is made: one is set when it is handed
    over."""

    def __init__(self, database: Database, people: People, accounts: Accounts, sessions: Sessions) -> None:
        self._database = database
        self._people = people
        self._accounts = accounts
        self._sessions = sessions

    async def import_rows(
        self, ctx: Context, rows: Sequence[Any], progress: Callable[[int, Imported], None] = lambda done, so_far: None
    ) -> ImportReport:
        """Accounts and positions of the list ``staff`` of a people file."""
        return await self.take_on(ctx, [_entry(line, row) for line, row in enumerate(rows, start=1)], progress)

    async def take_on(
        self,
        ctx: Context,
        entries: Iterable[Entry],
        progress: Callable[[int, Imported], None] = lambda done, so_far: None,
    ) -> ImportReport:
        """Part by part; a bad row stops no other. From the console a trouble that passes ends it, to be gone on with; on the command
        line, where first passwords are to be handed out, it costs the rows. ``progress`` hears after each part how many there were, and
        what it has come to.
        """
        report, done, first = ImportReport(), 0, dict[str, int]()
        rest = iter(entries)
        while some := list(islice(rest, AT_ONCE)):
            told = await self._part(ctx, some, first)
            bad = told.problems.keys()
            first |= {
                plain_username(each.new.username): each.lines[0]
                for each in some
                if each.new and each.lines[0] not in bad
            }
            report, done = report.plus(told), done + len(some)
            progress(done, report.imported())
        return report

    async def _part(self, ctx: Context, entries: Sequence[Entry], first: Mapping[str, int]) -> ImportReport:
        chosen, late = await self._passwords(ctx, entries)
        able = [each for each in entries if each.lines[0] not in late]
        write = partial(self._write, entries=able, first=first, chosen=chosen)
        try:
            try:
                told = await ctx.in_transaction(write)
            except Duplicate:
                # Somebody has taken one of the usernames meanwhile: now it is known.
                told = await ctx.in_transaction(write)
        except PASSING as problem:
            if ctx.actor.person is not None:
                raise
            told = ImportReport(problems={line: in_words(problem) for each in able for line in each.lines})
        return ImportReport(problems=late).plus(told)

    async def _passwords(
        self, ctx: Context, entries: Sequence[Entry]
    ) -> tuple[Mapping[str, tuple[str, str]], Mapping[int, str]]:
        """First passwords for those who are new, with their hashes, where somebody is to be handed them; and what has kept one from
        being made, by row."""
        if unit_of(ctx).trial or ctx.actor.person is not None:
            return {}, {}
        known = await self._accounts.all_named(each.new.username for each in entries if each.new)
        made: dict[str, tuple[str, str]] = {}
        late: dict[int, str] = {}
        for each in entries:
            if each.new is None or plain_username(each.new.username) in known:
                continue
            chosen = passwords.generate()
            try:
                made[plain_username(each.new.username)] = (
                    chosen,
                    await self._accounts.hashed(each.new.username, chosen),
                )
            except Refused as problem:
                late |= dict.fromkeys(each.lines, in_words(problem))
        return made, late

    async def _write(
        self,
        ctx: Context,
        entries: Sequence[Entry],
        first: Mapping[str, int],
        chosen: Mapping[str, tuple[str, str]],
    ) -> ImportReport:
        session = transaction_of(ctx)
        known = await self._look_up(ctx, session, entries)
        part = _Part(ctx, self._people, self._accounts, known, self._numbers_of_senders(ctx), dict(first), chosen)
        problems: dict[int, str] = {}
        for each in entries:
            try:
                part.take(each)
            except Refused as problem:
                problems |= dict.fromkeys(each.lines, in_words(problem))
        await self._store(session, part)
        for held in part.holdings:
            tell_given(ctx, held)
        return ImportReport(
            created=tuple(part.created),
            known=part.known_ones,
            changed=len(part.changed),
            positions=len(part.holdings),
            problems=problems,
            given=tuple(part.given),
        )

    async def _look_up(self, ctx: Context, session: AsyncClientSession, entries: Sequence[Entry]) -> _Known:
        """What there is of these. Five queries."""
        accounts = await self._accounts.all_named((each.new.username for each in entries if each.new), session)
        persons = sorted({each.person for each in accounts.values()})
        their_own = {"person": {"$in": persons}}
        theirs = {"$or": [their_own, {"deputy": {"$in": persons}, "role": {"$in": sorted(OPS_ROLES)}}]}
        rows = (
            await self._database[POSITIONS].find({"$and": [theirs, not_over(ctx.now())]}, session=session).to_list(None)
        )
        return _Known(
            accounts=accounts,
            people=await self._people.many(persons, session),
            held=[self._database.decode(Holding, row) for row in rows],
            closed=await self._accounts.closed_of(persons, session),
        )

    def _numbers_of_senders(self, ctx: Context) -> dict[str, str] | None:
        """Who sends and confirms what comes from the console, with their blind numbers; None on the command line."""
        senders = [each for each in (ctx.actor, ctx.actor.sender) if each is not None and each.person is not None]
        return {each.person or "": each.id_key or "" for each in senders} or None

    async def _store(self, session: AsyncClientSession, part: _Part) -> None:
        encode = self._database.encode
        for collection, made in ((PEOPLE, part.persons), (ACCOUNTS, part.accounts), (POSITIONS, part.holdings)):
            if made:
                await self._database[collection].insert_many([encode(each) for each in made], session=session)
        if part.completed:
            swaps = [ReplaceOne({"_id": each.id}, encode(each)) for each in part.completed]
            await self._database[PEOPLE].bulk_write(swaps, session=session)
        if part.changed:
            await self._people.rights_changed(session, *part.changed)
            await self._sessions.rights_changed(session, part.changed)


class _Known(msgspec.Struct, frozen=True, kw_only=True):
    """What there was before of the people of one part."""

    accounts: Mapping[str, Account]
    people: Mapping[str, Person]
    held: Sequence[Holding]
    closed: Collection[str]


class _Part:
    """What is to be written of one part, decided row by row without asking the database."""

    def __init__(
        self,
        ctx: Context,
        people: People,
        accounts: Accounts,
        known: _Known,
        senders: Mapping[str, str] | None,
        first: dict[str, int],
        chosen: Mapping[str, tuple[str, str]],
    ) -> None:
        self._ctx, self._people, self._accounts = ctx, people, accounts
        self._known, self._senders, self._first, self._chosen = known, senders, first, chosen
        self._posts: Posts = posts_of(ctx)
        self._blind = unit_of(ctx).database.blind
        self._held: dict[str, set[PositionWanted]] = {}
        self._ops: dict[str, set[str]] = {}
        for each in known.held:
            self._held.setdefault(each.person, set()).add(wanted_of(each))
            for who in filter(None, (each.person, each.deputy)):
                self._ops.setdefault(who, set()).update({each.role} & OPS_ROLES)
        self.persons: list[Person] = []
        self.accounts: list[Account] = []
        self.holdings: list[Holding] = []
        self.completed: list[Person] = []
        self.created: list[Created] = []
        self.changed: set[str] = set()
        self.given: list[tuple[str, PositionWanted]] = []
        self.known_ones = 0

    def take(self, entry: Entry) -> None:
        """What comes of one; ``Refused`` where nothing may."""
        new = entry.new
        if new is None:
            raise Conflict(entry.problem)
        name = plain_username(new.username)
        if (twin := self._first.get(name)) is not None:
            raise Conflict(f"与第{twin}人账号相同")
        account = self._known.accounts.get(name)
        self._check_sent(new, account)
        if account is None:
            self._take_new(new)
        else:
            self._take_known(new, account)
        self._first[name] = entry.lines[0]

    def _take_new(self, new: NewStaff) -> None:
        known = self._checked(new)
        password, hashed = self._chosen.get(plain_username(new.username), (None, ""))
        person = self._people.made(known, "claimed" if known.id_number else "none")
        account = self._accounts.made(new.username, person.id, hashed, must_change=True)
        holdings = self._given(person.id, new.positions)
        self.persons.append(person)
        self.accounts.append(account)
        self._take_holdings(account, holdings)
        self.created.append(Created(account=account.id, person=person.id, username=account.username, password=password))
        self._ctx.audit("account.created", account.id, person=person.id)

    def _take_known(self, new: NewStaff, account: Account) -> None:
        person = account.person
        known = self._person(person)
        if known.name and not same_name(known.name, new.name):
            # A wrong account in a row would else give somebody's post to somebody else.
            raise Invalid(fields={"name": "与此账号登记的姓名不一致。"})
        named = completed(known, self._checked(new)) if new.id_number else None
        holdings = self._given(person, new.positions)
        if holdings and person in self._known.closed:
            raise Conflict(CLOSED)
        self.known_ones += 1
        self._take_holdings(account, holdings)
        if named is not None:
            self.completed.append(named)
            self._ctx.audit("account.number_recorded", person)
        if named is not None or holdings:
            self.changed.add(person)

    def _take_holdings(self, account: Account, holdings: Sequence[Holding]) -> None:
        self.holdings += holdings
        self.given += [(account.username, wanted_of(each)) for each in holdings]

    def _given(self, person: str, wanted: Iterable[PositionWanted]) -> list[Holding]:
        """The positions that somebody has not. A file says nothing of days: one that has some keeps them."""
        missing = [each for each in dict.fromkeys(wanted) if each not in self._held.get(person, ())]
        for each in missing:
            self._posts.check(each)
        ops = {each.role for each in missing} & OPS_ROLES
        if ops and len(ops | self._ops.get(person, set())) > 1:
            raise Conflict(OPS_APART)
        return [holding_of(self._ctx, person, each) for each in missing]

    def _person(self, person: str) -> Person:
        return self._known.people.get(person, Person(id=person))

    def _checked(self, new: NewStaff) -> Checked:
        return self._people.check(new.name, new.id_number, new.phone, new.region)

    def _check_sent(self, new: NewStaff, account: Account | None) -> None:
        """What the console keeps from people: the making of administrators, and what is their own, under whichever account."""
        if self._senders is None:
            return
        if not all(self._senders.values()):
            raise Forbidden(NO_NUMBER)
        if any(each.role in OPS_ROLES for each in new.positions):
            raise Forbidden(ON_SERVER)
        numbers = [self._checked(new).id_number]
        if account is not None:
            numbers.append(self._person(account.person).id_number)
        keys = {self._blind(each) for each in numbers if each is not None}
        if (account is not None and account.person in self._senders) or keys & set(self._senders.values()):
            raise Forbidden(ONESELF)


def _entry(line: int, row: Any) -> Entry:
    try:
        return Entry((line,), msgspec.convert(row, NewStaff))
    except msgspec.ValidationError as problem:
        return Entry((line,), None, problem_in_words(problem))


def in_words(problem: Refused) -> str:
    """What is wrong with a row, never the value."""
    if problem.fields:
        return "；".join(f"{CALLED.get(field, field)}：{text}" for field, text in problem.fields.items())
    return problem.text
