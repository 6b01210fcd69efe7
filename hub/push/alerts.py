"""P17: what the operations staff of a county or the city must look at, told once per hour and cause."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import ClassVar

import msgspec
import structlog

from hub.identity.consents import ConsentWithdrawn
from hub.identity.permissions import OPS_ROLES, ROLES
from hub.identity.positions import PositionChanged
from hub.rules.context import Context, unit_of
from hub.rules.units import Units
from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import PyMongoError
from hub.words.contributions import Event, Holders, Index, MessageClass, MessageType, Push, Reaction, Trigger
from hub.words.errors import Duplicate, HubError
from hub.words.hookspecs import hookimpl
from hub.words.regions import Region

log = structlog.get_logger("hub.push")

# Who gets them; the role belongs to identity.
ROLE = "ops_system"
MESSAGE = "alerts.raised"

COLLECTIONS = (CoreCollection("alerts", (Index((("county", 1), ("at", -1)), name="newest"),)),)

# What stands before the first colon of a cause → its title.
TITLES: Mapping[str, str] = MappingProxyType(
    {
        "cut_off": "功能故障已停用",
        "stuck_event": "一条消息处理失败",
        "vacant": "岗位无人",
        "quota": "微信发送额度用完",
        "wechat_config": "微信配置有误",
        "wechat_down": "微信接口不可用",
        "dead_letters": "消息多次发送失败",
        "stand_still": "消息处理停滞",
        "held_case": "办件等待停用的功能",
        "import_failed": "数据导入失败",
        "authorization_revoked": "有人撤回个人信息授权",
        "backup_missed": "备份未按时完成",
        "workdays": "节假日安排未导入",
    }
)
OTHER = "系统运行异常"
REVOKED = "authorization_revoked"
TAKEN_BACK = (
    "有人在遂宁一卡通中撤回了个人信息授权。请系统管理员或安全管理员核对其业务办结后，删除其个人信息："
    "POST /api/v1/withdrawals/{}/finish。"
)


class Alert(Event, frozen=True, kw_only=True):
    """Something needs the operations staff. ``cause`` is stable (``vacant:accept:510904114``), ``detail`` is Chinese."""

    subject_field: ClassVar[str] = "cause"

    cause: str
    detail: str
    title: str
    hour: str
    at: datetime


async def note(ctx: Context, alert: Alert) -> None:
    """Store an alert and tell it, unless this one was told before."""
    alerts, session, county = unit_of(ctx).database["alerts"], unit_of(ctx).session, ctx.regions[alert.place].county
    id = _id_of(alert)
    if not await alerts.find_one({"_id": id}, {"_id": 1}, session=session):
        row = {name: getattr(alert, name) for name in ("place", "cause", "title", "detail", "at")}
        await alerts.insert_one({"_id": id, "county": county, **row}, session=session)
        ctx.emit(alert)


async def look_at_withdrawal(event: ConsentWithdrawn, ctx: Context) -> None:
    """What was agreed to is taken back: the law wants deleted what need not be kept, and somebody has to do it."""
    cause = f"{REVOKED}:{event.withdrawal}"
    detail = TAKEN_BACK.format(event.withdrawal)
    alert = Alert(place=event.place, cause=cause, detail=detail, title=TITLES[REVOKED], hour="once", at=event.at)
    await note(ctx, alert)


async def look_at_vacancy(event: PositionChanged, ctx: Context) -> None:
    """The last one at a post has gone: somebody has to be found, also where nothing waits yet. Administrators' posts are told of by those
    who are left."""
    if event.came is not None or event.role in OPS_ROLES:
        return
    bound = (event.bureau, event.project, event.node)
    post = Holders(role=event.role, place=event.region, bureau=event.bureau, project=event.project, node=event.node)
    answer = await ctx.holders(post)
    if not answer.vacant:
        return
    label = next((role.label for role in ROLES if role.name == event.role), event.role)
    where = ctx.regions.full_name(event.region)
    said = "、".join(filter(None, bound))
    above = f"新任务转给{ctx.regions.full_name(answer.at)}，" if answer.persons else "上级也无人，新任务会停下等待，"
    alert = Alert(
        place=ctx.regions[event.place].county or event.place,
        cause=":".join(("vacant", event.role, event.region, *(each or "" for each in bound))),
        detail=f"{where}的岗位“{label}”{f'（{said}）' if said else ''}目前无人。{above}请尽快安排人员。",
        title=TITLES["vacant"],
        hour=ctx.now().strftime("%Y%m%d%H"),
        at=ctx.now(),
    )
    await note(ctx, alert)


def _id_of(alert: Alert) -> str:
    return f"{alert.place}|{alert.cause}|{alert.hour}"


async def tell_operations(event: Alert, ctx: Context) -> Sequence[Push]:
    """Whoever holds the operations position of the county, else of the city."""
    place = ctx.regions.full_name(event.place)
    data = {"title": event.title, "detail": event.detail, "place": place, "code": event.place, "at": event.at}
    return [
        Push(to=Holders(role=ROLE, place=event.place), message=MESSAGE, key=f"{event.cause}:{event.hour}", data=data)
    ]


class AlertsPlugin:
    """运维告警: what goes wrong reaches the people who can mend it."""

    builtin = True

    @hookimpl
    def events(self) -> Sequence[type[Event]]:
        return [Alert]

    @hookimpl
    def triggers(self) -> Sequence[Trigger]:
        return [Trigger(event=Alert, call=tell_operations)]

    @hookimpl
    def reactions(self) -> Sequence[Reaction]:
        return [
            Reaction(event=ConsentWithdrawn, call=look_at_withdrawal),
            Reaction(event=PositionChanged, call=look_at_vacancy),
        ]

    @hookimpl
    def message_types(self) -> Sequence[MessageType]:
        sample = {
            "title": "微信发送额度用完",
            "detail": "明天零点恢复。",
            "place": "安居区",
            "code": "510904",
            "at": "2026-11-23T09:00:00+08:00",
        }
        return [
            MessageType(
                name="raised",
                code="P17",
                kind="alert",
                app="ops",
                label="运维告警",
                sample=sample,
                link="/{code}/ops/alerts",
                message_class=MessageClass.SERVICE,
            )
        ]


class AlertLine(msgspec.Struct, frozen=True, kw_only=True):
    """An alert in the console's list."""

    place: str
    cause: str
    title: str
    detail: str
    at: datetime


class Alerts:
    """Raises alerts from any part of the hub."""

    def __init__(self, units: Units, database: Database) -> None:
        self._units = units
        self._alerts = database["alerts"]

    async def tell(self, place: str | None, cause: str, detail: str, *, once: bool = False) -> None:
        """Raise an alert at the county of ``place`` (None: the city), unless this cause was told there in this hour.

        ``once``: unless it was ever told there, for what nobody needs to be told again every hour.
        Never raises: whoever tells of trouble has enough of it. The log has every alert, too.
        """
        region = self._region(place)
        if region is None:
            log.error("an alert has no place: import the regions with hub regions import", cause=cause)
            return
        now = self._units.clock.now()
        hour = "once" if once else now.strftime("%Y%m%d%H")
        kind = cause.partition(":")[0]
        alert = Alert(place=region.code, cause=cause, detail=detail, title=TITLES.get(kind, OTHER), hour=hour, at=now)
        try:
            await self._raise(alert, region)
        except Duplicate:
            pass  # Told in this hour.
        except (HubError, PyMongoError) as error:
            log.error("an alert could not be stored: is MongoDB reachable?", cause=cause, error=type(error).__name__)

    async def _raise(self, alert: Alert, region: Region) -> None:
        if await self._alerts.find_one({"_id": _id_of(alert)}, {"_id": 1}):
            return
        await self._units.run(lambda ctx: note(ctx, alert), plugin="alerts", place=region)
        log.warning("alert for the operations staff", cause=alert.cause, place=region.code)

    async def newest(self, counties: Sequence[str | None], limit: int = 100) -> list[AlertLine]:
        """The last ones of these counties (None: the city's own), newest first."""
        found = self._alerts.find({"county": {"$in": list(counties)}}, sort=[("at", -1)], limit=limit)
        return [msgspec.convert(row, AlertLine) async for row in found]

    def _region(self, place: str | None) -> Region | None:
        tree = self._units.places.tree
        region = tree.get(place) if place else None
        if region is None:
            roots = tree.children(None)
            return roots[0] if roots else None
        return tree[region.county] if region.county else region
