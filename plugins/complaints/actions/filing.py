"""我要投诉: a resident files a complaint about a row, a project, a unit or a member of staff."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

import msgspec

from hub.api import (
    Asked,
    Context,
    Duplicate,
    HistoryLine,
    Identity,
    Invalid,
    NotFound,
    Office,
    PhoneText,
    Secret,
    clean,
    idnumbers,
    is_id,
    next_number,
    read_words,
    taken,
    unit_of,
)
from plugins.complaints.actions import notices
from plugins.complaints.actions.holding import at_once
from plugins.complaints.business import COMPLAINTS, told
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import KINDS, Complaint, Kind, complaints_of
from plugins.complaints.events import AccusedRow, ComplaintFiled, Filing
from plugins.declaration.events import KnownProject, ProjectOf

MOST_PICTURES = 10
LONGEST_TEXT = 2000
TWICE = "您对这一事项的投诉正在办理，请勿重复提交；可在“投诉举报进度查询”中查看。"
# What names the accused, by what is accused: field → what is said where it is missing.
UNIT = {"unit_region": "请选择被投诉的单位。"}
NEEDED: Mapping[str, Mapping[str, str]] = {
    "row": {},
    "project": {"project": "请选择投诉涉及的补贴项目。"},
    "unit": UNIT,
    "staff": {**UNIT, "staff": "请填写被投诉的工作人员姓名。"},
}
# Without a catalogue nobody but the complainant says whose a project is.
NEEDED_UNLISTED: Mapping[str, str] = {"bureau": "请填写主管部门。"}
NOT_THERE = {
    "publicity": "没有找到您要投诉的公示信息，可能公示已结束。",
    "payment": "没有找到您要投诉的发放记录；只能对您本人可以查看的发放记录投诉。",
}

Short = Annotated[str, msgspec.Meta(max_length=40)]
File = Annotated[str, msgspec.Meta(max_length=64)]


class FilingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``notice`` is the version of 投诉须知 that was accepted. About a row: ``kind`` and ``row``. ``against`` says whom it
    accuses: whoever stands in the ``row``, a ``project``'s administration, a ``unit`` (an office: ``unit_region``,
    ``unit_bureau``), or ``staff`` of one. ``bureau`` counts where no catalogue says whose the project is. ``confidential`` 保密;
    ``publish`` 公开意愿. ``id``: made by the client.
    """

    notice: Annotated[Short, Asked("投诉须知", look="hidden")]
    kind: Annotated[Literal["publicity", "payment"] | None, Asked("投诉来源", look="hidden")] = None
    row: Annotated[Short | None, Asked("投诉的记录", look="hidden")] = None
    against: Annotated[Literal["row", "project", "unit", "staff"], Asked("投诉对象", look="hidden")] = "row"
    project: Annotated[Short, Asked("补贴项目", look="select")] = ""
    bureau: Annotated[Short, Asked("主管部门", "如：民政局、农业农村局")] = ""
    unit_region: Annotated[Short, Asked("被投诉单位所在地", look="select")] = ""
    unit_bureau: Annotated[Short, Asked("被投诉单位", "如：民政局；投诉村（社区）或乡镇的不填")] = ""
    staff: Annotated[Short, Asked("被投诉人姓名")] = ""
    type: Annotated[Short, Asked("投诉类型", look="select")]
    text: Annotated[str, Asked("投诉内容", "写清时间、地点和经过，2000字以内", long=True)]
    pictures: Annotated[tuple[File, ...], Asked("图片", f"最多{MOST_PICTURES}张", look="pictures")] = ()
    phone: Annotated[Short, Asked("联系电话", "只有办理人员能看到隐去部分的号码")] = ""
    confidential: Annotated[
        bool, Asked("是否保密", choices={"false": "不保密", "true": "保密，办理人员也看不到姓名"}, look="options")
    ] = False
    publish: Annotated[bool, Asked("处理结果", choices={"true": "可以公开", "false": "不公开"})]
    id: Annotated[str | None, Asked("编号", look="hidden")] = None

    def __repr__(self) -> str:
        return "FilingRequest(***)"


class Matter(msgspec.Struct, frozen=True, kw_only=True):
    """What it is about: a row as its owner knows it, or what the complainant names."""

    kind: Kind
    row: str | None = None
    row_number: str = ""
    row_place: str | None = None
    holds: bool = False
    project: str = ""
    short: str = ""
    sensitive: bool = False
    accused: Identity | None = None
    accused_masked: str = ""

    def __repr__(self) -> str:
        return f"Matter({self.kind!r})"


class Handling(msgspec.Struct, frozen=True, kw_only=True):
    """Who handles it and who must keep away."""

    place: str
    seat: str
    bureau: str
    unit: Office | None
    avoid: tuple[str, ...]
    avoid_keys: tuple[str, ...]
    avoid_offices: tuple[Office, ...]


async def file(
    ctx: Context, request: FilingRequest, *, source: str = "", history: tuple[HistoryLine, ...] = ()
) -> Complaint:
    """File a complaint; a row that it is about is held in the same transaction, if the complainant's word is enough. ``source`` and
    ``history`` are those of what another plugin was told before."""
    await notices.check_accepted(ctx, request.notice)
    check_form(ctx, request)
    await refuse_second(ctx, request)
    id = request.id or ctx.new_id()
    row = await hold(ctx, id, request)
    project = await catalogued(ctx, request) if row is None else None
    matter = matter_of(ctx, request, row, project)
    handling = handling_of(ctx, request, row, project)
    brought = {"source": source, "acts": history}
    complaint = new_complaint(ctx, id, await next_number(ctx, "T"), request, matter, handling, **brought)
    await ctx.files.claim(request.pictures, id)
    try:
        return await COMPLAINTS.open(ctx, complaint, "提交投诉", tell=(told(ComplaintFiled),), kind=complaint.kind)
    except Duplicate:
        # The unique index decides: pressed twice at once, or the same human under another account.
        raise Duplicate(TWICE) from None


def check_form(ctx: Context, request: FilingRequest) -> None:
    """``Invalid`` naming every wrong field."""
    wrong = dict(_wrong_subject(request))
    if request.type not in ctx.settings(ComplaintsConfig).types:
        wrong["type"] = "请选择投诉类型。"
    if not clean(request.text):
        wrong["text"] = "请写明投诉内容。"
    elif len(request.text) > LONGEST_TEXT:
        wrong["text"] = f"投诉内容不超过{LONGEST_TEXT}字。"
    if len(request.pictures) > MOST_PICTURES:
        wrong["pictures"] = f"图片不超过{MOST_PICTURES}张。"
    if request.id is not None and not is_id(request.id):
        wrong["id"] = "编号格式不正确。"
    if wrong:
        raise Invalid(fields=wrong)


def _wrong_subject(request: FilingRequest) -> list[tuple[str, str]]:
    about_row = request.kind is not None
    wrong = []
    if about_row and not request.row:
        wrong.append(("row", "请从公示或发放记录中选择要投诉的对象。"))
    if request.against == "row" and not about_row:
        wrong.append(("against", "请选择投诉的对象。"))
    return wrong + _missing(request, NEEDED[request.against])


def _missing(request: FilingRequest, needed: Mapping[str, str]) -> list[tuple[str, str]]:
    return [(name, words) for name, words in needed.items() if not clean(getattr(request, name))]


async def refuse_second(ctx: Context, request: FilingRequest) -> None:
    """``Duplicate`` that shows the complainant their own open one; of another account's the index speaks."""
    if request.row is None or request.kind is None:
        return
    same = {"complainant": ctx.actor.person, "kind": request.kind, "row": request.row, "open": True}
    known: Complaint | None = await complaints_of(ctx).first(same)
    if known is not None:
        raise Duplicate(TWICE, state={"complaint": known.id, "number": known.number, "state": known.state})


async def hold(ctx: Context, id: str, request: FilingRequest) -> AccusedRow | None:
    """Let whoever keeps the row hold it and say whose it is; within the reach of the complainant, who must be able to see it."""
    if request.kind is None or request.row is None:
        return None
    row = await ctx.ask(Filing(complaint=id, kind=request.kind, row=request.row, holds=at_once(ctx)))
    at = ctx.regions.get(row.place) if row is not None else None
    if at is None or at.county != ctx.county:
        raise NotFound(NOT_THERE[request.kind])
    return row


async def catalogued(ctx: Context, request: FilingRequest) -> KnownProject | None:
    """The project that is named, as the catalogue has it; None where none is named, or there is no catalogue to ask."""
    if not request.project:
        return None
    project = await ctx.ask(ProjectOf(code=request.project))
    if project is not None and not project.found:
        raise Invalid(fields={"project": "没有找到这个项目，请重新选择。"})
    if project is None and request.against == "project" and (missing := _missing(request, NEEDED_UNLISTED)):
        raise Invalid(fields=dict(missing))
    return project


def matter_of(ctx: Context, request: FilingRequest, row: AccusedRow | None, project: KnownProject | None) -> Matter:
    if row is not None:
        return matter_of_row(request, row, holds=at_once(ctx))
    if project is not None:
        return Matter(kind="free", project=project.code, short=project.short, sensitive=project.sensitive)
    # What somebody typed does not stand in pushes and lists as a project's name.
    return Matter(kind="free", project=request.project)


def matter_of_row(request: FilingRequest, row: AccusedRow, *, holds: bool) -> Matter:
    return Matter(
        kind=request.kind or "free",
        row=request.row,
        row_number=row.number,
        row_place=row.place,
        holds=holds,
        **taken(row, "project", "short", "sensitive", "accused", "accused_masked"),
    )


# --- who handles it ----------------------------------------------------------------------------------------------------


def handling_of(ctx: Context, request: FilingRequest, row: AccusedRow | None, project: KnownProject | None) -> Handling:
    """The project's bureau at the place that the county has set; what accuses an office goes at least one level up."""
    unit = accused_unit(ctx, request)
    known = row or project
    bureau = known.bureau if known is not None else request.bureau
    seat = usual_seat(ctx, row.place if row is not None else None)
    offices: tuple[Office, ...] = ()
    if unit is not None:
        bureau = unit.bureau or bureau or ctx.settings(ComplaintsConfig).unit_bureau
        seat = upper(ctx, seat, above(ctx, unit))
        offices = kept_away(ctx, unit, seat)
        if seat == unit.region:
            # Nobody is above the city: another of its bureaus.
            bureau = ctx.settings(ComplaintsConfig).unit_bureau
    return Handling(
        place=kept_at(ctx, seat),
        seat=seat,
        bureau=bureau,
        unit=unit,
        avoid=unique(ctx.actor.person, *(row.avoid_persons if row else ())),
        avoid_keys=unique(ctx.actor.id_key, *(row.avoid_keys if row else ())),
        avoid_offices=offices,
    )


def accused_unit(ctx: Context, request: FilingRequest) -> Office | None:
    if request.against not in ("unit", "staff"):
        return None
    at = ctx.regions.get(request.unit_region)
    if at is None or not (at.county == ctx.county or at.code in ctx.place.path):
        raise Invalid(fields={"unit_region": "请选择本区县或上级的单位。"})
    bureau = request.unit_bureau or None
    if at.county is None and bureau is None:
        # Nobody here could handle it without being accused.
        raise Invalid(fields={"unit_bureau": "请选择具体的市级部门；反映市级整体问题的，请拨打12345或12388。"})
    return Office(at.code, bureau)


def usual_seat(ctx: Context, row_place: str | None) -> str:
    county = ctx.county or ctx.place.code
    if ctx.settings(ComplaintsConfig).handled_at == "town" and row_place is not None:
        town = ctx.regions.at_level(row_place, "town")
        return town.code if town is not None else county
    return county


def above(ctx: Context, unit: Office) -> str:
    """One level up; from the city nowhere."""
    return ctx.regions[unit.region].parent or unit.region


def upper(ctx: Context, one: str, other: str) -> str:
    return min(one, other, key=lambda code: len(ctx.regions[code].path))


def kept_at(ctx: Context, seat: str) -> str:
    """Where the document is kept. The city handles in the county, whose switches count; it keeps nothing itself."""
    return seat if ctx.regions[seat].county is not None else ctx.county or seat


def kept_away(ctx: Context, unit: Office, seat: str) -> tuple[Office, ...]:
    """The accused office; and where the city handles it, everybody at the county, where it is kept."""
    county = ctx.county or ""
    passed_up = () if ctx.regions[seat].county is not None else (Office(county),)
    return tuple(dict.fromkeys((unit, *passed_up)))


def unique(*texts: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


# --- the document ------------------------------------------------------------------------------------------------------


def new_complaint(
    ctx: Context, id: str, number: str, request: FilingRequest, matter: Matter, handling: Handling, **brought: Any
) -> Complaint:
    person, label = ctx.actor.person or "", ctx.settings(ComplaintsConfig).types[request.type]
    unit = handling.unit
    about = matter.short or (unit_of(ctx, unit.region, unit.bureau) if unit else KINDS[matter.kind])
    return Complaint(
        id=id,
        number=number,
        title=f"{about}—{label}",
        against=request.against if request.kind is None or request.against in ("unit", "staff") else "row",
        staff=Secret(read_words(request.staff, "staff", "姓名", 40)) if request.against == "staff" else None,
        type=request.type,
        type_label=label,
        text=Secret(clean(request.text)),
        pictures=unique(*request.pictures),
        readers=(person,),
        complainant=person,
        complainant_key=ctx.actor.id_key or person,
        name=ctx.actor.name or Secret(""),
        phone=read_phone(request.phone),
        confidential=request.confidential,
        publish=request.publish,
        notice=request.notice,
        notice_at=ctx.now(),
        assigned_at=ctx.now(),
        task_due=ctx.calendar.due(ctx.now(), ctx.settings(ComplaintsConfig).accept_within),
        created_at=ctx.now(),
        **msgspec.structs.asdict(matter),
        **msgspec.structs.asdict(handling),
        **brought,
    )


def read_phone(text: str) -> PhoneText | None:
    if not text:
        return None
    try:
        return PhoneText(idnumbers.phone(text))
    except idnumbers.BadNumber as problem:
        raise Invalid(fields={"phone": problem.text}) from None
