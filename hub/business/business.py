"""One kind of business: its documents, its table of moves, whose turn it is; and the one way in which it is written.

Who writes through a :class:`Business` need not remember the line of the history, the audit line, the task in 我的待办, nor
经办历史: what waits for whom follows from the document as it was and as it is.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeAlias, TypeVar

import msgspec

from hub.business.filling import shared
from hub.business.following import Followable, FollowedStep, Following
from hub.business.history import HistoryLine, line_of, shown_name, unit_of, with_line
from hub.business.machines import Machine
from hub.business.numbers import next_number
from hub.business.oneopen import BY_ONE_OPEN, OneOpen
from hub.business.passing import passing_on
from hub.business.recusal import Recused, not_avoided
from hub.business.reminders import BY_REMINDER, Reminder, Wait, job_of, overtaken, waiting
from hub.business.tasks import CloseTask, Decision, Offered, OpenTask, RecordActivity, SettleTask, changes
from hub.rules.context import Context
from hub.store.documents import Documents
from hub.words import masking
from hub.words.actors import Actor
from hub.words.contributions import Answer, Belongings, Event, Index, Job, Office
from hub.words.errors import Duplicate, NotFound, Stale
from hub.words.personal import IdNumberText


class Work(Recused, frozen=True, kw_only=True):
    """A document that people work on. ``acts`` is its history, the oldest first. The kit's own: ``waits``, of what it is to be reminded,
    ``remind_at``, when next, and ``open_as``, what no other open one may have."""

    number: str
    state: str
    acts: tuple[HistoryLine, ...] = ()
    waits: tuple[Wait, ...] = ()
    remind_at: datetime | None = None
    open_as: str = ""


class Filed(Work, frozen=True, kw_only=True):
    """Work that residents have filed: ``readers`` read it; ``applicant`` is the name of whoever filed it, masked."""

    readers: tuple[str, ...] = ()
    applicant: str = ""


def own_bureau(document: Work) -> str:
    """Its field ``bureau``, if it has one."""
    return getattr(document, "bureau", "") or ""


def own_project(document: Work) -> str:
    """Its field ``project``, if it has one."""
    return getattr(document, "project", "") or ""


def shown(document: Work) -> dict[str, Any]:
    """The present state, for whoever came too late."""
    return {"state": document.state, "version": document.version}


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What stands in 我的待办 while it is somebody's turn, as a document says it. Another ``round`` is another task. ``place``,
    ``bureau`` and ``project`` are the document's own where nothing else is said. ``announced``: the plugin tells the holders in a
    message of its own. ``avoid`` and ``avoid_keys`` must keep away from it besides those who must from the document. ``paused``:
    nobody may work on it for the time being. Without ``told`` it is told by others who is wanted, or cannot be told now: here it is
    told when it pauses, goes on, or ends. Other fields as in :class:`hub.business.tasks.OpenTask`.
    """

    node: str
    label: str
    round: int
    due_at: datetime
    role: str = "handler"
    place: str | None = None
    bureau: str | None = None
    project: str | None = None
    subject_key: str | None = None
    hidden: bool = False
    sensitive: bool = False
    urgent: bool = False
    announced: bool = False
    paused: bool = False
    told: bool = True
    avoid: tuple[str, ...] = ()
    avoid_keys: tuple[str, ...] = ()


D = TypeVar("D", bound=Work)
Fact: TypeAlias = Callable[[Context, D], Event]
"""Makes the fact to be told of a document as it was saved."""


@dataclass(frozen=True)
class Pressed:
    """The button that somebody of the staff has pressed. ``label``: what 经办历史 calls it; ``opinion`` stands beside it in 我的已办.
    ``settles``: it is what was waited for; else that is wanted no more."""

    button: str
    label: str
    opinion: str = ""
    settles: bool = True


@dataclass(frozen=True, kw_only=True)
class Business(Generic[D]):
    """``collection`` is its whole name, whose first part is the plugin's and begins audit lines. ``kind`` is the sort in 经办历史.
    ``about`` says by ID number which person a document is about, if any: under whatever account, they keep away from it.
    ``tasks`` says what waits for whom. ``derive`` fills in what follows from the rest, before every write. ``office``, if the
    history names any, is that of whoever acts on it now, ``offices`` those that make some moves of their own; ``bureau`` and
    ``project`` whose it is, where its fields of these names do not say it; ``link`` its page below the app of those who handle
    it, where that is not ``/{place}/{plugin}/{id}``. ``by_office``: the history names it whoever acts, else for staff alone.
    ``shown`` is the present state for whoever came too late; ``noted`` what stands in audit lines, ``audited_as`` what they call
    a move where that is not its own name. ``sees`` is a filter: without what the one who asks must not see. ``beside``: what else
    follows from each that was saved, in the same unit, such as a copy for readers who do not reach the document. ``reminders``:
    who is told once that one waits too long. ``one_open``: a resident files no second one while the first is open. ``letter`` begins
    the serial of its numbers. ``followed``: its documents may be followed (关注), by whom; whoever does hears of each act.
    """

    collection: str
    kind: str
    machine: Machine
    title: Callable[[D], str]
    about: Callable[[D], IdNumberText | None]
    bureau: Callable[[D], str] = field(default=own_bureau)
    project: Callable[[D], str] = field(default=own_project)
    link: Callable[[D], str] | None = None
    tasks: Callable[[Context, D], Sequence[Task]] = field(default=lambda ctx, document: ())
    office: Callable[[D], Office | None] = field(default=lambda document: None)
    derive: Callable[[Context, D], D] = field(default=lambda ctx, document: document)
    shown: Callable[[D], Mapping[str, Any]] = field(default=shown)
    noted: Callable[[Context, D], Mapping[str, Any]] = field(default=lambda ctx, document: {"number": document.number})
    offices: Mapping[str, Callable[[D], Office]] = field(default_factory=dict)
    by_office: bool = False
    audited_as: Mapping[str, str] = field(default_factory=dict)
    sees: Callable[[Actor], Mapping[str, Any]] = field(default=not_avoided)
    beside: Callable[[Context, D], Awaitable[None]] | None = None
    reminders: Sequence[Reminder[D]] = ()
    one_open: OneOpen | None = None
    letter: str = ""
    followed: Followable | None = None

    @property
    def plugin(self) -> str:
        """The name of the plugin whose business it is."""
        return self.collection.partition(".")[0]

    @cached_property
    def jobs(self) -> tuple[Job, ...]:
        """What comes round by itself. A ``Resource`` hands it to the hub; where there is none, ``JOBS`` in ``plugin.py`` does."""
        return (job_of(self),) if self.reminders else ()

    @cached_property
    def belongings(self) -> tuple[Belongings, ...]:
        """To whoever a proof of identity puts in a reader's place; handed over as ``jobs`` are."""
        return (Belongings(pass_on=passing_on(self)),)

    @cached_property
    def following(self) -> Following[D] | None:
        """How its documents are followed, if they may be."""
        if self.followed is None:
            return None
        return Following(
            kind=self.kind,
            collection=self.collection,
            read=self.followed.read,
            page=self.followed.page,
            sees=self.sees,
            title=self.title,
            heading=self.followed.heading or self.title,
            number=lambda document: document.number,
            state=lambda document: self.machine.label(document.state),
            over=lambda document: self.machine.is_last(document.state),
            steps=lambda document: [FollowedStep(**shared(FollowedStep, line)) for line in document.acts],
        )

    @property
    def answers(self) -> tuple[Answer, ...]:
        """To whoever asks about what is followed; handed over as ``jobs`` are."""
        return self.following.answers if self.following else ()

    @property
    def indexes(self) -> tuple[Index, ...]:
        """What its collection needs for ``reminders`` and ``one_open``; handed over as ``jobs`` are."""
        return (*((BY_REMINDER,) if self.reminders else ()), *((BY_ONE_OPEN,) if self.one_open else ()))

    # --- reading ----------------------------------------------------------------------------------------------------------

    def within(self, ctx: Context) -> Documents[D]:
        """Within reach, whoever must keep away: for residents and for the hub's own work."""
        return ctx.store[self.collection]

    async def seen(self, ctx: Context, id: str) -> D:
        """One that the one who asks may see, else ``NotFound``."""
        found = await self.within(ctx).first({"_id": id, **self.sees(ctx.actor)})
        if found is None:
            raise NotFound
        return found

    async def here(self, ctx: Context, id: str) -> D:
        """The document as the actor sees it, to be changed."""
        found = await self.seen(ctx, id)
        check_here(ctx, found)
        return found

    def check_version(self, document: D, version: int) -> None:
        """``Stale`` where somebody else was quicker, with the present state."""
        if document.version != version:
            raise Stale(state=dict(self.shown(document)))

    # --- writing ----------------------------------------------------------------------------------------------------------

    async def open(
        self,
        ctx: Context,
        new: D,
        label: str,
        *,
        what: str = "file",
        why: str = "",
        pressed: Pressed | None = None,
        tell: Sequence[Fact[D]] = (),
        **noted: Any,
    ) -> D:
        """A new one, by somebody's act. ``noted`` stands in its audit line. The history that it brings along goes before."""
        first = msgspec.structs.replace(new, acts=with_line(new.acts, self.line(ctx, new, what, label, why)))
        saved = await self.within(ctx).insert(self.derived(ctx, first))
        self._audit(ctx, saved, what, why, **noted)
        self._offer(ctx, None, saved, None)
        if pressed:
            self.touch(ctx, saved, pressed.label)
        await self._follow(ctx, saved, tell)
        return saved

    async def open_many(
        self, ctx: Context, new: Iterable[D], line: HistoryLine, *, tell: Sequence[Fact[D]] = ()
    ) -> list[D]:
        """New ones (≤ 200) in one command; ``line`` is that of whoever has asked for them: work that goes on in steps has nobody's hand."""
        saved = await self.within(ctx).insert_many([self.amended(ctx, each, each, line) for each in new])
        for each in saved:
            self._audit(ctx, each, line.move, line.why)
            self._offer(ctx, None, each, None)
            await self._follow(ctx, each, tell)
        return saved

    async def file(
        self, ctx: Context, kind: type[D], label: str, /, *, tell: Sequence[Fact[D]] = (), **fields: Any
    ) -> D:
        """A new one, filed by the resident who acts, at the place of the address: in the first state of the table, with the next number.
        They read it, and keep away from deciding it, under whatever account. ``fields`` are the document's own, and what else than that it
        has: another place, nobody's name. ``Conflict`` for a second one where ``one_open`` allows one."""
        person = (ctx.actor.person,) if ctx.actor.person else ()
        begun: dict[str, Any] = {
            "id": ctx.new_id(),
            "place": ctx.place.code,
            "number": await next_number(ctx, self.letter),
            "state": next(iter(self.machine.states)),
            "readers": person,
            "applicant": masking.name(ctx.actor.name.reveal()) if ctx.actor.name else "",
            "avoid": person,
            "avoid_keys": (ctx.actor.id_key,) if ctx.actor.id_key else (),
        }
        new = kind(**{**begun, **fields})
        if self.one_open is None:
            return await self.open(ctx, new, label, tell=tell)
        try:
            return await self.open(ctx, self.one_open.opened(new, ctx.actor), label, tell=tell)
        except Duplicate as error:
            raise self.one_open.refusal(error) from None

    async def add(self, ctx: Context, new: D, *, what: str = "", tell: Sequence[Fact[D]] = ()) -> D:
        """A new one that came of a fact: no line, and an audit line where it says ``what``."""
        saved = await self.within(ctx).insert(self.derived(ctx, new))
        if what:
            self._audit(ctx, saved, what)
        self._offer(ctx, None, saved, None)
        await self._follow(ctx, saved, tell)
        return saved

    async def move(
        self,
        ctx: Context,
        before: D,
        move: str,
        after: D | None = None,
        *,
        why: str = "",
        open: bool = False,
        line: HistoryLine | None = None,
        pressed: Pressed | None = None,
        decided: Decision | None = None,
        audited: bool = True,
        tell: Sequence[Fact[D]] = (),
        **noted: Any,
    ) -> D:
        """Follow the table; ``after`` is the document with what else changes. ``open``: residents read why. ``line`` is that of the
        history where another did it than the one who acts, or where it says more. ``decided``: how what waited was decided, in the
        worklist or elsewhere. What comes of a fact by itself need not be ``audited``; ``noted`` stands in its audit line.
        """
        changed = self._moved(before, move, before if after is None else after)
        return await self.amend(
            ctx,
            before,
            changed,
            move,
            self.machine.moves[move].label,
            why=why,
            open=open,
            line=line,
            pressed=pressed,
            decided=decided,
            audited=audited,
            tell=tell,
            **noted,
        )

    async def amend(
        self,
        ctx: Context,
        before: D,
        after: D,
        what: str,
        label: str,
        *,
        why: str = "",
        open: bool = False,
        line: HistoryLine | None = None,
        pressed: Pressed | None = None,
        decided: Decision | None = None,
        audited: bool = True,
        tell: Sequence[Fact[D]] = (),
        **noted: Any,
    ) -> D:
        """Write ``after`` with a line of its history that says ``what`` was done; the rest as in ``move``."""
        # Whoever acts is of the office that had it.
        line = line or self.line(ctx, before, what, label, why, open)
        saved = await self.within(ctx).save(self.amended(ctx, before, after, line))
        if audited:
            self._audit(ctx, saved, what, why, **noted)
        settled = self._offer(ctx, before, saved, pressed or decided)
        if pressed and not settled:
            self.touch(ctx, saved, pressed.label)
        self._tell_followers(ctx, saved, decided)
        await self._follow(ctx, saved, tell)
        return saved

    def _moved(self, before: D, move: str, after: D) -> D:
        """``Conflict`` with the present state where the table does not allow it."""
        state = self.machine.transition(move, before.state, **self.shown(before))
        return msgspec.structs.replace(after, state=state)

    async def move_many(
        self,
        ctx: Context,
        pairs: Iterable[tuple[D, D]],
        move: str,
        *,
        why: str = "",
        tell: Sequence[Fact[D]] = (),
    ) -> list[D]:
        """Move several documents (≤ 200 pairs of before and after) in one command: nobody's button."""
        moved = [(before, self._moved(before, move, after)) for before, after in pairs]
        return await self.amend_many(ctx, moved, move, self.machine.moves[move].label, why=why, tell=tell)

    async def amend_many(
        self,
        ctx: Context,
        pairs: Iterable[tuple[D, D]],
        what: str,
        label: str,
        *,
        why: str = "",
        tell: Sequence[Fact[D]] = (),
    ) -> list[D]:
        """As ``amend`` for several (≤ 200), before and after, in one command: nobody's button."""
        pairs = list(pairs)
        afters = [self.amended(ctx, before, after, self.line(ctx, before, what, label, why)) for before, after in pairs]
        saved = await self.within(ctx).save_many(afters)
        for (before, _), after in zip(pairs, saved, strict=True):
            self._audit(ctx, after, what, why)
            self._offer(ctx, before, after, None)
            self._tell_followers(ctx, after)
            await self._follow(ctx, after, tell)
        return saved

    async def keep(
        self, ctx: Context, before: D, after: D, *, decided: Decision | None = None, tell: Sequence[Fact[D]] = ()
    ) -> D:
        """Write what is nobody's act: no line, no audit line."""
        saved = await self.within(ctx).save(self.derived(ctx, after))
        self._offer(ctx, before, saved, decided)
        await self._follow(ctx, saved, tell)
        return saved

    def line(self, ctx: Context, document: D, move: str, label: str, why: str = "", open: bool = False) -> HistoryLine:
        """Who does that now, with the office where the history names it. ``open``: residents read why."""
        office = self.offices.get(move, self.office)(document)
        named = self.by_office or ctx.actor.kind == "staff"
        unit = unit_of(ctx, office.region, office.bureau) if office and named else ""
        return line_of(ctx, move, label, why, unit=unit, open=open)

    def moved(self, ctx: Context, before: D, move: str, after: D, line: HistoryLine) -> D:
        """As ``move`` would write it: for many that are written by hand in one command, with what is told of them."""
        return self.amended(ctx, before, self._moved(before, move, after), line)

    def amended(self, ctx: Context, before: D, after: D, line: HistoryLine) -> D:
        """As ``amend`` would; for new ones ``before`` and ``after`` are the same."""
        return self.derived(ctx, msgspec.structs.replace(after, acts=with_line(before.acts, line)))

    def href(self, document: D) -> str:
        """Its page, below the app of those who handle it."""
        return self.link(document) if self.link else f"/{document.place}/{self.plugin}/{document.id}"

    def derived(self, ctx: Context, document: D) -> D:
        """With what follows from the rest, as every write has it: also for new ones that are inserted by hand."""
        number = self.about(document)
        if number is not None and (key := ctx.store.blind(number)) not in document.avoid_keys:
            document = msgspec.structs.replace(document, avoid_keys=(key, *document.avoid_keys))
        document = self.derive(ctx, document)
        if self.one_open is not None:
            document = self.one_open.left(document, self.machine)
        return waiting(ctx, document, self.reminders)

    # --- what is told -------------------------------------------------------------------------------------------------------

    def fact(self, kind: type[Event], **more: Callable[[D], Any]) -> Fact[D]:
        """The fact of this kind about a document as it was saved: the fields that both have, those of a ``WorkFact``, and ``more``,
        each made of the document."""

        def told(ctx: Context, saved: D) -> Event:
            said = {
                "subject": saved.id,
                "title": self.title(saved),
                "state_label": self.machine.label(saved.state),
                "at": ctx.now(),
                **{name: of(saved) for name, of in more.items()},
            }
            own = {name: value for name, value in said.items() if name in kind.__struct_fields__ or name in more}
            return kind(**shared(kind, saved, but=tuple(own)), **own)

        return told

    # --- what a write leaves behind -----------------------------------------------------------------------------------------

    def _audit(self, ctx: Context, saved: D, what: str, why: str = "", **noted: Any) -> None:
        ctx.audit(
            f"{self.plugin}.{self.audited_as.get(what, what)}", saved.id, why=why, **self.noted(ctx, saved), **noted
        )

    async def _follow(self, ctx: Context, saved: D, tell: Sequence[Fact[D]]) -> None:
        for fact in tell:
            ctx.emit(fact(ctx, saved))
        if self.beside is not None:
            await self.beside(ctx, saved)

    def _tell_followers(self, ctx: Context, saved: D, decided: Decision | None = None) -> None:
        """Of an act; what is nobody's, such as a moment that was set anew, is no news."""
        if self.following is not None:
            # Residents follow nothing: which of them it was need not be told.
            acting = ctx.actor.person if ctx.actor.kind == "staff" else None
            self.following.tell(ctx, saved, saved.acts[-1].label, (decided.person if decided else acting) or "")

    def _offer(self, ctx: Context, before: D | None, after: D, by: Pressed | Decision | None) -> bool:
        """Tell the worklist what waits no more and what waits now; whether anything was settled."""
        for over in overtaken(before, after) if before is not None else ():
            ctx.emit(over)
        was = {} if before is None else self._offered(ctx, before)
        now = self._offered(ctx, after)
        settled = [self._end(ctx, offered, by) for key, offered in was.items() if key not in now]
        for key, offered in now.items():
            for fact in changes(was.get(key), offered):
                ctx.emit(fact)
        return any(settled)

    def _offered(self, ctx: Context, document: D) -> dict[tuple[str, int], Offered]:
        return {
            (task.node, task.round): Offered(self.wanted(document, task), paused=task.paused, told=task.told)
            for task in self.tasks(ctx, document)
        }

    def wanted(self, document: D, task: Task) -> OpenTask:
        """What the worklist is told of a task of this document."""
        return OpenTask(
            place=task.place or document.place,
            subject=document.id,
            node=task.node,
            label=task.label,
            round=task.round,
            role=task.role,
            bureau=task.bureau if task.bureau is not None else self.bureau(document),
            project=task.project if task.project is not None else self.project(document),
            title=self.named(document),
            number=document.number,
            link=self.href(document),
            due_at=task.due_at,
            subject_key=task.subject_key,
            avoid=(*document.avoid, *task.avoid),
            avoid_keys=(*document.avoid_keys, *task.avoid_keys),
            avoid_offices=document.avoid_offices,
            hidden=task.hidden,
            sensitive=task.sensitive,
            urgent=task.urgent,
            announced=task.announced,
        )

    def named(self, document: D) -> str:
        """Its title as colleagues tell two apart: with who filed it, masked, where residents did."""
        applicant = document.applicant if isinstance(document, Filed) else ""
        return " · ".join(part for part in (self.title(document), applicant) if part)

    def _end(self, ctx: Context, offered: Offered, by: Pressed | Decision | None) -> bool:
        """Whether it was settled. What was decided in the worklist is done there already, and is told to nobody."""
        if isinstance(by, Decision) and not by.is_about(offered.wanted):
            by = None
        if isinstance(by, Decision) and by.in_worklist:
            return False
        settled = self._result(ctx, by) if offered.told else None
        named = {name: getattr(offered.wanted, name) for name in ("place", "subject", "node", "round")}
        ctx.emit(CloseTask(**named) if settled is None else SettleTask(**named, **settled))
        return settled is not None

    def _result(self, ctx: Context, by: Pressed | Decision | None) -> Mapping[str, Any] | None:
        """How a task was settled and by whom; None where nobody did what it asked for."""
        if isinstance(by, Decision):
            done = {"move": by.move, "opinion": by.opinion, "person": by.person, "shown": by.shown}
            return done if by.person else None
        if by is None or not by.settles:
            return None
        person, shown = ctx.actor.person or "", shown_name(ctx.actor)
        return {"move": by.button, "opinion": by.opinion, "person": person, "shown": shown}

    def touch(self, ctx: Context, document: D, label: str) -> None:
        """Onto the 经办历史 of the handler who acts: also what was done to a part of it."""
        ctx.emit(
            RecordActivity(
                place=document.place,
                subject=document.id,
                kind=self.kind,
                label=label,
                title=self.title(document),
                number=document.number,
                person=ctx.actor.person or "",
                bureau=self.bureau(document),
                project=self.project(document),
                link=self.href(document),
                at=ctx.now(),
            )
        )


def check_here(ctx: Context, document: Recused, elsewhere: str | None = None) -> None:
    """What is seen from the city or from another county is changed in its own, whose switches count; ``elsewhere`` says so."""
    if document.county != ctx.county:
        raise NotFound(elsewhere)
