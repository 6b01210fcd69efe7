"""Drafts: what a resident has typed so far, kept sealed until it is submitted or thrown away."""

from __future__ import annotations

from collections.abc import Collection

import msgspec

from hub.api import Conflict, Context, Invalid, Secret, Stale, is_id
from plugins.declaration.actions.form import MOST_FILES, FormInput, files_in
from plugins.declaration.actions.window import drafts_at, offer
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import Draft, cases_of

LONGEST = 20_000  # characters of JSON: the longest form has some 30 short answers


class DraftRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``version`` 0 (or none) for a new draft or to write over whatever is there, else the one that was read."""

    project: str
    form: FormInput
    version: int = 0


async def save_draft(ctx: Context, id: str, request: DraftRequest) -> Draft:
    """Keep a draft under the client's own id; the same id again is the same draft. Its files are kept with it."""
    if not is_id(id):
        raise Invalid(fields={"id": "编号格式不正确。"})
    project = await offer(ctx, request.project)
    content = msgspec.json.encode(request.form).decode()
    files = files_in(request.form)
    if len(content) > LONGEST or len(files) > MOST_FILES:
        raise Invalid("草稿内容太多，请删减后保存。")
    drafts = drafts_at(ctx)
    known: Draft | None = await drafts.first({"_id": id})
    await keep_files(ctx, id, known, files)
    if known is None:
        if await cases_of(ctx).first({"_id": id}) is not None:
            raise Conflict("这一份已经提交，请从项目页面重新填写。")
        person = ctx.actor.person or ""
        draft = Draft(id=id, place=ctx.place.code, person=person, project=project.code, content=Secret(content))
        return await add_draft(ctx, msgspec.structs.replace(draft, files=files))
    if request.version and request.version != known.version:
        raise Stale(state={"version": known.version})
    saved: Draft = await drafts.save(
        msgspec.structs.replace(known, project=project.code, content=Secret(content), files=files)
    )
    return saved


async def add_draft(ctx: Context, draft: Draft) -> Draft:
    """Keep a new draft, if there are not too many."""
    drafts, most = drafts_at(ctx), ctx.settings(DeclarationConfig).drafts_at_most
    if await drafts.count({}, at_most=most) >= most:
        raise Conflict("草稿太多，请先提交或删除不需要的草稿。")
    added: Draft = await drafts.insert(draft)
    return added


async def delete_draft(ctx: Context, id: str) -> None:
    """Throw a draft and its files away."""
    drafts = drafts_at(ctx)
    draft: Draft = await drafts.get(id)
    await let_go(ctx, draft)
    await drafts.delete(draft)


async def keep_files(ctx: Context, id: str, before: Draft | None, now: tuple[str, ...]) -> None:
    """Take over the files that are new, let those go that are no longer listed."""
    name = files_name(ctx, id, before)
    await ctx.files.claim(now, name)
    if before is not None:
        await let_go(ctx, before, kept=now)


async def let_go(ctx: Context, draft: Draft, *, kept: Collection[str] = ()) -> None:
    """Release the files that are the draft's alone, but those that are kept."""
    released = [file for file in unshared(draft) if file not in kept]
    await ctx.files.release(released, files_name(ctx, draft.id, draft))


def unshared(draft: Draft) -> list[str]:
    """The files that are the draft's alone."""
    return [file for file in draft.files if file not in draft.shared]


def files_name(ctx: Context, id: str, draft: Draft | None = None) -> str:
    """What the files of a draft, and of the case it becomes, are kept under. The person is part of it: a client makes
    its own ids, and one who guesses another's must not come to the files. A draft that declares a case anew shares that
    case's files, under their name.
    """
    return (draft.files_of if draft else None) or f"{ctx.actor.person}:{id}"


def form_of(draft: Draft) -> FormInput:
    return msgspec.json.decode(draft.content.reveal(), type=FormInput)
