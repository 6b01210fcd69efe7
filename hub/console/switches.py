"""A county's switches: what is on, what waits, who changed what, and back to how it was before."""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

import msgspec

from hub.console.schema import REASON, Reason
from hub.rules.context import Context, unit_of
from hub.rules.counties import Switch
from hub.rules.plugins import Plugin
from hub.rules.switching import Edit, switch
from hub.words.asking import Asked
from hub.words.contributions import Route
from hub.words.errors import Conflict, NotFound, Stale
from hub.words.regions import Region
from hub.words.text import read_words

PERMISSION = "ops.plugins"
MOST_LINES = 100


class PluginView(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin in this county, or a part of the hub that a county can set: that one is always on."""

    name: str
    label: str
    about: str
    on: bool
    switched: bool
    needs: list[str]
    settings: dict[str, Any]


class PluginsView(msgspec.Struct, frozen=True, kw_only=True):
    """The switches of a county."""

    county: str
    version: int
    plugins: list[PluginView]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """On or off, optionally with the county's own settings; ``why``, which nobody may leave out, goes to the history and the audit log.
    ``version``: that of the switches which whoever decides has seen."""

    on: Annotated[bool, Asked("开启", look="hidden")]
    settings: dict[str, Any] | None = None
    why: Annotated[str, REASON, msgspec.Meta(max_length=200)] = ""
    version: int | None = None


class Undo(msgspec.Struct, frozen=True, kw_only=True):
    """Back to how it was before ``version``, the newest one."""

    version: int
    why: Reason


class SwitchHistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """The switches after a change: ``what`` changed in words, ``by`` whom and ``why``, where that is known."""

    version: int
    at: datetime
    on: list[str]
    what: str
    by: str
    why: str


class Version(msgspec.Struct, frozen=True, kw_only=True):
    """A county's switches as they were kept, and who changed them."""

    version: int
    at: datetime
    plugins: dict[str, Switch]
    by: str = ""
    why: str = ""

    def changed(self, before: Version | None) -> list[str]:
        """The plugins that are otherwise than in the version before."""
        was = before.plugins if before else {}
        names = sorted({*self.plugins, *was}) if before else []
        return [name for name in names if self.plugins.get(name, Switch()) != was.get(name, Switch())]


async def plugins(ctx: Context) -> PluginsView:
    """本区县的功能模块"""
    return view_of(ctx, county_of(ctx))


async def turn(ctx: Context, name: str, body: Turn) -> PluginsView:
    """开启或关闭功能模块"""
    county, why = county_of(ctx), read_words(body.why, "why", "原因")
    await change(ctx, name, on=body.on, settings=body.settings, why=why, version=body.version)
    return view_of(ctx, county)


async def history(ctx: Context) -> list[SwitchHistoryLine]:
    """开关变更记录"""
    found = await versions(ctx, MOST_LINES + 1)
    pairs = itertools.islice(itertools.zip_longest(found, found[1:]), MOST_LINES)
    known = unit_of(ctx).units.host.plugins
    return [
        SwitchHistoryLine(
            version=each.version,
            at=each.at,
            on=sorted(name for name, state in each.plugins.items() if state.on),
            what="，".join(_told(known, name, each, before) for name in each.changed(before)),
            by=each.by,
            why=each.why,
        )
        for each, before in pairs
    ]


async def undo(ctx: Context, body: Undo) -> PluginsView:
    """撤销最近一次变更"""
    county, found = county_of(ctx), await versions(ctx, 2)
    if not found or found[0].version != body.version:
        raise Stale("刚刚有人更改了这里的开关，请看过最新状态后再操作。")
    changed = found[0].changed(found[1]) if len(found) > 1 else []
    if not changed:
        raise Conflict("这次没有改变什么，不用撤销。")
    for name in changed:  # One, since every change is of one plugin.
        before = found[1].plugins.get(name, Switch())
        await change(ctx, name, on=before.on, settings=before.settings, why=body.why, version=body.version)
    return view_of(ctx, county)


ROUTES = (
    Route(method="GET", path="/plugins", call=plugins, access=PERMISSION),
    Route(
        method="PUT",
        path="/plugins/{name}",
        call=turn,
        access=PERMISSION,
        transaction=False,
        reads="/plugins",
    ),
    Route(method="GET", path="/plugins/history", call=history, access=PERMISSION),
    Route(method="POST", path="/plugins/undo", call=undo, access=PERMISSION, transaction=False, reads="/plugins"),
)


# --- what they are made of ----------------------------------------------------------------------------------------------------


def county_of(ctx: Context) -> str:
    """Switches are those of a county as a whole."""
    if ctx.county is None or ctx.place.code != ctx.county:
        raise NotFound("请选择一个区县。")
    return ctx.county


def counties_in(ctx: Context) -> list[Region]:
    """The county of the place; of a city its counties, by code."""
    tree = ctx.regions
    return [tree[ctx.county]] if ctx.county else sorted(tree.counties_below(ctx.place.code), key=lambda each: each.code)


async def change(
    ctx: Context,
    name: str,
    *,
    on: bool | None = None,
    settings: Mapping[str, Any] | Edit | None = None,
    why: str,
    version: int | None,
) -> None:
    """Of a plugin, or of a part of the hub that is always on and can be set."""
    known = unit_of(ctx).units.host.plugins.get(name)
    stays = known is not None and not known.switched and settings is not None
    await switch(
        unit_of(ctx).units,
        county_of(ctx),
        name,
        on=None if stays else on,
        settings=settings,
        actor=ctx.actor,
        why=why,
        version=version,
        request_id=ctx.request_id,
    )


async def versions(ctx: Context, most: int) -> list[Version]:
    """The newest ones of this county, each with how its switches stood."""
    database = unit_of(ctx).database
    rows = database["switch_history"].find({"county": county_of(ctx)}, sort=[("version", -1)], limit=most)
    return [database.decode(Version, row) async for row in rows]


def settable(ctx: Context) -> list[Plugin]:
    """What a county turns or sets."""
    return [each for each in unit_of(ctx).units.host.plugins.values() if each.switched or each.has_settings]


def view_of(ctx: Context, county: str) -> PluginsView:
    switches = unit_of(ctx).units.counties.switches(county)
    return PluginsView(
        county=county,
        version=switches.version,
        plugins=[one_of(plugin, switches.plugins.get(plugin.name)) for plugin in settable(ctx)],
    )


def one_of(plugin: Plugin, state: Switch | None) -> PluginView:
    return PluginView(
        name=plugin.name,
        label=plugin.label,
        about=plugin.doc.partition("\n")[0],
        on=not plugin.switched or bool(state and state.on),
        switched=plugin.switched,
        needs=list(plugin.needs),
        settings=dict(state.settings) if state else {},
    )


def _told(known: Mapping[str, Plugin], name: str, after: Version, before: Version | None) -> str:
    now, was = after.plugins.get(name, Switch()), (before.plugins if before else {}).get(name, Switch())
    label = known[name].label if name in known else name
    return f"更改“{label}”的设置" if now.on == was.on else f"{'开启' if now.on else '关闭'}“{label}”"
