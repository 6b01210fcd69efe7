"""How a published file is found by what it says, and found no more."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from hub.api import Context, StepHandler, asked_words, kept_words, masking
from plugins.policy.documents import Passage, PolicyFile, files_of, passages_of, texts_of
from plugins.policy.events import KeepWords

# Characters of a passage, and of the next one those that it begins with: as many as may be looked for, and may lie across.
LONGEST_ASKED = 40
LONG, OVERLAP = 400, LONGEST_ASKED
MOST_PASSAGES = 200
# Each has some 500 entries in an index, and a transaction must fit into a small cache.
AT_ONCE = 20
MOST_FOUND = 200


def let_find(ctx: Context, file: PolicyFile) -> None:
    """Have it found, from soon on, as it is now: by its words while it is published, by none once it is not."""
    ctx.enqueue(KeepWords(place=file.place, file=file.id, edition=file.edition))


async def keep_words(step: KeepWords, ctx: Context) -> None:
    """Those of other editions go first, some at a time; then this one's come."""
    file = await files_of(ctx).first({"_id": step.file})
    if file is None or file.edition != step.edition:
        return
    shown = file.state == "published"
    over = {"file": file.id, **({"edition": {"$ne": file.edition}} if shown else {})}
    old = await passages_of(ctx).find(over, limit=AT_ONCE)
    await passages_of(ctx).delete_many(old)
    at = step.at
    if shown and not old:
        new = await passages(ctx, file, step.at)
        await passages_of(ctx).insert_many(new)
        at += len(new)
    if old or at - step.at == AT_ONCE:
        ctx.enqueue(KeepWords(place=step.place, file=step.file, edition=step.edition, at=at))


async def passages(ctx: Context, file: PolicyFile, at: int) -> list[Passage]:
    """The next of them. Nobody's number is among their words."""
    text = await texts_of(ctx).first({"_id": file.id})
    said = islice(parts(file, text.paragraphs if text else ()), at, min(at + AT_ONCE, MOST_PASSAGES))
    return [
        Passage(
            id=ctx.new_id(),
            place=file.place,
            file=file.id,
            edition=file.edition,
            bureau=file.bureau,
            projects=file.projects,
            words=kept_words(each),
        )
        for each in said
    ]


def parts(file: PolicyFile, paragraphs: Sequence[str]) -> Iterator[str]:
    """Its head first, then its text in parts that overlap."""
    head = " ".join((file.title, file.reference, file.issuer, *(each.name for each in file.about)))
    yield masking.without_numbers(head)
    text = "\n".join(map(masking.without_numbers, paragraphs))
    for start in range(0, len(text), LONG - OVERLAP):
        yield text[start : start + LONG]


async def found(ctx: Context, keyword: str | None, bureau: str | None, project: str | None) -> list[str] | None:
    """The files of this bureau and project with these words in one passage: those with the most such passages, at most ``MOST_FOUND``;
    None where no word is asked for."""
    words = asked_words(keyword or "")
    if not words:
        return None
    wanted = {
        "words": {"$all": list(words)},
        **({"bureau": bureau} if bureau else {}),
        **({"projects": project} if project else {}),
    }
    groups = await passages_of(ctx).groups(wanted, ("file",), at_most=MOST_FOUND)
    return [group.key[0] for group in groups]


STEPS = (StepHandler(step=KeepWords, call=keep_words),)
