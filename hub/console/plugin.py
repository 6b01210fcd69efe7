"""运维台: switches, health and WeChat accounts for the operations staff."""

from __future__ import annotations

from collections.abc import Sequence

from hub.console import (
    health,
    importjob,
    importpages,
    imports,
    messages,
    switches,
    switchpages,
    wechat,
    workdaypages,
    workdays,
)
from hub.console.health import HealthPart, Instruments
from hub.console.messages import MessagesPart
from hub.console.regionimport import REGIONS
from hub.console.wechat import WeChatPart
from hub.words.contributions import Collection, Event, Import, Job, MenuEntry, Page, Permission, Route, Topic
from hub.words.hookspecs import hookimpl

ROLES = ("ops_system",)


class OpsPlugin:
    """What the operations staff do: ``/api/v1/{place}/ops/…``, and its pages. Connected once the hub around it is built."""

    builtin = True
    placeless = False
    prefix = "ops"

    def __init__(self) -> None:
        self._connected: Instruments | None = None
        self._health = HealthPart(self._instruments)
        self._wechat = WeChatPart(self._instruments)
        self._messages = MessagesPart(self._instruments)

    def connect(self, instruments: Instruments) -> None:
        """Give it the running hub to look at."""
        self._connected = instruments

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (
            Permission(switches.PERMISSION, "开关功能模块", ROLES),
            Permission(health.LOOK, "查看系统健康", ROLES),
            Permission(health.RUN, "立即执行定时任务", ROLES),
            Permission(wechat.PERMISSION, "查看和恢复微信账号", ROLES),
            Permission(messages.PERMISSION, "查看消息模板", ROLES),
            Permission(workdays.PERMISSION, "查看和更改工作日", ROLES),
            # Who gives rights brings in who has them, and nothing else.
            Permission(imports.ENTER, "查看数据导入", (*ROLES, "ops_security")),
            Permission(imports.IMPORT, "导入数据", ROLES),
        )

    @hookimpl
    def collections(self) -> Sequence[Collection]:
        return imports.COLLECTIONS

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return (imports.ImportMoved,)

    @hookimpl
    def topics(self) -> Sequence[Topic]:
        return imports.TOPICS

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        return importjob.JOBS

    @hookimpl
    def imports(self) -> Sequence[Import]:
        return (REGIONS,)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        parts = (self._health, self._wechat, self._messages)
        of_parts = (route for part in parts for route in part.routes())
        return (*switches.ROUTES, *switchpages.ROUTES, *workdays.ROUTES, *imports.ROUTES, *of_parts)

    @hookimpl
    def pages(self) -> Sequence[Page]:
        parts = (self._health, self._wechat, self._messages)
        return (
            *switchpages.PAGES,
            *workdaypages.PAGES,
            *importpages.PAGES,
            *(page for part in parts for page in part.pages()),
        )

    @hookimpl
    def menu_entries(self) -> Sequence[MenuEntry]:
        return (
            MenuEntry(
                app="ops",
                label="健康一览",
                path="/health",
                access=health.LOOK,
                order=5,
                icon="heartbeat",
                news=self._health.numbers,
            ),
            MenuEntry(
                app="ops",
                label="功能开关",
                path="/plugins",
                access=switches.PERMISSION,
                order=10,
                icon="toggle-right",
                tab=True,
            ),
            MenuEntry(app="ops", label="定时任务", path="/jobs", access=health.LOOK, order=30, icon="clock"),
            MenuEntry(
                app="ops",
                label="微信账号",
                path="/wechat",
                access=wechat.PERMISSION,
                order=40,
                icon="brand-wechat",
                level="city",
            ),
            MenuEntry(
                app="ops", label="工作日", path="/workdays", access=workdays.PERMISSION, order=45, icon="calendar"
            ),
            MenuEntry(
                app="ops",
                label="数据导入",
                path="/imports",
                access=imports.ENTER,
                order=47,
                icon="upload",
                level="city",
            ),
            MenuEntry(
                app="ops", label="消息模板", path="/messages", access=messages.PERMISSION, order=42, icon="message-2"
            ),
            MenuEntry(
                app="ops",
                label="告警",
                path="/alerts",
                access=health.LOOK,
                order=50,
                icon="alert-triangle",
                news=self._health.news_of_alerts,
            ),
        )

    def _instruments(self) -> Instruments:
        assert self._connected is not None, "a hub that serves has connected it"
        return self._connected
