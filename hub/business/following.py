"""关注: what may be followed, so that whoever follows a document hears of it when it moves, as long as they may see it.

The plugin that keeps who follows what knows no business: it is told that a document has moved, and asks how one stands and who sees it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Generic, TypeVar

import msgspec

from hub.rules.context import Context
from hub.words.actors import Actor
from hub.words.contributions import Answer, Document, Instruction, Question

D = TypeVar("D", bound=Document)


class Followable(msgspec.Struct, frozen=True, kw_only=True):
    """Documents of a business may be followed by whoever holds the right to ``read`` them; ``page`` is where one stands below the plugin,
    in the app of those who follow. ``heading``: what they read it as, where that is not the title of the business, which is told."""

    read: str
    page: str = "/{id}"
    heading: Callable[[Any], str] | None = None


class FollowedStep(msgspec.Struct, frozen=True, kw_only=True):
    """What was done, by which unit: nobody's name, and nothing that somebody wrote."""

    label: str
    at: datetime
    unit: str = ""


class FollowedView(msgspec.Struct, frozen=True, kw_only=True):
    """How a document stands in this ``revision``, for whoever may see it. It lies at ``place``; ``href`` is its page below the app, in its
    county. ``steps`` are one at least. ``over``: nothing more is done about it."""

    subject: str
    revision: int
    title: str
    number: str
    state: str
    place: str
    href: str
    steps: tuple[FollowedStep, ...]
    over: bool


class TellFollowers(Instruction, frozen=True, kw_only=True):
    """Tell whoever follows this document what was done (``moved``) and how it stands since (``state``), but for ``by``, who of the staff
    did it. ``revision`` is that of the document, ``kind`` as in :class:`Following`; ``title`` names nobody in full."""

    kind: str
    subject: str
    title: str
    number: str
    moved: str
    state: str
    revision: int
    by: str
    at: datetime
    over: bool


class ShowFollowed(Question[Mapping[str, FollowedView]], frozen=True, kw_only=True):
    """Those of these documents (≤ 200 ids of one ``kind``) that whoever acts may see by the right to read them and by ``access`` as well;
    None where nobody keeps this kind."""

    kind: str
    subjects: tuple[str, ...]
    access: str


class WhoSees(Question[tuple[str, ...]], frozen=True, kw_only=True):
    """Those of these persons (≤ 200 of the staff) who may see a document now, with the positions that they hold now."""

    kind: str
    subject: str
    persons: tuple[str, ...]
    access: str


@dataclass(frozen=True, kw_only=True)
class Following(Generic[D]):
    """Documents of one ``collection`` that may be followed, as a ``kind`` of their own: of a business what its :class:`Followable` makes of
    it. ``sees`` is a filter: without what an actor must not see. ``title`` is what is told and names nobody, ``heading`` what is shown to
    whoever may see it. ``steps`` are what was done, the oldest first."""

    kind: str
    collection: str
    read: str
    page: str
    sees: Callable[[Actor], Mapping[str, Any]]
    title: Callable[[D], str]
    heading: Callable[[D], str]
    number: Callable[[D], str]
    state: Callable[[D], str]
    over: Callable[[D], bool]
    steps: Callable[[D], Sequence[FollowedStep]]

    @property
    def answers(self) -> tuple[Answer, ...]:
        """What its plugin answers: whoever asks about documents that others keep, of which they see what they may."""
        return (
            Answer(question=ShowFollowed, call=self.show, reach="county"),
            Answer(question=WhoSees, call=self.who_sees, reach="county"),
        )

    def tell(self, ctx: Context, saved: D, moved: str, by: str) -> None:
        """What was ``moved`` in it, in a word, ``by`` whom (a person's id, "" for nobody), where anybody keeps who follows it."""
        if not ctx.does(TellFollowers):
            return
        ctx.emit(
            TellFollowers(
                place=saved.place,
                kind=self.kind,
                subject=saved.id,
                title=self.title(saved),
                number=self.number(saved),
                moved=moved,
                state=self.state(saved),
                revision=saved.version,
                by=by,
                at=ctx.now(),
                over=self.over(saved),
            )
        )

    async def show(self, ctx: Context, asked: ShowFollowed) -> Mapping[str, FollowedView] | None:
        """In one query."""
        if asked.kind != self.kind:
            return None
        wanted = {"_id": {"$in": list(asked.subjects)}, **self._seen_by(ctx, ctx.actor, asked.access)}
        return {each.id: self._view(ctx, each) for each in await ctx.store[self.collection].find(wanted)}

    async def who_sees(self, ctx: Context, asked: WhoSees) -> tuple[str, ...] | None:
        """By the same filters as their own lists, all in one query."""
        if asked.kind != self.kind:
            return None
        working = await ctx.colleagues(asked.persons)
        seen = {
            person: self._seen_by(
                ctx,
                Actor(kind="staff", person=person, positions=known.positions, id_key=known.id_key),
                asked.access,
            )
            for person, known in working.items()
        }
        if not seen:
            return ()
        found = await ctx.store[self.collection].counts({"_id": asked.subject}, dict.fromkeys(seen, ()), seen)
        return tuple(person for person, groups in found.items() if groups)

    def _seen_by(self, ctx: Context, actor: Actor, access: str) -> Mapping[str, Any]:
        reached = [ctx.reached_by(actor, right, self.collection) for right in (self.read, access)]
        return {"$and": [*reached, self.sees(actor)]}

    def _view(self, ctx: Context, document: D) -> FollowedView:
        at, state = document.county or document.place, self.state(document)
        # What came of a fact has no line of its own.
        begun = FollowedStep(label=state, at=document.created_at or ctx.now())
        return FollowedView(
            subject=document.id,
            revision=document.version,
            title=self.heading(document),
            number=self.number(document),
            state=state,
            place=document.place,
            href=f"/{at}/{self.collection.partition('.')[0]}{self.page.format(id=document.id)}",
            steps=tuple(self.steps(document)) or (begun,),
            over=self.over(document),
        )
