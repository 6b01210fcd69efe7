"""Drafts that phones make, offline too: kept under the phone's own id, whatever the order in which they arrive."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from hub.api import (
    Asked,
    Conflict,
    Context,
    Forbidden,
    Invalid,
    NotFound,
    Secret,
    check_all,
    is_id,
    name_key,
    plain_name,
    shown_name,
)
from plugins.survey.actions.checks import ON_SITE
from plugins.survey.actions.positions import check_surveyor
from plugins.survey.business import SURVEYS, shown
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import (
    HANDLINGS,
    RESULTS,
    Draft,
    Handling,
    Record,
    Result,
    Survey,
    drafts_of,
    records_of,
    surveys_of,
)

LONGEST = 20_000  # characters of JSON
MOST_DRAFTS = 100  # of one survey, whatever a county has set: all are read when one of them drops a picture
MOST_FILES = 10  # of each kind
MOST_RECORDS = 200
# A phone may lie in a drawer for a month; whatever else its clock says is not believed.
OLDEST = timedelta(days=30)

Aware = Annotated[datetime, msgspec.Meta(tz=True)]
FileIds = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=64)], ...], msgspec.Meta(max_length=MOST_FILES)]

Names = tuple[Annotated[str, msgspec.Meta(max_length=30)], ...]


class SurveyForm(msgspec.Struct, frozen=True, kw_only=True):
    """The form of a survey as far as it is filled: ``visited_at`` with its zone, ``spot`` where they were met, ``investigators`` by
    name, ``photos`` and ``signatures`` as ids of uploaded pictures.
    """

    result: Annotated[Result | None, Asked("调查结果", choices=RESULTS, look="options")] = None
    handling: Annotated[Handling | None, Asked("调查后处理", choices=HANDLINGS, look="options")] = None
    visited_at: Annotated[Aware | None, Asked("调查时间")] = None
    spot: Annotated[str, Asked("调查地点", "如家中、地里、村委会"), msgspec.Meta(max_length=100)] = ""
    findings: Annotated[str, Asked("调查情况", "看到什么、问到什么"), msgspec.Meta(max_length=2000)] = ""
    investigators: Annotated[Names, Asked("调查人员", "每行一个姓名", look="lines"), msgspec.Meta(max_length=10)] = ()
    photos: Annotated[FileIds, Asked("现场照片", look="pictures")] = ()
    signatures: Annotated[FileIds, Asked("签名", "拍下签好的纸", look="pictures")] = ()

    def __repr__(self) -> str:
        # What was found is about a person.
        return "SurveyForm(***)"


class DraftRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``revision`` counts this phone's saves of this draft, from 1; ``saved_at`` is when, by the phone's clock: left out by what is sent
    at once."""

    revision: Annotated[int, Asked("第几次保存", look="hidden"), msgspec.Meta(ge=1, le=1_000_000)]
    saved_at: Annotated[Aware | None, Asked("保存时间", look="hidden")] = None
    form: SurveyForm


async def save_draft(ctx: Context, id: str, draft: str, request: DraftRequest) -> Draft:
    """Keep what a phone has. The same revision again is the same; an older one that comes late changes nothing; another id is
    another draft, kept beside.
    """
    survey = await SURVEYS.here(ctx, id)
    check_surveyor(ctx, survey)
    if not is_id(draft):
        raise Invalid(fields={"draft": "编号格式不正确。"})
    known: Draft | None = await drafts_of(ctx).first({"_id": draft})
    if known is not None and not _newer(ctx, survey, known, request):
        return known
    await check_all(ON_SITE["save"], ctx, survey)
    # Every save writes the survey: of two that come at once one runs again and sees the other.
    await _begin(ctx, survey)
    fresh = _fresh(ctx, survey, draft, request)
    await _keep_files(ctx, survey, known, request.form)
    if known is not None:
        fresh = msgspec.structs.replace(fresh, version=known.version, created_at=known.created_at)
        saved: Draft = await drafts_of(ctx).save(fresh)
        return saved
    await _check_room(ctx, survey)
    added: Draft = await drafts_of(ctx).insert(fresh)
    return added


async def delete_draft(ctx: Context, id: str, draft: str) -> None:
    """Throw one's own draft away; what was handed in is a record and stays."""
    survey = await SURVEYS.here(ctx, id)
    check_surveyor(ctx, survey)
    known: Draft | None = await drafts_of(ctx).first({"_id": draft, "survey": survey.id})
    if known is None:
        raise NotFound
    if known.person != ctx.actor.person:
        raise Forbidden("只能删除自己的草稿。")
    # As with every save: of a deletion and a hand-in at once, one runs again and sees the other.
    await surveys_of(ctx).touch(survey)
    await _let_go(ctx, survey, known, set(known.files))
    await drafts_of(ctx).delete(known)
    ctx.audit("survey.delete_draft", survey.id, draft=draft)


def _newer(ctx: Context, survey: Survey, known: Draft, request: DraftRequest) -> bool:
    """Whether the phone has gone on since; ``Conflict`` where it is not the same phone's draft."""
    if (known.survey, known.person) != (survey.id, ctx.actor.person):
        raise Conflict("这个草稿编号已被使用，请另存为新的草稿。")
    # A phone's queue may send what was saved before; what is sent at once was typed by somebody who had seen an older one.
    if request.revision > known.revision or (request.revision < known.revision and request.saved_at is not None):
        return request.revision > known.revision
    if content_of(request.form) != known.content.reveal():
        raise Conflict(
            "同一次保存的内容与已收到的不同，请再保存一次。", state={"draft": known.id, "revision": known.revision}
        )
    return False


async def _begin(ctx: Context, survey: Survey) -> None:
    if survey.state == "wanted":
        await SURVEYS.move(ctx, survey, "save")
    else:
        # One line says that it was begun; drafts themselves say who saved what and when.
        await SURVEYS.keep(ctx, survey, survey)


def _fresh(ctx: Context, survey: Survey, draft: str, request: DraftRequest) -> Draft:
    content = content_of(request.form)
    if len(content) > LONGEST:
        raise Invalid("草稿内容太多，请删减后保存。")
    return Draft(
        id=draft,
        place=survey.place,
        survey=survey.id,
        bureau=survey.bureau,
        project=survey.project,
        person=ctx.actor.person or "",
        shown=shown_name(ctx.actor),
        revision=request.revision,
        saved_at=within(request.saved_at or ctx.now(), ctx.now() - OLDEST, ctx.now()),
        received_at=ctx.now(),
        content=Secret(content),
        files=files_of(request.form),
    )


async def _check_room(ctx: Context, survey: Survey) -> None:
    most = min(ctx.settings(SurveyConfig).drafts_at_most, MOST_DRAFTS)
    if await drafts_of(ctx).count({"survey": survey.id}, at_most=most) >= most:
        raise Conflict(f"这件调查已有{most}份草稿，请在已有的草稿上修改。", state=shown(survey))


async def _keep_files(ctx: Context, survey: Survey, known: Draft | None, form: SurveyForm) -> None:
    """Take over the pictures that are new; let those go that no draft and no record of the survey has any more."""
    stored = await ctx.files.claim(files_of(form), survey.id)
    if any(not file.media_type.startswith("image/") for file in stored):
        raise Invalid(fields={"form.photos": "照片和签名只能是图片。"})
    if known is not None:
        await _let_go(ctx, survey, known, set(known.files) - set(files_of(form)))


async def _let_go(ctx: Context, survey: Survey, draft: Draft, dropped: set[str]) -> None:
    """Of the files that a draft no longer has, those that nothing else of the survey has."""
    if dropped:
        others = [each.files for each in await drafts_on(ctx, survey) if each.id != draft.id]
        handed_in = [(*record.photos, *record.signatures) for record in await records_on(ctx, survey)]
        used = {file for files in (*others, *handed_in) for file in files}
        await ctx.files.release(sorted(dropped - used), survey.id)


async def drafts_on(ctx: Context, survey: Survey) -> list[Draft]:
    """All drafts of a survey, the newest first: by the phone's clock, then by ours."""
    found: list[Draft] = await drafts_of(ctx).find(
        {"survey": survey.id}, sort=(("saved_at", -1), ("_id", -1)), limit=2 * MOST_DRAFTS
    )
    return sorted(found, key=lambda draft: (draft.saved_at, draft.received_at, draft.id), reverse=True)


async def records_on(ctx: Context, survey: Survey) -> list[Record]:
    """All versions, the first one first."""
    found: list[Record] = await records_of(ctx).find({"survey": survey.id}, sort=(("number", 1),), limit=MOST_RECORDS)
    return found


def files_of(form: SurveyForm) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*form.photos, *form.signatures)))


def content_of(form: SurveyForm) -> str:
    return msgspec.json.encode(form).decode()


def form_of(draft: Draft) -> SurveyForm:
    return msgspec.json.decode(draft.content.reveal(), type=SurveyForm)


def within(moment: datetime, first: datetime, last: datetime) -> datetime:
    """The moment, or the end of what is possible that it lies beyond."""
    return max(first, min(moment, last))


def names_of(typed: Iterable[str]) -> Sequence[str]:
    """Names as they are kept, each once: two writings of one name are one person."""
    known: dict[str, str] = {}
    for each in typed:
        if name := plain_name(each):
            known.setdefault(name_key(name), name)
    return list(known.values())
