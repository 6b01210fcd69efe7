"""The pages behind 我的: 实名信息, 登录设备, 微信提醒, 个人信息授权, 我的岗位. What ends something says first what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from hub.business.pages import ListView, RowView
from hub.identity.consents import Consents
from hub.identity.me import Me
from hub.identity.mypositions import Colleague, HeldPosition, OwnPositions
from hub.identity.mysessions import MySession, OwnSessions
from hub.identity.realname import RealNames
from hub.rules.context import Context
from hub.words.actors import APP_TITLES, APPS, App
from hub.words.clock import day_in_chinese, in_chinese
from hub.words.contributions import Anyone, Choice, Form, Page

STAFF_APPS: tuple[App, ...] = ("ydsh", "ydjd", "ops")
THROUGH = {"mp": "微信小程序", "oa": "微信网页", "account": "浏览器"}

WITHDRAWING = (
    "不能再申报和投诉，也看不到自己的申报进度和补贴发放；公示和政策仍可查看。",
    "已经提交的申报、投诉继续办理，正在发放的补贴不受影响；信息删除前，结果仍会通知您。",
    "依法要留存的材料继续留存，其余个人信息由工作人员删除。",
    "以后想再用，重新同意即可；信息已删除的，要重新填写，并重新到窗口核验。",
)
UNBINDING = {
    "oa": ("公众号不再给您发办理提醒，消息仍可在本应用的“消息”里查看。", "以后想再收，重新绑定即可。"),
    "mp": ("小程序不再给您发办理提醒。", "用小程序登录的手机会退出登录，重新打开小程序登录即可恢复。"),
}
LEAVING = (
    "新任务和还没认领的任务交给代理人；没有选代理人的，由同岗位的其他人办理，没有其他人的由上一级办理。",
    "您已认领的任务仍在您名下，请先办完或放回。",
    "离岗期间您仍可登录和查看，返岗时在这里点“返岗”。",
)
RETURNING = ("新任务和还没认领的任务重新交给您。", "代理人不再代办这个岗位。")


class Sure(msgspec.Struct, frozen=True, kw_only=True):
    """What is asked before something ends: ``title`` names it, ``href`` leads back (below the plugin), ``says`` what comes of it."""

    title: str
    href: str
    says: tuple[str, ...]
    tone: str = "bad"


class LeavePage(Sure, frozen=True, kw_only=True):
    """``colleagues``: who may stand in."""

    colleagues: tuple[Colleague, ...]


class MyPages:
    """Each on its own operations."""

    def __init__(
        self, me: Me, names: RealNames, consents: Consents, sessions: OwnSessions, positions: OwnPositions
    ) -> None:
        self._me = me
        self._names = names
        self._consents = consents
        self._sessions = sessions
        self._positions = positions

    def pages(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=("ykt",),
                path="/me/real-name",
                title="实名信息",
                template="identity/real-name.html",
                help="核验一次，以后不用再核。不知道窗口在哪里、几点开门，问村（社区）干部。身份证号被别人用了的，也到窗口说明。",
                load=self._names.show,
                access=Anyone.RESIDENT,
                live=("message",),
            ),
            *self._about_sessions(),
            *self._about_consents(),
            *self._about_wechat(),
            *self._about_positions(),
        )

    # --- 登录设备

    def _about_sessions(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=APPS,
                path="/me/sessions",
                title="登录设备",
                template="identity/sessions.html",
                help="一行是一部登录着的手机或电脑，最上面的就是您手上这个。旧手机送人、卖掉以前，先点开它那一行退出。",
                load=self.sessions,
                access=Anyone.SIGNED_IN,
            ),
            Page(
                apps=APPS,
                path="/me/sessions/others",
                title="退出其他登录",
                template="identity/sure.html",
                load=self.other_sessions,
                help="手机丢了，或怀疑别人在用您的账号，就全部退出。退出后回“登录设备”看看，应该只剩您手上这一个。",
                access=Anyone.SIGNED_IN,
                form=Form(route="/me/sessions", method="DELETE", then="/me/sessions", submit="全部退出"),
            ),
            Page(
                apps=APPS,
                path="/me/sessions/{session_id}/end",
                title="退出这个登录",
                template="identity/sure.html",
                load=self.one_session,
                help="退出只管那一台，您办的事都还在。认不出是哪一台的，也可以退出，真是自己的再登录就行。",
                access=Anyone.SIGNED_IN,
                form=Form(route="/me/sessions/{session_id}", method="DELETE", then="/me/sessions", submit="退出登录"),
            ),
        )

    async def sessions(self, ctx: Context) -> ListView:
        """登录设备"""
        found = (await self._sessions.show(ctx)).items
        # The one at hand first: whoever looks for a strange one compares with it.
        return ListView(rows=tuple(map(_session_row, sorted(found, key=lambda each: not each.current))))

    async def other_sessions(self, ctx: Context) -> Sure:
        """退出其他登录"""
        others = sum(not each.current for each in (await self._sessions.show(ctx)).items)
        return Sure(
            title=f"除正在使用的以外，还有{others}个登录",
            href="/me/sessions",
            says=("其他手机和浏览器都会退出，再用时要重新登录。", "正在使用的不受影响。"),
        )

    async def one_session(self, ctx: Context, session_id: str) -> Sure:
        """退出一个登录"""
        found = await self._sessions.session(ctx, session_id)
        mine = (
            "这是您正在用的登录，退出后要重新登录。" if found.current else "那台手机或浏览器会退出，再用时要重新登录。"
        )
        return Sure(
            title=_session_title(found),
            href="/me/sessions",
            says=(f"上次使用：{in_chinese(found.last_seen_at)}。", mine),
        )

    # --- 个人信息授权

    def _about_consents(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=("ykt",),
                path="/me/consents",
                title="个人信息授权",
                template="identity/consents.html",
                help="同意书里写着用您的哪些信息、做什么用。改了主意，随时可以在这里撤回，以后也可以重新同意。看不懂的，问村（社区）干部。",
                load=self._consents.show,
                access=Anyone.RESIDENT,
            ),
            Page(
                apps=("ykt",),
                path="/me/consents/withdraw",
                title="撤回同意",
                template="identity/sure.html",
                load=self.withdrawing,
                help="只想退出登录的，不用撤回，到“登录设备”里退出；只是不想收提醒的，到“微信提醒”里解绑。拿不准，问村（社区）干部。",
                access=Anyone.CLAIMED,
                form=Form(route="/me/consents/withdraw", then="/me/consents", submit="撤回同意"),
            ),
        )

    async def withdrawing(self, ctx: Context) -> Sure:
        """撤回同意"""
        return Sure(title="撤回以后", href="/me/consents", says=WITHDRAWING)

    # --- 微信提醒

    def _about_wechat(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=APPS,
                path="/me/wechat",
                title="微信提醒",
                template="identity/wechat.html",
                help="绑定以后还要关注公众号，才收得到提醒。都办了还收不到，看看手机里微信的通知是不是关了。",
                load=self._me.wechat,
                access=Anyone.SIGNED_IN,
            ),
            Page(
                apps=APPS,
                path="/me/wechat/{appid}/unbind",
                title="解绑微信",
                template="identity/sure.html",
                load=self.unbinding,
                help="解绑不影响正在办的事。只是嫌提醒打扰的，不用解绑，在微信里把公众号设成不提醒就行。",
                access=Anyone.SIGNED_IN,
                form=Form(route="/me/wechat/{appid}", method="DELETE", then="/me/wechat", submit="解绑"),
            ),
        )

    async def unbinding(self, ctx: Context, appid: str) -> Sure:
        """解绑微信"""
        which = await self._me.through(ctx, appid)
        title = "公众号" if which == "oa" else f"{APP_TITLES[ctx.actor.app or 'ykt']}小程序"
        return Sure(title=title, href="/me/wechat", says=UNBINDING[which])

    # --- 我的岗位

    def _about_positions(self) -> tuple[Page, ...]:
        return (
            Page(
                apps=STAFF_APPS,
                path="/me/positions",
                title="我的岗位",
                template="identity/positions.html",
                help="出差、休假以前办离岗，任务就不会压在您手里。回来当天办返岗，不会自动恢复。",
                load=self.positions,
                access=Anyone.SIGNED_IN,
            ),
            Page(
                apps=STAFF_APPS,
                path="/me/positions/{id}/leave",
                title="离岗",
                template="identity/sure.html",
                load=self.leaving,
                help="选代理人以前，先和他说好。回来当天要自己办返岗，不会自动恢复。办错了，马上返岗就行。",
                access=Anyone.SIGNED_IN,
                form=Form(
                    route="/me/positions/{id}/leave",
                    then="/me/positions",
                    submit="离岗",
                    choices=deputies,
                    asks=lambda page: ("deputy",) if page.colleagues else (),
                ),
            ),
            Page(
                apps=STAFF_APPS,
                path="/me/positions/{id}/return",
                title="返岗",
                template="identity/sure.html",
                load=self.returning,
                help="返岗马上生效。代理人已经认领的，由他办完；要自己办的，请他放回，您再认领。",
                access=Anyone.SIGNED_IN,
                form=Form(route="/me/positions/{id}/return", then="/me/positions", submit="返岗"),
            ),
        )

    async def positions(self, ctx: Context) -> ListView:
        """我的岗位"""
        found = (await self._positions.show(ctx)).items
        nothing = ("您现在没有岗位", "需要岗位的，请联系本单位的安全管理员。")
        return ListView(rows=tuple(map(_position_row, found)), nothing=nothing)

    async def leaving(self, ctx: Context, id: str) -> LeavePage:
        """离岗"""
        offer = await self._positions.offer(ctx, id)
        first = LEAVING[:1] if offer.colleagues else ("本单位没有同岗位的同事可以代理，您的任务由上一级办理。",)
        return LeavePage(
            title=_position_title(offer.position),
            href="/me/positions",
            says=(*first, *LEAVING[1:]),
            tone="",
            colleagues=tuple(offer.colleagues),
        )

    async def returning(self, ctx: Context, id: str) -> Sure:
        """返岗"""
        offer = await self._positions.offer(ctx, id)
        return Sure(title=_position_title(offer.position), href="/me/positions", says=RETURNING, tone="")


async def deputies(ctx: Context, page: LeavePage) -> Mapping[str, Sequence[Choice]]:
    return {"deputy": [Choice(each.person, each.name) for each in page.colleagues]}


def _session_title(session: MySession) -> str:
    return f"{APP_TITLES[session.app]}（{THROUGH[session.through]}）"


def _session_row(session: MySession) -> RowView:
    used = "" if session.current else f"{in_chinese(session.last_seen_at)}用过"
    return RowView(
        title=_session_title(session),
        facts=(used, f"{day_in_chinese(session.created_at)}登录"),
        icon="device-mobile",
        pill="正在使用" if session.current else "",
        tone="ok" if session.current else "",
        href="" if session.current else f"/me/sessions/{session.id}/end",
    )


def _position_title(held: HeldPosition) -> str:
    return f"{held.role_label}（{held.node_label}）" if held.node_label else held.role_label


def _position_row(held: HeldPosition) -> RowView:
    state, tone = ("代理中", "info") if held.holder else ("已离岗", "wait") if held.on_leave else ("在岗", "ok")
    until = f"到{day_in_chinese(held.until)}为止" if held.until else ""
    instead = f"代{held.holder}" if held.holder else f"{held.deputy}代理" if held.deputy else ""
    return RowView(
        title=_position_title(held),
        facts=(held.region_name, held.bureau, instead, until),
        pill=state,
        tone=tone,
        href=f"/me/positions/{held.id}/{'return' if held.on_leave else 'leave'}" if held.movable else "",
    )
