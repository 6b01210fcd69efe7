"""消息投递: where every push went, for the operations staff."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from hub.business.exports import log_first
from hub.console import phonetails
from hub.console.deliveries import DeliveryPages
from hub.console.phonetails import TailAnswer, TailSearch
from hub.push.alerts import ROLE, AlertLine
from hub.push.operations import DeliveryStory, DeliveryView, Operations, ReplayAnswer, as_told, counties_of
from hub.rules.context import Context
from hub.store.deliveries import ENDED_BADLY, STATES, Filter, State
from hub.words.asking import Asked
from hub.words.contributions import Figure, Job, MenuEntry, News, Page, Paged, Paging, Permission, Route
from hub.words.errors import Invalid
from hub.words.hookspecs import hookimpl
from hub.words.text import read_words

PERMISSION = "ops.deliveries"


class DeliveriesQuery(Paging, frozen=True, kw_only=True):
    """Filters; ``states`` separated by commas, by default what ended badly; of one
    matter, by its ``number``, all."""

    states: str | None = None
    message: str | None = None
    reason: str | None = None
    channel: Literal["inbox", "wechat"] | None = None
    number: Annotated[str, msgspec.Meta(max_length=60)] | None = None


class BalanceQuery(msgspec.Struct, frozen=True, kw_only=True):
    """``hours``: how far back."""

    hours: Annotated[int, msgspec.Meta(ge=1, le=24 * 31)] = 24


class BalanceLine(msgspec.Struct, frozen=True, kw_only=True):
    """See :class:`hub.store.deliveries.Balance`; ``missing`` other than 0 is a defect."""

    county: str | None
    hour: datetime | None
    accepted: int
    delivered: int
    unconfirmed: int
    sent: int
    pending: int
    suppressed: dict[str, int]
    failed: dict[str, int]
    dead: int
    missing: int


class ReplayRequest(msgspec.Struct, frozen=True, kw_only=True):
    """Which failed and dead deliveries are sent again. ``dry_run`` only counts them; else ``why`` says for the audit log what was
    mended."""

    dry_run: Annotated[bool, Asked("只计数", look="hidden")] = True
    states: tuple[State, ...] = ("failed", "dead")
    id: Annotated[str, Asked("编号", look="hidden")] | None = None
    message: Annotated[str, Asked("消息", look="hidden")] | None = None
    reason: Annotated[str, Asked("失败原因", look="hidden")] | None = None
    why: Annotated[str, Asked("为什么现在能发出去", "写入操作记录"), msgspec.Meta(max_length=200)] = ""


class CutOffLine(msgspec.Struct, frozen=True, kw_only=True):
    """A trigger or reaction that is cut off here."""

    name: str
    county: str | None
    since: datetime | None
    failures: int
    error: str


class RearmRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``why`` says for the audit log what was mended."""

    name: Annotated[str, Asked("名称", look="hidden")]
    why: Annotated[str, Asked("已怎样排除故障", "写入操作记录"), msgspec.Meta(max_length=200)] = ""


class RearmAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many events were waiting for it."""

    waiting: int


class DeliveriesPlugin:
    """消息投递: where every push went, for the operations staff."""

    builtin = True
    placeless = False
    prefix = "deliveries"

    def __init__(
        self,
        operations: Operations,
        rearm: Callable[[str | None, str], Awaitable[int]],
        alerts: Callable[[Sequence[str | None]], Awaitable[list[AlertLine]]],
        forget: Callable[[], Awaitable[None]],
        kick: Callable[[], None],
    ) -> None:
        self._operations = operations
        self._rearm = rearm
        self._alerts = alerts
        self._forget = forget
        self._kick = kick

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (Permission(PERMISSION, "查看和重发消息投递", (ROLE,)),)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return (
            Route(method="GET", path="", call=self.page, access=PERMISSION),
            Route(method="GET", path="/balance", call=self.balance, access=PERMISSION),
            Route(method="GET", path="/alerts", call=self.alerts, access=PERMISSION),
            Route(method="GET", path="/cut-off", call=self.cut_off, access=PERMISSION),
            Route(
                method="POST",
                path="/cut-off/rearm",
                call=self.rearm,
                access=PERMISSION,
                transaction=False,
                at_city=True,
            ),
            Route(
                method="POST",
                path="/search",
                call=self.search,
                access=PERMISSION,
                # What is sent at once is held up here; over the nodes the audit log is counted.
                rate=(phonetails.SEARCHES, phonetails.PERIOD),
                changes_nothing=True,
            ),
            Route(method="POST", path="/replay", call=self.replay, access=PERMISSION, transaction=False),
            Route(method="GET", path="/{id}", call=self.show, access=PERMISSION),
        )

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return DeliveryPages(self._operations).pages()

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        entry = MenuEntry(
            app="ops", label="消息投递", path="", access=PERMISSION, order=20, icon="send", news=self.numbers
        )
        return (entry,)

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        return (
            Job(
                name="retention", call=self._retention, label="清理过期的消息记录", cron="40 3 * * *", transaction=False
            ),
        )

    async def numbers(self, ctx: Context) -> News:
        """How many have failed and can be sent again: as many as its page says."""
        failed = sum(each.count for each in await self._operations.ended_badly(counties_of(ctx)))
        figure = Figure(label="发送失败", text=str(failed), path="", unit="条", tone="bad" if failed else "")
        return News(count=failed, figures=(figure,))

    async def page(self, ctx: Context, query: DeliveriesQuery) -> Paged[DeliveryView]:
        """消息投递记录"""
        which = Filter(
            counties=counties_of(ctx),
            states=_states(query.states) or (STATES if query.number else ENDED_BADLY),
            message=query.message,
            reason=query.reason,
            channel=query.channel,
            number=query.number,
        )
        found = await self._operations.page(which, query)
        return Paged(items=[as_told(ctx, each) for each in found.items], next=found.next)

    async def search(self, ctx: Context, body: TailSearch) -> TailAnswer:
        """按村和手机尾号查找消息"""
        phonetails.county_of(ctx)
        return await phonetails.find(ctx, self._operations, body)

    async def balance(self, ctx: Context, query: BalanceQuery) -> list[BalanceLine]:
        """消息收支平衡"""
        since = ctx.now() - timedelta(hours=query.hours)
        rows = await self._operations.balance(counties_of(ctx), since)
        return [BalanceLine(**msgspec.structs.asdict(row), missing=row.missing) for row in rows]

    async def show(self, ctx: Context, id: str) -> DeliveryStory:
        """一条消息的经过"""
        story = await self._operations.show(id, counties_of(ctx))
        return msgspec.structs.replace(story, delivery=as_told(ctx, story.delivery))

    async def replay(self, ctx: Context, body: ReplayRequest) -> ReplayAnswer:
        """重新发送失败的消息"""
        which = Filter(
            counties=counties_of(ctx), states=body.states, id=body.id, message=body.message, reason=body.reason
        )
        counted = await self._operations.replay(which, dry_run=True)
        if body.dry_run:
            return counted
        why = read_words(body.why, "why", "原因")
        await log_first(ctx, "deliveries.replay", body.id or str(counted.count), why=why)
        answer = await self._operations.replay(which, dry_run=False)
        self._kick()
        return answer

    async def alerts(self, ctx: Context) -> list[AlertLine]:
        """最近的运维告警"""
        return await self._alerts(counties_of(ctx))

    async def cut_off(self, ctx: Context) -> list[CutOffLine]:
        """停用的触发器"""
        here = counties_of(ctx)
        return [
            CutOffLine(name=row.name, county=row.county, since=row.cut_at, failures=row.failures, error=row.error)
            for row in await self._operations.cut_off()
            if row.county in here
        ]

    async def rearm(self, ctx: Context, body: RearmRequest) -> RearmAnswer:
        """恢复停用的触发器"""
        counties_of(ctx)  # refuses a town
        why = read_words(body.why, "why", "已怎样排除故障")
        await log_first(ctx, "deliveries.rearm", body.name, why=why)
        return RearmAnswer(waiting=await self._rearm(ctx.county, body.name))

    async def _retention(self, ctx: Context) -> None:
        await self._forget()


def _states(text: str | None) -> tuple[State, ...]:
    """States that were separated by commas."""
    try:
        return msgspec.convert([part for part in (text or "").split(",") if part], tuple[State, ...])
    except msgspec.ValidationError:
        raise Invalid(fields={"states": f"只能是{'、'.join(STATES)}，用逗号隔开。"}) from None
