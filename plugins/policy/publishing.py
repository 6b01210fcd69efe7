"""How a file comes, is described, published, taken away and followed by another."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from hub.api import (
    AnotherLevel,
    Asked,
    Button,
    Buttons,
    Conflict,
    Content,
    Context,
    Forbidden,
    Invalid,
    Moved,
    Reason,
    ReasonRequest,
    Upload,
    VersionRequest,
    masking,
    next_number,
    one_line,
    read_words,
    shanghai,
    taken,
)
from plugins.declaration.events import ListedProject, ListedProjects
from plugins.policy import business, finding, views
from plugins.policy.business import FILES, NOT_OURS
from plugins.policy.config import PolicyConfig
from plugins.policy.documents import Leaf, PolicyFile, Project, Text, files_of, texts_of
from plugins.policy.events import FilePublished, FileWithdrawn, TellSubscribers

LONGEST_TITLE = 100
MOST_PROJECTS = 30
ELSEWHERE = "政策文件由区县、乡镇发布，请切换到区县或乡镇的页面。"
GONE = FILES.fact(FileWithdrawn)
INCOMPLETE = "请先填写文号、发文单位和发文日期。没有文号的，文号写“无”。"


class DescribeRequest(VersionRequest, frozen=True, kw_only=True):
    """What is said of a file."""

    title: Annotated[str, Asked("标题"), msgspec.Meta(min_length=2, max_length=LONGEST_TITLE)]
    reference: Annotated[str, Asked("文号", "没有的写“无”"), msgspec.Meta(min_length=1, max_length=40)]
    issuer: Annotated[str, Asked("发文单位"), msgspec.Meta(min_length=2, max_length=40)]
    issued_on: Annotated[date, Asked("发文日期")]
    bureau: Annotated[str, Asked("业务局"), msgspec.Meta(min_length=2, max_length=20)]
    projects: Annotated[
        tuple[str, ...], Asked("和哪些项目有关", "订阅这些项目的群众会收到通知"), msgspec.Meta(max_length=MOST_PROJECTS)
    ] = ()


class PublishRequest(VersionRequest, frozen=True, kw_only=True):
    """Whether the mobile phones in it are such as everybody may call."""

    office_phones: Annotated[
        bool,
        Asked("里面的手机号，都是公开的办公电话（或者不是电话）吗", "群众本人的电话不能公开，请遮盖后重新上传"),
    ] = False


class SupersedeRequest(VersionRequest, frozen=True, kw_only=True):
    """Which published file has come in its place."""

    by: Annotated[str, Asked("新文件")]


async def take_in(ctx: Context, upload: Upload) -> PolicyFile:
    """A draft of a file that is checked by its content, with its text and pictures of its pages."""
    bureaus = business.bureaus_of(ctx)
    if ctx.place.level not in ("county", "town"):
        raise AnotherLevel(ELSEWHERE)
    if bureaus == ():
        raise Forbidden(NOT_OURS)
    read = await ctx.read_office_file(upload, ctx.settings(PolicyConfig).pages)
    whole = Content(data=read.data, media_type=read.media_type, sha256=read.sha256)
    drawn = (Content(data=each.data, media_type="image/jpeg", **taken(each, "width", "height")) for each in read.images)

    async def begin(unit: Context, kept: Sequence[str]) -> PolicyFile:
        file, *pages = kept
        new = PolicyFile(
            id=unit.new_id(),
            place=unit.place.code,
            number=await next_number(unit, "Z"),
            state="draft",
            title=title_of(upload.filename),
            bureau=bureaus[0] if bureaus else "",
            file=file,
            media_type=read.media_type,
            size=len(read.data),
            sha256=read.sha256,
            pages=read.pages,
            unread=read.unread,
            private=read.private,
            mobiles=read.mobiles,
            leaves=tuple(
                Leaf(file=page, **taken(image, "width", "height"))
                for page, image in zip(pages, read.images, strict=True)
            ),
        )
        await unit.files.claim(kept, new.id)
        await texts_of(unit).insert(Text(id=new.id, place=new.place, paragraphs=read.paragraphs))
        return await FILES.open(unit, new, "上传")

    async with ctx.files.made((whole, *drawn), ctx.now()) as kept:
        return await ctx.in_transaction(partial(begin, kept=kept))


def title_of(filename: str) -> str:
    """The file's name without its ending, to begin with, but for one with somebody's number."""
    name = one_line(filename.rpartition(".")[0] or filename)[:LONGEST_TITLE]
    return name if name and not masking.tells_who(name) else "未命名文件"


# --- buttons -------------------------------------------------------------------------------------------------------------


async def describe(ctx: Context, file: PolicyFile, form: DescribeRequest) -> Moved[PolicyFile]:
    """填写信息"""
    if not business.publishes_for(ctx, form.bureau):
        raise Invalid(fields={"bureau": "只能选您岗位所在的局。"})
    if form.issued_on > shanghai(ctx.now()).date():
        raise Invalid(fields={"issued_on": "发文日期不能晚于今天。"})
    known = {each.code: each.name for each in await listed(ctx)}
    if unknown := [code for code in form.projects if code not in known]:
        raise Invalid(fields={"projects": f"没有这{len(unknown)}个项目，请重新选择。"})
    after = replace(
        file,
        title=published(form.title, "title", "标题", LONGEST_TITLE),
        reference=published(form.reference, "reference", "文号"),
        issuer=published(form.issuer, "issuer", "发文单位"),
        issued_on=form.issued_on,
        bureau=form.bureau,
        about=tuple(Project(code=code, name=known[code]) for code in form.projects),
        projects=form.projects,
    )
    return Moved(after)


def published(text: str, field: str, label: str, longest: int = 40) -> str:
    """What is read by all, stands in pushes, and is looked for."""
    return masking.check_published(read_words(text, field, label, longest), field)


async def publish(ctx: Context, file: PolicyFile, form: PublishRequest) -> Moved[PolicyFile]:
    """发布"""
    if file.mobiles and not form.office_phones:
        where = views.places_of(file, file.mobiles)
        raise Invalid(
            fields={
                "office_phones": f"{where}可能有手机号。逐处看过都是办公电话的，选“是”；有群众的，请遮盖后重新上传。"
            }
        )
    after = replace(file, edition=file.edition + 1, published_at=ctx.now(), superseded_by=None)
    finding.let_find(ctx, after)
    if after.projects:
        ctx.enqueue(TellSubscribers(place=file.place, file=file.id, edition=after.edition))
    return Moved(after, tell=(FILES.fact(FilePublished, maker=lambda saved: ctx.actor.person or ""),))


async def withdraw(ctx: Context, file: PolicyFile, form: ReasonRequest) -> Moved[PolicyFile]:
    """下架"""
    finding.let_find(ctx, file)
    return Moved(replace(file, superseded_by=None), tell=(GONE,))


async def supersede(ctx: Context, file: PolicyFile, form: SupersedeRequest) -> Moved[PolicyFile]:
    """用新文件替代"""
    newer = await files_of(ctx).first({"_id": form.by, **rivals(ctx, file)})
    if newer is None:
        raise Invalid(fields={"by": "请选一个已发布的文件。"})
    # Whoever withdraws the new one, or has the old one follow it, at the same moment does so after this or not at all.
    await files_of(ctx).touch(newer)
    finding.let_find(ctx, file)
    return Moved(replace(file, superseded_by=newer.id), tell=(GONE,))


def check_complete(ctx: Context, file: PolicyFile) -> None:
    if not (file.reference and file.issuer and file.issued_on and file.bureau):
        raise Conflict(INCOMPLETE)


def check_private(ctx: Context, file: PolicyFile) -> None:
    if file.private:
        where = views.places_of(file, file.private)
        raise Conflict(f"{where}有证件号或银行卡号，不能发布。请在原文件里删去（只涂黑不够），再重新上传。")


def check_unpublished(ctx: Context, file: PolicyFile) -> None:
    if file.state not in ("draft", "withdrawn"):
        raise Conflict("已发布的文件不能改，请先下架。")


async def check_followed(ctx: Context, file: PolicyFile) -> None:
    if await files_of(ctx).first(rivals(ctx, file)) is None:
        raise Conflict("请先发布新文件，再来替代这个文件。")


BUTTONS: Buttons[PolicyFile] = (
    Button(name="publish", call=publish, form=PublishRequest, checks=(check_private, check_complete)),
    Button(
        name="describe", label="填写信息", call=describe, form=DescribeRequest, rows=(), checks=(check_unpublished,)
    ),
    Button(name="supersede", call=supersede, form=SupersedeRequest, checks=(check_followed,)),
    Button(name="withdraw", call=withdraw, form=ReasonRequest, reason=Reason("下架的理由")),
    Button(name="delete", form=ReasonRequest, reason=Reason("删除的理由")),
)


# --- what may be picked ---------------------------------------------------------------------------------------------------


async def listed(ctx: Context) -> Sequence[ListedProject]:
    """The county's catalogue; nothing where declaration is off."""
    return await ctx.ask(ListedProjects()) or ()


def rivals(ctx: Context, file: PolicyFile) -> Mapping[str, Any]:
    """A filter: the published files of the same place and bureau that may have come in its place."""
    return {"$and": [business.ours(ctx), {"state": "published", "bureau": file.bureau}, {"_id": {"$ne": file.id}}]}
