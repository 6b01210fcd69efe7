"""消息投递: how much went where, one matter's messages, one delivery in words, what failed and goes again, whom somebody has to phone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from typing import Annotated, Any

import msgspec

from hub.business.pages import FlowView, RowView
from hub.console.phonetails import TailFound, county_of
from hub.identity.people import PEOPLE, Person
from hub.push.cutoffs import CutOff, called
from hub.push.operations import UNREACHED, DeliveryView, Operations, as_told, counties_of, words
from hub.rules.context import Context, unit_of
from hub.store.deliveries import CHANNELS, ENDED_BADLY, LANES, MOST_COUNTED, STATES, UNFINISHED, Filter, Flow, State
from hub.words import masking
from hub.words.clock import day_in_chinese, in_chinese, shanghai, today
from hub.words.contributions import Form, Page, Paging

PERMISSION = "ops.deliveries"
LANE_WORDS: Mapping[str, str] = {"urgent": "急件", "normal": "普通", "bulk": "批量"}
TONES: Mapping[str, str] = {
    "pending": "wait",
    "held": "wait",
    "sending": "info",
    "sent": "info",
    "delivered": "ok",
    "suppressed": "mute",
    "failed": "bad",
    "dead": "bad",
}
# What the table of the last hour has a column for.
COLUMNS: Mapping[str, tuple[State, ...]] = {
    "等待": UNFINISHED,
    "待回执": ("sent",),
    "已送达": ("delivered",),
    "未发微信": ("suppressed",),
    "失败": ENDED_BADLY,
}
LATELY = timedelta(hours=1)
# Whoever was not reached before that has been phoned, or will not be.
PHONED_WITHIN = timedelta(days=7)


class FlowRow(msgspec.Struct, frozen=True, kw_only=True):
    """A lane and a channel in the last hour: how many in each column."""

    label: str
    counts: tuple[int, ...]


class FailureRow(msgspec.Struct, frozen=True, kw_only=True):
    """What can be sent again, by its reason."""

    label: str
    reason: str
    count: int


class OverviewQuery(Paging, frozen=True, kw_only=True):
    """``number``: all that was sent about this matter."""

    number: Annotated[str, msgspec.Meta(max_length=60)] = ""


class OverviewPage(msgspec.Struct, frozen=True, kw_only=True):
    """The last hour, and what has failed; or the messages about one matter. ``more``: the hour had more than was counted. ``county``:
    here people are looked for."""

    number: str
    county: bool = True
    found: tuple[RowView, ...] = ()
    next: str | None = None
    columns: tuple[str, ...] = tuple(COLUMNS)
    flows: tuple[FlowRow, ...] = ()
    more: bool = False
    failures: tuple[FailureRow, ...] = ()

    @property
    def failed(self) -> int:
        return sum(each.count for each in self.failures)


class FailedQuery(Paging, frozen=True, kw_only=True):
    """``reason``: why they were not sent."""

    reason: Annotated[str, msgspec.Meta(max_length=60)] = ""


class FailedPage(msgspec.Struct, frozen=True, kw_only=True):
    """``again``: they can be sent again here, which is a county's."""

    again: bool
    reason: str
    label: str
    rows: tuple[RowView, ...]
    next: str | None


class DeliveryPage(msgspec.Struct, frozen=True, kw_only=True):
    """One message to one person; ``lines`` are what happened, ``again`` the page that sends it again, where that can be done."""

    title: str
    sub: str
    pill: str
    tone: str
    why: str
    facts: tuple[tuple[str, str], ...]
    lines: tuple[FlowView, ...]
    back: str
    again: str


class ReplayQuery(msgspec.Struct, frozen=True, kw_only=True):
    """Which: one delivery, or all with a reason."""

    id: Annotated[str, msgspec.Meta(max_length=60)] = ""
    reason: Annotated[str, msgspec.Meta(max_length=60)] = ""


class ReplayPage(msgspec.Struct, frozen=True, kw_only=True):
    """A dry run: ``count`` would be sent again."""

    title: str
    href: str
    count: int
    id: str
    reason: str


class CutOffQuery(msgspec.Struct, frozen=True, kw_only=True):
    """``name`` of a trigger or reaction."""

    name: Annotated[str, msgspec.Meta(max_length=200)] = ""


class CutOffPage(msgspec.Struct, frozen=True, kw_only=True):
    """``line`` is None of one that runs, again or still."""

    title: str
    name: str
    line: CutOff | None = None
    since: str = ""


class UnreachedRow(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody whom WeChat did not reach; name and phone are masked, of a discreet message not shown. ``href`` is the delivery's
    page."""

    name: str
    phone: str
    why: str
    number: str
    when: str
    href: str


class UnreachedPage(msgspec.Struct, frozen=True, kw_only=True):
    rows: tuple[UnreachedRow, ...]
    next: str | None


class TailPage(msgspec.Struct, frozen=True, kw_only=True):
    """``row`` makes the rows of what is found."""

    title: str
    href: str
    row: Callable[[TailFound], RowView]


class DeliveryPages:
    """The pages of the plugin ``deliveries``, on its own operations."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def pages(self) -> tuple[Page, ...]:
        replaying = Form(
            route="/replay",
            shows="console/replayed.html",
            submit="重新发送",
            start=lambda page: {"dry_run": False, "id": page.id or None, "reason": page.reason or None},
            labels={"states": "状态"},
            asks=lambda page: ("why",),
            needs=lambda page: ("why",),
        )
        rearming = Form(
            route="/cut-off/rearm",
            shows="console/rearmed.html",
            submit="恢复运行",
            start=lambda page: {"name": page.name},
            asks=lambda page: ("why",),
            needs=lambda page: ("why",),
        )
        return (
            _page(
                "",
                "消息投递",
                "deliveries",
                self.overview,
                help="这里能看到消息发出了多少、失败了多少。失败的可以重新发送；一直没收到的，请打电话通知。",
            ),
            _page(
                "/search",
                "按手机尾号查找",
                "tail",
                self.searching,
                Form(route="/search", shows="console/tail-found.html", submit="查找"),
                help="有人来电说没收到消息，又没有受理编号时，问清户籍所在的村和手机号后四位，在这里查。每次查找都会记录。",
            ),
            _page(
                "/failed",
                "发送失败",
                "failed",
                self.failed,
                help="先点一条，看为什么失败。微信繁忙的，过一会儿重新发送；本人没有关注的，重发也收不到，请打电话通知。",
            ),
            _page(
                "/replay",
                "重新发送",
                "replay",
                self.dry_run,
                replaying,
                help="写清为什么重发，以后查得到。发出后过几分钟，回“消息投递”看结果；还是失败的，请打电话通知。",
            ),
            _page(
                "/unreached",
                "需电话通知",
                "unreached",
                self.unreached,
                help="多数是没有绑定微信、没有关注公众号，或关了提醒。打电话时，教他打开“我的”里的“微信提醒”。点一个人，看是哪条消息。",
            ),
            _page(
                "/cut-off/rearm",
                "恢复运行",
                "rearm",
                self.cut_off,
                rearming,
                help="先把最后的错误弄明白、排除了再恢复，不然很快又会停。恢复后过几分钟，到“健康一览”看看。弄不明白的，问技术支持。",
            ),
            _page(
                "/{id}",
                "一条消息",
                "delivery",
                self.show,
                help="从上到下是这条消息走过的每一步。微信收下了，不等于本人看了。有人来电说没收到，照这里的原因答复。",
            ),
        )

    async def overview(self, ctx: Context, query: OverviewQuery) -> OverviewPage:
        """消息投递"""
        counties = counties_of(ctx)
        if query.number:
            which = Filter(counties=counties, states=STATES, number=query.number)
            found = await self._operations.page(which, query)
            return OverviewPage(number=query.number, found=_rows(ctx, found.items), next=found.next)
        flows = await self._operations.flows(counties, ctx.now() - LATELY)
        failures = await self._operations.ended_badly(counties)
        return OverviewPage(
            number="",
            county=ctx.county is not None,
            flows=_flow_rows(flows),
            more=sum(each.count for each in flows) >= MOST_COUNTED,
            failures=tuple(
                FailureRow(label=words(each.reason or "dead"), reason=each.reason or "", count=each.count)
                for each in failures
            ),
        )

    async def failed(self, ctx: Context, query: FailedQuery) -> FailedPage:
        """发送失败的消息"""
        which = Filter(counties=counties_of(ctx), states=ENDED_BADLY, reason=query.reason or None)
        found = await self._operations.page(which, query)
        label = words(query.reason) if query.reason else "全部原因"
        again = bool(found.items) and ctx.county is not None
        return FailedPage(again=again, reason=query.reason, label=label, rows=_rows(ctx, found.items), next=found.next)

    async def searching(self, ctx: Context) -> TailPage:
        """按手机尾号查找"""
        county_of(ctx)

        def row(found: TailFound) -> RowView:
            [line] = _rows(ctx, [found.delivery])
            return msgspec.structs.replace(line, facts=(found.name, found.phone, found.village, *line.facts[1:]))

        return TailPage(title=ctx.place.name, href="", row=row)

    async def show(self, ctx: Context, id: str) -> DeliveryPage:
        """一条消息的经过"""
        story = await self._operations.show(id, counties_of(ctx))
        delivery = as_told(ctx, story.delivery)
        return DeliveryPage(
            title=_called(ctx, delivery),
            sub=delivery.number,
            pill=delivery.state_text,
            tone=TONES[delivery.state],
            why=delivery.reason_text or "",
            facts=(
                ("渠道", story.via or words(delivery.channel)),
                ("地区", ctx.regions.full_name(delivery.place)),
                ("收件人编号", delivery.person or "不显示"),
                ("发送次数", str(delivery.attempts)),
            ),
            lines=tuple(FlowView(title=line.text, when=line.at_text, by=line.detail or "") for line in story.lines),
            back=f"?number={delivery.number}" if delivery.number else "",
            again=f"/replay?id={id}" if delivery.channel == "wechat" and delivery.state in ENDED_BADLY else "",
        )

    async def dry_run(self, ctx: Context, query: ReplayQuery) -> ReplayPage:
        """重新发送前"""
        which = Filter(counties=counties_of(ctx), states=ENDED_BADLY, id=query.id or None, reason=query.reason or None)
        answer = await self._operations.replay(which, dry_run=True)
        label = words(query.reason) if query.reason else "全部失败的消息"
        return ReplayPage(
            title="一条消息" if query.id else label,
            href=f"/{query.id}" if query.id else f"/failed?reason={query.reason}",
            count=answer.count,
            id=query.id,
            reason=query.reason,
        )

    async def cut_off(self, ctx: Context, query: CutOffQuery) -> CutOffPage:
        """恢复运行前"""
        counties_of(ctx)  # refuses a town
        title = called(unit_of(ctx).units.host, query.name)
        for line in await self._operations.cut_off():
            if (line.county, line.name) == (ctx.county, query.name):
                since = in_chinese(line.cut_at) if line.cut_at else ""
                return CutOffPage(title=title, name=line.name, line=line, since=since)
        return CutOffPage(title=title, name=query.name)

    async def unreached(self, ctx: Context, query: Paging) -> UnreachedPage:
        """微信没有送到的人"""
        which = Filter(
            counties=counties_of(ctx),
            states=("suppressed", "failed"),
            reasons=UNREACHED,
            channel="wechat",
            since=ctx.now() - PHONED_WITHIN,
        )
        found = await self._operations.page(which, query)
        told = [as_told(ctx, each) for each in found.items]
        people = await _people(ctx, {each.person for each in told if each.person})
        on = today(unit_of(ctx).units.clock)
        rows = []
        for each in told:
            name, phone = "不显示姓名", "不显示电话"
            if each.person:
                person = people.get(each.person, Person(id=each.person))
                name = person.masked_name(on) if person.name else "未登记姓名"
                phone = masking.phone(person.phone.reveal()) if person.phone else "没有电话"
            rows.append(
                UnreachedRow(
                    name=name,
                    phone=phone,
                    why=each.reason_text or "",
                    number=each.number,
                    when=day_in_chinese(shanghai(each.created_at).date()),
                    href=f"/{each.id}",
                )
            )
        return UnreachedPage(rows=tuple(rows), next=found.next)


def _called(ctx: Context, delivery: DeliveryView) -> str:
    """As its plugin calls the message; one that is gone has left its name."""
    known = unit_of(ctx).units.host.message_type(delivery.message)
    return known.label if known else delivery.message


def _rows(ctx: Context, found: Iterable[DeliveryView]) -> tuple[RowView, ...]:
    return tuple(
        RowView(
            title=_called(ctx, each),
            facts=(words(each.channel), each.number, in_chinese(each.created_at)),
            pill=each.state_text,
            tone=TONES[each.state],
            lacks=each.reason_text or "",
            href=f"/{each.id}",
        )
        for each in found
    )


async def _people(ctx: Context, ids: Iterable[str]) -> Mapping[str, Person]:
    """Those of a page, in one query."""
    database = unit_of(ctx).database
    found = database[PEOPLE].find({"_id": {"$in": sorted(ids)}})
    return {row["_id"]: database.decode(Person, row) async for row in found}


def _flow_rows(flows: Iterable[Flow]) -> tuple[FlowRow, ...]:
    """A line for each lane and channel that had anything."""
    counted = {(each.lane, each.channel, each.state): each.count for each in flows}
    return tuple(
        FlowRow(
            label=f"{LANE_WORDS[lane]} {words(channel)}",
            counts=tuple(
                sum(counted.get((lane, channel, state), 0) for state in states) for states in COLUMNS.values()
            ),
        )
        for lane in LANES
        for channel in CHANNELS
        if any((lane, channel, state) in counted for state in STATES)
    )


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    return Page(
        apps=("ops",),
        path=path,
        title=title,
        template=f"console/{template}.html",
        load=load,
        access=PERMISSION,
        form=form,
        help=help,
    )
