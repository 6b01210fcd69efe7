"""The sweeper: finds what stands still, gives back what dead nodes held, and tells when something waits too long."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import datetime

import structlog

from hub.push.alerts import Alerts
from hub.push.metrics import Look, PushMetrics
from hub.push.settings import SweeperSettings
from hub.store.clocks import sweep_time
from hub.store.database import to_milliseconds
from hub.store.deliveries import Deliveries
from hub.store.mongo import PyMongoError
from hub.store.outbox import Outbox
from hub.words.clock import Clock
from hub.words.errors import HubError

log = structlog.get_logger("hub.push")


class Sweeper:
    """Runs on every node; what it does may be done twice."""

    def __init__(
        self,
        *,
        outbox: Outbox,
        deliveries: Deliveries,
        clock: Clock,
        alerts: Alerts,
        settings: SweeperSettings,
        metrics: PushMetrics,
        due: Callable[[], None],
        unknown_years: Callable[[], Collection[int]],
    ) -> None:
        self._outbox = outbox
        self._deliveries = deliveries
        self._clock = clock
        self._alerts = alerts
        self._settings = settings
        self._metrics = metrics
        self._due = due
        self._unknown_years = unknown_years

    async def run(self) -> None:
        """Sweep now and then until cancelled."""
        while True:
            try:
                await self.sweep()
            except (HubError, PyMongoError) as error:
                log.error("the sweeper could not work: is MongoDB reachable?", error=type(error).__name__)
            await asyncio.sleep(self._settings.every.total_seconds())

    async def sweep(self) -> None:
        """Once. Events need no help: an expired lease frees itself."""
        now = to_milliseconds(await sweep_time(self._deliveries.database, self._clock))
        if freed := await self._deliveries.free_expired():
            log.warning("deliveries taken back from a worker that died or hung", count=freed)
            self._metrics.freed.inc(freed)
            self._due()
        await self._deliveries.presume_delivered(now)
        await self._look(now)

    async def _look(self, now: datetime) -> None:
        event = await self._outbox.oldest_pending()
        due = await self._deliveries.oldest_due(now)
        # By this node's own clock, as the figures are read: a few seconds between it and the database's are no silence.
        self._metrics.looked(Look(self._clock.now(), event, due))
        if event is not None and now - event > self._settings.alert_after:
            await self._alerts.tell(None, "stand_still:events", _words("有业务消息", now, event))
        if due is not None and now - due > self._settings.alert_after:
            await self._alerts.tell(None, "stand_still:deliveries", _words("有微信消息", now, due))
        for year in sorted(self._unknown_years()):
            words = f"{year}年的节假日安排尚未导入，办理时限暂按周一至周五计算。请在运维台“工作日”里导入国务院办公厅的通知。"
            await self._alerts.tell(None, f"workdays:{year}", words, once=True)


def _words(what: str, now: datetime, since: datetime) -> str:
    minutes = int((now - since).total_seconds() // 60)
    return f"{what}已等待处理 {minutes} 分钟。请检查消息服务是否在运行、微信和数据库是否可用。"
