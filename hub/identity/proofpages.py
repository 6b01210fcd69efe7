"""The pages of 现场核验 at the window, and of 身份争议 for whoever decides."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import msgspec

from hub.business.pages import ButtonView, Chip, DetailView, ListView, RowView
from hub.identity.disputes import STATES, Move, State, not_now
from hub.identity.proofviews import METHODS, DisputeDetail, DisputeLine, DisputeQuery, PartyView
from hub.identity.proving import DECIDE, NO_NUMBER, PROVE, decides
from hub.rules.context import Context
from hub.words.actors import App
from hub.words.clock import day_in_chinese, in_chinese
from hub.words.contributions import Form, MenuEntry, News, Page
from hub.words.errors import Conflict, Forbidden

if TYPE_CHECKING:
    from hub.identity.proofs import ProofsPlugin

DECIDER_APPS: tuple[App, ...] = ("ydsh", "ydjd")
TONES = {"open": "wait", "upheld": "info", "dismissed": "ok", "overtaken": "mute"}
LISTED: tuple[State, ...] = ("open", "upheld", "dismissed")


class Way(msgspec.Struct, frozen=True, kw_only=True):
    """A way to decide a dispute: what its page is called, its colour, what comes of it."""

    title: str
    says: str
    help: str
    tone: str = ""


WAYS: Mapping[Move, Way] = {
    "uphold": Way(
        title="改为申请人",
        tone="bad",
        says="申请人成为此身份证号的已核验人，原持有人的核验失效，其补贴记录转给申请人。",
        help="定错了，别人的补贴就会被外人看到。看过申请人的证件原件、问过当时的窗口，都对得上，才这样定。证明材料留好备查。",
    ),
    "dismiss": Way(
        title="维持原核验",
        says="一切不变，双方会收到通知。申请人可以带新的证明重新申请。",
        help="申请人拿不出证明，或是填错了号码的，维持原核验。理由里写清看了什么证件、问了哪个窗口。",
    ),
}


class ProvePage(msgspec.Struct, frozen=True, kw_only=True):
    """``why_not``: why whoever stands at this window can prove nobody, "" where they can."""

    why_not: str


class DecidePage(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision is about (``title``, at ``href`` below the plugin), and what comes of it."""

    title: str
    href: str
    version: int
    says: tuple[str, ...]
    tone: str


class DisputeView(msgspec.Struct, frozen=True, kw_only=True):
    """``why_not``: why the one who looks leaves it to others. ``parties``: what each of the two is called, and what is known."""

    why_not: str
    parties: tuple[tuple[str, tuple[tuple[str, str], ...]], ...]


def pages(proofs: ProofsPlugin) -> tuple[Page, ...]:
    """现场核验, the list of disputes, one of them, and a page for each way to decide it."""

    async def prove(ctx: Context) -> ProvePage:
        """现场核验"""
        return ProvePage(why_not=NO_NUMBER if ctx.actor.id_key is None else "")

    async def disputes(ctx: Context, query: DisputeQuery) -> ListView:
        """身份争议"""
        found = await proofs.disputes(ctx, query)
        return ListView(
            rows=tuple(map(_row, found.items)),
            next=found.next,
            chips=tuple(
                Chip(label=STATES[each], href=f"?state={each}", current=query.state == each) for each in LISTED
            ),
            nothing=(f"没有{STATES[query.state]}的身份争议", "窗口核验时遇到已有核验记录的，会到这里由您核定。"),
        )

    async def dispute(ctx: Context, id: str) -> DetailView:
        """身份争议"""
        return _shown(ctx, *await proofs.may_decide(ctx, id))

    return (
        Page(
            apps=("ydsh",),
            path="",
            title="现场核验",
            template="proofs/prove.html",
            help="对方没有身份码的，请他先在手机上做实名绑定。对不上的不要硬填，先问清是不是绑定时填错了。有争议的，由上一级核定。",
            load=prove,
            access=PROVE,
            form=Form(route="", shows="proofs/proved.html", submit="核验", start=lambda page: {"method": "id_card"}),
        ),
        Page(
            apps=DECIDER_APPS,
            path="/disputes",
            title="身份争议",
            help="两个人都说一个身份证号是自己的，由您核定。点开对照双方，问清当时核验的窗口，再定是谁的。",
            template="ui/list.html",
            load=disputes,
            access=DECIDE,
        ),
        Page(
            apps=DECIDER_APPS,
            path="/disputes/{id}",
            title="身份争议",
            template="proofs/dispute.html",
            help="对照双方的姓名、户籍和核验的证件，打电话问当时核验的窗口，必要时请双方带证件来。没有查清以前，不要核定。",
            load=dispute,
            access=DECIDE,
        ),
        *(_decide_page(proofs, move) for move in WAYS),
    )


def _decide_page(proofs: ProofsPlugin, move: Move) -> Page:
    way = WAYS[move]

    async def load(ctx: Context, id: str) -> DecidePage:
        shown, why_not = await proofs.may_decide(ctx, id)
        if why_not:
            raise Forbidden(why_not)
        if move not in shown.dispute.moves:
            raise Conflict(not_now(shown.dispute.state, shown.dispute.decide_after))
        return DecidePage(
            title=_title(shown.dispute),
            href=f"/disputes/{id}",
            version=shown.dispute.version,
            says=(way.says, "核定后不能撤销，您的姓名和理由记录在案。"),
            tone=way.tone,
        )

    return Page(
        apps=DECIDER_APPS,
        path=f"/disputes/{{id}}/{move}",
        title=way.title,
        template="identity/sure.html",
        load=load,
        access=DECIDE,
        form=Form(
            route="/disputes/{id}/decide",
            then="/disputes/{id}",
            submit=way.title,
            fixed={"move": move},
            start=lambda page: {"version": page.version},
        ),
        help=way.help,
    )


def menu_entries(proofs: ProofsPlugin) -> tuple[MenuEntry, ...]:
    async def waiting(ctx: Context) -> News:
        return News(count=await proofs.waiting(ctx))

    proving = MenuEntry(app="ydsh", label="现场核验", path="", access=PROVE, order=90, icon="id")
    deciding = [
        MenuEntry(
            app=app,
            label="身份争议",
            path="/disputes",
            access=DECIDE,
            order=91,
            icon="users",
            news=waiting,
            fits=decides,
        )
        for app in DECIDER_APPS
    ]
    return (proving, *deciding)


# --- pieces ----------------------------------------------------------------------------------------------------------


def _title(line: DisputeLine) -> str:
    return f"{line.name or '已注销的申请人'}的身份争议"


def _row(line: DisputeLine) -> RowView:
    return RowView(
        title=_title(line),
        facts=(line.place_name, f"{day_in_chinese(line.opened_at)}提出"),
        pill=line.state_label,
        tone=TONES[line.state],
        href=f"/disputes/{line.id}",
    )


def _shown(ctx: Context, shown: DisputeDetail, why_not: str) -> DetailView:
    line = shown.dispute
    facts = {
        "身份证号": shown.id_number,
        "核验地点": line.place_name,
        "查看的证件": METHODS.get(shown.method, ""),
        "提出时间": in_chinese(line.opened_at),
        "可改为申请人": f"{in_chinese(line.decide_after)}之后" if line.state == "open" else "",
        "业务所在地": "、".join(shown.known_in),
        "核定时间": in_chinese(shown.decided_at) if shown.decided_at else "",
        "核定理由": shown.reason,
    }
    return DetailView(
        id=line.id,
        href=f"/disputes/{line.id}",
        now=ctx.now(),
        version=line.version,
        title=_title(line),
        sub="",
        pill=line.state_label,
        tone=TONES[line.state],
        facts=tuple((label, said) for label, said in facts.items() if said),
        flow=(),
        buttons=() if why_not else tuple(_button(line.id, move) for move in line.moves),
        view=DisputeView(
            why_not=why_not if line.state == "open" else "",
            parties=tuple((label, _facts_of(party)) for label, party in _parties(shown)),
        ),
        document=None,
    )


def _button(dispute: str, move: Move) -> ButtonView:
    way = WAYS[move]
    return ButtonView(label=way.title, href=f"/disputes/{dispute}/{move}", tone=way.tone)


def _parties(shown: DisputeDetail) -> list[tuple[str, PartyView]]:
    parties = [("申请人", shown.claimant), ("原持有人", shown.holder)]
    return [(label, party) for label, party in parties if party is not None]


def _facts_of(party: PartyView) -> tuple[tuple[str, str], ...]:
    return (
        ("姓名", party.name),
        ("填写的户籍地", party.home),
        ("开始使用", day_in_chinese(party.signed_up_at) if party.signed_up_at else ""),
        ("核验时间", day_in_chinese(party.proved_at) if party.proved_at else ""),
        ("核验地点", party.proved_in),
        ("核验证件", METHODS.get(party.method, "")),
    )
