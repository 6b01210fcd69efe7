"""Handing in, mending and taking back a declaration: what the resident does."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated

import msgspec

from hub.api import (
    Asked,
    Conflict,
    Context,
    Duplicate,
    Invalid,
    TooMany,
    VersionRequest,
    is_id,
    next_number,
    read_reason,
    shown_name,
    taken,
)
from plugins.declaration.actions import catalogue, chain, window
from plugins.declaration.actions.drafts import files_name
from plugins.declaration.actions.form import Answer, Filled, FormInput, asked_materials, check_form, files_of
from plugins.declaration.actions.offers import OFFERS
from plugins.declaration.actions.renewals import form_again, supersede
from plugins.declaration.business import CASES, tell, told
from plugins.declaration.config import DeclarationConfig
from plugins.declaration.documents import SIGNED, Case, Declarant, Draft, Entry, HandedIn, cases_of, declarants_of
from plugins.declaration.events import CaseSubmitted, CaseWithdrawn
from plugins.declaration.projects import Project

AN_HOUR = timedelta(hours=1)
TWICE = "您已为此人的这个项目提交了申报，请勿重复申报；可在“申报进度”中查看。"
ENTERED_TWICE = "此人的这个项目已由窗口代录，还在办理，请勿重复代录。"
TOO_FAST = "一小时内提交的申报太多，请稍后再提交；已填写的内容可存为草稿。"
TOO_MANY_WAIT = "您有太多申报等待受理，请等已提交的受理后再提交。"


class SubmitRequest(FormInput, frozen=True, kw_only=True):
    """A filled form. ``id``: made by the client, that of its draft if there is one."""

    project: str
    id: str | None = None

    def __repr__(self) -> str:
        return "SubmitRequest(***)"


class MendRequest(msgspec.Struct, frozen=True, kw_only=True):
    """The answer to 补正. What is left out stays as it was; a material that is given replaces the one before. ``region``: where
    the 户籍 village was merged into another meanwhile, its successor; the old one is taken, too, as long as it is left out.

    Name and ID number cannot be mended: another person is another declaration."""

    version: int
    phone: Annotated[str | None, Asked("手机号", "不改的不填", keyboard="tel")] = None
    card: Annotated[str | None, Asked("社会保障卡银行账号", "不改的不填", keyboard="numeric")] = None
    category: Annotated[str | None, Asked("人员类别")] = None
    region: Annotated[str | None, Asked("合并后的村（社区）", look="select")] = None
    answers: Annotated[dict[str, Answer], Asked("申报内容")] = {}
    materials: Annotated[dict[str, tuple[str, ...]], Asked("申报材料", look="pictures")] = {}

    def __repr__(self) -> str:
        return "MendRequest(***)"


class WithdrawRequest(VersionRequest, frozen=True, kw_only=True):
    """``reason``: why a window takes back what it has entered for somebody; residents need none."""

    reason: Annotated[str, Asked("撤回原因", "例如：申报人改为自己用手机申报；录错了项目")] = ""


class NotSignedAnew(Invalid):
    """What a window has entered was signed as it was; what is changed is signed again."""

    message = "内容有改动，请申报人在改好的申报表上重新签名或按手印，拍照上传。"


class NothingMended(Invalid):
    """补正 without a change: the handler would look at the same form again."""

    code = "nothing_mended"
    message = "补正内容与原来相同，请按补正要求修改内容或补充材料后再提交。"


async def submit(ctx: Context, request: SubmitRequest) -> Case:
    """Hand in a declaration: it gets its 受理编号 and enters the first node of its chain."""
    if request.id is not None and not is_id(request.id):
        raise Invalid(fields={"id": "编号格式不正确。"})
    project = await window.offer(ctx, request.project)
    pace = await check_pace(ctx)
    state = catalogue.openness(project.windows, catalogue.today_of(ctx))
    if not state.open:
        raise Conflict(f"现在不能申报“{project.short}”：{state.text}")
    filled = check_form(ctx, project.form, request)
    window.check_serves(ctx, filled.beneficiary.region, project)
    id = request.id or ctx.new_id()
    draft: Draft | None = await window.drafts_at(ctx).first({"_id": id}) if request.id else None
    old = draft.supersedes if draft else None
    await refuse_second(ctx, project, filled, old)
    case = new_case(ctx, id, await next_number(ctx), project, request, filled)
    await ctx.guard("declaration.submit", chain.guarded(case, "submit"))
    if old is not None:
        await supersede(ctx, old, id, project, filled)
    await keep_pace(ctx, pace)
    await ctx.files.claim(files_of(filled.handed_in), files_name(ctx, id, draft))
    if draft is not None:
        case = await take_over(ctx, draft, case)
    case = chain.at_node(ctx, case, case.chain[0])
    tell(ctx, CaseSubmitted, case, for_other=case.declared_for == "other" or case.entry is not None)
    chain.tell_arrival(ctx, case)
    saved = await insert(ctx, case)
    window.note(ctx, saved, "代录申报")
    return await chain.begin(ctx, saved)


async def check_pace(ctx: Context) -> Declarant | None:
    """Not too many in an hour, nor too many that wait for 受理: whoever invents people stops here, and no window is flooded. A
    window enters those of a whole morning, and floods nobody but its own town. What is known so far, for :func:`keep_pace`.
    """
    at_window, settings = window.at_window(ctx), ctx.settings(DeclarationConfig)
    known: Declarant | None = await declarants_of(ctx).first({"_id": paced_as(ctx)})
    lately, most = times_of_an_hour(ctx, known), settings.entries_per_hour if at_window else settings.submits_per_hour
    if len(lately) >= most:
        raise TooMany(TOO_FAST, retry_after=(AN_HOUR - (ctx.now() - lately[0])).total_seconds())
    waiting = {"applicant": ctx.actor.person, "open": True, "admitted": False}
    if at_window or await cases_of(ctx).count(waiting, at_most=settings.waiting_at_most) < settings.waiting_at_most:
        return known
    raise Conflict(TOO_MANY_WAIT)


def paced_as(ctx: Context) -> str:
    """Whoever sits at a window declares for themself as well, and is counted twice."""
    return f"{'window:' if window.at_window(ctx) else ''}{ctx.actor.person or ''}"


async def keep_pace(ctx: Context, known: Declarant | None) -> None:
    """Written with each declaration, so that of many at once none slips by."""
    person, place = ctx.actor.person or "", ctx.place.code
    if known is None:
        await declarants_of(ctx).insert(Declarant(id=paced_as(ctx), place=place, person=person, times=(ctx.now(),)))
        return
    times = (*times_of_an_hour(ctx, known), ctx.now())
    await declarants_of(ctx).save(msgspec.structs.replace(known, place=place, times=times))


def times_of_an_hour(ctx: Context, known: Declarant | None) -> tuple[datetime, ...]:
    return tuple(at for at in (known.times if known else ()) if ctx.now() - at < AN_HOUR)


async def take_over(ctx: Context, draft: Draft, case: Case) -> Case:
    """The draft is done with; its files now belong to the case, under the same name."""
    await window.drafts_at(ctx).delete(draft)
    name = files_name(ctx, case.id, draft)
    return msgspec.structs.replace(case, files_of=name, shared=draft.shared, supersedes=draft.supersedes)


async def insert(ctx: Context, case: Case) -> Case:
    try:
        if case.entry:
            return await CASES.open(ctx, case, "代录", what="enter", project=case.project, number=case.number)
        return await CASES.open(ctx, case, "提交", what="submit", project=case.project, number=case.number)
    except Duplicate:
        # The unique index decides when one person sends it twice at once.
        raise Duplicate(ENTERED_TWICE if case.entry else TWICE) from None


async def refuse_second(ctx: Context, project: Project, filled: Filled, old: str | None) -> None:
    """``Duplicate`` that shows the applicant their own open case. What others have declared is not theirs to learn: anybody
    may declare for anybody, and 受理 judges which is admitted. ``old`` gives way to the new one. A window is shown what a window has
    entered: what somebody says on a phone, in whose name ever, keeps nobody from the counter.
    """
    at_window = window.at_window(ctx)
    person = {"project": project.code, "beneficiary.id_number": filled.beneficiary.id_number}
    same = {**person, "open": True, "_id": {"$ne": old}, **({"applicant": ""} if at_window else {})}
    known: Case | None = await cases_of(ctx).first(same)
    if known is not None:
        raise Duplicate(
            ENTERED_TWICE if at_window else TWICE,
            state={"case": known.id, "number": known.number, "state": known.state},
        )


def new_case(ctx: Context, id: str, number: str, project: Project, request: SubmitRequest, filled: Filled) -> Case:
    """A case with all that it needs of its project copied in."""
    entry = window.entry_of(ctx, filled.beneficiary.region, project)
    # Nobody's account has what a window enters: who says on a phone to be that person need not be.
    applicant = "" if entry else ctx.actor.person or ""
    keys = (ctx.store.blind(filled.beneficiary.id_number), None if entry else ctx.actor.id_key)
    return Case(
        id=id,
        place=filled.beneficiary.region,
        number=number,
        project=project.code,
        project_name=project.name,
        declared_for=request.declared_for,
        applicant=applicant,
        applicant_name=name_of(ctx, request, filled, entry),
        readers=() if entry else (applicant,),
        entry=entry,
        avoid_keys=tuple(dict.fromkeys(key for key in keys if key)),
        files_of=files_name(ctx, id),
        **taken(filled, "beneficiary", "answers", "handed_in"),
        **taken(project, "short", "bureau", "sensitive", "chain", "limits", "form", "rules", "standard"),
        node=project.chain[0],
        submitted_at=ctx.now(),
    )


def name_of(ctx: Context, request: SubmitRequest, filled: Filled, entry: Entry | None) -> str:
    """Who declares: at a window the one whose card lies there; of an agent only the proof knows."""
    if entry:
        return filled.beneficiary.name if request.declared_for == "self" else ""
    return ctx.actor.name.reveal() if ctx.actor.name else ""


async def mend(ctx: Context, id: str, request: MendRequest) -> Case:
    """Answer 补正: the case goes back to the node that asked."""
    case = await own_case(ctx, id, request.version, "mend")
    filled = check_form(ctx, case.form, merged(case, request), handed_in_at=case.place)
    if (filled.beneficiary, filled.answers, filled.handed_in) == (case.beneficiary, case.answers, case.handed_in):
        raise NothingMended
    check_signed(case, filled)
    mended = msgspec.structs.replace(
        case,
        place=filled.beneficiary.region,
        beneficiary=filled.beneficiary,
        answers=filled.answers,
        handed_in=filled.handed_in,
        entry=window.mended_by(ctx, case),
    )
    await ctx.guard("declaration.mend", chain.guarded(mended, "mend"))
    kept = files_of(filled.handed_in)
    await ctx.files.claim(kept, case.files_of)
    dropped = [file for file in files_of(case.handed_in) if file not in kept and file not in case.shared]
    await ctx.files.release(dropped, case.files_of)
    saved = await chain.resume(ctx, case, mended)
    window.note(ctx, saved, "代录补正")
    return saved


def check_signed(case: Case, filled: Filled) -> None:
    """``NotSignedAnew`` where a window changes what the resident has signed, without a photo that was not there before; where only their
    village was merged, nothing has changed."""
    person = msgspec.structs.replace(filled.beneficiary, region=case.beneficiary.region)
    same = (person, filled.answers) == (case.beneficiary, case.answers)
    if case.entry and not same and signed_in(filled.handed_in) <= set(files_of(case.handed_in)):
        raise NotSignedAnew(fields={f"materials.{SIGNED}": NotSignedAnew.message})


def signed_in(handed_in: tuple[HandedIn, ...]) -> set[str]:
    return {file for item in handed_in if item.key == SIGNED for file in item.files}


def merged(case: Case, request: MendRequest) -> FormInput:
    """The form as it would be with what was mended."""
    whole = form_again(case)
    typed = {
        name: value for name in ("phone", "card", "category", "region") if (value := getattr(request, name)) is not None
    }
    beneficiary = msgspec.structs.replace(whole.beneficiary, **typed)
    # What only the 人员类别 before needed is let go with it; what was sent now and is not needed is refused.
    asked = {each.key for each in asked_materials(case.form, beneficiary.category, case.declared_for)}
    kept = {key: files for key, files in whole.materials.items() if key in asked}
    sent = {key: files for key, files in request.materials.items() if files != whole.materials.get(key, ())}
    return msgspec.structs.replace(
        whole,
        beneficiary=beneficiary,
        answers={**whole.answers, **request.answers},
        materials={**kept, **sent},
    )


async def withdraw(ctx: Context, id: str, request: WithdrawRequest) -> Case:
    """撤回: possible until 县级审批. At a window it is somebody else's declaration: the flow says who took it back, and why."""
    case = await own_case(ctx, id, request.version, "withdraw")
    await ctx.guard("declaration.withdraw", chain.guarded(case, "withdraw"))
    left = msgspec.structs.replace(chain.closed(case, "withdrawn", ctx.now()), open=False, closed_at=ctx.now())
    if window.at_window(ctx):
        left = chain.with_step(left, handler=shown_name(ctx.actor), opinion=read_reason(request.reason))
    saved = await CASES.move(ctx, case, "withdraw", left, tell=(told(CaseWithdrawn),))
    window.note(ctx, saved, "代录撤回")
    return saved


async def own_case(ctx: Context, id: str, version: int, move: str) -> Case:
    """A case of the one who acts, of this county, as they have seen it, if ``move`` may follow."""
    case = await window.declared_here(ctx, id)
    await OFFERS.check(move, ctx, case)
    CASES.check_version(case, version)
    return case
