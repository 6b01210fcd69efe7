"""Turning a plugin on or off in a county while the hub runs: versioned, audited, and with a look at what depends on it."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import msgspec

from hub.business.history import shown_name
from hub.rules.blame import blamed
from hub.rules.context import Context, unit_of
from hub.rules.counties import CountySwitches, Switch
from hub.rules.plugins import Plugin
from hub.rules.units import Units
from hub.store.mongo import PyMongoError, ReturnDocument
from hub.words.actors import Actor
from hub.words.errors import Conflict, HubError, Invalid, NotFound, Stale
from hub.words.text import cleaned

Edit: TypeAlias = Callable[[Mapping[str, Any]], Mapping[str, Any]]
"""A county's own settings of a plugin as they are kept → as they shall be. It runs where nobody else can change them meanwhile."""


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of one plugin's switch; None: as it is."""

    plugin: str
    on: bool | None
    settings: Mapping[str, Any] | Edit | None

    def made(self, units: Units, kept: Switch) -> Switch:
        """``Invalid`` when the plugin does not take such settings."""
        on = kept.on if self.on is None else self.on
        if self.settings is None:
            return Switch(on=on, settings=kept.settings)
        settings = cleaned(dict(self.settings(kept.settings) if callable(self.settings) else self.settings))
        try:
            units.counties.check_settings(self.plugin, settings)
        except msgspec.ValidationError as error:
            raise Invalid(f"设置有误：{error}") from None
        return Switch(on=on, settings=settings)


class NeedsOthers(Conflict):
    """A plugin cannot be on without those it needs, nor those go off under it."""

    code = "needs_others"


async def switch(
    units: Units,
    county: str,
    plugin: str,
    *,
    on: bool | None = None,
    settings: Mapping[str, Any] | Edit | None = None,
    actor: Actor,
    why: str = "",
    version: int | None = None,
    request_id: str = "",
) -> CountySwitches:
    """Turn ``plugin`` in ``county``; None: it stays as it is. ``settings`` replace the county's own when given, or are an :data:`Edit`
    of them. ``version``: that of the switches which whoever decides has seen; ``Stale`` when they have changed since. Returns the new
    switches.

    Other nodes know within a second. Raises ``NotFound`` for an unknown county or plugin, ``NeedsOthers``, ``Invalid``; and
    ``SetupError`` when the plugin's own preparations fail.
    """
    place = units.places.tree.get(county)
    known = units.host.plugins.get(plugin)
    if place is None or place.level != "county" or known is None or (not known.switched and not known.has_settings):
        raise NotFound("没有这个区县或功能模块。")
    if not known.switched and on is False:
        raise Conflict("这是平台的基础功能，不能关闭，只能更改设置。")
    change = Change(plugin=plugin, on=on if known.switched else True, settings=settings)

    async def turn(ctx: Context) -> CountySwitches:
        newer = await _turn(ctx, county, change, units, why=why, version=version)
        lit = newer.plugins[plugin].on
        if lit:
            # What it begins with is its own to carry out.
            unit_of(ctx).go_by(newer)
        for call in known.on_county_opened if lit else known.on_county_closed:
            with blamed(known, "on_county_opened" if lit else "on_county_closed", call, HubError, PyMongoError):
                await units.turns.take(plugin, "county", call(unit_of(ctx).as_plugin(ctx, plugin)))
        ctx.audit("plugins.switched", f"{county}/{plugin}", why=why, on=lit, version=newer.version)
        return newer

    newer = await units.run(turn, plugin="hub", place=place, actor=actor, request_id=request_id)
    await units.counties.load()
    return newer


async def waiting(units: Units, county: str, plugin: str) -> dict[str, int]:
    """What would stand still if ``plugin`` were turned off in ``county``: label → how many, as the plugin counts it."""
    place = units.places.tree[county]
    counted = units.host.plugins[plugin].open_work
    count = functools.partial(units.turns.of, plugin, "open_work")
    return {each.label: await units.read(count(each.count), plugin=plugin, place=place) for each in counted}


async def _turn(
    ctx: Context,
    county: str,
    change: Change,
    units: Units,
    *,
    why: str,
    version: int | None,
) -> CountySwitches:
    collection, session = units.database["switches"], unit_of(ctx).session
    # A write first: two operators who turn two switches at once must not both decide on the old state.
    row = await collection.find_one_and_update(
        {"_id": county},
        {"$inc": {"version": 1}, "$setOnInsert": {"plugins": {}}},
        upsert=True,
        session=session,
        return_document=ReturnDocument.AFTER,
    )
    assert row is not None, "an upsert that returns the document after it"
    before = units.database.decode(CountySwitches, row)
    if version is not None and before.version != version + 1:
        raise Stale("刚刚有人更改了这里的开关，请看过最新状态后再操作。")
    turned = change.made(units, before.plugins.get(change.plugin, Switch()))
    _check_needs(units, before, change.plugin, turned.on)
    newer = msgspec.structs.replace(before, plugins={**before.plugins, change.plugin: turned})
    encoded = units.database.encode(newer)
    await collection.update_one({"_id": county}, {"$set": {"plugins": encoded["plugins"]}}, session=session)
    await _note(ctx, newer, by=shown_name(ctx.actor) or ctx.actor.account or "", why=why)
    if newer.version == 2:
        # Nobody has turned the first ones, they came from config.yaml; facts told under them are still to be handled so.
        await _note(ctx, msgspec.structs.replace(before, version=1))
    return newer


async def _note(ctx: Context, switches: CountySwitches, **said: str) -> None:
    """Keep a version, for the history (``by`` whom, ``why``) and for whatever was begun under it."""
    database = unit_of(ctx).database
    which = {"county": switches.county, "version": switches.version}
    line = {"_id": ctx.new_id(), "plugins": database.encode(switches)["plugins"], "at": ctx.now(), **said}
    await database["switch_history"].update_one(
        which, {"$setOnInsert": line}, upsert=True, session=unit_of(ctx).session
    )


def _check_needs(units: Units, before: CountySwitches, plugin: str, on: bool) -> None:
    plugins = units.host.plugins
    lit = {name for name, switch in before.plugins.items() if switch.on and name in plugins}
    if on and (
        missing := [need for need in plugins[plugin].needs if need not in lit and not units.host.always_on(need)]
    ):
        raise NeedsOthers(f"请先开启：{'、'.join(_labels(plugins, missing))}。")
    if not on and (leaning := sorted(name for name in lit if name != plugin and plugin in plugins[name].needs)):
        raise NeedsOthers(f"以下功能依赖它，请先关闭：{'、'.join(_labels(plugins, leaning))}。")


def _labels(plugins: Mapping[str, Plugin], names: Iterable[str]) -> list[str]:
    """As people call them, with the name that a command takes."""
    return [f"{plugins[name].label}（{name}）" if name in plugins else name for name in names]
