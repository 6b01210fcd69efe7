"""What may not be done with a complaint now, though its state allows it: asked by the pages and by the calls."""

from __future__ import annotations

from hub.api import Conflict, Context, Identity, NotFound, shown
from plugins.complaints.business import handles
from plugins.complaints.config import ComplaintsConfig
from plugins.complaints.documents import COMPLAINT, EXTENDABLE, Complaint, Seat
from plugins.survey.events import MakeSurvey

JOINED = "已有其他群众的投诉并入本件，须继续办理，不能撤诉。"
SURVEY_OFF = "本区县未开通入户调查，请自行调查后回复。"
NOBODY = "本件没有明确的补贴对象，不能转入户调查，请自行调查后回复。"
THEIR_OWN = "被投诉的单位管着该户所在地的入户调查，不能由其调查，请自行调查后回复。"


def at_desk(ctx: Context, complaint: Complaint) -> None:
    """``NotFound`` for whoever is not of the office that has it."""
    if not handles(ctx.actor, complaint):
        raise NotFound


def check_returnable(ctx: Context, complaint: Complaint) -> None:
    """A wrong dispatch goes back to whoever assigned it, within the days that the county has set."""
    if ctx.now() > ctx.calendar.due(complaint.assigned_at, ctx.settings(ComplaintsConfig).return_within):
        raise Conflict("已超过退回的期限，请办理或转办。", state=shown(complaint))
    to, _ = assigned_by(ctx, complaint)
    if to == Seat(complaint.seat, complaint.bureau):
        raise Conflict("本件由系统直接派给您单位，没有可退回的单位，请转办。", state=shown(complaint))
    if complaint.joined and is_down(ctx, complaint.seat, to.region):
        # One that was merged may accuse the county.
        raise Conflict("已有其他投诉并入本件，不能退回下级，请办理或转办。", state=shown(complaint))


def assigned_by(ctx: Context, complaint: Complaint) -> tuple[Seat, tuple[Seat, ...]]:
    """The office before; of the first one the county's own dispatchers."""
    if complaint.before:
        return complaint.before[-1], complaint.before[:-1]
    return Seat(complaint.seat, ctx.settings(ComplaintsConfig).dispatch_bureau), ()


def is_down(ctx: Context, seat: str, to: str) -> bool:
    """From the city back to the county."""
    return ctx.regions[seat].county is None and ctx.regions[to].county is not None


def check_alone(ctx: Context, complaint: Complaint) -> None:
    if complaint.joined:
        raise Conflict("已有其他投诉并入本件，请把另一件并入本件。", state=shown(complaint))


def check_extendable(ctx: Context, complaint: Complaint) -> None:
    """Once, while the limit of law runs."""
    if complaint.extended:
        raise Conflict("已延期一次，不能再延期。", state=shown(complaint))
    if complaint.state not in EXTENDABLE or complaint.due_at is None:
        raise Conflict(f"当前为“{COMPLAINT.label(complaint.state)}”，不能延期。", state=shown(complaint))


def check_surveyable(ctx: Context, complaint: Complaint) -> None:
    """There is a household to look at, by somebody who is not accused."""
    if not ctx.does(MakeSurvey):
        raise Conflict(SURVEY_OFF, state=shown(complaint))
    place, _ = household_of(complaint)
    if any(office.region in ctx.regions[place].path[1:] for office in complaint.avoid_offices):
        raise Conflict(THEIR_OWN, state=shown(complaint))


def household_of(complaint: Complaint) -> tuple[str, Identity]:
    """Where the accused lives, and who it is."""
    if complaint.row_place is None or complaint.accused is None:
        raise Conflict(NOBODY, state=shown(complaint))
    return complaint.row_place, complaint.accused


def reply_of_round(complaint: Complaint) -> str:
    """The second reply is the end."""
    return "conclude" if complaint.round > 1 else "reply"


def check_only_mine(ctx: Context, complaint: Complaint) -> None:
    if complaint.joined:
        raise Conflict(JOINED, state=shown(complaint))
