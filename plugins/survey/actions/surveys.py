"""Surveys come and go: wanted by a case or another plugin, begun on site, looked over, archived, called off."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec

from hub.api import (
    Asked,
    Button,
    Conflict,
    Context,
    Fact,
    Forbidden,
    Identity,
    IdNumberText,
    Invalid,
    Moved,
    OpenTask,
    PhoneText,
    Pressed,
    Reason,
    ReasonRequest,
    ResumeTask,
    Secret,
    TaskArrived,
    TaskChanged,
    VersionRequest,
    idnumbers,
    is_id,
    is_name,
    next_number,
    plain_name,
    recusal,
    shanghai,
    shared,
    taken,
)
from plugins.declaration.events import CaseFact, CaseFinished, KnownProject, NodeEntered, ProjectOf
from plugins.payments.events import StopBenefits
from plugins.survey.actions.checks import check_again, check_follows_up, check_not_of_a_case
from plugins.survey.actions.positions import NODE, check_reviewer, check_surveyor
from plugins.survey.actions.records import step_decided
from plugins.survey.business import STOP, SURVEYS
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import CASE, OWN, TODO, TOLD, Survey, surveys_of
from plugins.survey.events import CallOffSurvey, MakeSurvey, PersonSurveyed

# 个人信息保护法 art. 31: names of those under 14 are masked further.
MINOR_UNDER = 14
# A case has as many stays as declaration allows, far below what one list holds.
MOST_STAYS = 200


class BeginRequest(msgspec.Struct, frozen=True, kw_only=True):
    """A household looked at without a prior task. ``id`` is the phone's own, so that it can begin offline; the same one again is
    the same survey. ``place`` is the village.
    """

    id: Annotated[str | None, Asked("编号", look="hidden")] = None
    place: Annotated[str, Asked("所在村（社区）", look="select")]
    project: Annotated[str, Asked("补贴项目", look="select")]
    name: Annotated[str, Asked("补贴对象姓名"), msgspec.Meta(max_length=50)]
    id_number: Annotated[str, Asked("身份证号"), msgspec.Meta(max_length=40)]
    phone: Annotated[str, Asked("联系电话"), msgspec.Meta(max_length=40)] = ""

    def __repr__(self) -> str:
        return "BeginRequest(***)"


# --- wanted by a case ------------------------------------------------------------------------------------------------


async def take_case(event: NodeEntered, ctx: Context) -> None:
    """A case has come to 入户调查: one survey per stay. Told again after the node's plugin was off, for a stay that already has
    its record: the result is told again, since it may have come to nobody.
    """
    if event.node != NODE:
        return
    since = await ctx.told_since(_thing(CASE, event.case, event.round))
    known = await _find(ctx, CASE, event.case, event.round)
    if known is None and since:
        return
    if known is not None:
        known = await _kept(ctx, known, recusal.widened(known, keys=event.avoid_keys))
        if known.state in TOLD:
            ctx.emit(step_decided(ctx, known))
        return
    await SURVEYS.add(
        ctx,
        Survey(
            id=ctx.new_id(),
            place=place_of(ctx, event.place),
            origin=CASE,
            subject=event.case,
            due_at=ctx.calendar.due(event.at, event.limit or ctx.settings(SurveyConfig).limit),
            **taken(event, "round", "number", "project", "short", "bureau", "sensitive", "identity"),
            avoid=event.declarants,
            avoid_keys=event.avoid_keys,
        ),
    )


async def take_task(event: TaskArrived | TaskChanged | OpenTask | ResumeTask, ctx: Context) -> None:
    """The case's task says by when, and who must keep away under whatever account; it follows ``NodeEntered`` in order."""
    if event.node != NODE:
        return
    known = await _find(ctx, CASE, event.subject, event.round)
    if known is None or known.state not in TODO:
        return
    # The version before heard what the worklist is told; a task that goes on says nothing of who keeps away.
    keys = () if isinstance(event, ResumeTask) else event.avoid_keys
    # A limit that was put off is not the one told last.
    due_at = known.due_at if await ctx.told_since(f"task:{event.subject}:{event.round}") else event.due_at
    await _kept(ctx, known, msgspec.structs.replace(recusal.widened(known, keys=keys), due_at=due_at))


async def leave_stay(event: CaseFact, ctx: Context) -> None:
    """退回 or 撤销通过: nobody need go for the stay that has ended; a new stay has a survey of its own."""
    await _left(ctx, event)
    await _call_off(ctx, await _of_case(ctx, event), "申报已离开本环节")


async def close_case(event: CaseFact, ctx: Context) -> None:
    """The case has ended: what is open is called off, what was handed in is archived. Where the last survey said 停发 and the
    case did not come through, the bureau is asked to see to what the person already gets.
    """
    await _left(ctx, event)
    known = await _of_case(ctx, event)
    await _call_off(ctx, known, "申报已结束")
    closing = [(survey, survey) for survey in known if survey.state == "submitted"]
    if closing and closing[-1][0].handling == "stop" and not isinstance(event, CaseFinished):
        last, _ = closing[-1]
        closing[-1] = (last, msgspec.structs.replace(last, followup="due"))
    await SURVEYS.move_many(ctx, closing, "archive")


async def _left(ctx: Context, event: CaseFact) -> None:
    """A word of its arrival that was put off makes no survey any more."""
    if event.node == NODE:
        await ctx.told_since(_thing(CASE, event.case, event.round))


async def _of_case(ctx: Context, event: CaseFact) -> list[Survey]:
    """Those of its stays up to the one the fact is about, the first one first."""
    wanted = {"subject": event.case, "origin": CASE, "round": {"$lte": event.round}}
    found: list[Survey] = await surveys_of(ctx).find(wanted, sort=(("round", 1),), limit=MOST_STAYS)
    return found


async def _call_off(ctx: Context, known: list[Survey], why: str) -> None:
    await SURVEYS.move_many(ctx, [(survey, survey) for survey in known if survey.state in TODO], "cancel", why=why)


async def _kept(ctx: Context, known: Survey, after: Survey) -> Survey:
    return known if after == known else await SURVEYS.keep(ctx, known, after)


def _thing(origin: str, subject: str, round: int) -> str:
    return f"{origin}:{subject}:{round}"


async def _find(ctx: Context, origin: str, subject: str, round: int) -> Survey | None:
    found: Survey | None = await surveys_of(ctx).first({"subject": subject, "origin": origin, "round": round})
    return found


def place_of(ctx: Context, place: str) -> str:
    """Where it is done: the village; a town without villages acts as its own."""
    village = ctx.regions.at_level(place, "village")
    return village.code if village else place


# --- wanted by another plugin ----------------------------------------------------------------------------------------


async def take_wanted(event: MakeSurvey, ctx: Context) -> None:
    """Somebody shall go and look, once per origin, subject and round. Told again, others may have to keep away as well.

    Put off, it is not carried out if it was called off since.
    """
    thing = _thing(event.origin, event.subject, event.round)
    since = await ctx.told_since(thing)
    known = await _find(ctx, event.origin, event.subject, event.round)
    if known is not None:
        await _kept(ctx, known, recusal.widened(known, event))
    again = since.get(thing)
    called_off = thing in since and not isinstance(again, MakeSurvey)
    if known is not None or event.only_known or called_off:
        return
    named = ("origin", "subject", "round", "number", "project", "short", "bureau", "sensitive", "hidden", "reason")
    survey = Survey(
        id=ctx.new_id(),
        place=event.place,
        identity=event.identity,
        due_at=event.due_at or ctx.calendar.due(ctx.now(), ctx.settings(SurveyConfig).limit),
        avoid=event.avoid,
        avoid_keys=event.avoid_keys,
        **{name: getattr(event, name) for name in named},
    )
    await SURVEYS.add(ctx, recusal.widened(survey, again) if isinstance(again, MakeSurvey) else survey)


async def call_off(event: CallOffSurvey, ctx: Context) -> None:
    """Nobody need go any more; what was handed in stays."""
    await ctx.told_since(_thing(event.origin, event.subject, event.round))
    known = await _find(ctx, event.origin, event.subject, event.round)
    if known is not None and known.state in TODO:
        await SURVEYS.move(ctx, known, "cancel")


# --- begun on site ---------------------------------------------------------------------------------------------------


async def begin(ctx: Context, request: BeginRequest) -> Survey:
    """A surveyor types name and ID number at the door. What lists say about the person is told to nobody here."""
    id = request.id or ctx.new_id()
    identity = await _typed(ctx, request)
    known: Survey | None = await surveys_of(ctx).first({"_id": id})
    if known is not None:
        return _same(ctx, known, request, identity)
    project = await ctx.ask(ProjectOf(code=request.project))
    if project is None or not project.found:
        raise Invalid(fields={"project": "没有找到这个项目，请重新选择。"})
    survey = _begun(ctx, id, request, project, identity)
    check_surveyor(ctx, survey)
    if recusal.is_avoided(ctx.actor, survey):
        raise Forbidden("不能调查本人，按规定应当回避，请由其他调查人员办理。")
    # Only now a number is taken: those who are refused leave no gap.
    survey = msgspec.structs.replace(survey, number=await next_number(ctx, "D", 5))
    pressed, tell = Pressed("begin", "发起入户调查"), (person_surveyed(project),)
    return await SURVEYS.open(ctx, survey, "发起", what="begin", pressed=pressed, tell=tell, project=survey.project)


async def _typed(ctx: Context, request: BeginRequest) -> Identity:
    """Whom the survey is about; ``Invalid`` names every wrong field, and never what was typed."""
    wrong: dict[str, str] = {}
    if request.id is not None and not is_id(request.id):
        wrong["id"] = "编号格式不正确。"
    village = ctx.regions.at_level(request.place, "village")
    here = village is not None and village.code == request.place and village.county == ctx.county
    if village is None or not here or village.status != "active":
        wrong["place"] = "请选择到村（社区）。"
    name = plain_name(request.name)
    if not is_name(name):
        wrong["name"] = "请填写身份证上的姓名。"
    number = _number(ctx, request.id_number, wrong)
    phone = _phone(request.phone, wrong)
    if wrong or number is None:
        raise Invalid(fields=wrong)
    return Identity(
        name=Secret(name),
        id_number=IdNumberText(number.number),
        phone=phone,
        region=request.place,
        minor=idnumbers.age(number.birth, shanghai(ctx.now()).date()) < MINOR_UNDER,
    )


def _number(ctx: Context, text: str, wrong: dict[str, str]) -> idnumbers.IdNumber | None:
    try:
        return idnumbers.parse(text, shanghai(ctx.now()).date())
    except idnumbers.BadNumber as problem:
        wrong["id_number"] = problem.text
        return None


def _phone(text: str, wrong: dict[str, str]) -> PhoneText | None:
    try:
        return PhoneText(idnumbers.phone(text)) if text else None
    except idnumbers.BadNumber as problem:
        wrong["phone"] = problem.text
        return None


def _same(ctx: Context, known: Survey, request: BeginRequest, identity: Identity) -> Survey:
    """The phone sends again what it was not told had arrived."""
    begun_by = known.acts[0].person if known.acts else None
    same = (known.origin, begun_by, known.project, known.place) == (
        OWN,
        ctx.actor.person,
        request.project,
        request.place,
    )
    if not same or known.identity.id_number != identity.id_number:
        raise Conflict("这个编号已被使用，请重新发起调查。")
    return known


def _begun(ctx: Context, id: str, request: BeginRequest, project: KnownProject, identity: Identity) -> Survey:
    return Survey(
        id=id,
        place=request.place,
        path=ctx.regions[request.place].path,
        origin=OWN,
        subject=id,
        round=1,
        number="",
        project=project.code,
        short=project.short,
        bureau=project.bureau,
        sensitive=project.sensitive,
        identity=identity,
        due_at=ctx.calendar.due(ctx.now(), ctx.settings(SurveyConfig).limit),
        avoid_keys=(ctx.store.blind(identity.id_number),),
        tasked=False,
    )


def person_surveyed(project: KnownProject) -> Fact[Survey]:
    def fact(ctx: Context, survey: Survey) -> PersonSurveyed:
        return PersonSurveyed(
            survey=survey.id,
            rules=project.rules,
            by=ctx.actor.person or "",
            **shared(PersonSurveyed, survey),
            at=ctx.now(),
        )

    return fact


# --- looked over -----------------------------------------------------------------------------------------------------


async def send_back(ctx: Context, survey: Survey, form: ReasonRequest) -> Moved[Survey]:
    """退回重查 a survey that is no part of a declaration."""
    due = ctx.calendar.due(ctx.now(), ctx.settings(SurveyConfig).limit)
    return Moved(msgspec.structs.replace(survey, attempt=survey.attempt + 1, tasked=True, due_at=due))


async def archive(ctx: Context, survey: Survey, form: VersionRequest) -> Moved[Survey]:
    """归档: what the record says is done: 停发 at payments, 调整 and 上报 as a task of the bureau.

    Where payments are off, 停发 is a task of the bureau as well.
    """
    if survey.handling == "continue":
        return Moved(survey)
    if survey.handling == "stop" and ctx.does(StopBenefits):
        return Moved(survey, tell=(STOP,))
    return Moved(msgspec.structs.replace(survey, followup="due"))


async def follow_up(ctx: Context, survey: Survey, form: ReasonRequest) -> Moved[Survey]:
    """落实调查处理: what the bureau has done about it.

    A 停发 is told to payments, if they are on.
    """
    stops = survey.handling == "stop" and ctx.does(StopBenefits)
    done = msgspec.structs.replace(survey, followup="done")
    return Moved(done, tell=(STOP,) if stops else (), opinion=form.reason)


BUTTONS: tuple[Button[Survey, Any], ...] = (
    Button(
        name="archive",
        call=archive,
        form=VersionRequest,
        may=(check_reviewer, check_not_of_a_case),
        label="归档调查记录",
    ),
    Button(
        name="return",
        call=send_back,
        form=ReasonRequest,
        reason=Reason("退回的理由"),
        may=(check_reviewer, check_not_of_a_case),
        checks=(check_again,),
    ),
    Button(
        name="followup",
        call=follow_up,
        form=ReasonRequest,
        reason=Reason("落实情况"),
        rows=(),
        checks=(check_follows_up,),
        label="落实调查处理",
    ),
)
