"""Reminders: who is told once that a document still waits, and when.

The moment is kept in the document, written with it whenever its state or its date changes; a job finds what has come due, and takes
the moment away in the transaction that tells of it. So each is told once, whatever dies in between, and anew when a document comes
back into the state.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

import msgspec

from hub.business.facts import WORK_SAMPLE
from hub.business.tasks import Remind, RemindNoMore, audience_of
from hub.rules.context import Context
from hub.store.database import to_milliseconds
from hub.words.contributions import Holders, Index, Job, Persons
from hub.words.workdays import Limit

if TYPE_CHECKING:
    from hub.business.business import Business, Work

D = TypeVar("D", bound="Work")

EVERY = timedelta(hours=1)
AT_ONCE = 200
BY_REMINDER = Index(keys=(("remind_at", 1),), name="remind_at")
REMINDER_SAMPLE: Mapping[str, Any] = {**WORK_SAMPLE, "until": "2026-12-03T15:59:59Z"}
"""What the templates of a reminder's message are given."""


class Wait(msgspec.Struct, frozen=True, kw_only=True):
    """That a document in ``state`` waits ``until`` then, of which ``message`` tells; ``at`` is when, None once it is told. ``since``:
    when it began to; None where an older version wrote it."""

    message: str
    state: str
    until: datetime
    at: datetime | None
    since: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class Reminder(Generic[D]):
    """A document that stands too long in one of ``states`` is told of once, in the ``message`` (its full name): to its ``readers``, or to
    the ``holders`` of its tasks. Coming into the state anew it waits anew.

    Either ``after`` so long in the state: a ``Limit``, or the name of the plugin's setting that is one, as it is set when the document
    comes there. Or at ``until``: the name of a field of the document, or what makes it of that; None: not at all, another moment: told
    anew. ``ahead``: so much sooner. Templates are given what ``REMINDER_SAMPLE`` has. Looked for once an hour. Telling is a write: the
    document has another version after it. What was there before the plugin had this waits from its next write on.
    """

    states: tuple[str, ...]
    message: str
    after: Limit | str | None = None
    until: str | Callable[[D], datetime | None] | None = None
    ahead: timedelta = timedelta(0)
    to: Literal["readers", "holders"] = "readers"

    def of(self, document: D) -> Wait | None:
        """How the document waits by it, in the state in which it is."""
        return next((each for each in document.waits if (each.message, each.state) == self._key(document)), None)

    def wait(self, ctx: Context, document: D) -> Wait | None:
        """How it waits from now on: as before, unless it has come into the state or its moment has changed."""
        if document.state not in self.states:
            return None
        before = self.of(document)
        until = before.until if before is not None and self.after is not None else self._moment(ctx, document)
        if until is None:
            return None
        if before is not None and before.until == until:
            return before
        message, state = self._key(document)
        return Wait(message=message, state=state, until=until, at=until - self.ahead, since=to_milliseconds(ctx.now()))

    def audiences(self, ctx: Context, business: Business[D], document: D) -> Sequence[Persons | Holders]:
        """Who hears of it."""
        if self.to == "readers":
            return (Persons(getattr(document, "readers", ())),)
        tasks = [task for task in business.tasks(ctx, document) if not task.paused]
        return list(dict.fromkeys(audience_of(business.wanted(document, task)) for task in tasks))

    def _key(self, document: D) -> tuple[str, str]:
        return self.message, document.state

    def _moment(self, ctx: Context, document: D) -> datetime | None:
        if self.after is not None:
            limit: Limit = getattr(ctx.config, self.after) if isinstance(self.after, str) else self.after
            return ctx.calendar.due(ctx.now(), limit)
        made = attrgetter(self.until) if isinstance(self.until, str) else self.until
        until = made(document) if made is not None else None
        # As it is kept: a finer one would be another each time.
        return to_milliseconds(until) if until is not None else None


def waiting(ctx: Context, document: D, reminders: Sequence[Reminder[D]]) -> D:
    """The document as it waits in its state, for every write."""
    waits = tuple(wait for each in reminders if (wait := each.wait(ctx, document)) is not None)
    return document if waits == document.waits else _with_waits(document, waits)


def overtaken(before: Work, after: Work) -> Iterator[RemindNoMore]:
    """Of what was told, what is over by now."""
    begun = {(each.message, each.since) for each in after.waits}
    for wait in before.waits:
        if wait.at is None and wait.since is not None and (wait.message, wait.since) not in begun:
            yield RemindNoMore(place=before.place, subject=before.id, message=wait.message, since=wait.since)


def job_of(business: Business[Any]) -> Job:
    """Tells of all that has come due, each in a transaction of its own."""

    async def remind(ctx: Context) -> None:
        failed: dict[str, Exception] = {}
        while found := await _found(ctx, business, failed):
            told = [await _told_of(ctx, business, document.id, failed) for document in found]
            if not any(told):
                break
        if failed:
            raise next(iter(failed.values()))

    states = (business.machine.label(state) for each in business.reminders for state in each.states)
    label = f"{'、'.join(dict.fromkeys(states))}到期提醒"
    return Job(name=f"remind_{business.kind}", call=remind, label=label, every=EVERY, transaction=False)


async def _found(ctx: Context, business: Business[D], failed: Collection[str]) -> list[D]:
    """The next that are due, but for those that cannot be told; none where these are many."""
    if len(failed) >= AT_ONCE:
        return []
    wanted = {**_due(ctx), **({"_id": {"$nin": list(failed)}} if failed else {})}
    return await business.within(ctx).find(wanted, sort=(("remind_at", 1),), limit=AT_ONCE)


async def _told_of(ctx: Context, business: Business[D], id: str, failed: dict[str, Exception]) -> bool:
    """Whether this one is done with; one that fails does not keep the others waiting."""
    try:
        return await ctx.in_transaction(partial(_tell, business=business, id=id))
    except Exception as error:  # noqa: BLE001 - whatever it is, the job ends with it when the others have been told
        failed[id] = error
        return True


def _due(ctx: Context) -> dict[str, Any]:
    return {"remind_at": {"$lte": ctx.now()}}


async def _tell(ctx: Context, business: Business[D], id: str) -> bool:
    """What is due of one document; False where another was quicker."""
    before = await business.within(ctx).first({"_id": id, **_due(ctx)})
    if before is None:
        return False
    waits = tuple(
        _as_told(ctx, wait) if wait.at is not None and wait.at <= ctx.now() else wait for wait in before.waits
    )
    saved = await business.keep(ctx, before, _with_waits(before, waits))
    for each in business.reminders:
        was, now = each.of(before), each.of(saved)
        if was is not None and was.at is not None and now is not None and now.at is None:
            for to in each.audiences(ctx, business, saved):
                ctx.emit(_told(ctx, business, saved, now, to))
    return True


def _as_told(ctx: Context, wait: Wait) -> Wait:
    """One that an older version wrote begins now, so that it can be taken back."""
    return msgspec.structs.replace(wait, at=None, since=wait.since or to_milliseconds(ctx.now()))


def _with_waits(document: D, waits: tuple[Wait, ...]) -> D:
    first = min((wait.at for wait in waits if wait.at is not None), default=None)
    return msgspec.structs.replace(document, waits=waits, remind_at=first)


def _told(ctx: Context, business: Business[D], document: D, wait: Wait, to: Persons | Holders) -> Remind:
    return Remind(
        place=document.place,
        subject=document.id,
        number=document.number,
        title=business.title(document),
        state=document.state,
        state_label=business.machine.label(document.state),
        at=ctx.now(),
        until=wait.until,
        message=wait.message,
        to=to,
        since=wait.since,
    )
