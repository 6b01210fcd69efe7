"""What is known of people, read and written together: at most 200 in one unit of work, in one query each way."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import msgspec

from hub.api import Context, Secret, next_number, recusal, shanghai, shared, taken
from plugins.interception.actions.rules import Finding, blocks, findings, renewed
from plugins.interception.business import HITS, told
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import (
    AT_ENTRY,
    SOURCES,
    Hit,
    Mark,
    Person,
    Source,
    Stake,
    hits_of,
    people_of,
)
from plugins.interception.events import HitFound
from plugins.interception.steps import JoinHit


class Book:
    """These people as they are becoming in this unit of work. Nothing is written or told before :meth:`write`."""

    def __init__(self, ctx: Context, known: Iterable[Person], missing: Iterable[Person]) -> None:
        self._ctx = ctx
        self._before = {person.key: person for person in known}
        self._fresh = {person.key: person for person in missing}
        self._now = {**self._before, **self._fresh}
        self.hits: list[Hit] = []
        self._joined: list[JoinHit] = []

    @classmethod
    async def open(cls, ctx: Context, keys: Iterable[str]) -> Book:
        """The people behind these blind ID numbers (≤ 200), also those who are not known yet."""
        ids = {f"{ctx.county}:{key}": key for key in keys}
        known: list[Person] = await people_of(ctx).find({"_id": {"$in": list(ids)}})
        there = {person.id for person in known}
        missing = [Person(id=id, place=ctx.county or "", key=key) for id, key in ids.items() if id not in there]
        return cls(ctx, known, missing)

    @classmethod
    def of(cls, ctx: Context, people: Iterable[Person]) -> Book:
        """People who have just been read."""
        return cls(ctx, people, ())

    def __getitem__(self, key: str) -> Person:
        return self._now[key]

    def put(self, person: Person) -> None:
        self._now[person.key] = person

    def check(self, key: str, stake: Stake, source: Source, attempt: str | None = None) -> bool:
        """Hold a stake against its rules. What is new becomes a hit, what is open already is told of the stake; returns
        whether the stake may not go on.
        """
        found = findings(self._ctx, self[key], stake)
        for finding in found:
            mark = mark_of(self[key], finding.rule.code, stake.project)
            if mark is None or renewed(mark, finding):
                self._raise(key, stake, finding, source, attempt)
        self._join(key, stake, attempt)
        return blocks(self[key], stake, found)

    def _raise(self, key: str, stake: Stake, finding: Finding, source: Source, attempt: str | None) -> None:
        hit = new_hit(self._ctx, key, stake, finding, source, attempt)
        self.hits.append(hit)
        mark = Mark(
            hit=hit.id,
            state="open",
            **shared(Mark, hit, but=("state",)),
        )
        self.put(marked(self[key], mark))

    def _join(self, key: str, stake: Stake, attempt: str | None) -> None:
        """Open hits of the project, found at another form, or earlier, belong to this stake too, and learn who must keep away from it
        by now."""
        more = self._keeps_more_away(key, stake)
        for mark in self[key].marks:
            if mark.project != stake.project or mark.state != "open":
                continue
            joined = msgspec.structs.replace(
                mark,
                attempt=attempt or mark.attempt,
                case=stake.case or mark.case,
                benefit=stake.benefit or mark.benefit,
            )
            if more or joined != mark:
                self.put(marked(self[key], joined))
                self._joined.append(
                    JoinHit(
                        place=self._ctx.county or stake.place,
                        hit=mark.hit,
                        attempt=joined.attempt,
                        case=joined.case,
                        case_number=stake.number if stake.case else "",
                        benefit=joined.benefit,
                        avoid=stake.avoid,
                        avoid_keys=stake.avoid_keys,
                    )
                )

    def _keeps_more_away(self, key: str, stake: Stake) -> bool:
        """Whether the stake was there, and others must keep away from it by now."""
        known = self._before[key].stakes if key in self._before else ()
        return any(same_stake(each, stake) and recusal.keeps_more_away(stake, each) for each in known)

    async def write(self, *, everything: bool = False) -> None:
        """Write who has changed, or ``everything`` that was looked at: a guard relies on what it has read. Then the new hits,
        and what is told of them.
        """
        ctx = self._ctx
        changed = [self._now[key] for key, before in self._before.items() if everything or self._now[key] != before]
        fresh = [self._now[key] for key, before in self._fresh.items() if everything or self._now[key] != before]
        await people_of(ctx).save_many(changed)
        await people_of(ctx).insert_many(fresh)
        for hit in await hits_of(ctx).insert_many(await numbered(ctx, self.hits)):
            ctx.emit(told(HitFound, due_at=hit.due_at)(ctx, hit))
        for joined in self._joined:
            ctx.enqueue(joined)


async def numbered(ctx: Context, hits: Sequence[Hit]) -> list[Hit]:
    """Numbers by which people find them: one of the series for all that are found together, however many."""
    if not hits:
        return []
    number = await next_number(ctx, "L")
    if len(hits) == 1:
        return [msgspec.structs.replace(hits[0], number=number)]
    return [msgspec.structs.replace(hit, number=f"{number}-{at}") for at, hit in enumerate(hits, 1)]


def new_hit(ctx: Context, key: str, stake: Stake, finding: Finding, source: Source, attempt: str | None) -> Hit:
    new = Hit(
        id=ctx.new_id(),
        county=ctx.county,
        number="",
        rule=finding.rule.code,
        label=finding.rule.label,
        severity=finding.severity,
        key=key,
        month=f"{shanghai(ctx.now()):%Y-%m}",
        source=source,
        at_entry=source in AT_ENTRY,
        attempt=attempt,
        case_number=stake.number if stake.case else "",
        **taken(stake, "place", "identity", "project", "short", "bureau", "sensitive", "case", "benefit"),
        **taken(stake, "avoid", "avoid_keys"),
        evidence=Secret(msgspec.json.encode(finding.proofs).decode()),
        print=finding.print,
        due_at=ctx.calendar.due(ctx.now(), ctx.settings(InterceptionConfig).confirm_within),
    )
    return HITS.amended(ctx, new, new, HITS.line(ctx, new, "found", f"命中：{SOURCES[source]}"))


# --- marks and stakes ------------------------------------------------------------------------------------------------


def mark_of(person: Person, rule: str, project: str) -> Mark | None:
    return next((mark for mark in person.marks if (mark.rule, mark.project) == (rule, project)), None)


def marked(person: Person, mark: Mark) -> Person:
    others = tuple(each for each in person.marks if (each.rule, each.project) != (mark.rule, mark.project))
    return msgspec.structs.replace(person, marks=(*others, mark))


def with_stakes(person: Person, stakes: Iterable[Stake]) -> Person:
    kept = tuple(stakes)
    return msgspec.structs.replace(person, stakes=kept, staked=bool(kept))


def remembered(person: Person, stake: Stake) -> Person:
    """With this stake, in place of what it was before: a benefit takes the place of its case."""
    return with_stakes(person, (*(each for each in person.stakes if not same_stake(each, stake)), stake))


def same_stake(one: Stake, other: Stake) -> bool:
    if one.benefit is not None and one.benefit == other.benefit:
        return True
    return one.case is not None and one.case == other.case and (one.benefit is None or other.benefit is None)
