"""消息设置: how somebody wants to hear in an app, at ``/api/v1/preferences`` and ``/{app}/preferences``.

Every message stands in 消息, whatever is chosen here: this is about WeChat's notices. What must be told, by law or since nobody else hears
of it, and what is urgent is sent all the same. A choice is the person's and no county's: it holds wherever they go.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from hub.push.settings import NIGHTS, QuietHours
from hub.rules.context import Context, transaction_of, unit_of
from hub.rules.host import Host
from hub.store.database import Database
from hub.store.deliveries import Delivery
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.words.actors import APPS, App
from hub.words.asking import Asked
from hub.words.contributions import Anyone, Belongings, Choice, Form, MessageClass, Page, Route
from hub.words.errors import NotFound, Stale
from hub.words.hookspecs import hookimpl

COLLECTIONS = (CoreCollection("preferences"),)

Via = Literal["oa", "mp", "none"]
VIA: Mapping[str, str] = {"oa": "公众号", "mp": "小程序", "none": "不用微信提醒，我自己看“消息”"}
Quiet = Literal["usual", "early", "long", "never"]
# What the push catalogue calls its codes; a message of another code goes by its own name.
CATALOGUE: Mapping[str, str] = {
    "P01": "待办到达",
    "P02": "待办临期和逾期",
    "P03": "公示到期",
    "P04": "公示开始和结果",
    "P05": "投诉要办理",
    "P06": "投诉办理进度",
    "P07": "督办单",
    "P08": "督办反馈",
    "P09": "拦截待确认",
    "P10": "政策文件",
    "P11": "重要信息通知",
    "P12": "大屏订阅",
    "P13": "留言",
    "P14": "申报和发放进度",
    "P15": "关注的事项",
    "P16": "生存认证",
    "P17": "运维告警",
}


# Nobody else is told of these in somebody's place: a complaint whose time runs, an order of a leader, what threatens the hub.
MUST = frozenset({"P05", "P07", "P17"})


class Preference(msgspec.Struct, frozen=True, kw_only=True):
    """What one person has chosen in one app. ``muted``: codes of the push catalogue."""

    id: str = msgspec.field(name="_id")
    person: str
    app: App
    via: Via = "oa"
    quiet: Quiet = "usual"
    muted: tuple[str, ...] = ()
    version: int = 1

    def wants(self, delivery: Delivery) -> bool:
        """Whether WeChat may tell of this. What must be told is told, and what is urgent."""
        must = delivery.message_class == MessageClass.LEGAL.value or delivery.code in MUST
        return must or delivery.lane == "urgent" or (self.via != "none" and delivery.code not in self.muted)

    def night(self, usual: QuietHours) -> QuietHours:
        """When WeChat is silent: the hub's own hours, or theirs."""
        if self.quiet == "usual":
            return usual
        start, end = NIGHTS[self.quiet]
        return QuietHours(start=start, end=end, apps=APPS)


def id_of(person: str, app: App) -> str:
    return f"{person}:{app}"


class Preferences:
    """What people have chosen; of most there is nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database["preferences"]

    async def of(
        self, whom: Iterable[tuple[str, App]], session: AsyncClientSession | None = None
    ) -> Mapping[tuple[str, App], Preference]:
        """By person and app, of those who have chosen anything. One query."""
        ids = [id_of(person, app) for person, app in whom]
        rows = self._rows.find({"_id": {"$in": ids}}, session=session)
        found = [self._database.decode(Preference, row) async for row in rows]
        return {(each.person, each.app): each for each in found}

    async def one(self, person: str, app: App, session: AsyncClientSession | None = None) -> Preference:
        """That of one person, or what holds while nothing was chosen (``version`` 0)."""
        unchosen = Preference(id=id_of(person, app), person=person, app=app, version=0)
        return (await self.of([(person, app)], session)).get((person, app), unchosen)

    async def keep(self, session: AsyncClientSession, preference: Preference) -> None:
        row = self._database.encode(preference)
        await self._rows.replace_one({"_id": row["_id"]}, row, upsert=True, session=session)

    async def forget(self, session: AsyncClientSession, person: str) -> int:
        """How many there were."""
        ids = [id_of(person, app) for app in APPS]
        return (await self._rows.delete_many({"_id": {"$in": ids}}, session=session)).deleted_count


class Offer(msgspec.Struct, frozen=True, kw_only=True):
    """A sort of message that can be left out. ``wanted``: WeChat tells of it."""

    code: str
    label: str
    wanted: bool


class PreferencesView(msgspec.Struct, frozen=True, kw_only=True):
    """``credits``: how many notices the mini program may still send; None where there is none of theirs. ``always``: what is told
    whatever is chosen."""

    version: int
    via: Via
    quiet: Quiet
    offers: tuple[Offer, ...]
    always: tuple[str, ...]
    credits: int | None


class PreferencesRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``wanted``: the codes of which WeChat tells. ``version`` as it was shown."""

    version: Annotated[int, Asked("版本", look="hidden")]
    via: Annotated[Via, Asked("微信提醒发到哪里", choices=VIA)] = "oa"
    quiet: Annotated[Quiet, Asked("什么时候不打扰", "紧急的事除外；这段时间里来的，过后再提醒。")] = "usual"
    wanted: Annotated[tuple[str, ...], Asked("这些事用微信提醒我"), msgspec.Meta(max_length=100)] = ()


class PreferencesPlugin:
    """消息设置."""

    builtin = True
    placeless = True
    prefix = "preferences"

    def __init__(
        self,
        preferences: Preferences,
        usual: QuietHours,
        credits_of: Callable[[str, App], Awaitable[int | None]],
    ) -> None:
        self._preferences = preferences
        self._usual = usual
        self._credits_of = credits_of

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return (
            Route(method="GET", path="", call=self.show, access=Anyone.SIGNED_IN),
            Route(method="PUT", path="", call=self.change, access=Anyone.SIGNED_IN, reads=""),
        )

    @hookimpl
    def pages(self) -> Sequence[Page]:
        return (
            Page(
                apps=APPS,
                path="",
                title="消息设置",
                template="ui/preferences.html",
                help="去掉勾的，微信不再提醒，要看就点开“消息”。换手机、换微信都不用重新设置。",
                load=self.show,
                access=Anyone.SIGNED_IN,
                form=Form(
                    route="",
                    method="PUT",
                    shows="ui/preferences-kept.html",
                    submit="保存",
                    start=as_chosen,
                    choices=self.choices,
                    anew=("version",),
                ),
            ),
        )

    @hookimpl
    def belongings(self) -> Sequence[Belongings]:
        return (Belongings(forget=self.forget),)

    async def show(self, ctx: Context) -> PreferencesView:
        """消息设置"""
        person, app = _whose(ctx)
        return await self._view(ctx, await self._preferences.one(person, app))

    async def change(self, ctx: Context, body: PreferencesRequest) -> PreferencesView:
        """修改消息设置"""
        person, app = _whose(ctx)
        before = await self._preferences.one(person, app, transaction_of(ctx))
        if before.version != body.version:
            raise Stale(state={"version": before.version})
        offered = [code for code, _ in offers_of(_host(ctx), app)]
        # What is not offered at the moment, since its plugin is off, stays as it was chosen.
        muted = {code for code in before.muted if code not in offered} | (set(offered) - set(body.wanted))
        after = msgspec.structs.replace(
            before, via=body.via, quiet=body.quiet, muted=tuple(sorted(muted)), version=before.version + 1
        )
        await self._preferences.keep(transaction_of(ctx), after)
        ctx.audit("preferences.change", after.id)
        return await self._view(ctx, after)

    async def choices(self, ctx: Context, page: PreferencesView) -> Mapping[str, Sequence[Choice]]:
        usual = f"晚上{self._usual.start.hour}点到早上{self._usual.end.hour}点（一般）"
        nights = {"usual": usual, "early": "晚上19点到早上8点", "long": "晚上20点到早上9点", "never": "随时都可以"}
        return {
            "quiet": [Choice(value, label) for value, label in nights.items()],
            "wanted": [Choice(each.code, each.label) for each in page.offers],
        }

    async def forget(self, ctx: Context, person: str) -> int:
        """Nothing of it is a file."""
        return await self._preferences.forget(transaction_of(ctx), person)

    async def _view(self, ctx: Context, kept: Preference) -> PreferencesView:
        host = _host(ctx)
        return PreferencesView(
            version=kept.version,
            via=kept.via,
            quiet=kept.quiet,
            offers=tuple(
                Offer(code=code, label=label, wanted=code not in kept.muted)
                for code, label in offers_of(host, kept.app)
            ),
            always=always_told(host, kept.app),
            credits=await self._credits_of(kept.person, kept.app),
        )


def as_chosen(page: PreferencesView) -> Mapping[str, Any]:
    wanted = tuple(each.code for each in page.offers if each.wanted)
    return {"version": page.version, "via": page.via, "quiet": page.quiet, "wanted": wanted}


def offers_of(host: Host, app: App) -> list[tuple[str, str]]:
    """What can be left out in an app: the codes with their names, in the catalogue's order."""
    labels: dict[str, str] = {}
    for kind in host.message_types.values():
        if kind.app == app and kind.message_class is not MessageClass.LEGAL and kind.code not in MUST:
            labels.setdefault(kind.code, CATALOGUE.get(kind.code, kind.label))
    return sorted(labels.items())


def always_told(host: Host, app: App) -> tuple[str, ...]:
    """What must be told, by name: by law, or since nobody else hears of it."""
    kinds = [kind for kind in host.message_types.values() if kind.app == app]
    legal = {kind.label for kind in kinds if kind.message_class is MessageClass.LEGAL}
    return tuple(sorted(legal | {CATALOGUE[kind.code] for kind in kinds if kind.code in MUST}))


def _host(ctx: Context) -> Host:
    return unit_of(ctx).units.host


def _whose(ctx: Context) -> tuple[str, App]:
    if ctx.actor.person is None or ctx.actor.app is None:
        raise NotFound
    return ctx.actor.person, ctx.actor.app
