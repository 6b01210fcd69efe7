"""The hooks a plugin may implement. Each returns frozen records of :mod:`hub.words.contributions`; all are called at start-up.
A plugin.py may hold a constant of the hook's name in capitals instead: ``ROUTES``, ``EVENTS``; ``CONFIG`` for the settings.

pluggy gathers, the hub dispatches: an implementation is one line that returns a list, so nothing here is ever awaited,
called while serving, or able to stop another plugin's work.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

import msgspec
import pluggy

from hub.words import contributions as c

hookspec = pluggy.HookspecMarker("hub")
hookimpl = pluggy.HookimplMarker("hub")


@hookspec
def config_schema() -> type[msgspec.Struct]:  # type: ignore[empty-body]
    """The plugin's settings, a frozen Struct with a default for each. A county may override any of them."""


@hookspec
def roles() -> Sequence[c.Role]:  # type: ignore[empty-body]
    """Kinds of positions this plugin brings."""


@hookspec
def permissions() -> Sequence[c.Permission]:  # type: ignore[empty-body]
    """Rights this plugin checks, and the roles that hold them."""


@hookspec
def events() -> Sequence[type[c.Event]]:  # type: ignore[empty-body]
    """Facts this plugin tells."""


@hookspec
def collections() -> Sequence[c.Collection]:  # type: ignore[empty-body]
    """What this plugin stores."""


@hookspec
def migrations() -> Sequence[c.Migration]:  # type: ignore[empty-body]
    """Changes of stored shape, oldest first."""


@hookspec
def lifespan(config: Any) -> AbstractAsyncContextManager[None]:  # type: ignore[empty-body]
    """Entered when the hub starts, left when it stops: for a process pool, a model in memory."""


@hookspec
def routes() -> Sequence[c.Route]:  # type: ignore[empty-body]
    """Operations of the JSON API."""


@hookspec
def pages() -> Sequence[c.Page]:  # type: ignore[empty-body]
    """Pages that people see in the apps."""


@hookspec
def resources() -> Sequence[c.Contributor]:  # type: ignore[empty-body]
    """What is declared once, with the operations, pages and tiles that come of it."""


@hookspec
def commands() -> Sequence[c.Command]:  # type: ignore[empty-body]
    """Websocket commands."""


@hookspec
def topics() -> Sequence[c.Topic]:  # type: ignore[empty-body]
    """What open pages listen to, in order to look again."""


@hookspec
def menu_entries() -> Sequence[c.MenuEntry]:  # type: ignore[empty-body]
    """Tiles of the apps' home screens."""


@hookspec
def related_links() -> Sequence[c.RelatedLink]:  # type: ignore[empty-body]
    """Ways from other plugins' pages to those of this one."""


@hookspec
def message_types() -> Sequence[c.MessageType]:  # type: ignore[empty-body]
    """Messages this plugin sends."""


@hookspec
def triggers() -> Sequence[c.Trigger]:  # type: ignore[empty-body]
    """Facts turned into pushes."""


@hookspec
def reactions() -> Sequence[c.Reaction]:  # type: ignore[empty-body]
    """Facts turned into this plugin's own changes."""


@hookspec
def nodes() -> Sequence[c.Node]:  # type: ignore[empty-body]
    """Nodes of a chain that this plugin handles."""


@hookspec
def steps() -> Sequence[c.StepHandler]:  # type: ignore[empty-body]
    """Parts of this plugin's own longer work."""


@hookspec
def answers() -> Sequence[c.Answer]:  # type: ignore[empty-body]
    """Answers to what other plugins ask."""


@hookspec
def guards() -> Sequence[c.Guard]:  # type: ignore[empty-body]
    """Vetoes on other plugins' actions."""


@hookspec
def belongings() -> Sequence[c.Belongings]:  # type: ignore[empty-body]
    """What this plugin keeps for persons, when identity asks: where they are known, whom it passes to, what can be forgotten."""


@hookspec
def jobs() -> Sequence[c.Job]:  # type: ignore[empty-body]
    """Work that comes round by itself."""


@hookspec
def checkups() -> Sequence[c.Checkup]:  # type: ignore[empty-body]
    """What operators have looked at, and mended, from the command line."""


@hookspec
def imports() -> Sequence[c.Import]:  # type: ignore[empty-body]
    """Files that operators bring in, in the console or from the command line."""


@hookspec
def open_work() -> Sequence[c.OpenWork]:  # type: ignore[empty-body]
    """Open business that would stand still if the plugin were turned off in a county."""


@hookspec
def health_checks() -> Sequence[c.HealthCheck]:  # type: ignore[empty-body]
    """Questions the hub asks before it calls itself ready."""


@hookspec
def on_county_opened() -> Sequence[Any]:  # type: ignore[empty-body]
    """Functions ``async def opened(ctx) -> None`` run in a transaction when the plugin is switched on in a county."""


@hookspec
def on_county_closed() -> Sequence[Any]:  # type: ignore[empty-body]
    """Functions ``async def closed(ctx) -> None`` run in a transaction when the plugin is switched off in a county."""
