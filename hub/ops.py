"""The operations staff's own operations: a county's switches, and how its jobs stand."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec

from hub.rules.context import Context, unit_of
from hub.rules.plugins import Plugin
from hub.rules.switching import switch
from hub.words.contributions import Permission, Route
from hub.words.errors import NotFound
from hub.words.hookspecs import hookimpl

ROLES = ("ops_system",)


class PluginView(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin in this county, or a part of the hub that a county can set: that one is always on."""

    name: str
    about: str
    on: bool
    needs: list[str]
    settings: dict[str, Any]


class PluginsView(msgspec.Struct, frozen=True, kw_only=True):
    """The switches of a county."""

    county: str
    version: int
    plugins: list[PluginView]


class Turn(msgspec.Struct, frozen=True, kw_only=True):
    """On or off, optionally with the county's own settings; ``why`` goes to the audit log."""

    on: bool
    settings: dict[str, Any] | None = None
    why: str = ""


class SwitchHistoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """The switches after a change."""

    version: int
    at: datetime
    on: list[str]


class OpsPlugin:
    """Switches while running: ``/api/v1/{county}/ops/plugins``."""

    builtin = True
    placeless = False
    prefix = "ops"

    @hookimpl
    def permissions(self) -> Sequence[Permission]:
        return (Permission("ops.plugins", "开关功能模块", ROLES),)

    @hookimpl
    def routes(self) -> Sequence[Route]:
        return (
            Route(method="GET", path="/plugins", call=self.plugins, access="ops.plugins"),
            Route(
                method="PUT",
                path="/plugins/{name}",
                call=self.turn,
                access="ops.plugins",
                transaction=False,
                reads="/plugins",
            ),
            Route(method="GET", path="/plugins/history", call=self.history, access="ops.plugins"),
        )

    async def plugins(self, ctx: Context) -> PluginsView:
        """本区县的功能模块"""
        return _view(ctx, _county(ctx))

    async def turn(self, ctx: Context, name: str, body: Turn) -> PluginsView:
        """开启或关闭功能模块"""
        county = _county(ctx)
        await switch(
            unit_of(ctx).units,
            county,
            name,
            on=body.on,
            settings=body.settings,
            actor=ctx.actor,
            why=body.why,
            request_id=ctx.request_id,
        )
        return _view(ctx, county)

    async def history(self, ctx: Context) -> list[SwitchHistoryLine]:
        """开关变更记录"""
        rows = unit_of(ctx).database["switch_history"].find({"county": _county(ctx)}, sort=[("version", -1)], limit=100)
        return [
            SwitchHistoryLine(
                version=row["version"],
                at=row["at"],
                on=sorted(name for name, state in row["plugins"].items() if state["on"]),
            )
            async for row in rows
        ]


def _county(ctx: Context) -> str:
    if ctx.county is None or ctx.place.code != ctx.county:
        raise NotFound("请选择一个区县。")
    return ctx.county


def _view(ctx: Context, county: str) -> PluginsView:
    units = unit_of(ctx).units
    switches = units.counties.switches(county)
    return PluginsView(
        county=county,
        version=switches.version,
        plugins=[
            _one(plugin, switches.plugins.get(plugin.name))
            for plugin in units.host.plugins.values()
            if plugin.switched or plugin.has_settings
        ],
    )


def _one(plugin: Plugin, state: Any) -> PluginView:
    return PluginView(
        name=plugin.name,
        about=plugin.doc.partition("\n")[0],
        on=not plugin.switched or bool(state and state.on),
        needs=list(plugin.needs),
        settings=dict(state.settings) if state else {},
    )
