"""Whose a file is, and what follows from its being published: it can be found by its words, and is found no more."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from hub.api import Business, Context, Duty, Forbidden, Placement, duties, kept_words
from plugins.policy.documents import POLICY, Passage, PolicyFile, passages_of, texts_of

MANAGE = "policy.manage"
# Of a bureau's clerk at the place or above; what is bound to a node of a chain publishes nothing.
PUBLISHER = Duty(role="handler", nodes=())
NOT_OURS = "请由本单位的经办岗位办理。"
# Characters of a passage, and of the next one those that it begins with: what is looked for may lie across.
LONG, OVERLAP = 400, 30
MOST_PASSAGES = 200


FILES: Business[PolicyFile] = Business(
    collection="policy.files",
    kind="policy",
    machine=POLICY,
    title=lambda file: file.title,
    about=lambda file: None,
    link=lambda file: f"/{file.place}/policy/desk/{file.id}",
)


def publishes_for(ctx: Context, bureau: str | None) -> bool:
    """Whether whoever acts may publish here for this bureau."""
    return duties.does(ctx.actor, Placement(path=ctx.place.path, county=ctx.county, bureau=bureau), PUBLISHER)


def bureaus_of(ctx: Context) -> tuple[str, ...] | None:
    """The bureaus for which whoever acts may publish here; None: for any."""
    here = [
        each
        for each in ctx.actor.positions
        if each.role == "handler" and each.region in ctx.place.path and not each.node
    ]
    bound = tuple(dict.fromkeys(each.bureau for each in here if each.bureau))
    return None if any(each.bureau is None for each in here) else bound


def ours(ctx: Context) -> Mapping[str, Any]:
    """A filter: the files of this very place that whoever acts works on."""
    bureaus = bureaus_of(ctx)
    mine = {} if bureaus is None else {"bureau": {"$in": list(bureaus)}}
    return {"place": ctx.place.code, "state": {"$ne": "deleted"}, **mine}


def check_ours(ctx: Context, file: PolicyFile) -> None:
    if not publishes_for(ctx, file.bureau):
        raise Forbidden(NOT_OURS)


async def find_by_words(ctx: Context, file: PolicyFile) -> None:
    """Let the file be found by what it says."""
    text = await texts_of(ctx).first({"_id": file.id})
    await forget_words(ctx, file)
    said = passages(file, text.paragraphs if text else ())
    made = [
        Passage(id=ctx.new_id(), place=file.place, file=file.id, words=kept_words(each))
        for each, _ in zip(said, range(MOST_PASSAGES), strict=False)
    ]
    await passages_of(ctx).insert_many(made)


async def forget_words(ctx: Context, file: PolicyFile) -> None:
    found = await passages_of(ctx).find({"file": file.id}, limit=MOST_PASSAGES)
    await passages_of(ctx).delete_many(found)


def passages(file: PolicyFile, paragraphs: Sequence[str]) -> Iterator[str]:
    """Its head first, then its text in parts that overlap."""
    yield " ".join((file.title, file.reference, file.issuer, *(each.name for each in file.about)))
    text = "\n".join(paragraphs)
    for start in range(0, len(text), LONG - OVERLAP):
        yield text[start : start + LONG]
