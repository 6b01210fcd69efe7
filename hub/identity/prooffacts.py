"""What is told about proofs and disputes, and who hears of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Literal

from hub.identity.disputes import Dispute
from hub.rules.context import Context
from hub.words.actors import APPS, App
from hub.words.contributions import (
    Event,
    Holders,
    MessageClass,
    MessageType,
    Persons,
    Push,
    Step,
    Succession,
    Trigger,
    Withdraw,
)

# Who decides disputes: handlers of this node, or of no node in particular.
ROLE, NODE = "handler", "disputes"
RESIDENTS: App = "ykt"


class PersonProved(Event, frozen=True, kw_only=True):
    """Somebody's identity was proved. Told in every county of the city, since their payments may lie in any of them.

    ``id_key`` is the blind index of the ID number; ``before`` are the persons whose claim to it has ended. Of one number, proofs are
    heard in their order.
    """

    subject_field: ClassVar[str] = "id_key"

    person: str
    id_key: str
    before: tuple[str, ...] = ()


class BindingProved(Event, frozen=True, kw_only=True):
    """A person was proved, told where it was done: for telling the person, and those in ``ended``, whose claim it ended. ``proof``
    tells one proof of a person from a later one; ``passed``: how many documents have come to the person with it."""

    subject_field: ClassVar[str] = "proof"

    proof: str
    at: datetime
    person: str
    ended: tuple[str, ...]
    passed: int = 0


class PassOnRest(Step, frozen=True, kw_only=True):
    """More belongs to the ended records than one transaction takes: the rest follows in parts."""

    formerly: ClassVar[tuple[str, ...]] = ("PassingOnDue",)

    successions: tuple[Succession, ...]


class ForgetRest(Step, frozen=True, kw_only=True):
    """More is to be deleted of a person who took back the permission than one transaction takes: the rest follows in parts."""

    subject_field: ClassVar[str] = "person"
    formerly: ClassVar[tuple[str, ...]] = ("proofs.ForgettingDue",)

    person: str


class _DisputeFact(Event, frozen=True, kw_only=True):
    """``place`` is where it is decided, ``at_place`` where the clerk sits, ``kept`` the place whose operations show it."""

    subject_field: ClassVar[str] = "dispute"

    dispute: str
    at: datetime
    at_place: str
    kept: str


class _ToDecide(_DisputeFact, frozen=True, kw_only=True):
    """``avoid`` and ``avoid_keys`` (blind ID numbers) must not decide."""

    decide_after: datetime
    avoid: tuple[str, ...]
    avoid_keys: tuple[str, ...]


class ProofDisputed(_ToDecide, frozen=True, kw_only=True):
    """Somebody was to be proved and another proof stands: nothing changes before ``decide_after``. ``hears`` names by app who
    has the number on record beside the ``claimant``: the holder of the standing proof, and accounts of staff."""

    claimant: str
    hears: dict[str, tuple[str, ...]]


class DisputeRipe(_ToDecide, frozen=True, kw_only=True):
    """The days in which nothing changes are over, and nobody has decided."""


class DisputeEnded(_DisputeFact, frozen=True, kw_only=True):
    """Nobody need decide any more: ``upheld``, ``dismissed`` (the standing proof stays), or ``overtaken`` by another proof.
    ``persons`` are the two, the claimant first."""

    outcome: Literal["upheld", "dismissed", "overtaken"]
    persons: tuple[str, ...]


def fact_of(ctx: Context, dispute: Dispute) -> dict[str, Any]:
    """What every fact about a dispute tells."""
    return {
        "place": dispute.seat,
        "dispute": dispute.id,
        "at": ctx.now(),
        "at_place": dispute.place,
        "kept": dispute.path[-1],
    }


def note_ended(ctx: Context, dispute: Dispute) -> None:
    """Both hear how it ended."""
    both = (dispute.claimant, dispute.holder)
    ctx.emit(DisputeEnded(**fact_of(ctx, dispute), outcome=dispute.state, persons=both))  # type: ignore[arg-type]


EVENTS: tuple[type[Event], ...] = (
    PersonProved,
    BindingProved,
    ProofDisputed,
    DisputeRipe,
    DisputeEnded,
)

SAMPLE = {"at": "2026-11-23T07:01:00Z", "unit": "聚贤镇"}
DISPUTED = {**SAMPLE, "due": "2026-11-30T07:01:00Z", "decider": "安居区"}


# What each app's mini program has a template for; in ops there is none, and the official account's alert serves.
KINDS: Mapping[App, str] = {"ykt": "result", "ydsh": "reminder", "ydjd": "reminder", "ops": "alert"}


def _message(name: str, label: str, sample: Mapping[str, object] = SAMPLE, app: App = RESIDENTS) -> MessageType:
    return MessageType(
        name=name,
        code="P11",
        kind=KINDS[app],
        app=app,
        label=label,
        sample=sample,
        link="/me/real-name" if app == RESIDENTS else None,
        message_class=MessageClass.LEGAL,
    )


def _disputed_in(app: App) -> str:
    """An app has an inbox of its own, so that the same warning is a message for each."""
    return "disputed" if app == RESIDENTS else f"disputed_{app}"


MESSAGE_TYPES = (
    _message("proved", "身份已核验", {**SAMPLE, "passed": 2}),
    _message("ended", "实名绑定已失效"),
    *(_message(_disputed_in(app), "有人申请核验您的身份", DISPUTED, app) for app in APPS),
    _message("waiting", "身份核验待核定", DISPUTED),
    _message("kept", "身份争议已核定"),
    MessageType(
        name="decide",
        code="P01",
        kind="todo",
        app="ydsh",
        label="身份争议待核定",
        link="/{place}/proofs/disputes/{dispute}",
        sample={**DISPUTED, "dispute": "0190a000-0000-7000-8000-000000000000", "place": "510904"},
    ),
)


async def tell_both(event: BindingProved, ctx: Context) -> Sequence[Push]:
    """Who was proved, and whose claim it has ended."""
    data = {"at": event.at, "unit": ctx.regions.full_name(event.place), "passed": event.passed}
    pushes = [Push(to=Persons((event.person,)), message="proofs.proved", key=event.proof, data=data)]
    if event.ended:
        to = Persons(event.ended, themselves=True)
        pushes.append(Push(to=to, message="proofs.ended", key=event.proof, data=data))
    return pushes


async def tell_of_dispute(event: ProofDisputed, ctx: Context) -> Sequence[Push]:
    """Whose proof is disputed at once and in every app; who disputes it; who decides."""
    data = _data_of(event, ctx)
    return [
        *_to_holders(event, data),
        Push(to=Persons((event.claimant,)), message="proofs.waiting", key=event.dispute, data=data),
        _to_deciders(event, ctx, event.dispute),
    ]


async def remind_deciders(event: DisputeRipe, ctx: Context) -> Sequence[Push]:
    """Now either may be decided."""
    return [_to_deciders(event, ctx, _ripe(event.dispute))]


def _to_deciders(event: _ToDecide, ctx: Context, key: str) -> Push:
    deciders = Holders(role=ROLE, place=event.place, node=NODE, but_not=event.avoid, but_not_keys=event.avoid_keys)
    data = {**_data_of(event, ctx), "dispute": event.dispute, "place": event.kept}
    return Push(to=deciders, message="proofs.decide", key=key, data=data)


def _ripe(dispute: str) -> str:
    return f"{dispute}:ripe"


def _to_holders(event: ProofDisputed, data: Mapping[str, object]) -> list[Push]:
    return [
        # Not at eight in the morning: who reads it now can still object.
        Push(to=Persons(persons), message=f"proofs.{_disputed_in(app)}", key=event.dispute, data=data, urgent=True)
        for app in APPS
        if (persons := event.hears.get(app))
    ]


async def tell_ended(event: DisputeEnded, ctx: Context) -> Sequence[Push | Withdraw]:
    """Nobody need look at it any more. Both residents hear that nothing has changed; of a change the proof itself tells."""
    told: list[Push | Withdraw] = [
        Withdraw(message="proofs.decide", key=key, reason="该争议已核定")
        for key in (event.dispute, _ripe(event.dispute))
    ]
    if event.outcome == "dismissed":
        data = {"at": event.at, "unit": ctx.regions.full_name(event.at_place)}
        told.append(Push(to=Persons(event.persons), message="proofs.kept", key=event.dispute, data=data))
    return told


def _data_of(event: _ToDecide, ctx: Context) -> dict[str, object]:
    return {
        "at": event.at,
        "unit": ctx.regions.full_name(event.at_place),
        "due": event.decide_after,
        "decider": ctx.regions.full_name(event.place),
    }


TRIGGERS = (
    Trigger(event=BindingProved, call=tell_both),
    Trigger(event=ProofDisputed, call=tell_of_dispute),
    Trigger(event=DisputeRipe, call=remind_deciders),
    Trigger(event=DisputeEnded, call=tell_ended),
)
