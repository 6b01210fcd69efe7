"""What the operations staff and the command line ask: where everything went, what became of one message, send it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

import msgspec

from hub.push.cutoffs import CutOff, CutOffs
from hub.rules.context import Context, unit_of
from hub.store.database import Database, to_milliseconds
from hub.store.deliveries import ENDED_BADLY, Balance, Deliveries, Delivery, Ended, Filter, Flow, TraceLine
from hub.store.outbox import Outbox
from hub.words.clock import Clock, in_chinese
from hub.words.contributions import Paged, Paging
from hub.words.errors import NotFound

# Why WeChat could not bring a message to its person, whom somebody may have to phone.
UNREACHED = ("not_bound", "not_following", "no_credit", "refused", "user_block")

# States, reasons and the steps of a trace, as a clerk reads them.
WORDS: Mapping[str, str] = MappingProxyType(
    {
        "pending": "等待发送",
        "held": "暂缓发送",
        "sending": "正在发送",
        "sent": "微信已接收，等待回执",
        "delivered": "已送达",
        "suppressed": "未发送",
        "failed": "发送失败",
        "dead": "多次失败，已停止重试",
        "duplicate": "同一事项已通知过",
        "withdrawn": "事项已由他人办理或已撤回",
        "not_bound": "本人未绑定微信",
        "claim_ended": "本人的实名绑定已由他人核验取代，不再通知",
        "not_following": "本人未关注公众号",
        "no_credit": "本人未订阅小程序消息或订阅次数已用完",
        "no_template": "该微信账号没有配置此类消息模板",
        "refused": "微信表示无法送达此人",
        "refused_person": "微信表示无法送达此人，改用其他途径",
        "seen": "本人已在系统中看过，无需再发微信",
        "muted": "本人设置了这类消息不用微信提醒",
        "quiet_hours": "夜间免打扰，早上再发送",
        "awaiting_ack": "先在系统内提醒，未查看再发微信",
        "bundled": "与后续消息合并发送",
        "busy": "微信繁忙，稍后重试",
        "not_reached": "暂时连不上微信，稍后重试",
        "odd_answer": "微信接口应答异常，稍后重试",
        "odd_again": "微信接口应答仍然异常，稍后再试一次",
        "resumed": "恢复发送",
        "plugin_gone": "该功能暂时停用，恢复后自动发送",
        "paused": "该微信账号或模板暂停使用，恢复后自动发送",
        "quota": "微信当日额度用完，次日零点后发送",
        "wechat_config": "微信配置有误，已通知运维",
        "doubt": "微信没有答复，不确定是否送达",
        "outcome_unknown": "微信没有答复，为避免重复未再发送",
        "unconfirmed": "微信一天内未回执，视为已送达",
        "template": "消息模板有误",
        "template_failed": "消息模板有误",
        "refused_content": "微信拒绝了消息内容",
        "user_block": "本人拒收公众号消息",
        "system_failed": "微信系统原因未送达",
        "freq_limit": "微信限制了发送频率",
        "too_old": "超过有效时间",
        "replayed": "人工重新发送",
        "inbox": "站内消息",
        "wechat": "微信",
        "oa": "公众号",
        "mp": "小程序",
    }
)


class DeliveryView(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery in a list. The person is an id, empty where it is not told; names are not part of a push."""

    id: str
    code: str
    message: str
    county: str | None
    place: str
    channel: str
    state: str
    state_text: str
    reason: str | None
    reason_text: str | None
    person: str
    attempts: int
    created_at: datetime
    next_at: datetime | None
    number: str = ""


class StoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """What happened, when; ``detail`` holds WeChat's error code and request id."""

    at: datetime
    at_text: str
    text: str
    detail: str | None = None


class DeliveryStory(msgspec.Struct, frozen=True, kw_only=True):
    """A delivery with everything that happened to it, oldest first."""

    delivery: DeliveryView
    event: str
    via: str | None
    lines: list[StoryLine]


class ReplayAnswer(msgspec.Struct, frozen=True, kw_only=True):
    """How many deliveries were, or in a dry run would be, sent again."""

    count: int
    dry_run: bool


class Operations:
    """Looks at deliveries, and starts them anew."""

    def __init__(self, database: Database, clock: Clock, cutoffs: CutOffs) -> None:
        self._deliveries = Deliveries(database)
        self._outbox = Outbox(database)
        self._clock = clock
        self._cutoffs = cutoffs

    async def balance(
        self, counties: Sequence[str | None] | None = None, since: datetime | None = None
    ) -> list[Balance]:
        """Per county and hour, newest first; ``counties`` None means everywhere."""
        return await self._deliveries.balance(counties, since)

    async def balance_of(self, event: str) -> Balance:
        """Of one event."""
        return await self._deliveries.balance_of(event)

    async def page(self, which: Filter, paging: Paging) -> Paged[DeliveryView]:
        """Newest first."""
        found = await self._deliveries.page(which, paging)
        return Paged(items=[view_of(delivery) for delivery in found.items], next=found.next)

    async def show(self, id: str, counties: Sequence[str | None] | None = None) -> DeliveryStory:
        """One delivery's story. ``NotFound`` when there is none, or none in these counties."""
        delivery = await self._deliveries.get(id)
        if delivery is None or (counties is not None and delivery.county not in counties):
            raise NotFound
        return story_of(delivery)

    async def replay(self, which: Filter, *, dry_run: bool) -> ReplayAnswer:
        """Send again what failed or died. Nothing that was delivered can be sent twice by it."""
        states = tuple(state for state in which.states if state in ENDED_BADLY)
        bad = msgspec.structs.replace(which, states=states, channel="wechat")
        if dry_run:
            return ReplayAnswer(count=await self._deliveries.count(bad), dry_run=True)
        revived = await self._deliveries.revive(bad, to_milliseconds(self._clock.now()))
        return ReplayAnswer(count=revived, dry_run=False)

    async def flows(self, counties: Sequence[str | None], since: datetime) -> list[Flow]:
        """What was planned since then, by lane, channel and state."""
        return await self._deliveries.flows(counties, since)

    async def ended_badly(self, counties: Sequence[str | None]) -> list[Ended]:
        """What can be sent again, by the reason why it was not."""
        return await self._deliveries.ended_badly(counties)

    async def cut_off(self) -> list[CutOff]:
        """Triggers and reactions that are cut off now."""
        await self._cutoffs.load()
        return list(self._cutoffs)

    async def backlog(self) -> int:
        """Events that are not done."""
        return await self._outbox.pending()


def counties_of(ctx: Context) -> tuple[str | None, ...]:
    """The county of the place; of a city all of its counties, and what belongs to the city itself. Deliveries are not kept
    by town, so a town's position does not reach them."""
    if ctx.county is not None and ctx.place.code != ctx.county:
        raise NotFound("请选择一个区县。")
    if ctx.county is not None:
        return (ctx.county,)
    return (None, *(region.code for region in ctx.regions.children(ctx.place.code)))


def without_person(delivery: DeliveryView) -> DeliveryView:
    return msgspec.structs.replace(delivery, person="")


def is_discreet(ctx: Context, message: str) -> bool:
    """Whether operators do not read to whom it went; also of a plugin that is gone, which cannot be asked any more."""
    known = unit_of(ctx).units.host.message_type(message)
    return known is None or known.discreet


def as_told(ctx: Context, delivery: DeliveryView) -> DeliveryView:
    """As an operator may read it."""
    return without_person(delivery) if is_discreet(ctx, delivery.message) else delivery


def words(word: str) -> str:
    """The Chinese of a state, reason or step; an errcode keeps its number."""
    if word in WORDS:
        return WORDS[word]
    kind, _, number = word.rpartition("_")
    return f"{WORDS['refused_content']}（错误 {number}）" if kind == "refused" else word


def view_of(delivery: Delivery) -> DeliveryView:
    return DeliveryView(
        id=delivery.id,
        code=delivery.code,
        message=delivery.message,
        county=delivery.county,
        place=delivery.place,
        channel=delivery.channel,
        state=delivery.state,
        state_text=words(delivery.state),
        reason=delivery.reason,
        reason_text=words(delivery.reason) if delivery.reason else None,
        person=delivery.person,
        attempts=delivery.attempts,
        created_at=delivery.created_at,
        next_at=delivery.next_at,
        number=str(delivery.data.get("number", "")),
    )


def story_of(delivery: Delivery) -> DeliveryStory:
    """From its planning to now, with what it waits for."""
    lines = [_line(delivery.created_at, f"产生{words(delivery.channel)}通知")]
    lines += [_line_of(step) for step in delivery.trace]
    if delivery.channel == "inbox" and delivery.state == "delivered":
        lines.append(_line(delivery.settled_at or delivery.created_at, "已放入站内消息"))
    if delivery.state in ("pending", "held") and delivery.next_at is not None:
        why = words(delivery.reason) if delivery.reason else words(delivery.state)
        lines.append(_line(delivery.next_at, f"计划发送（{why}）"))
    return DeliveryStory(
        delivery=view_of(delivery), event=delivery.event, via=words(delivery.via) if delivery.via else None, lines=lines
    )


def _line(at: datetime, text: str, detail: str | None = None) -> StoryLine:
    return StoryLine(at=at, at_text=in_chinese(at), text=text, detail=detail)


def _line_of(step: TraceLine) -> StoryLine:
    parts = [f"errcode {step.errcode}" if step.errcode else None, f"rid {step.rid}" if step.rid else None, step.note]
    return _line(step.at, words(step.what), "，".join(part for part in parts if part) or None)
