"""``hub <plugin> <checkup>``: what a plugin can look at and mend, for operators."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import click

from hub.app import Hub, installed
from hub.cli.console import REFUSED, HubGroup
from hub.cli.opening import county_option, in_loop, opened_hub, operator, read_settings
from hub.rules.plugins import Plugin
from hub.words.contributions import Checkup
from hub.words.errors import SetupError
from hub.words.regions import Region


class WithPlugins(HubGroup):
    """The hub's own commands, and those of the plugins that config.yaml names."""

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        return super().get_command(context, name) or _of_plugin(context.params.get("config"), name)


def _of_plugin(config: Any, name: str) -> click.Command | None:
    if not isinstance(config, Path) or not config.exists():
        return None
    plugin = installed(read_settings(config)).plugins.get(name)
    return group_of(plugin) if plugin is not None and plugin.checkups else None


def group_of(plugin: Plugin) -> click.Group:
    """``hub <plugin>``, with a command for each of its checkups."""
    group = click.Group(plugin.name, help=plugin.doc)
    for checkup in plugin.checkups:
        group.add_command(_command(plugin.name, checkup))
    return group


def _command(plugin: str, checkup: Checkup) -> click.Command:
    async def look(county: str | None, repair: bool) -> None:
        async with opened_hub() as hub:
            found = [
                line
                for place in _places(hub, plugin, county)
                for line in await _look(hub, plugin, checkup, place, repair)
            ]
        for line in found:
            click.echo(line)
        click.echo(f"{len(found)} found{', mended' if found and repair else ''}")
        if found and not repair:
            raise click.exceptions.Exit(REFUSED)

    look.__doc__ = f"{checkup.says}\n\n    Exit code 1 when something is wrong and --repair is not given."
    flag = click.option("--repair", is_flag=True, help="Mend what is found.")
    only = county_option(help="Only this county, or the city itself.")
    return click.command(checkup.name)(only(flag(in_loop(look))))


async def _look(hub: Hub, plugin: str, checkup: Checkup, place: Region, repair: bool) -> list[str]:
    found = await hub.units.read(lambda ctx: checkup.call(ctx, repair), plugin=plugin, place=place, actor=operator())
    return [f"{place.code} {place.name}: {line}" for line in found]


def _places(hub: Hub, plugin: str, county: str | None) -> Iterator[Region]:
    """Where the plugin is on, the cities themselves last."""
    tree = hub.places.tree
    on = [tree[code] for code in hub.counties.counties_with(plugin) if code in tree]
    places = {place.code: place for place in (*on, *(tree[code] for code in {each.path[0] for each in on}))}
    if county is not None and county not in places:
        raise SetupError(f"--county {county}: {plugin} is not on there. See hub plugins list.")
    yield from places.values() if county is None else [places[county]]
