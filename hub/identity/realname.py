"""实名信息: how sure the hub is of a resident, how they are proved at a window, and what is disputed about it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Literal

import msgspec

from hub.identity.disputes import STATES, Dispute, State
from hub.identity.identity import IdentityServices
from hub.identity.people import Assurance
from hub.identity.proving import code_of
from hub.rules.context import Context
from hub.words import masking
from hub.words.clock import in_chinese, shanghai
from hub.words.contributions import Anyone, Route

Side = Literal["claimant", "holder"]
SAYS: Mapping[tuple[State, Side], str] = {
    (
        "open",
        "claimant",
    ): "您在{place}申请的核验与已有的核验记录不一致，已通知原持有人。{due}之后由{seat}核定，结果会通知您，不用再申请。"
    "需要补充说明的，请带身份证到{place}的窗口。",
    (
        "open",
        "holder",
    ): "有人用您的身份证号在{place}申请核验，您的核验暂不受影响。不是您本人办理的，请尽快带身份证到当地便民服务窗口说明，"
    "或联系{seat}；{due}之后由{seat}核定。",
    ("upheld", "claimant"): "已核定为您本人，您的身份已核验。",
    ("upheld", "holder"): "已核定为申请人。您不同意的，请带身份证到{seat}的窗口说明。",
    ("dismissed", "claimant"): "维持原来的核验，一切不变。您不同意的，可以带新的证明再到窗口申请。",
    ("dismissed", "holder"): "维持您的核验，一切不变。",
    ("overtaken", "claimant"): "此身份证号已有新的核验，这次申请到此结束。有疑问请到{place}的窗口。",
    ("overtaken", "holder"): "已由另一次核验办结。有疑问请到{place}的窗口。",
}


class MyDispute(msgspec.Struct, frozen=True, kw_only=True):
    """A dispute of mine: ``claimant`` who wants to be proved, ``holder`` who is. ``place_name`` is the window, ``seat_name`` where it
    is decided; ``says`` what it means for me, and what comes next."""

    id: str
    side: Side
    state: State
    state_label: str
    place_name: str
    seat_name: str
    opened_at: datetime
    decide_after: datetime
    says: str


class RealName(msgspec.Struct, frozen=True, kw_only=True):
    """Name and number are masked. ``code`` is what a clerk asks for at the window, "" for who has claimed nothing; ``withdrawn``: the
    consent was taken back. ``windows`` are where to go, the nearest first."""

    assurance: Assurance
    name: str
    id_number: str
    region_name: str
    withdrawn: bool
    code: str
    windows: list[str]
    proved_at: datetime | None
    proved_in: str
    disputes: list[MyDispute]


class RealNames:
    """``GET /api/v1/me/real-name``."""

    def __init__(self, identity: IdentityServices) -> None:
        self._identity = identity

    def routes(self) -> tuple[Route, ...]:
        return (Route(method="GET", path="/me/real-name", call=self.show, access=Anyone.RESIDENT),)

    async def show(self, ctx: Context) -> RealName:
        """实名信息"""
        person = await self._identity.people.get(ctx.actor.person or "")
        key, assurance = ctx.actor.id_key, person.assured("resident")
        disputes = await self._identity.disputes.about(key, person.id) if key else []
        home, proof = ctx.regions.get(person.region or ""), person.proof
        return RealName(
            assurance=assurance,
            name=person.masked_name(shanghai(ctx.now()).date()),
            id_number=masking.id_number_staff(person.id_number.reveal()) if person.id_number else "",
            region_name=ctx.regions.full_name(home.code) if home else "",
            withdrawn=person.withdrawn_at is not None,
            code=code_of(ctx, person.id) if assurance != "none" else "",
            windows=[ctx.regions[code].name for code in reversed(home.path[1:])] if home else [],
            proved_at=proof.at if proof else None,
            proved_in=ctx.regions.full_name(proof.place) if proof and proof.place in ctx.regions else "",
            disputes=[_shown(ctx, each, person.id) for each in disputes],
        )


def _shown(ctx: Context, dispute: Dispute, person: str) -> MyDispute:
    side: Side = "claimant" if dispute.claimant == person else "holder"
    place, seat = ctx.regions.full_name(dispute.place), ctx.regions.full_name(dispute.seat)
    return MyDispute(
        id=dispute.id,
        side=side,
        state=dispute.state,
        state_label=STATES[dispute.state],
        place_name=place,
        seat_name=seat,
        opened_at=dispute.opened_at,
        decide_after=dispute.decide_after,
        says=SAYS[dispute.state, side].format(place=place, seat=seat, due=in_chinese(dispute.decide_after)),
    )
