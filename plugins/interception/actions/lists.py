"""Check lists that come in, and what they say of who asks for something or enjoys it.

Uploaded, a list is cut into sealed parts; each is read in a transaction of its own, which asks for the next one. In that
transaction everybody on it is looked at: so a hit is there as soon as the entry is. A second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated

import msgspec

from hub.api import (
    Asked,
    BadLine,
    Conflict,
    Context,
    Duplicate,
    Duty,
    Forbidden,
    IdNumberText,
    Invalid,
    NotFound,
    Placement,
    Secret,
    Upload,
    duties,
    idnumbers,
    keep_in_parts,
    sealed,
    shanghai,
    sheets,
    shown_name,
    unsealed,
)
from plugins.interception.actions.kinds import ID, KINDS, Entry, Kind, read_entry
from plugins.interception.actions.people import Book
from plugins.interception.actions.rules import cells_of
from plugins.interception.business import NODE
from plugins.interception.config import InterceptionConfig
from plugins.interception.documents import (
    LIST,
    CheckList,
    Fact,
    ListPart,
    Person,
    Reject,
    lists_of,
    parts_of,
    people_of,
    rejects_of,
)
from plugins.interception.steps import ReadListPart

Line = sheets.SheetRow
AT_ONCE = 200
# Of one person and kind; who has more is a case for eyes, not for a list.
MOST_ENTRIES = 20

Text = Annotated[str, msgspec.Meta(min_length=1, max_length=60)]


class ListQuery(msgspec.Struct, frozen=True, kw_only=True):
    """``source`` is who gave the list, ``as_of`` the day it speaks of (today when left out). ``replace``: it is complete, so
    what it does not have any more ends. ``dry_run``: only look, change nothing.
    """

    kind: Annotated[Text, Asked("名单种类", choices={kind.code: kind.label for kind in KINDS.values()})]
    source: Annotated[Text, Asked("名单来源", "哪个单位提供的。")] = "业务局同步"
    as_of: Annotated[date | None, Asked("名单日期", "名单说的是哪一天的情况，不填为今天。")] = None
    replace: Annotated[bool, Asked("这是完整名单吗", "完整名单里没有的人，不再算在这种名单里。")] = False
    dry_run: Annotated[bool, Asked("只试读，不改数据")] = False


class Tally(msgspec.Struct, kw_only=True):
    """What one part came to."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    hits: int = 0
    rejects: dict[int, str] = msgspec.field(default_factory=dict)


# --- receiving -------------------------------------------------------------------------------------------------------


async def receive(ctx: Context, query: ListQuery, upload: Upload) -> CheckList:
    """Keep an uploaded list in sealed parts and ask for the first to be read. A table that is none leaves nothing behind."""
    kind = kind_of(query.kind)
    check_importer(ctx)
    check_day(ctx, query.as_of)
    new = new_list(ctx, query)
    parts, rows = await keep_in_parts(
        ctx,
        upload,
        kind.columns,
        key=lambda row: key_of(row, kind),
        begin=lambda unit: lists_of(unit).insert(new),
        keep=partial(keep, new),
    )
    try:
        return await ctx.in_transaction(lambda unit: start(unit, new.id, parts, rows))
    except Duplicate:
        # The unique index decides: what is left of this one is swept later.
        raise Conflict("同一类名单正在导入，请等它完成后再导入。") from None


def kind_of(code: str) -> Kind:
    if code not in KINDS:
        raise Invalid(fields={"kind": "没有这类名单。"})
    return KINDS[code]


def check_importer(ctx: Context) -> None:
    """``Forbidden`` unless one of the county's positions may: a right apart from confirming."""
    if ctx.county is None:
        raise Invalid("请进入区县后再导入名单。")
    county = Placement(path=ctx.regions[ctx.county].path, county=ctx.county)
    if not duties.does(
        ctx.actor, county, *(Duty(role=role, nodes=(NODE,)) for role in ctx.settings(InterceptionConfig).importers)
    ):
        raise Forbidden("名单由区县拦截信息确认岗位或纪委导入。")


def check_day(ctx: Context, day: date | None) -> None:
    if day is not None and day > shanghai(ctx.now()).date():
        raise Invalid(fields={"as_of": "名单日期不能晚于今天。"})


def new_list(ctx: Context, query: ListQuery) -> CheckList:
    return CheckList(
        id=ctx.new_id(),
        place=ctx.county or ctx.place.code,
        kind=query.kind,
        source=query.source,
        as_of=query.as_of or shanghai(ctx.now()).date(),
        replace=query.replace,
        dry_run=query.dry_run,
        maker=ctx.actor.person or "",
        maker_name=shown_name(ctx.actor),
    )


def key_of(row: sheets.SheetRow, kind: Kind) -> tuple[str, str]:
    """Of whom a line speaks, and of which of their things."""
    return idnumbers.key(row.cells[ID]), row.cells.get(kind.ref, "") if kind.ref else ""


async def keep(new: CheckList, ctx: Context, *, number: int, lines: Sequence[Line]) -> None:
    part = ListPart(id=ctx.new_id(), place=new.place, list=new.id, number=number, lines=sealed(lines))
    await parts_of(ctx).insert(part)


async def start(ctx: Context, id: str, parts: int, rows: int) -> CheckList:
    stored: CheckList = await lists_of(ctx).get(id)
    state = LIST.transition("start", stored.state)
    stored = await lists_of(ctx).save(msgspec.structs.replace(stored, state=state, busy=True, parts=parts, rows=rows))
    ctx.audit("interception.import", id, kind=stored.kind, rows=rows, replace=stored.replace, dry_run=stored.dry_run)
    ctx.enqueue(ReadListPart(place=stored.place, subject=id, part=0))
    return stored


# --- reading ---------------------------------------------------------------------------------------------------------


async def read_part(step: ReadListPart, ctx: Context) -> None:
    """The next part of a list. Told twice, once done."""
    stored: CheckList | None = await lists_of(ctx).first({"_id": step.subject})
    if stored is None or not stored.busy or stored.done != step.part:
        return
    if stored.state == "ending":
        await end_some(ctx, stored)
        return
    part: ListPart | None = await parts_of(ctx).first({"list": stored.id, "number": step.part})
    if part is None:
        raise NotFound("导入的数据已不在，请重新上传。")
    tally = await read_lines(ctx, stored, unsealed(part.lines))
    rejects = [
        Reject(id=ctx.new_id(), place=stored.place, list=stored.id, line=line, reason=why)
        for line, why in tally.rejects.items()
    ]
    await rejects_of(ctx).insert_many(rejects)
    await parts_of(ctx).delete(part)
    await go_on(ctx, counted(stored, tally))


def counted(stored: CheckList, tally: Tally) -> CheckList:
    return msgspec.structs.replace(
        stored,
        done=stored.done + 1,
        added=stored.added + tally.added,
        changed=stored.changed + tally.changed,
        unchanged=stored.unchanged + tally.unchanged,
        rejected=stored.rejected + len(tally.rejects),
        hits=stored.hits + tally.hits,
    )


async def go_on(ctx: Context, stored: CheckList, *, swept: bool = False) -> None:
    """Save how far it is; ask for the next part, or finish."""
    read = stored.done >= stored.parts
    if read and stored.replace and not stored.dry_run and not swept:
        if stored.state == "running":
            stored = msgspec.structs.replace(stored, state=LIST.transition("sweep", stored.state))
        read = False
    if read:
        state = LIST.transition("finish", stored.state)
        stored = msgspec.structs.replace(stored, state=state, busy=False, finished_at=ctx.now())
    stored = await lists_of(ctx).save(stored)
    if not read:
        ctx.enqueue(ReadListPart(place=stored.place, subject=stored.id, part=stored.done))


async def read_lines(ctx: Context, stored: CheckList, lines: Sequence[Line]) -> Tally:
    """Put what is right onto its people and look at them again: one query for all, one write."""
    kind, today, tally = KINDS[stored.kind], shanghai(ctx.now()).date(), Tally()
    entries: list[tuple[int, str, Entry]] = []
    for line in lines:
        try:
            entry = read_line(kind, line, today)
            entries.append((line.number, ctx.store.blind(IdNumberText(entry.number)), entry))
        except BadLine as bad:
            tally.rejects[line.number] = bad.reason
    book = await Book.open(ctx, {key for _, key, _ in entries})
    touched: set[str] = set()
    for number, key, entry in entries:
        before = book[key]
        book.put(enter(before, stored, kind, entry, tally, number))
        if facts_of(book[key], kind) != facts_of(before, kind):
            touched.add(key)
    for key in touched:
        for stake in book[key].stakes:
            book.check(key, stake, "list")
    tally.hits = len(book.hits)
    if not stored.dry_run:
        await book.write()
    return tally


def read_line(kind: Kind, line: Line, today: date) -> Entry:
    if line.problem:
        raise BadLine(line.problem)
    if line.twin is not None:
        raise BadLine(f"与第{line.twin}行重复")
    return read_entry(kind, line.cells, today)


def enter(person: Person, stored: CheckList, kind: Kind, entry: Entry, tally: Tally, number: int) -> Person:
    """The person with what a line says of them; counted in the tally."""
    known = next((each for each in facts_of(person, kind) if is_same(kind, cells_of(each), entry.says)), None)
    fact = Fact(
        kind=kind.code,
        says=Secret(msgspec.json.encode(entry.says).decode()),
        list=stored.id,
        source=stored.source,
        as_of=stored.as_of,
    )
    if known is None:
        if len(facts_of(person, kind)) >= MOST_ENTRIES:
            tally.rejects[number] = f"同一人的记录超过{MOST_ENTRIES}条，请人工核实"
            return person
        tally.added += 1
        return with_facts(person, (*person.facts, fact))
    if cells_of(known) == entry.says:
        tally.unchanged += 1
        # Only a complete list has to know which entries it has; any other leaves the person as they are.
        seen = msgspec.structs.replace(known, list=stored.id, source=stored.source, as_of=stored.as_of)
        return swapped(person, known, seen) if stored.replace and known.as_of <= stored.as_of else person
    if known.as_of > stored.as_of:
        tally.rejects[number] = "已有日期更新的记录"
        return person
    tally.changed += 1
    return swapped(person, known, fact)


def is_same(kind: Kind, one: Mapping[str, str], other: Mapping[str, str]) -> bool:
    return kind.ref is None or one.get(kind.ref, "") == other.get(kind.ref, "")


def facts_of(person: Person, kind: Kind) -> list[Fact]:
    return [fact for fact in person.facts if fact.kind == kind.code]


def swapped(person: Person, before: Fact, after: Fact) -> Person:
    return with_facts(person, (after if fact is before else fact for fact in person.facts))


def with_facts(person: Person, facts: Iterable[Fact]) -> Person:
    kept = tuple(facts)
    return msgspec.structs.replace(person, facts=kept, kinds=tuple(sorted({fact.kind for fact in kept})))


# --- ending what a complete list does not have ---------------------------------------------------------------------------


async def end_some(ctx: Context, stored: CheckList) -> None:
    """Of the next 200 people of this kind, what the new list has not brought and is not newer. Hits that were found stay."""
    wanted = {"kinds": stored.kind, "_id": {"$gt": stored.after}}
    people: list[Person] = await people_of(ctx).find(wanted, sort=(("_id", 1),), limit=AT_ONCE)
    kept = [without_old(person, stored) for person in people]
    await people_of(ctx).save_many([after for before, after in zip(people, kept, strict=True) if after != before])
    ended = sum(len(before.facts) - len(after.facts) for before, after in zip(people, kept, strict=True))
    after = people[-1].id if people else stored.after
    stored = msgspec.structs.replace(stored, after=after, ended=stored.ended + ended, done=stored.done + 1)
    await go_on(ctx, stored, swept=len(people) < AT_ONCE)


def without_old(person: Person, stored: CheckList) -> Person:
    kept = [
        fact for fact in person.facts if fact.kind != stored.kind or fact.list == stored.id or fact.as_of > stored.as_of
    ]
    return with_facts(person, kept) if len(kept) != len(person.facts) else person
