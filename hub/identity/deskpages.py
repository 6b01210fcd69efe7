"""人员与岗位 in the operations console: vacancies, positions, somebody who was found, and every act on them.

What ends something says first what comes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from hub.business.pages import ButtonView, RowView
from hub.identity.deskviews import AtLeaving, PostView, StaffLine, StaffView, Vacancy
from hub.identity.mypages import Sure
from hub.identity.mypositions import HeldPosition, node_in_words, place_in_words, role_in_words
from hub.identity.positions import Holding
from hub.identity.staff import PositionWanted
from hub.rules.context import Context, unit_of
from hub.words.clock import day_in_chinese, in_chinese
from hub.words.contributions import Choice, Form, Page, Paging
from hub.words.regions import Region

if TYPE_CHECKING:
    from hub.identity.desk import StaffPlugin

MANAGE = "staff.manage"
OWN = "这是您本人的账号。为互相制约，请由另一位安全管理员办理。"
ABOVE = "此人正代理别处的岗位，账号请由上一级的安全管理员办理。"
RESET_ABOVE = "系统管理员、审计管理员的密码由上一级的安全管理员重置；市级的由运维人员在服务器上重置。"
CLOSED = "账号已停用，不能返岗。请指定代理人，或先启用账号。"
RETURNING = ("新任务和还没认领的任务重新交给本人。", "代理人不再代办这个岗位，权限马上收回。")


class RosterPage(msgspec.Struct, frozen=True, kw_only=True):
    """Vacancies and the places below (name, address), on the first page alone, and positions."""

    vacancies: tuple[RowView, ...]
    places: tuple[tuple[str, str], ...]
    first: bool
    rows: tuple[RowView, ...]
    next: str | None


class SearchPage(msgspec.Struct, frozen=True, kw_only=True):
    """``row`` makes the rows of what is found."""

    title: str
    href: str
    row: Callable[[StaffLine], RowView]


class PersonPage(msgspec.Struct, frozen=True, kw_only=True):
    """A member of staff; ``says``: why nothing can be done, "" where it can."""

    title: str
    sub: str
    pill: str
    tone: str
    says: str
    facts: tuple[tuple[str, str], ...]
    positions: tuple[RowView, ...]
    buttons: tuple[ButtonView, ...]


class PostPage(msgspec.Struct, frozen=True, kw_only=True):
    """A position, whose it is, and what waits."""

    title: str
    pill: str
    tone: str
    says: str
    facts: tuple[tuple[str, str], ...]
    holder: RowView
    waiting: int
    claimed: int
    oldest: str
    buttons: tuple[ButtonView, ...]


class GivePage(msgspec.Struct, frozen=True, kw_only=True):
    """To whom a position is given."""

    title: str
    href: str
    place: str


class DeputyPage(Sure, frozen=True, kw_only=True):
    """``offered``: who may stand in."""

    offered: tuple[Choice, ...]


class DeskPages:
    """On the operations of ``desk``."""

    def __init__(self, desk: StaffPlugin) -> None:
        self._desk = desk

    def pages(self) -> tuple[Page, ...]:
        return (*self._looking(), *self._of_accounts(), *self._of_positions())

    def _looking(self) -> tuple[Page, ...]:
        return (
            _page(
                "",
                "人员与岗位",
                "staff/roster.html",
                self.roster,
                help="先看“空缺”，写着几件等待的最急。有人请假、调走，点开他的岗位办理；换人接任，点“找人”，再给他岗位。",
            ),
            _page(
                "/search",
                "找人",
                "ui/ask.html",
                self.searching,
                Form(route="/search", shows="staff/found.html", submit="查找"),
                help="只找得到岗位都在本地的人。在别处也有岗位的，请到上一级找；还没有岗位的新人，请市级的安全管理员办理。",
            ),
            _page(
                "/accounts/{id}",
                "人员",
                "staff/person.html",
                self.person,
                help="先打登记的电话核实是本人，再办理。停用以后可以再启用；离职不能一次恢复，请看清再点。自己的账号由别的管理员办。",
            ),
            _page(
                "/positions/{id}",
                "岗位",
                "staff/post.html",
                self.post,
                help="短时间不在的办“离岗”，指定代理人。不再做这个岗位的办“结束岗位”，任务转给别人。先看手上还有多少件没办。",
            ),
        )

    def _of_accounts(self) -> tuple[Page, ...]:
        giving = Form(
            route="/accounts/{id}/positions",
            then="/accounts/{id}",
            submit="给岗位",
            start=lambda page: {"region": page.place},
            choices=offered_posts,
            asks=lambda page: ("role", "region", "bureau", "node", "since", "until"),
        )
        return (
            _page(
                "/accounts/{id}/positions",
                "给岗位",
                "staff/give.html",
                self.giving,
                giving,
                help="按任命文件选岗位和地区，够办事就行，不要选大了。借调、代班的，写上结束日期，到期自动收回。给错了，可以结束岗位。",
            ),
            _sure(
                "/accounts/{id}/unlock",
                "解除锁定",
                self.unlocking,
                "/accounts/{id}",
                "先问清是不是他本人输错的。不是本人，可能有人在试密码：不要解除，告诉他本人，并重置密码。",
            ),
            _page(
                "/accounts/{id}/reset",
                "重置密码",
                "identity/sure.html",
                self.resetting,
                Form(route="/accounts/{id}/reset", shows="staff/password.html", submit="重置密码"),
                help="新密码当面告诉本人，或打登记的电话，不要发到群里，也不要写下来放着。别人替他来要的，不要给。",
            ),
            _sure(
                "/accounts/{id}/sessions/end",
                "结束全部登录",
                self.ending_sessions,
                "/accounts/{id}",
                "手机丢了，或在别人电脑上忘了退出的，用这个。他的任务和岗位都不变，重新登录就能接着办。",
            ),
            _sure(
                "/accounts/{id}/disable",
                "停用账号",
                self.disabling,
                "/accounts/{id}",
                "借调、停职等长时间不用账号的，用停用。只请几天假的办“离岗”，不再来上班的办“离职”。",
            ),
            _sure(
                "/accounts/{id}/enable",
                "启用账号",
                self.enabling,
                "/accounts/{id}",
                "按单位的通知启用。停用前的岗位还合不合适，先问清他的单位；忘了密码的，再给他重置密码。",
            ),
            _sure(
                "/accounts/{id}/leave-job",
                "离职",
                self.leaving_job,
                "/accounts/{id}",
                "离开单位当天就办。没有人能接的岗位，先给别人再办。只是借调、请长假的，用“停用账号”。",
            ),
        )

    def _of_positions(self) -> tuple[Page, ...]:
        return (
            _page(
                "/positions/{id}/leave",
                "离岗",
                "identity/sure.html",
                self.leaving,
                Form(route="/positions/{id}/leave", then="/positions/{id}", submit="离岗", choices=_deputies),
                help="本人来不及自己办的，替他办。代理人先和他说好。本人回来要办返岗，不会自动恢复。",
            ),
            _page(
                "/positions/{id}/deputy",
                "指定代理人",
                "identity/sure.html",
                self.naming_deputy,
                Form(route="/positions/{id}/leave", then="/positions/{id}", submit="指定代理人", choices=_deputies),
                help="代理人先和他说好。以后要换人，再来这里选一次；本人回来办了返岗，代理就结束。",
            ),
            _sure(
                "/positions/{id}/return",
                "返岗",
                self.returning,
                "/positions/{id}",
                "本人回来上班当天办，他自己也可以在“我的岗位”里办。代理人已经认领的，由代理人办完。",
            ),
            _sure(
                "/positions/{id}/end",
                "结束岗位",
                self.ending,
                "/positions/{id}",
                "调走、换人的，先把岗位给接任的人，再来结束，任务就转给他。只是请假的，用“离岗”。",
            ),
        )

    # --- looking

    async def roster(self, ctx: Context, query: Paging) -> RosterPage:
        """人员与岗位"""
        first = query.cursor is None
        vacancies = await self._desk.vacancies(ctx) if first else []
        held, more = await self._desk.below(ctx, query)
        names = await self._desk.names(each.person for each in held)
        return RosterPage(
            vacancies=tuple(map(_vacancy_row, vacancies)),
            places=tuple(
                (each.name, f"/ops/{each.code}/staff")
                for each in (ctx.regions.children(ctx.place.code) if first else ())
                if each.status == "active"
            ),
            first=first,
            rows=tuple(_holding_row(ctx, each, names.get(each.person, "")) for each in held),
            next=more,
        )

    async def searching(self, ctx: Context) -> SearchPage:
        """找人"""
        return SearchPage(title=ctx.place.name, href="", row=_found_row)

    async def person(self, ctx: Context, id: str) -> PersonPage:
        """一个人员"""
        view = await self._desk.account(ctx, id)
        pill, tone = ("已停用", "bad") if view.disabled else ("已锁定", "wait") if view.locked_until else ("正常", "ok")
        return PersonPage(
            title=view.name or view.username,
            sub=f"账号 {view.username}",
            pill=pill,
            tone=tone,
            says=OWN if view.own else ABOVE if view.above else RESET_ABOVE if view.watcher else "",
            facts=(
                ("手机", view.phone),
                ("锁定到", in_chinese(view.locked_until) if view.locked_until else ""),
                ("密码", "下次登录必须修改" if view.must_change else ""),
                ("登录", f"{view.sessions}处正在使用" if view.sessions else "现在没有登录"),
            ),
            positions=tuple(map(_position_row, view.positions)),
            buttons=() if view.own else tuple(_acts_on(view)),
        )

    async def post(self, ctx: Context, id: str) -> PostPage:
        """一个岗位"""
        view = await self._desk.position(ctx, id)
        held = view.position
        pill, tone = ("已结束", "mute") if view.over else ("账号已停用", "bad") if view.closed else _standing(held)
        return PostPage(
            title=_title(held),
            pill=pill,
            tone=tone,
            says=OWN if view.own else CLOSED if view.closed and not view.over else "",
            facts=(
                ("地区", held.region_name),
                ("单位", held.bureau),
                ("开始", day_in_chinese(held.since)),
                ("结束", in_chinese(held.until) if held.until else ""),
                ("代理人", held.deputy or ("没有，由上一级办理" if held.on_leave and not view.over else "")),
            ),
            holder=RowView(title=view.name or "没有登记姓名", href=f"/accounts/{view.account}" if view.account else ""),
            waiting=view.waiting,
            claimed=view.claimed,
            oldest=day_in_chinese(view.oldest) if view.oldest else "",
            buttons=() if view.own or view.over else tuple(_acts_on_post(view)),
        )

    # --- accounts

    async def giving(self, ctx: Context, id: str) -> GivePage:
        """给岗位前"""
        view = await self._desk.account(ctx, id)
        return GivePage(title=_called(view), href=f"/accounts/{id}", place=ctx.place.code)

    async def unlocking(self, ctx: Context, id: str) -> Sure:
        """解除锁定前"""
        view = await self._desk.account(ctx, id)
        until = f"连续输错密码，锁定到{in_chinese(view.locked_until)}。" if view.locked_until else "现在没有锁定。"
        says = (until, "解除后可以马上登录。忘记密码的，请重置密码。")
        return Sure(title=_called(view), href=f"/accounts/{id}", says=says, tone="")

    async def resetting(self, ctx: Context, id: str) -> Sure:
        """重置密码前"""
        says = (
            "请先核实是本人：当面，或打登记的电话。",
            "新密码只显示一次。原密码马上失效，全部登录退出，锁定解除。",
            "本人下次登录时必须改密码。",
        )
        return await self._about(ctx, id, says)

    async def ending_sessions(self, ctx: Context, id: str) -> Sure:
        """结束全部登录前"""
        view = await self._desk.account(ctx, id)
        says = (
            f"手机和电脑上的{view.sessions}个登录马上退出，再用要重新登录。",
            "密码不变。密码可能被人知道的，请重置密码。",
        )
        return Sure(title=_called(view), href=f"/accounts/{id}", says=says)

    async def disabling(self, ctx: Context, id: str) -> Sure:
        """停用账号前"""
        view = await self._desk.account(ctx, id)
        own = sum(not each.holder for each in view.positions)
        says = (
            "马上退出登录，不能再登录。以后可以启用。",
            f"{own}个岗位按离岗处理：有代理人的由代理人办理，没有的由上一级办理。",
            "不再代理别人的岗位。",
        )
        return Sure(title=_called(view), href=f"/accounts/{id}", says=says)

    async def enabling(self, ctx: Context, id: str) -> Sure:
        """启用账号前"""
        says = ("本人可以重新登录。", "岗位仍是离岗，请再逐个点“返岗”。")
        return await self._about(ctx, id, says, tone="")

    async def leaving_job(self, ctx: Context, id: str) -> Sure:
        """离职前"""
        left = await self._desk.at_leaving(ctx, id)
        says = (
            f"停用账号，结束全部{left.held}个岗位，解绑微信，马上退出登录。",
            *_what_is_handed_over(left),
            "不能一次恢复：再来上班要启用账号，重新给岗位。",
        )
        return Sure(title=_called(left), href=f"/accounts/{id}", says=says)

    async def _about(self, ctx: Context, id: str, says: Sequence[str], tone: str = "bad") -> Sure:
        view = await self._desk.account(ctx, id)
        return Sure(title=_called(view), href=f"/accounts/{id}", says=tuple(says), tone=tone)

    # --- positions

    async def leaving(self, ctx: Context, id: str) -> DeputyPage:
        """离岗前"""
        whose, offered = await self._desk.stand_ins(ctx, id)
        says = (
            "新任务和还没认领的任务交给代理人。没有代理人的，由同岗位的人或上一级办理。",
            "已认领的任务仍在本人名下。",
            *([] if offered else ["本地方没有别人可以代理。"]),
        )
        return DeputyPage(title=whose, href=f"/positions/{id}", says=says, tone="", offered=tuple(offered))

    async def naming_deputy(self, ctx: Context, id: str) -> DeputyPage:
        """指定代理人前"""
        whose, offered = await self._desk.stand_ins(ctx, id)
        says = (
            "新任务和还没认领的任务交给代理人，岗位仍是离岗。",
            "不选代理人的，由同岗位的人或上一级办理。",
            *([] if offered else ["本地方没有别人可以代理。"]),
        )
        return DeputyPage(title=whose, href=f"/positions/{id}", says=says, tone="", offered=tuple(offered))

    async def returning(self, ctx: Context, id: str) -> Sure:
        """返岗前"""
        view = await self._desk.position(ctx, id)
        return Sure(title=_whose(view), href=f"/positions/{id}", says=RETURNING, tone="")

    async def ending(self, ctx: Context, id: str) -> Sure:
        """结束岗位前"""
        view = await self._desk.position(ctx, id)
        says = ("岗位马上结束，权限马上收回。不能撤销；要恢复，请重新给岗位。", *_what_comes_of_work(view))
        return Sure(title=_whose(view), href=f"/positions/{id}", says=says)


# --- words ---------------------------------------------------------------------------------------------------------------------


def in_words(ctx: Context, held: Holding | PositionWanted) -> str:
    """Such as 安居区聚贤镇 经办人员（入户调查）."""
    node = f"（{node_in_words(ctx, held.node)}）" if held.node else ""
    return f"{place_in_words(ctx, held.region)} {role_in_words(ctx, held.role)}{node}"


def _called(view: StaffView | AtLeaving) -> str:
    return f"{view.name}（{view.username}）" if view.name else view.username


def _title(held: HeldPosition) -> str:
    return f"{held.role_label}（{held.node_label}）" if held.node_label else held.role_label


def _whose(view: PostView) -> str:
    return f"{view.name} {_title(view.position)}".strip()


def _standing(held: HeldPosition) -> tuple[str, str]:
    if not held.on_leave:
        return "在岗", "ok"
    return ("离岗，有代理", "info") if held.deputy else ("离岗，无代理", "wait")


def _what_comes_of_work(view: PostView) -> Iterator[str]:
    work = [f"{view.claimed}件已认领" if view.claimed else "", f"{view.waiting}件待认领" if view.waiting else ""]
    there = "、".join(filter(None, work))
    since = f"，最早{day_in_chinese(view.oldest)}到达" if view.oldest else ""
    yield f"手上有{there}{since}。" if there else "现在没有未办的任务。"
    if view.heirs:
        heirs = f"{view.heirs_at and f'上一级{view.heirs_at}的'}{'、'.join(view.heirs)}"
        yield f"任务转给{heirs}。" if there else f"以后的任务由{heirs}办理。"
    else:
        yield "没有人能接，上一级也没有。任务会停下等待，请先给别人这个岗位。"


def _what_is_handed_over(left: AtLeaving) -> Iterator[str]:
    there = [f"{left.claimed}件已认领的任务"] if left.claimed else []
    there += [f"{each.count}份{each.label}" for each in left.unfinished]
    if there:
        yield f"手上有{'、'.join(there)}，转给同岗位的人；没有人的，转给上一级。要看转给谁，请先逐个打开岗位。"
    else:
        yield "手上没有已认领的任务和草稿。待认领的任务由同岗位的人或上一级办理。"
    if left.vacant:
        more = f"等{left.vacancies}个岗位" if left.vacancies > len(left.vacant) else ""
        yield f"以后没有人做：{'、'.join(left.vacant)}{more}。任务转给上一级，请尽快安排人。"


def _vacancy_row(each: Vacancy) -> RowView:
    why = (
        "离岗，没有代理人" if each.away else f"{day_in_chinese(each.ended_at)}起无人" if each.ended_at else "没有人担任"
    )
    return RowView(
        title=f"{each.role_label}（{each.node_label}）" if each.node_label else each.role_label,
        facts=(each.region_name, each.bureau, why),
        pill=f"{each.waiting}件等待" if each.waiting else "没有任务",
        tone="bad" if each.waiting else "mute",
        lacks=f"最早的{day_in_chinese(each.oldest)}到达" if each.oldest else "",
        href=f"/positions/{each.away}" if each.away else "/search",
    )


def _holding_row(ctx: Context, held: Holding, name: str) -> RowView:
    pill, tone = ("在岗", "ok") if not held.on_leave else ("离岗", "info" if held.deputy else "wait")
    if held.since > ctx.now():
        pill, tone = f"{day_in_chinese(held.since)}起", "info"
    return RowView(
        title=name or "没有登记姓名",
        facts=(in_words(ctx, held), held.bureau or ""),
        pill=pill,
        tone=tone,
        href=f"/positions/{held.id}",
    )


def _found_row(found: StaffLine) -> RowView:
    return RowView(
        title=found.name or found.username,
        facts=(found.username, *found.positions[:3]),
        pill="已停用" if found.disabled else "",
        tone="bad" if found.disabled else "",
        lacks="" if found.positions else "没有岗位",
        href=f"/accounts/{found.account}",
    )


def _position_row(held: HeldPosition) -> RowView:
    pill, tone = ("代理中", "info") if held.holder else _standing(held)
    until = f"到{day_in_chinese(held.until)}" if held.until else "长期"
    return RowView(
        title=_title(held),
        facts=(
            held.region_name,
            held.bureau,
            f"代{held.holder}" if held.holder else "",
            f"{day_in_chinese(held.since)}起，{until}",
        ),
        pill=pill,
        tone=tone,
        href=f"/positions/{held.id}",
    )


def _acts_on(view: StaffView) -> Iterator[ButtonView]:
    path = f"/accounts/{view.id}"
    if not view.disabled:
        yield ButtonView(label="给岗位", href=f"{path}/positions")
    if view.above:
        return
    if not view.disabled and not view.watcher:
        yield ButtonView(label="重置密码", href=f"{path}/reset", says="忘记密码时")
    if view.locked_until:
        yield ButtonView(label="解除锁定", href=f"{path}/unlock", says="输错密码太多次时")
    if view.sessions:
        yield ButtonView(label="结束全部登录", href=f"{path}/sessions/end", says="手机丢了时")
    if view.disabled:
        yield ButtonView(label="启用账号", href=f"{path}/enable")
    else:
        yield ButtonView(label="停用账号", href=f"{path}/disable", tone="bad", says="暂时不用，以后可以启用")
    if not view.disabled or any(not each.holder for each in view.positions):
        yield ButtonView(label="离职", href=f"{path}/leave-job", tone="bad", says="结束全部岗位")


def _acts_on_post(view: PostView) -> Iterator[ButtonView]:
    held, path = view.position, f"/positions/{view.position.id}"
    if not held.on_leave:
        yield ButtonView(label="离岗", href=f"{path}/leave")
    elif not view.closed:
        yield ButtonView(label="返岗", href=f"{path}/return")
    if held.on_leave:
        yield ButtonView(label="更换代理人" if held.deputy else "指定代理人", href=f"{path}/deputy")
    yield ButtonView(label="结束岗位", href=f"{path}/end", tone="bad")


# --- what is offered -----------------------------------------------------------------------------------------------------------


async def offered_posts(ctx: Context, page: GivePage) -> Mapping[str, Sequence[Choice]]:
    """Roles, nodes, and the place with all below it; at a city down to its towns, of which a native list is long enough."""
    plugins = unit_of(ctx).units.host.plugins.values()
    deepest = ("village",) if ctx.county is None else ()
    return {
        "role": [Choice(role.name, role.label) for plugin in plugins for role in plugin.roles],
        "node": [Choice(node.name, node.label) for plugin in plugins for node in plugin.nodes],
        "region": [
            Choice(each.code, ctx.regions.full_name(each.code))
            for each in _and_below(ctx, ctx.place)
            if each.status == "active" and each.level not in deepest
        ],
    }


def _and_below(ctx: Context, place: Region) -> Iterator[Region]:
    yield place
    for child in ctx.regions.children(place.code):
        yield from _and_below(ctx, child)


async def _deputies(ctx: Context, page: DeputyPage) -> Mapping[str, Sequence[Choice]]:
    return {"deputy": page.offered}


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    return Page(
        apps=("ops",), path=path, title=title, template=template, load=load, access=MANAGE, form=form, help=help
    )


def _sure(path: str, title: str, load: Any, then: str, help: str) -> Page:
    return _page(path, title, "identity/sure.html", load, Form(route=path, then=then, submit=title), help=help)
