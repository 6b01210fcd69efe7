"""功能开关: the table of counties and plugins, a county's page, one plugin with what waits and its settings."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import msgspec

from hub.console import switches
from hub.console.schema import Reason, setting_of, settings_of
from hub.console.switches import PERMISSION, PluginsView, PluginView, SwitchHistoryLine, county_of
from hub.rules.context import Context, unit_of
from hub.rules.plugins import Plugin
from hub.rules.switching import waiting
from hub.words.asking import Asked
from hub.words.clock import in_chinese
from hub.words.contributions import Choice, Form, Page, Route
from hub.words.errors import NotFound


class Cell(msgspec.Struct, frozen=True, kw_only=True):
    """A plugin in a county. ``href`` is below the place."""

    label: str
    on: bool
    href: str


class BoardRow(msgspec.Struct, frozen=True, kw_only=True):
    """A county with its plugins; ``lit`` of them are on."""

    county: str
    name: str
    lit: int
    cells: tuple[Cell, ...]


class HistoryRow(msgspec.Struct, frozen=True, kw_only=True):
    """A change as it is read; ``undoes`` its page where it can be taken back."""

    what: str
    when: str
    by: str
    why: str
    undoes: str = ""


class BoardPage(msgspec.Struct, frozen=True, kw_only=True):
    """All counties of a city; of one county its plugins instead, and what was changed."""

    columns: tuple[str, ...]
    rows: tuple[BoardRow, ...]
    county: PluginsView | None = None
    lines: tuple[HistoryRow, ...] = ()


async def board(ctx: Context) -> BoardPage:
    """功能开关"""
    if ctx.county is not None:
        view = switches.view_of(ctx, county_of(ctx))
        return BoardPage(columns=(), rows=(), county=view, lines=_lines(await switches.history(ctx)))
    columns = [each for each in switches.settable(ctx) if each.switched]
    rows = [_row(ctx, county.code, county.name, columns) for county in switches.counties_in(ctx)]
    return BoardPage(columns=tuple(each.label for each in columns), rows=tuple(rows))


def _row(ctx: Context, county: str, name: str, columns: Sequence[Plugin]) -> BoardRow:
    counties = unit_of(ctx).units.counties
    cells = tuple(
        Cell(label=each.label, on=counties.is_on(county, each.name), href=f"/{county}/ops/plugins/{each.name}")
        for each in columns
    )
    return BoardRow(county=county, name=name, lit=sum(each.on for each in cells), cells=cells)


def _lines(found: Sequence[SwitchHistoryLine]) -> tuple[HistoryRow, ...]:
    rows = [HistoryRow(what=each.what, when=in_chinese(each.at), by=each.by, why=each.why) for each in found]
    if rows and rows[0].what:
        rows[0] = msgspec.structs.replace(rows[0], undoes=f"/plugins/undo?version={found[0].version}")
    # The first one of all was not made by anybody.
    return tuple(each for each in rows if each.what)


# --- one plugin ---------------------------------------------------------------------------------------------------------------


class SettingRow(msgspec.Struct, frozen=True, kw_only=True):
    """A setting as it stands; ``own``: the county has it otherwise than all."""

    name: str
    label: str
    value: str
    own: bool


class PluginPage(msgspec.Struct, frozen=True, kw_only=True):
    """One plugin in a county: ``waits`` is its open work, label → how many."""

    title: str
    href: str
    county: str
    plugin: PluginView
    version: int
    waits: Mapping[str, int]
    needs: tuple[str, ...]
    settings: tuple[SettingRow, ...]


async def show(ctx: Context, name: str) -> PluginPage:
    """一项功能"""
    county, units, known = county_of(ctx), unit_of(ctx).units, _known(ctx, name)
    state = units.counties.switches(county)
    view = switches.one_of(known, state.plugins.get(name))
    return PluginPage(
        title=known.label,
        href=f"/plugins/{name}",
        county=ctx.place.name,
        plugin=view,
        version=state.version,
        waits={label: count for label, count in (await waiting(units, county, name)).items() if count},
        needs=tuple(units.host.plugins[need].label for need in known.needs if need in units.host.plugins),
        settings=_settings(units.counties.config(county, name), view.settings),
    )


def _known(ctx: Context, name: str) -> Plugin:
    for plugin in switches.settable(ctx):
        if plugin.name == name:
            return plugin
    raise NotFound


def _settings(config: msgspec.Struct, own: Mapping[str, Any]) -> tuple[SettingRow, ...]:
    return tuple(
        SettingRow(name=each.name, label=each.label, value=each.words(config), own=each.top in own)
        for each in settings_of(type(config))
    )


class SettingChange(msgspec.Struct, frozen=True, kw_only=True):
    """``value`` as it is typed; nothing is what all counties have."""

    value: Annotated[str, Asked("设为", "留空即恢复全市统一的值"), msgspec.Meta(max_length=4000)] = ""
    why: Reason
    version: int | None = None


class SettingPage(msgspec.Struct, frozen=True, kw_only=True):
    """One setting to be changed. ``says``: what may be written; ``common``: how it is where a county says nothing."""

    title: str
    href: str
    label: str
    says: str
    text: str
    version: int
    choices: tuple[Choice, ...]


async def show_setting(ctx: Context, name: str, setting: str) -> SettingPage:
    """更改设置"""
    known, counties = _known(ctx, name), unit_of(ctx).units.counties
    county = county_of(ctx)
    one = setting_of(known.config_type, setting)
    return SettingPage(
        title=f"{ctx.place.name} {known.label}",
        href=f"/plugins/{name}",
        label=one.label,
        says=one.hint,
        text=one.text(counties.config(county, name)),
        version=counties.version(county),
        choices=one.choices,
    )


async def put_setting(ctx: Context, name: str, setting: str, body: SettingChange) -> PluginsView:
    """更改一项设置"""
    known, counties, county = _known(ctx, name), unit_of(ctx).units.counties, county_of(ctx)
    one = setting_of(known.config_type, setting)
    await switches.change(
        ctx,
        name,
        settings=lambda own: one.put(own, counties.config(county, name), body.value),
        why=body.why,
        version=body.version,
    )
    return switches.view_of(ctx, county)


async def _offers(ctx: Context, page: SettingPage) -> Mapping[str, Sequence[Choice]]:
    return {"value": page.choices} if page.choices else {}


# --- undo -----------------------------------------------------------------------------------------------------------------------


class Which(msgspec.Struct, frozen=True, kw_only=True):
    """The version that is to be taken back."""

    version: int = 0


class UndoPage(msgspec.Struct, frozen=True, kw_only=True):
    title: str
    href: str
    version: int
    line: SwitchHistoryLine


async def show_undo(ctx: Context, query: Which) -> UndoPage:
    """撤销变更"""
    line = next((each for each in await switches.history(ctx) if each.version == query.version), None)
    if line is None:
        raise NotFound
    return UndoPage(title=ctx.place.name, href="/plugins", version=line.version, line=line)


ROUTES = (
    Route(
        method="PUT",
        path="/plugins/{name}/settings/{setting}",
        call=put_setting,
        access=PERMISSION,
        transaction=False,
        reads="/plugins",
    ),
)


def _page(path: str, title: str, template: str, load: Any, form: Form | None = None, *, help: str) -> Page:
    return Page(
        apps=("ops",),
        path=path,
        title=title,
        template=f"console/{template}.html",
        load=load,
        access=PERMISSION,
        form=form,
        help=help,
    )


PAGES = (
    _page(
        "/plugins",
        "功能开关",
        "switches",
        board,
        help="这里开关各区县的功能。关掉前先看还有多少没办完；关掉后，在办的会停下来，数据保留。变更可以撤销。",
    ),
    _page(
        "/plugins/undo",
        "撤销变更",
        "undo",
        show_undo,
        Form(
            route="/plugins/undo", then="/plugins", submit="撤销这次变更", start=lambda page: {"version": page.version}
        ),
        help="先问问变更的人为什么改，再撤销。撤销也会记下来，马上生效；撤错了，照原样再改一次就行。",
    ),
    _page(
        "/plugins/{name}",
        "功能",
        "plugin",
        show,
        help="关掉以前，先看有多少件在办、是不是都能等。期限、金额这类设置，先问业务主管部门再改；看不懂的不要动。",
    ),
    _page(
        "/plugins/{name}/turn",
        "开关功能",
        "turn",
        show,
        Form(
            route="/plugins/{name}",
            method="PUT",
            then="/plugins/{name}",
            submit="确认",
            start=lambda page: {"on": not page.plugin.on, "version": page.version},
            anew=("on",),
            labels={"settings": "设置"},
            asks=lambda page: ("why",),
            needs=lambda page: ("why",),
        ),
        help="开关马上生效，先告诉窗口和村（社区），挑办事的人少的时候。写清原因，以后查得到。关错了，再打开就行。",
    ),
    _page(
        "/plugins/{name}/settings/{setting}",
        "更改设置",
        "setting",
        show_setting,
        Form(
            route="/plugins/{name}/settings/{setting}",
            method="PUT",
            then="/plugins/{name}",
            submit="保存",
            start=lambda page: {"value": page.text, "version": page.version},
            choices=_offers,
        ),
        help="改之前记下原来写的是什么。改错了，到“功能开关”里撤销这次变更。期限、天数这类，先问业务主管部门。",
    ),
)
