"""On-site proof 现场核验: a handler who sees the identity card confirms whose binding it is.

A proof opens payments and reading for others. It ends every other claim on the same number, brings along what was theirs,
and tells them (domain §8). It never ends another proof: then a dispute opens, and a second person decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from hub.identity import belongings, proofpages
from hub.identity.disputes import Dispute, not_now
from hub.identity.identity import IdentityServices
from hub.identity.people import Person, Proof
from hub.identity.prooffacts import (
    EVENTS,
    MESSAGE_TYPES,
    TRIGGERS,
    DisputeRipe,
    PassOnRest,
    ProofDisputed,
    fact_of,
    note_ended,
)
from hub.identity.proofviews import (
    DecideRequest,
    DisputeDetail,
    DisputeLine,
    DisputeQuery,
    Method,
    ProofAnswer,
    ProofRequest,
    line_of,
    masked_name,
    party_of,
)
from hub.identity.proving import (
    DECIDE,
    DECIDERS,
    PROVE,
    PROVERS,
    Proving,
    Settled,
    desk_of,
    is_general,
    pass_on_rest,
    why_kept_away,
)
from hub.rules.context import Context, transaction_of, unit_of
from hub.words import masking
from hub.words.asking import Asked
from hub.words.contributions import (
    Event,
    Job,
    MenuEntry,
    MessageType,
    Page,
    Paged,
    Permission,
    Route,
    StepHandler,
    Trigger,
)
from hub.words.errors import Conflict, Forbidden, Invalid, Refused, Stale
from hub.words.hookspecs import hookimpl
from hub.words.ids import is_id
from hub.words.personal import IdNumberText, Secret
from hub.words.ranges import Range
from hub.words.text import read_reason, same_name

MISMATCH = "姓名、身份证号与此人在微信中绑定的不一致，请核对证件和对方手机上的信息。"
AT_THE_NUMBER = "与对方手机上绑定的不一致，请核对姓名、证件号和身份码。"
NOT_YOURS = "身份争议由综合岗位核定，您的岗位不能办理。"


class ProofSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``dispute_days``: how long nothing changes after a dispute has opened, 1 to 90; the county's where the clerk sits."""

    dispute_days: Annotated[int, Range(1, 90), Asked("身份争议的等待天数")] = 7


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
    def pages(self) -> Sequence[Page]:
        return proofpages.pages(self)

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        return proofpages.menu_entries(self)

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
            name=masked_name(ctx, person),
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
        person = await self._proving.bearer(ctx, body.person, seen.id_number) if seen.id_number else None
        if person is None or person.id_number is None or not same_name(person.name, seen.name):
            raise Invalid(MISMATCH, fields={"id_number": AT_THE_NUMBER})
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
            # What is no record's id was typed by hand, and may be anything, also the number of somebody.
            person if is_id(person) else units.database.cipher.digest("proof", person),
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
            name=masked_name(ctx, person),
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
        return Paged(items=[line_of(ctx, each, people.get(each.claimant)) for each in page.items], next=page.next)

    async def waiting(self, ctx: Context) -> int:
        """How many are to be decided here or below; counted to a hundred."""
        return await self._identity.disputes.waiting(ctx.place.code, _regions(ctx))

    async def dispute(self, ctx: Context, id: str) -> DisputeDetail:
        """身份争议 in full: both records, where each was seen, and where the hub knows this ID number."""
        return await self._detail(ctx, await self._find(ctx, id))

    async def may_decide(self, ctx: Context, id: str) -> tuple[DisputeDetail, str]:
        """The same, and why the one who looks may not decide it; "" where nothing is known against it."""
        dispute = await self._find(ctx, id)
        return await self._detail(ctx, dispute), why_kept_away(ctx.actor, dispute)

    async def _find(self, ctx: Context, id: str) -> Dispute:
        return await self._identity.disputes.get(ctx.place.code, _regions(ctx), id)

    async def _detail(self, ctx: Context, dispute: Dispute) -> DisputeDetail:
        both = await self._identity.people.many([dispute.holder, dispute.claimant], unit_of(ctx).session)
        claimant, holder = both[dispute.claimant], both.get(dispute.holder)
        number = claimant.id_number or (holder.id_number if holder else None)
        known = await belongings.known_places(ctx, dispute.id_key)
        places = sorted({each.place for each in known if each.place in ctx.regions})
        return DisputeDetail(
            dispute=line_of(ctx, dispute, claimant),
            id_number=masking.id_number_staff(number.reveal()) if number else "",
            method=dispute.method,
            holder=party_of(ctx, holder) if holder else None,
            claimant=party_of(ctx, claimant),
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
            raise Conflict(
                not_now(dispute.state, dispute.decide_after), state={"state": dispute.state, "version": dispute.version}
            )
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
        if why_not := why_kept_away(ctx.actor, dispute):
            raise Forbidden(why_not)
        both = await self._identity.people.many([dispute.holder, dispute.claimant], transaction_of(ctx))
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
    regions = [position.region for position in ctx.actor.positions if is_general(position)]
    if not regions:
        raise Forbidden(NOT_YOURS)
    return regions


def _changed(why: str, dispute: Dispute) -> Conflict:
    return Conflict(why, state={"version": dispute.version})
