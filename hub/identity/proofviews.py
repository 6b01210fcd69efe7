"""What operations of 现场核验 and 身份争议 read and answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from hub.identity.disputes import STATES, Dispute, Move, State
from hub.identity.people import Assurance, Person
from hub.rules.context import Context
from hub.words.asking import Asked
from hub.words.clock import shanghai
from hub.words.contributions import Paging

Method = Literal["id_card", "social_card", "household_book"]
METHODS: Mapping[str, str] = {"id_card": "身份证", "social_card": "社会保障卡", "household_book": "户口簿"}
CODE_HINT = "8位数字，在对方手机上：遂宁一卡通→我的→实名信息"


class ProofRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``person`` as shown on the resident's phone (我的 → 实名信息 → 身份码), or its id; name and number as the handler reads them
    on the card."""

    person: Annotated[str, Asked("身份码", CODE_HINT), msgspec.Meta(min_length=1, max_length=100)]
    name: Annotated[str, Asked("姓名", "与证件一致"), msgspec.Meta(min_length=1, max_length=100)]
    id_number: Annotated[str, Asked("身份证号", "与证件一致"), msgspec.Meta(min_length=1, max_length=40)]
    method: Annotated[Method, Asked("查看的证件", choices=METHODS)] = "id_card"

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
    move: Annotated[Move, Asked("核定结果")]
    reason: Annotated[str, Asked("核定的理由", "记录在案，双方看不到", long=True)]


def line_of(ctx: Context, dispute: Dispute, person: Person | None) -> DisputeLine:
    return DisputeLine(
        id=dispute.id,
        version=dispute.version,
        name=masked_name(ctx, person) if person else "",
        place=dispute.place,
        place_name=ctx.regions.full_name(dispute.place),
        state=dispute.state,
        state_label=STATES[dispute.state],
        opened_at=dispute.opened_at,
        decide_after=dispute.decide_after,
        moves=list(dispute.moves(ctx.now())),
    )


def party_of(ctx: Context, person: Person) -> PartyView:
    proof = person.proof
    return PartyView(
        person=person.id,
        name=masked_name(ctx, person),
        home=place_name(ctx, person.region),
        signed_up_at=person.created_at,
        proved_at=proof.at if proof else None,
        proved_in=place_name(ctx, proof.place) if proof else "",
        method=proof.method if proof else "",
    )


def place_name(ctx: Context, code: str | None) -> str:
    return ctx.regions.full_name(code) if code is not None and code in ctx.regions else ""


def masked_name(ctx: Context, person: Person) -> str:
    return person.masked_name(shanghai(ctx.now()).date())
