"""``hub plugins``: what is on where, what there is of one, and the beginning of a new one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click
import msgspec

from hub.app import COLLECTIONS, Hub, installed
from hub.cli.console import confirm, errors, print_json, print_table
from hub.cli.opening import county_option, in_loop, opened_hub, operator, read_settings
from hub.cli.plugininfo import info_of, rows_of
from hub.cli.skeletons import Skeleton, as_distribution, beside_config, check_name, make
from hub.rules.finding import available, nearest
from hub.rules.switching import switch, waiting
from hub.settings import HubSettings
from hub.words.errors import SetupError
from hub.words.regions import Region


@click.group()
def plugins() -> None:
    """Plugins: which are installed, and which are on in which county."""


@plugins.command("list")
@county_option(help="Only this county.")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def list_plugins(county: str | None, as_json: bool) -> None:
    """List the installed plugins and the counties where each is on.

    The switches in the database count; those in config.yaml are what a new county starts with.
    """
    async with opened_hub() as hub:
        counties = (
            [_county(hub, county)] if county else sorted(hub.places.tree.counties(), key=lambda place: place.code)
        )
        names = [plugin.name for plugin in hub.host.plugins.values() if plugin.switched]
        rows = [_row(hub, place, names) for place in counties]
    if as_json:
        print_json(rows)
        return
    cells = [(row.county, row.name, row.version, *(_mark(row.plugins[name]) for name in names)) for row in rows]
    print_table("plugins", ("county", "name", "version", *names), cells, numbers=("version",))


class CountyRow(msgspec.Struct, frozen=True):
    """The switches of a county."""

    county: str
    name: str
    version: int
    plugins: dict[str, bool]


def _row(hub: Hub, place: Region, names: Sequence[str]) -> CountyRow:
    code = place.code
    return CountyRow(
        code, place.name, hub.counties.version(code), {name: hub.counties.is_on(code, name) for name in names}
    )


def _mark(on: bool) -> str:
    return "on" if on else "·"


@plugins.command()
@click.argument("plugin")
@county_option(required=True, help="The county, as a region code.")
@click.option("--why", default="", help="A reason for the audit log.")
@in_loop
async def on(plugin: str, county: str, why: str) -> None:
    """Turn PLUGIN on in a county. Running nodes know within a second; cases that waited for it go on."""
    async with opened_hub() as hub:
        place = _county(hub, county)
        _check_plugin(hub, plugin)
        newer = await switch(hub.units, county, plugin, on=True, actor=operator(), why=why)
    click.echo(f"{plugin} is on in {county} {place.name} (version {newer.version})")


@plugins.command()
@click.argument("plugin")
@county_option(required=True, help="The county, as a region code.")
@click.option("--why", default="", help="A reason for the audit log.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@in_loop
async def off(plugin: str, county: str, why: str, yes: bool) -> None:
    """Turn PLUGIN off in a county: there it is as if it had never been, and open business waits. Shows how much, and asks."""
    async with opened_hub() as hub:
        place = _county(hub, county)
        _check_plugin(hub, plugin)
        for label, count in (await waiting(hub.units, county, plugin)).items():
            errors().print(f"{label}: {count} would wait", markup=False)
        confirm(f"Turn {plugin} off in {county} {place.name}?", yes)
        newer = await switch(hub.units, county, plugin, on=False, actor=operator(), why=why)
    click.echo(f"{plugin} is off in {county} {place.name} (version {newer.version})")


@plugins.command()
@click.argument("name")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def info(name: str, as_json: bool) -> None:
    """Show what there is of plugin NAME: where it comes from, what it brings, what is stored of it and waits for it.

    Also of one that is not installed any more. An orphan is stored, and belongs to nothing that is loaded: a collection, events
    that wait, rows of jobs, switches.
    """
    async with opened_hub() as hub:
        found = await info_of(hub, name)
    if as_json:
        print_json(found)
    else:
        print_table(f"plugin {name}", ("field", "value"), rows_of(found))


@plugins.command()
@click.argument("name")
@click.option(
    "--package",
    "as_package",
    is_flag=True,
    help="A distribution of its own, in a new folder here, for pip; else a folder of plugins_dir, beside config.yaml.",
)
@click.pass_obj
def new(config: Path, name: str, as_package: bool) -> None:
    """Write a small plugin NAME that works, to be changed into your own.

    Residents file requests on a page, handlers hear of them and decide them: documents with a history, buttons, lists, pages,
    messages, menu entries, and tests. Says what to do next. Nothing that is there already is touched.
    """
    settings = read_settings(config) if config.exists() or not as_package else HubSettings()
    check_name(name, _taken(settings))
    skeleton = as_distribution(name, Path()) if as_package else beside_config(name, settings.plugins_dir)
    make(skeleton)
    _say_next(skeleton, config)


def _taken(settings: HubSettings) -> Mapping[str, str]:
    """Names of plugins, each with who has it."""
    own = installed(msgspec.structs.replace(settings, plugins=(), without=()))
    parts = {name for plugin in own.plugins.values() for name in (plugin.name, plugin.prefix)}
    kept = {spec.name.partition(".")[0] for spec in COLLECTIONS}
    return {**available([settings.plugins_dir]), **dict.fromkeys(parts | kept, "a part of the hub")}


def _say_next(skeleton: Skeleton, config: Path) -> None:
    code, tests, *_ = skeleton.places.values()
    name = skeleton.name
    steps = [f"{config}: add {name} to plugins, and {name}: true to a county", "hub check"]
    if skeleton.distribution:
        steps = [f"pip install -e './{code.parent}[test]'", *steps, f"cd {code.parent} && pytest"]
    else:
        steps = [*steps, f"python -m pytest {tests}"]
    click.echo(f"Plugin '{name}': begin to read at {code / 'plugin.py'}; its tests are in {tests}.\n\nNext:")
    for number, step in enumerate(steps, 1):
        click.echo(f"{number:3}. {step}")


def _county(hub: Hub, code: str) -> Region:
    place = hub.places.tree.get(code)
    if place is None or place.level != "county":
        known = [region.code for region in hub.places.tree.counties()]
        hint = nearest(code, known) or (
            " Known are: " + ", ".join(sorted(known)[:20]) if known else " Run hub regions import first."
        )
        raise SetupError(f"--county {code}: there is no such county.{hint}")
    return place


def _check_plugin(hub: Hub, name: str) -> None:
    if hub.host.always_on(name):
        raise SetupError(
            f"plugin '{name}' is a part of the hub, on wherever any plugin is: set it in the county's settings"
        )
    if name in hub.host.left_out:
        raise SetupError(f"plugin '{name}' is left out (without in config.yaml): its switches are as they were")
    known = [plugin.name for plugin in hub.host.plugins.values() if plugin.switched]
    if name not in known:
        raise SetupError(f"plugin '{name}' is not installed: add it to plugins in config.yaml.{nearest(name, known)}")
