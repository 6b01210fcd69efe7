"""The WeChat channel: claims deliveries, finds each its route, keeps to every pace and quota, calls, and settles.

A call's intent is recorded before it is made. So a worker may die at any point: what it held comes back when its lease
ends, and whoever takes it next knows which messages may be on a phone already.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any, Literal, Protocol

import msgspec
import structlog
from jinja2 import TemplateError

from hub.push.alerts import Alerts
from hub.push.batches import Batches
from hub.push.credits import Credits, Need, Settled, Use
from hub.push.links import Links
from hub.push.messages import Message, grouped
from hub.push.metrics import PushMetrics
from hub.push.outcome_policy import Alarm, OutcomePolicy, dead_alarm, quota_alarm
from hub.push.pacing import Breaker, Bucket, Lanes
from hub.push.pauses import Pauses
from hub.push.preferences import Preference, Preferences
from hub.push.quiet import open_at
from hub.push.quotas import Quotas
from hub.push.routing import Route, RouteFinder, WhereTheyAre
from hub.push.settings import PushSettings
from hub.reading.templates import Templates
from hub.rules.host import Host
from hub.rules.traces import where
from hub.store.clocks import RightClock
from hub.store.database import Database, to_milliseconds
from hub.store.deliveries import GONE, Change, Claimed, Deliveries, Intent, TraceLine
from hub.store.inbox import Inbox, stream_of
from hub.store.mongo import PyMongoError
from hub.wechat.client import WeChat
from hub.wechat.errors import quota_returns_at
from hub.wechat.messages import SubscribeMessage, TemplateMessage
from hub.wechat.outcomes import Outcome, Refused, Sent
from hub.words.actors import App
from hub.words.clock import Clock
from hub.words.endings import cancel_and_wait

log = structlog.get_logger("hub.push")

Sent_ = tuple[str, str]  # an appid and the msgid that it gave


class Followers(WhereTheyAre, Protocol):
    """What is asked of the directory."""

    async def unfollow(
        self, appid: str, openid: str, unionid: str | None = None, at: datetime | None = None
    ) -> None: ...
    async def ended_since(self, persons: Iterable[str]) -> Mapping[str, datetime]: ...


@dataclass(frozen=True, slots=True)
class Sending:
    """A message ready to go."""

    message: Message
    route: Route
    fields: Mapping[str, str]
    client_msg_id: str
    first_at: datetime
    repeats: int
    need: Need | None = None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What is written after a call, or instead of one."""

    change: Change
    message: Message
    credit: Settled | None = None
    sent: Sent_ | None = None


class _Texts:
    """The texts of one batch: what goes to many persons is rendered once."""

    def __init__(self, templates: Templates) -> None:
        self._templates = templates
        self._made: dict[bytes, Mapping[str, str]] = {}

    def of(self, message: Message, via: Literal["oa", "mp"]) -> Mapping[str, str]:
        """The fields of the template. Raises what rendering raises."""
        first, newest = message.first, message.newest
        about = (first.message, via, newest.data, message.count, first.data)
        same = msgspec.msgpack.encode(about)
        if same not in self._made:
            self._made[same] = self._templates.fields(*about)
        return self._made[same]


class Worker:
    """Runs on every node; ``kick`` tells it that something may be due."""

    def __init__(
        self,
        *,
        owner: str,
        database: Database,
        host: Host,
        clock: Clock,
        directory: Followers,
        accounts: Mapping[str, WeChat],
        templates: Templates,
        alerts: Alerts,
        pauses: Pauses,
        quotas: Quotas,
        credits: Credits,
        preferences: Preferences,
        links: Links,
        settings: PushSettings,
        metrics: PushMetrics,
        random: Random,
        open_windows: Callable[[Mapping[str, datetime]], Awaitable[None]],
        match: Callable[[Sequence[Sent_]], Awaitable[None]],
    ) -> None:
        self._owner = owner
        self._host = host
        self._clock = clock
        self._directory = directory
        self._accounts = accounts
        self._templates = templates
        self._alerts = alerts
        self._pauses = pauses
        self._quotas = quotas
        self._credits = credits
        self._preferences = preferences
        self._links = links
        self._settings = settings.worker
        self._look_for_plugin_every = settings.dispatch.probe_every
        self._metrics = metrics
        self._open_windows = open_windows
        self._match = match
        self._random = random
        self._deliveries = Deliveries(database)
        self._inbox = Inbox(database)
        self._router = RouteFinder(host, directory, accounts)
        self._judge = OutcomePolicy(self._settings, random)
        self._buckets = {appid: Bucket(self._settings.rate) for appid in accounts}
        self._slots = asyncio.Semaphore(self._settings.in_flight)
        # What goes to a whole city takes its share of all of these, and never the rest.
        share = self._settings.bulk_share
        self._bulk_buckets = {appid: Bucket(self._settings.rate * share) for appid in accounts}
        self._bulk_slots = asyncio.Semaphore(max(1, int(self._settings.in_flight * share)))
        self._lanes = Lanes()
        self._breaker = Breaker(
            self._settings.breaker_after, self._settings.breaker_pause, self._settings.breaker_longest, self._say_down
        )
        self._settling: Batches[Settlement, None] = Batches(
            self._write, most=500, weight=lambda each: each.message.count
        )
        # What is bulk is claimed beside the rest, which never waits for it.
        self._claiming = {bulk: asyncio.Lock() for bulk in (False, True)}
        self._wake = asyncio.Event()
        self._stopping = False
        self._look_again = 0.0
        self._right_clock = RightClock(database, clock, "deliveries")

    def kick(self) -> None:
        """Something may be due."""
        self._wake.set()

    async def run(self) -> None:
        """Send what is due until cancelled, or until :meth:`stop` was called and what is in hand is settled."""
        self._stopping = False
        # Also without any account: then what was planned for WeChat ends as "not bound" instead of waiting for ever.
        if self._settings.enabled:
            async with asyncio.TaskGroup() as tasks:
                for number in range(self._settings.lanes):
                    # One of several lanes never takes what is bulk: it is always there for the rest.
                    tasks.create_task(self._lane(takes_bulk=number > 0 or self._settings.lanes == 1))

    @property
    def unreachable(self) -> int:
        """How many times in a row sending was stopped because nobody answered."""
        return self._breaker.openings

    def stop(self) -> None:
        """Claim nothing more; ``run`` returns when the calls under way are settled."""
        self._stopping = True
        self._wake.set()

    async def _lane(self, *, takes_bulk: bool) -> None:
        while not self._stopping:
            try:
                worked = await self._right_clock() and await self._turn(takes_bulk=takes_bulk)
            except PyMongoError as error:
                log.error("deliveries cannot be worked on: is MongoDB reachable?", error=type(error).__name__)
                worked = False
                self._wake.clear()
            except Exception as error:  # noqa: BLE001 - a defect met by one batch must not end all sending
                log.error("the wechat worker failed: please report it", error=type(error).__name__, where=where(error))
                worked = False
            if not worked and not self._stopping:
                await self._rest()

    async def _rest(self) -> None:
        pause = self._settings.poll.total_seconds()
        if self._breaker.tries == 0:
            # Nothing can be sent before it closes, whatever becomes due.
            await asyncio.sleep(min(self._breaker.pause + 0.01, pause))
            return
        try:
            async with asyncio.timeout(pause):
                await self._wake.wait()
        except TimeoutError:
            pass

    async def _turn(self, *, takes_bulk: bool = True) -> bool:
        """Claim a batch and bring it to its end. Whether there was anything."""
        tries = self._breaker.tries
        if tries == 0:
            return False
        self._wake.clear()
        await self._learn()
        limit = tries or self._settings.batch
        claimed = await self._claim(limit, bulk=False)
        if takes_bulk and not claimed.deliveries:
            claimed = await self._claim(limit, bulk=True)
        if not claimed.deliveries:
            return False
        async with self._keeping(claimed):
            await self._work(claimed)
        return True

    async def _claim(self, limit: int, *, bulk: bool) -> Claimed:
        """One at a time on this node: lanes would only race for the same documents."""
        async with self._claiming[bulk]:
            return await self._deliveries.claim(self._owner, limit, self._settings.lease, self._now(), bulk=bulk)

    @asynccontextmanager
    async def _keeping(self, claimed: Claimed) -> AsyncIterator[None]:
        """Renew the lease as long as the block lasts: calls that hang one after the other must not be made twice."""
        keeping = asyncio.create_task(self._keep(claimed))
        try:
            yield
        finally:
            await cancel_and_wait((keeping,))

    async def _keep(self, claimed: Claimed) -> None:
        lease = self._settings.lease
        while True:
            await asyncio.sleep(lease.total_seconds() / 3)
            # When this fails, settling will, too; the lease then brings it back.
            with contextlib.suppress(PyMongoError):
                await self._deliveries.keep(claimed, lease)

    async def _learn(self) -> None:
        now = asyncio.get_running_loop().time()
        if now >= self._look_again:
            self._look_again = now + self._settings.poll.total_seconds()
            await self._pauses.load()

    def _now(self) -> datetime:
        return to_milliseconds(self._clock.now())

    def _say_down(self) -> None:
        log.warning(
            "wechat does not answer, pausing: check the network to api.weixin.qq.com", openings=self._breaker.openings
        )

    # --- from claimed to ready -----------------------------------------------------------------------------------------

    async def _work(self, claimed: Claimed) -> None:
        token = claimed.token
        found = grouped(claimed.deliveries)
        chosen = await self._preferences.of({(each.first.person, each.first.app) for each in found})
        messages = await self._still_wanted(found, chosen, token)
        ready = await self._routed(messages, chosen, token)
        by_account: dict[str, list[Sending]] = defaultdict(list)
        for sending in await self._credited(ready, token):
            by_account[sending.route.account].append(sending)
        await asyncio.gather(*(self._send_by(account, sendings, token) for account, sendings in by_account.items()))

    async def _still_wanted(
        self, messages: Sequence[Message], chosen: Mapping[tuple[str, App], Preference], token: str
    ) -> list[Message]:
        """Without those that are too old, must wait for the morning, were seen in the app meanwhile, are left out by their person's own
        choice, or are of one who has turned out to be somebody else."""
        now = self._now()
        seen = await self._seen(messages)
        ended = await self._directory.ended_since(message.first.person for message in messages)
        wanted, aside = [], []
        for message in messages:
            first = message.first
            preference = chosen.get((first.person, first.app))
            change = self._set_aside(message, first.id in seen, ended.get(first.person), preference, now)
            if change is None:
                wanted.append(message)
            else:
                aside.append((message, change))
        for message, (fields, _) in aside:
            if fields["state"] == "dead":
                await self._alarm(message, dead_alarm(message))
        await self._settle_all(token, aside)
        return wanted

    def _set_aside(
        self, message: Message, seen: bool, replaced: datetime | None, preference: Preference | None, now: datetime
    ) -> tuple[Mapping[str, Any], TraceLine] | None:
        first = message.first
        if replaced is not None and message.newest.created_at < replaced and not message.in_doubt:
            # Told before the claim ended; that it has ended is told after.
            over = {"state": "suppressed", "reason": "claim_ended", "next_at": None, "settled_at": now}
            return over, TraceLine(at=now, what="claim_ended")
        if self._judge.too_old(message, now):
            return self._judge.dead(message, now)
        if first.plugin not in self._host.plugins:
            # Left out of this start, or not installed just now: nobody knows its WeChat template.
            later = now + self._look_for_plugin_every
            return {"state": "pending", "reason": GONE, "next_at": later}, TraceLine(at=now, what=GONE)
        muted = preference is not None and not preference.wants(first) and not message.in_doubt
        if seen or muted:
            why = "seen" if seen else "muted"
            return {"state": "suppressed", "reason": why, "next_at": None, "settled_at": now}, TraceLine(
                at=now, what=why
            )
        usual = self._settings.quiet_hours
        night = preference.night(usual) if preference else usual
        # Those planned by the version before say it by their lane alone.
        start = open_at(night, now, first.app, first.urgent or first.lane == "urgent")
        if start > now and not message.in_doubt:
            return {"state": "held", "reason": "quiet_hours", "next_at": start}, TraceLine(at=now, what="quiet_hours")
        return None

    async def _seen(self, messages: Sequence[Message]) -> set[str]:
        """Digests and notices whose inbox entry some device has acknowledged: ids of their first deliveries."""
        waiting = [message.first for message in messages if message.first.seq is not None]
        if not waiting:
            return set()
        marks = await self._inbox.acknowledged(stream_of(each.person, each.app) for each in waiting)
        return {each.id for each in waiting if marks.get(stream_of(each.person, each.app), 0) >= (each.seq or 0)}

    async def _routed(
        self, messages: Sequence[Message], chosen: Mapping[tuple[str, App], Preference], token: str
    ) -> list[Sending]:
        """With route and text; what has none of them, or may not use it now, is settled."""
        if not messages:
            return []
        now = self._now()
        ready: list[Sending] = []
        aside: list[tuple[Message, tuple[Mapping[str, Any], TraceLine]]] = []
        texts = _Texts(self._templates)
        for message, route in zip(messages, await self._router.routes(messages, chosen), strict=True):
            if not isinstance(route, Route):
                aside.append((message, self._judge.no_route(message, route, now)))
            elif (pause := self._pauses.of(route.account, route.template)) is not None:
                aside.append((message, self._put_off(pause.until, pause.reason, now)))
            else:
                found = await self._prepared(message, route, texts, now)
                ready.append(found) if isinstance(found, Sending) else aside.append((message, found))
        await self._settle_all(token, aside)
        return ready

    def _put_off(self, until: datetime, why: str, now: datetime) -> tuple[Mapping[str, Any], TraceLine]:
        # Spread over a minute: all of it comes back at the same moment.
        later = until + timedelta(seconds=self._random.uniform(0, 60))
        return {"state": "pending", "reason": "paused", "next_at": later}, TraceLine(at=now, what="paused", note=why)

    async def _prepared(
        self, message: Message, route: Route, texts: _Texts, now: datetime
    ) -> Sending | tuple[Mapping[str, Any], TraceLine]:
        first = message.first
        try:
            fields = texts.of(message, route.via)
        except (TemplateError, OSError, ValueError, TypeError, KeyError, AttributeError) as error:
            log.error(
                "a wechat template fails: run hub check",
                message=first.message,
                via=route.via,
                error=type(error).__name__,
            )
            await self._alarm(
                message,
                Alarm(
                    f"wechat_config:template:{first.message}", f"消息 {first.message} 的微信模板有误，请检查模板文件。"
                ),
            )
            ended = {"state": "failed", "reason": "template", "next_at": None, "settled_at": now}
            return ended, TraceLine(at=now, what="template_failed")
        if not message.in_doubt:
            return Sending(message, route, fields, first.id.replace("-", ""), now, first.repeats)
        began = first.first_intent_at or now
        if route.via == "oa" and now - began < self._settings.same_id_for:
            # WeChat shows a message with the same id once.
            return Sending(message, route, fields, first.client_msg_id, began, first.repeats)
        if self._settings.classes.of(first.message_class).repeat_when_unknown and first.repeats == 0:
            # A second notice is better than none.
            return Sending(message, route, fields, f"{first.id.replace('-', '')[:-1]}r", now, 1)
        ended = {"state": "failed", "reason": "outcome_unknown", "next_at": None, "intent_at": None, "settled_at": now}
        return ended, TraceLine(at=now, what="outcome_unknown")

    async def _credited(self, ready: Sequence[Sending], token: str) -> list[Sending]:
        """Mini programs' messages get a credit each, or end here: without one no call is made."""
        needs = {
            sending.message.first.id: Need(
                self._credits.id_of(sending.route.account, sending.route.openid, sending.route.template),
                sending.message.first.id,
            )
            for sending in ready
            if sending.route.via == "mp"
        }
        granted = await self._credits.reserve(list(needs.values()))
        kept, aside = [], []
        now = self._now()
        for sending in ready:
            need = needs.get(sending.message.first.id)
            if need is None:
                kept.append(sending)
            elif need in granted:
                kept.append(_with_credit(sending, need))
            else:
                aside.append((sending.message, self._judge.no_credit(sending.message, sending.route, now)))
        await self._settle_all(token, aside)
        return kept

    # --- calls ---------------------------------------------------------------------------------------------------------

    async def _send_by(self, account: str, sendings: Sequence[Sending], token: str) -> None:
        """Send through one account, at its pace and within its quota."""
        buckets = self._buckets_of(account, sendings)
        granted = await self._within_quota(account, len(sendings))
        for chunk in _chunks(sendings[:granted], min(buckets[0].size, self._settings.in_flight)):
            if self._breaker.tries == 0:
                await self._release(chunk, token)
                continue
            for bucket in buckets:
                await bucket.take(len(chunk))
            going = await self._not_stopped(chunk, token)
            now = self._now()
            ours = await self._deliveries.intend(token, [_intent(sending, now) for sending in going])
            await asyncio.gather(
                *(self._send(sending, token) for sending in going if ours.issuperset(sending.message.ids))
            )
        if granted < len(sendings):
            await self._stop_until_tomorrow(account, sendings[granted:], token)

    def _buckets_of(self, account: str, sendings: Sequence[Sending]) -> tuple[Bucket, ...]:
        """The smallest first. A batch is of the bulk lane as a whole, or not at all."""
        every = self._buckets[account]
        return (self._bulk_buckets[account], every) if _is_bulk(sendings[0]) else (every,)

    async def _not_stopped(self, sendings: Sequence[Sending], token: str) -> list[Sending]:
        """Without those whose account or template must rest by now: one refusal is enough, also within a batch."""
        now = self._now()
        going, stopped = [], []
        for sending in sendings:
            pause = self._pauses.of(sending.route.account, sending.route.template)
            if pause is None:
                going.append(sending)
                continue
            fields, step = self._put_off(pause.until, pause.reason, now)
            change = Change(ids=sending.message.ids, token=token, fields=fields, step=step)
            stopped.append(self._settle(sending, change, "returned"))
        await asyncio.gather(*stopped)
        return going

    async def _within_quota(self, account: str, count: int) -> int:
        kind = self._accounts[account].account.kind
        limit = self._settings.daily_quota.oa if kind == "oa" else self._settings.daily_quota.mp
        return await self._quotas.take(account, count, limit)

    async def _stop_until_tomorrow(self, account: str, sendings: Sequence[Sending], token: str) -> None:
        """Our own count says that WeChat would refuse the rest."""
        until = quota_returns_at(self._clock.now())
        await self._pauses.add(account, None, until, "quota")
        await self._alarm(sendings[0].message, quota_alarm(self._accounts[account].account.name))
        await self._release(sendings, token, until)

    async def _release(self, sendings: Sequence[Sending], token: str, until: datetime | None = None) -> None:
        """Give back what was not called."""
        now = self._now()
        why = {"state": "pending", "reason": "paused" if until else "not_reached", "next_at": until or now}
        await asyncio.gather(
            *(
                self._settle(sending, Change(ids=sending.message.ids, token=token, fields=why), "returned")
                for sending in sendings
            )
        )

    async def _send(self, sending: Sending, token: str) -> None:
        """One call, and what follows from its outcome."""
        share = self._bulk_slots if _is_bulk(sending) else contextlib.nullcontext()
        async with share, self._slots, self._lanes.of(sending.route.openid):
            began = asyncio.get_running_loop().time()
            outcome = await self._call(sending)
            self._metrics.call_time.observe(asyncio.get_running_loop().time() - began)
        judgement = self._judge.after(sending.message, sending.route, outcome, self._now())
        self._metrics.calls.labels(sending.route.wechat.account.name, _result(outcome)).inc()
        if judgement.reached:
            self._breaker.answered()
        else:
            self._breaker.unanswered()
            await self._tell_when_down(sending)
        if judgement.stop is not None:
            await self._pauses.add(
                sending.route.account, judgement.stop.template, judgement.stop.until, judgement.stop.reason
            )
        if judgement.alarm is not None:
            await self._alarm(sending.message, judgement.alarm)
        if judgement.left:
            await self._directory.unfollow(sending.route.account, sending.route.openid)
        change = Change(ids=sending.message.ids, token=token, fields=judgement.fields, step=judgement.step)
        sent = (sending.route.account, outcome.msgid) if isinstance(outcome, Sent) and outcome.msgid else None
        await self._settle(sending, change, judgement.credit, sent)

    async def _call(self, sending: Sending) -> Outcome:
        route, newest = sending.route, sending.message.newest
        if route.via == "oa":
            return await route.wechat.send_template(
                TemplateMessage(
                    openid=route.openid,
                    template_id=route.template,
                    data=sending.fields,
                    client_msg_id=sending.client_msg_id,
                    url=self._links.url(newest.app, newest.link),
                    miniprogram=self._links.miniprogram(newest.app, newest.link),
                )
            )
        page = self._links.page(newest.link)
        message = SubscribeMessage(openid=route.openid, template_id=route.template, data=sending.fields, page=page)
        return await route.wechat.send_subscribe(message)

    async def _tell_when_down(self, sending: Sending) -> None:
        # Not for every hiccup: by the third opening nobody has answered for several pauses.
        if self._breaker.openings >= 3:
            await self._alarm(
                sending.message,
                Alarm("wechat_down", "微信接口连续无法连接，消息已保留，恢复后自动补发。请检查服务器到微信的网络。"),
            )

    async def _alarm(self, message: Message, alarm: Alarm) -> None:
        await self._alerts.tell(message.first.county if alarm.in_county else None, alarm.cause, alarm.detail)

    # --- settling ------------------------------------------------------------------------------------------------------

    async def _settle_all(
        self, token: str, aside: Sequence[tuple[Message, tuple[Mapping[str, Any], TraceLine]]]
    ) -> None:
        changes = [
            Settlement(Change(ids=message.ids, token=token, fields=fields, step=step), message)
            for message, (fields, step) in aside
        ]
        await asyncio.gather(*(self._settling.add(change) for change in changes))

    async def _settle(self, sending: Sending, change: Change, credit: Use, sent: Sent_ | None = None) -> None:
        settled = Settled(sending.need, credit) if sending.need is not None else None
        await self._settling.add(Settlement(change, sending.message, settled, sent))

    async def _write(self, settlements: list[Settlement]) -> list[None]:
        """Settle many in a few round trips."""
        await self._deliveries.settle([each.change for each in settlements])
        await self._credits.settle([each.credit for each in settlements if each.credit is not None])
        await self._begin_windows(settlements)
        if sent := [each.sent for each in settlements if each.sent is not None]:
            # WeChat's callback may have been faster than this settlement.
            await self._match(sent)
        for each in settlements:
            state, reason = str(each.change.fields["state"]), each.change.fields.get("reason")
            self._metrics.settled(each.message.first.code, state, reason, each.message.count)
        return [None] * len(settlements)

    async def _begin_windows(self, settlements: Sequence[Settlement]) -> None:
        """After a held bundle went out, further messages are held again for a while."""
        now = self._now()
        ends = {}
        for each in settlements:
            first = each.message.first
            kind = self._host.message_type(first.message)
            if (
                first.bundle
                and first.state == "held"
                and each.change.fields["state"] == "sent"
                and kind
                and kind.bundle
            ):
                ends[first.bundle] = now + min(kind.bundle, self._settings.longest_bundle)
        if ends:
            await self._open_windows(ends)


def _is_bulk(sending: Sending) -> bool:
    return sending.message.first.lane == "bulk"


def _with_credit(sending: Sending, need: Need) -> Sending:
    return Sending(
        sending.message, sending.route, sending.fields, sending.client_msg_id, sending.first_at, sending.repeats, need
    )


def _intent(sending: Sending, now: datetime) -> Intent:
    return Intent(
        ids=sending.message.ids,
        via=sending.route.via,
        account=sending.route.account,
        client_msg_id=sending.client_msg_id,
        at=now,
        first_at=sending.first_at,
        repeats=sending.repeats,
    )


def _chunks(sendings: Sequence[Sending], size: int) -> Iterator[Sequence[Sending]]:
    for start in range(0, len(sendings), size):
        yield sendings[start : start + size]


def _result(outcome: Outcome) -> str:
    if isinstance(outcome, Sent):
        return "sent"
    return outcome.kind.value if isinstance(outcome, Refused) else "doubt"
