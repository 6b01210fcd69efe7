"""On-site proof 现场核验: a handler who sees the identity card confirms whose binding it is.

A proof opens payments and reading for others. It ends every other claim on the same number, brings along what was theirs,
and tells them (domain §8). It never ends another proof: then a dispute opens, and a second person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, Literal

import msgspec

from hub.identity import belongings
from hub.identity.disputes import STATES, Dispute, Move, State
from hub.identity.identity import IdentityServices
from hub.identity.people import Assurance, Person, Proof
from hub.identity.prooffacts import (
    EVENTS,
    MESSAGE_TYPES,
    NODE,
    TRIGGERS,
    DisputeRipe,
    PassOnRest,
    ProofDisputed,
    fact_of,
    note_ended,
)
from hub.identity.proving import PROVERS, Proving, Settled, desk_of, pass_on_rest
from hub.rules.context import Context, transaction_of, unit_of
from hub.words import masking
from hub.words.actors import Position
from hub.words.asking import Asked
from hub.words.clock import shanghai
from hub.words.contributions import Event, Job, MessageType, Paged, Paging, Permission, Route, StepHandler, Trigger
from hub.words.errors import Conflict, Forbidden, Invalid, NotFound, Refused, Stale
from hub.words.hookspecs import hookimpl
from hub.words.personal import IdNumberText, Secret
from hub.words.ranges import Range
from hub.words.text import read_reason, same_name

MISMATCH = "姓名、身份证号与此人在微信中绑定的不一致，请核对证件和对方手机上的信息。"
Method = Literal["id_card", "social_card", "household_book"]
NOT_YOURS = "身份争议由综合岗位核定，您的岗位不能办理。"
PROVE, DECIDE = "proofs.prove", "proofs.decide"
DECIDERS = ("handler", "leader")


class ProofSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``dispute_days``: how long nothing changes after a dispute has opened, 1 to 90; the county's where the clerk sits."""

    dispute_days: Annotated[int, Range(1, 90), Asked("身份争议的等待天数")] = 7


class ProofRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``person`` as shown on the resident's phone (我的 → 身份码), name and number as the handler reads them on the card."""

    person: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
    id_number: Annotated[str, msgspec.Meta(min_length=1, max_length=40)]
    method: Method = "id_card"

    def __repr__(self) -> str:
        return "ProofRequest(***)"


class ProofAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """``ended``: how many other claims on this number have ended; ``passed``: how many documents have come along. With a
    ``dispute`` nothing has changed, and nothing does before ``decide_after``."""

    person: str
    name: str
    assurance: Assurance
    ended: int
    passed: int
    dispute: str | None = None
    decide_after: datetime | None = None
    hint: str = ""


class DisputeQuery(Paging, frozen=True, kw_only=True):
    """Of one state."""

    state: State = "open"


class DisputeLine(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute in the list of those who decide; the person is masked."""

    id: str
    version: int
    name: str
    place: str
    place_name: str
    state: State
    state_label: str
    opened_at: datetime
    decide_after: datetime
    moves: list[Move]


class PartyView(msgspec.Struct, frozen=True, kw_only=True):
    """One of the two records. ``home`` is what its owner typed; the proof, if there is one, is where a clerk has seen a
    paper."""

    person: str
    name: str
    home: str
    signed_up_at: datetime | None
    proved_at: datetime | None
    proved_in: str
    method: str


class DisputeDetail(msgspec.Struct, frozen=True, kw_only=True):
    """``known_in``: where business of this ID number lies. ``holder`` is None when nobody is proved any more."""

    dispute: DisputeLine
    id_number: str
    method: str
    holder: PartyView | None
    claimant: PartyView
    known_in: list[str]
    reason: str
    decided_at: datetime | None


class DecideRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``move``: ``uphold``, the claimant is the one, or ``dismiss``, all stays as it is. ``reason`` is kept, not shown to the two."""

    version: int
    move: Move
    reason: str


class ProofsPlugin:
    """现场核验: ``POST /api/v1/{place}/proofs``; 身份争议 below ``/proofs/disputes``."""

    builtin = True
    placeless = False
    prefix = "proofs"

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity
        self._proving = Proving(identity)

    @hookimpl
    def config_schema(self) -> type[ProofSettings]:
        return ProofSettings

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (
            Permission(PROVE, "现场核验身份", PROVERS),
            Permission(DECIDE, "核定身份争议", DECIDERS),
        )

    @hookimpl
    def routes(self) -> Sequence[Route]:
        # A clerk sees a few dozen people a day; who proves hundreds is looking for numbers.
        rate = (60, timedelta(hours=1))
        return (
            Route(method="POST", path="", call=self.prove, access=PROVE, rate=rate),
            Route(method="GET", path="/disputes", call=self.disputes, access=DECIDE),
            Route(method="GET", path="/disputes/{id}", call=self.dispute, access=DECIDE),
            Route(method="POST", path="/disputes/{id}/decide", call=self.decide, access=DECIDE, reads="/disputes/{id}"),
        )

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return EVENTS

    @hookimpl
    def message_types(self) -> Sequence[MessageType]:
        return MESSAGE_TYPES

    @hookimpl
    def triggers(self) -> Sequence[Trigger]:
        return TRIGGERS

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        return (
            Job(
                name="ripen",
                call=self._ripen,
                label="提醒核定等待期满的身份争议",
                every=timedelta(minutes=10),
                transaction=False,
            ),
        )

    @hookimpl
    def steps(self) -> Sequence[StepHandler]:
        return (StepHandler(step=PassOnRest, call=pass_on_rest),)

    # --- a proof ----------------------------------------------------------------------------------------------------------

    async def prove(self, ctx: Context, body: ProofRequest) -> ProofAnswer:
        """现场核验: the one in front of me is who they claim to be."""
        try:
            person, number = await self._claimant(ctx, body)
        except Refused as refused:
            await self._note(ctx, body.person, refused)
            raise
        holder = await self._proving.standing(ctx, person, number)
        if holder is not None:
            return await self._dispute(ctx, person, number, holder, body.method)
        seen = Proof(place=desk_of(ctx), by=ctx.actor.person or "", method=body.method, at=ctx.now())
        settled = await self._settle(ctx, person, number, seen)
        return ProofAnswer(
            person=person.id,
            name=_masked(ctx, person),
            assurance="proved",
            ended=len(settled.ended),
            passed=settled.passed,
        )

    async def _settle(
        self, ctx: Context, person: Person, number: IdNumberText, seen: Proof, decided: str = ""
    ) -> Settled:
        """The proof is made, and whoever disputed this number has no claim any more; but the dispute that is ``decided``."""
        settled = await self._proving.settle(ctx, person, number, seen, decided)
        ctx.audit("person.proved", person.id, why=seen.method, ended=len(settled.ended))
        return settled

    async def _claimant(self, ctx: Context, body: ProofRequest) -> tuple[Person, IdNumberText]:
        """The person whose claim agrees with the card; the same refusal for an unknown one, so that nothing is learned."""
        clerk = await self._proving.clerk_of(ctx)
        seen = self._identity.people.check(body.name, body.id_number, None, None)
        try:
            person = await self._identity.people.get(body.person, transaction_of(ctx))
        except NotFound:
            person = None
        if person is None or not same_name(person.name, seen.name) or person.id_number != seen.id_number:
            raise Invalid(MISMATCH, fields={"id_number": "不一致"})
        assert person.id_number is not None
        await self._proving.check_stranger(ctx, clerk, person)
        await self._proving.check_place(ctx, person, person.id_number)
        if person.withdrawn_at is not None:
            raise Conflict("此人已撤回个人信息授权，请其先在微信中重新同意。", state={"assurance": "none"})
        if person.assurance != "claimed":
            raise Conflict("此人的身份已经核验，无需再次核验。", state={"assurance": person.assurance})
        return person, person.id_number

    async def _note(self, ctx: Context, person: str, refused: Refused) -> None:
        units = unit_of(ctx).units
        await units.note(
            "person.proof_refused",
            person,
            actor=ctx.actor,
            place=ctx.place,
            request_id=ctx.request_id,
            because=refused.code,
        )

    # --- a dispute --------------------------------------------------------------------------------------------------------

    async def _dispute(
        self, ctx: Context, person: Person, number: IdNumberText, holder: Person, method: Method
    ) -> ProofAnswer:
        """Nothing changes; the holder hears of it, and somebody above both decides."""
        # The lock between this and whatever ends that proof meanwhile.
        await self._identity.people.rights_changed(transaction_of(ctx), holder.id)
        dispute = self._new(ctx, person, number, holder, method)
        await self._identity.disputes.open(transaction_of(ctx), dispute)
        ctx.audit("person.proof_disputed", dispute.id, person=person.id, holder=holder.id, why=method)
        ctx.emit(
            ProofDisputed(
                **_to_decide(ctx, dispute),
                claimant=person.id,
                hears=await self._proving.hears(ctx, person, number),
            )
        )
        return ProofAnswer(
            person=person.id,
            name=_masked(ctx, person),
            assurance=person.assurance,
            ended=0,
            passed=0,
            dispute=dispute.id,
            decide_after=dispute.decide_after,
            hint=f"此身份证号已有核验记录，已通知原持有人。{ctx.settings(ProofSettings).dispute_days}天后由"
            f"{ctx.regions.full_name(dispute.seat)}的另一名工作人员核定，此前一切不变。",
        )

    def _new(self, ctx: Context, person: Person, number: IdNumberText, holder: Person, method: Method) -> Dispute:
        seat = ctx.regions[_seat(ctx, holder)]
        return Dispute(
            id=ctx.new_id(),
            id_key=unit_of(ctx).database.blind(number),
            holder=holder.id,
            claimant=person.id,
            place=desk_of(ctx),
            seat=seat.code,
            above=seat.path,
            path=(seat if seat.county else ctx.regions[ctx.county or seat.code]).path,
            clerk=ctx.actor.person or "",
            clerk_key=ctx.actor.id_key or "",
            method=method,
            opened_at=ctx.now(),
            decide_after=ctx.now() + timedelta(days=ctx.settings(ProofSettings).dispute_days),
        )

    async def disputes(self, ctx: Context, query: DisputeQuery) -> Paged[DisputeLine]:
        """身份争议列表: those that are decided here or below, the oldest first."""
        page = await self._identity.disputes.page(ctx.place.code, _regions(ctx), query.state, query)
        people = await self._identity.people.many(each.claimant for each in page.items)
        return Paged(items=[_line(ctx, each, people.get(each.claimant)) for each in page.items], next=page.next)

    async def dispute(self, ctx: Context, id: str) -> DisputeDetail:
        """身份争议 in full: both records, where each was seen, and where the hub knows this ID number."""
        dispute = await self._identity.disputes.get(ctx.place.code, _regions(ctx), id)
        return await self._detail(ctx, dispute)

    async def _detail(self, ctx: Context, dispute: Dispute) -> DisputeDetail:
        both = await self._identity.people.many([dispute.holder, dispute.claimant], unit_of(ctx).session)
        claimant, holder = both[dispute.claimant], both.get(dispute.holder)
        number = claimant.id_number or (holder.id_number if holder else None)
        known = await belongings.known_places(ctx, dispute.id_key)
        places = sorted({each.place for each in known if each.place in ctx.regions})
        return DisputeDetail(
            dispute=_line(ctx, dispute, claimant),
            id_number=masking.id_number_staff(number.reveal()) if number else "",
            method=dispute.method,
            holder=_party(ctx, holder) if holder else None,
            claimant=_party(ctx, claimant),
            known_in=[ctx.regions.full_name(place) for place in places],
            reason=dispute.reason.reveal() if dispute.reason else "",
            decided_at=dispute.decided_at,
        )

    async def decide(self, ctx: Context, id: str, body: DecideRequest) -> DisputeDetail:
        """核定身份争议: the claimant is the one, or the standing proof stays; with a reason, by somebody who has no part in it."""
        dispute = await self._identity.disputes.get(ctx.place.code, _regions(ctx), id, transaction_of(ctx))
        if dispute.version != body.version:
            raise Stale(state={"state": dispute.state, "version": dispute.version})
        reason = read_reason(body.reason)
        await self._check_decider(ctx, dispute)
        if body.move not in dispute.moves(ctx.now()):
            raise Conflict(_not_now(ctx, dispute), state={"state": dispute.state, "version": dispute.version})
        decide = self._uphold if body.move == "uphold" else self._dismiss
        decided = await decide(ctx, dispute)
        decided = msgspec.structs.replace(
            decided,
            version=dispute.version + 1,
            decided_by=ctx.actor.person,
            decided_at=ctx.now(),
            reason=Secret(reason),
        )
        await self._identity.disputes.decide(transaction_of(ctx), dispute, decided)
        note_ended(ctx, decided)
        ctx.audit("person.dispute_decided", dispute.id, result=decided.state, person=dispute.claimant)
        return await self._detail(ctx, decided)

    async def _check_decider(self, ctx: Context, dispute: Dispute) -> None:
        """A second person, who is neither of the two."""
        clerk = await self._proving.clerk_of(ctx)
        if ctx.actor.person == dispute.clerk or ctx.actor.id_key == dispute.clerk_key:
            raise Forbidden("须由原核验人以外的人员核定。")
        both = await self._identity.people.many([dispute.holder, dispute.claimant], transaction_of(ctx))
        if ctx.actor.id_key == dispute.id_key:
            raise Forbidden("不能核定与自己有关的争议，请由其他人员办理。")
        for person in both.values():
            await self._proving.check_stranger(ctx, clerk, person)

    async def _uphold(self, ctx: Context, dispute: Dispute) -> Dispute:
        person = await self._identity.people.get(dispute.claimant, transaction_of(ctx))
        number = person.id_number
        if number is None or unit_of(ctx).database.blind(number) != dispute.id_key or person.assurance != "claimed":
            raise _changed("申请人的实名绑定已变化，不能改为申请人；请维持原核验。", dispute)
        if person.withdrawn_at is not None:
            raise _changed("申请人已撤回个人信息授权，不能改为申请人；请其先在微信中重新同意，或维持原核验。", dispute)
        holder = await self._proving.standing(ctx, person, number)
        if holder is not None and holder.id != dispute.holder:
            # They have heard of no dispute, and nobody has looked whether the decider is a stranger to them.
            raise _changed(
                "此身份证号已另有他人核验，不能改为申请人；请维持现有核验，由申请人重新到窗口申请。", dispute
            )
        seen = Proof(place=dispute.place, by=dispute.clerk, method=dispute.method, at=dispute.opened_at)
        await self._settle(ctx, person, number, seen, dispute.id)
        return msgspec.structs.replace(dispute, state="upheld")

    async def _dismiss(self, ctx: Context, dispute: Dispute) -> Dispute:
        return msgspec.structs.replace(dispute, state="dismissed")

    async def _ripen(self, ctx: Context) -> None:
        """The days of some disputes are over: whoever decides is reminded."""

        async def some(ctx: Context) -> int:
            found = await self._identity.disputes.ripen(transaction_of(ctx), ctx.now())
            for dispute in found:
                if dispute.seat in ctx.regions:
                    ctx.emit(DisputeRipe(**_to_decide(ctx, dispute)))
            return len(found)

        while await ctx.in_transaction(some):
            pass


# --- pieces ----------------------------------------------------------------------------------------------------------


def _to_decide(ctx: Context, dispute: Dispute) -> dict[str, Any]:
    return {
        **fact_of(ctx, dispute),
        "decide_after": dispute.decide_after,
        "avoid": (dispute.clerk, dispute.holder, dispute.claimant),
        "avoid_keys": (dispute.id_key, dispute.clerk_key),
    }


def _seat(ctx: Context, holder: Person) -> str:
    """The nearest place that is above the clerk's and above where the standing proof was made; the city is above all."""
    here = ctx.regions[desk_of(ctx)]
    there = ctx.regions.get(holder.proof.place if holder.proof else holder.region or "")
    above = here.path[:-1] or here.path
    shared = [code for code in above if there is None or code in there.path]
    return shared[-1] if shared else above[0]


def _regions(ctx: Context) -> list[str]:
    """From where the one who acts decides; ``Forbidden`` for who does so nowhere."""
    regions = [position.region for position in ctx.actor.positions if _decides(position)]
    if not regions:
        raise Forbidden(NOT_YOURS)
    return regions


def _decides(position: Position) -> bool:
    """A position that is bound to no bureau and no project: who somebody is, is nobody's subsidy."""
    return (
        position.role in DECIDERS
        and position.bureau is None
        and position.project is None
        and position.node in (None, NODE)
    )


def _changed(why: str, dispute: Dispute) -> Conflict:
    return Conflict(why, state={"version": dispute.version})


def _not_now(ctx: Context, dispute: Dispute) -> str:
    if dispute.state != "open":
        return f"此争议{STATES[dispute.state]}，无需再办理。"
    day = shanghai(dispute.decide_after)
    return f"等待期未满，{day:%Y-%m-%d %H:%M}之后才能改为申请人；现在可以维持原核验。"


def _line(ctx: Context, dispute: Dispute, person: Person | None) -> DisputeLine:
    return DisputeLine(
        id=dispute.id,
        version=dispute.version,
        name=_masked(ctx, person) if person else "",
        place=dispute.place,
        place_name=ctx.regions.full_name(dispute.place),
        state=dispute.state,
        state_label=STATES[dispute.state],
        opened_at=dispute.opened_at,
        decide_after=dispute.decide_after,
        moves=list(dispute.moves(ctx.now())),
    )


def _party(ctx: Context, person: Person) -> PartyView:
    proof = person.proof
    return PartyView(
        person=person.id,
        name=_masked(ctx, person),
        home=_place_name(ctx, person.region),
        signed_up_at=person.created_at,
        proved_at=proof.at if proof else None,
        proved_in=_place_name(ctx, proof.place) if proof else "",
        method=proof.method if proof else "",
    )


def _place_name(ctx: Context, code: str | None) -> str:
    return ctx.regions.full_name(code) if code is not None and code in ctx.regions else ""


def _masked(ctx: Context, person: Person) -> str:
    return person.masked_name(shanghai(ctx.now()).date())
