"""How surveys are shown: persons masked but for those who go there or decide, findings to whoever may read about persons."""

from __future__ import annotations

from datetime import datetime

import msgspec

from hub.api import Context, LineView, masking, shared
from plugins.survey.actions.drafts import SurveyForm, drafts_on, form_of, records_on
from plugins.survey.actions.positions import handles, sees_persons, surveys, watches
from plugins.survey.actions.reading import earlier_of, who
from plugins.survey.actions.records import required
from plugins.survey.business import link_of
from plugins.survey.config import SurveyConfig
from plugins.survey.documents import HANDLINGS, RESULTS, SURVEY, TODO, Draft, Record, Survey


class PersonView(msgspec.Struct, frozen=True, kw_only=True):
    """补贴对象. The name is in full for those who must find the house, or decide; the number never is."""

    name: str
    id_number: str
    phone: str


class PersonInFull(msgspec.Struct, frozen=True, kw_only=True):
    """For the surveyor at the door, logged."""

    name: str
    id_number: str
    phone: str


class SurveyLine(msgspec.Struct, frozen=True, kw_only=True):
    """A survey in a list. ``due_at`` counts while it is to be done; ``followup``: due or done, empty where nothing is to be done."""

    id: str
    version: int
    number: str
    origin: str
    subject: str
    round: int
    project: str
    short: str
    bureau: str
    place: str
    place_name: str
    who: str
    state: str
    state_label: str
    result: str | None
    result_label: str
    handling: str | None
    handling_label: str
    visited_at: datetime | None
    submitted_at: datetime | None
    submitted_name: str
    due_at: datetime
    overdue: bool
    followup: str
    link: str
    created_at: datetime | None


class RecordView(msgspec.Struct, frozen=True, kw_only=True):
    """A version that was handed in; ``present`` the one that counts. ``draft``: which phone's words it is. ``photos`` and
    ``signatures`` are those that the reader may look at."""

    id: str
    number: int
    present: bool
    replaces: str | None
    draft: str
    reason: str
    result: str
    result_label: str
    handling: str
    handling_label: str
    visited_at: datetime
    spot: str
    findings: str
    investigators: tuple[str, ...]
    photos: tuple[str, ...]
    signatures: tuple[str, ...]
    handler: str
    at: datetime


class DraftLine(msgspec.Struct, frozen=True, kw_only=True):
    """A draft without what it holds. ``saved_at`` by the phone's clock."""

    id: str
    survey: str
    revision: int
    saved_at: datetime
    received_at: datetime
    handler: str
    mine: bool


class DraftView(msgspec.Struct, frozen=True, kw_only=True):
    """A draft to go on with."""

    draft: DraftLine
    form: SurveyForm


class SavedView(msgspec.Struct, frozen=True, kw_only=True):
    """What the hub has of a phone's draft; ``newest`` is the draft that the form shows, perhaps another phone's."""

    draft: DraftLine
    newest: str


class EarlierView(msgspec.Struct, frozen=True, kw_only=True):
    """历史调查记录 of the same person; of sensitive projects the reader's own alone."""

    lines: list[SurveyLine]


class SurveyDetail(msgspec.Struct, frozen=True, kw_only=True):
    """A survey with all its versions. ``full`` is False for readers of a sensitive project who are none of its own people: no
    person, no findings. ``drafts`` and the ``form`` of the newest are for surveyors. ``required`` is what a record needs besides
    time, result and handling; ``can`` what the reader may do now.
    """

    id: str
    survey: SurveyLine
    person: PersonView
    full: bool
    reason: str
    required: list[str]
    investigators_at_least: int
    records: list[RecordView]
    drafts: list[DraftLine]
    form: SurveyForm | None
    form_of: str | None
    steps: list[LineView]
    earlier: EarlierView
    can: list[str]


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """For the home screen; counted up to 1000."""

    todo: int
    overdue: int
    drafts: int


def survey_line(ctx: Context, survey: Survey) -> SurveyLine:
    full = sees_persons(ctx.actor, survey)
    result, handling = (survey.result, survey.handling) if full else (None, None)
    return SurveyLine(
        place_name=ctx.regions.full_name(survey.place),
        who=who(ctx, survey),
        state_label=SURVEY.label(survey.state),
        result=result,
        result_label=RESULTS[result] if result else "",
        handling=handling,
        handling_label=HANDLINGS[handling] if handling else "",
        overdue=survey.state in TODO and survey.due_at < ctx.now(),
        # That there is something to follow up tells what was found.
        followup=survey.followup if full else "",
        link=link_of(survey),
        **shared(SurveyLine, survey, but=("result", "handling", "followup")),
    )


def person_view(ctx: Context, survey: Survey) -> PersonView:
    if not sees_persons(ctx.actor, survey):
        return PersonView(name=masking.HIDDEN, id_number=masking.HIDDEN, phone=masking.HIDDEN)
    identity = survey.identity
    return PersonView(
        name=identity.name.reveal() if handles(ctx.actor, survey) else identity.masked,
        id_number=masking.id_number_staff(identity.id_number.reveal()),
        phone=masking.phone(identity.phone.reveal()) if identity.phone else "",
    )


def person_in_full(ctx: Context, survey: Survey) -> PersonInFull:
    """补贴对象 in full, to compare with the card at the door: for surveyors, with a reason, logged."""
    identity = survey.identity
    return PersonInFull(
        name=identity.name.reveal(),
        id_number=identity.id_number.reveal(),
        phone=identity.phone.reveal() if identity.phone else "",
    )


def record_view(survey: Survey, record: Record, *, pictures: bool) -> RecordView:
    return RecordView(
        photos=record.photos if pictures else (),
        signatures=record.signatures if pictures else (),
        present=record.id == survey.record,
        result_label=RESULTS[record.result],
        handling_label=HANDLINGS[record.handling],
        spot=record.spot.reveal(),
        findings=record.findings.reveal(),
        handler=record.shown,
        **shared(RecordView, record, but=("spot", "findings", "photos", "signatures")),
    )


def draft_line(ctx: Context, draft: Draft) -> DraftLine:
    return DraftLine(handler=draft.shown, mine=draft.person == ctx.actor.person, **shared(DraftLine, draft))


def draft_view(ctx: Context, draft: Draft) -> DraftView:
    return DraftView(draft=draft_line(ctx, draft), form=form_of(draft))


async def detail(ctx: Context, survey: Survey, moves: list[str]) -> SurveyDetail:
    """One survey: all its versions, its drafts for those who survey, the person's earlier surveys beside it."""
    full, own = sees_persons(ctx.actor, survey), handles(ctx.actor, survey)
    records = await records_on(ctx, survey) if full else []
    drafts = await drafts_on(ctx, survey) if surveys(ctx.actor, survey) else []
    return SurveyDetail(
        id=survey.id,
        survey=survey_line(ctx, survey),
        person=person_view(ctx, survey),
        full=full,
        reason=survey.reason if full else "",
        required=list(required(ctx, survey)),
        investigators_at_least=ctx.settings(SurveyConfig).investigators_at_least,
        records=[record_view(survey, record, pictures=own or watches(ctx.actor, survey)) for record in records],
        drafts=[draft_line(ctx, draft) for draft in drafts],
        form=form_of(drafts[0]) if drafts else None,
        form_of=drafts[0].id if drafts else None,
        # What handlers write for each other stays with them.
        steps=[LineView(**shared(LineView, act)) for act in survey.acts] if own else [],
        earlier=EarlierView(lines=[survey_line(ctx, each) for each in await earlier_of(ctx, survey)]),
        can=moves,
    )
