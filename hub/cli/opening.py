"""How a command gets its hub: settings from config.yaml, parts built, nothing served."""

from __future__ import annotations

import asyncio
import getpass
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, ParamSpec, TypeVar

import click
import msgspec

from hub.app import Hub
from hub.reading.config import convert, read_yaml
from hub.rules.context import Context
from hub.settings import HubSettings
from hub.store.addresses import in_words
from hub.store.mongo import ConnectionFailure
from hub.web.logs import configure
from hub.words.actors import Actor
from hub.words.errors import SetupError

P = ParamSpec("P")
T = TypeVar("T")
LOCAL_PATHS = ("data_dir", "templates", "plugins_dir")


def read_settings(config: Path, folder: Path | None = None) -> HubSettings:
    """The settings in a file; its relative paths are meant from where the file lies, or from ``folder``.

    Raises ``SetupError`` with all problems.
    """
    settings = convert(read_yaml(config), HubSettings, where=config.name)
    here = config.parent if folder is None else folder
    return msgspec.structs.replace(settings, **{name: here / getattr(settings, name) for name in LOCAL_PATHS})


def without_option(command: Callable[P, T]) -> Callable[P, T]:
    """``--without NAME``, as often as wanted."""
    words = "Leave this plugin of config.yaml out, as its setting without does; repeatable."
    return click.option("--without", metavar="NAME", multiple=True, help=words)(command)


def leave_out(settings: HubSettings, names: Sequence[str]) -> HubSettings:
    """The same, without these plugins too."""
    return msgspec.structs.replace(settings, without=tuple(dict.fromkeys((*settings.without, *names))))


def has_database(settings: HubSettings) -> bool:
    """What only looks must not make one."""
    return settings.store.uri is not None or settings.embedded_folder.is_dir()


def in_loop(command: Callable[P, Awaitable[T]]) -> Callable[P, T]:
    """A click command that is a coroutine function."""

    def run(*args: P.args, **kwargs: P.kwargs) -> T:
        async def work() -> T:
            return await command(*args, **kwargs)

        return asyncio.run(work())

    run.__doc__ = command.__doc__
    run.__name__ = getattr(command, "__name__", "command")
    # click puts the options on the function that they decorate.
    run.__dict__.update(command.__dict__)
    return run


@asynccontextmanager
async def opened_hub(*, may_be_new: bool = False) -> AsyncIterator[Hub]:
    """The hub of this command's config.yaml, with its database up; log lines of warnings and errors go to standard error.

    A database and its keys are made only by what fills them (``may_be_new``): a question makes nothing.
    """
    configure("warning", pretty=True)
    settings = read_settings(click.get_current_context().obj)
    if not may_be_new and not has_database(settings):
        raise SetupError(
            f"there is no database yet below {settings.data_dir}: start the hub once with hub serve, or fill it with hub regions import"
        )
    try:
        async with Hub.open(settings) as hub:
            yield hub
    except ConnectionFailure as problem:  # It went away while the command was at work.
        raise SetupError(in_words(problem)) from None


def operator() -> Actor:
    """Whoever types the command, for the audit log: whoever may read config.yaml and the keys may do everything."""
    return Actor(kind="hub", account=f"cli:{getpass.getuser()}")


async def note(hub: Hub, what: str, subject: str, county: str | None = None) -> None:
    """An audit line of what this command has done, as when it is done by the API; at the county, or at the city."""

    async def write(ctx: Context) -> None:
        ctx.audit(what, subject)

    known = hub.places.tree.get(county) if county else None
    for place in [known] if known else hub.places.tree.children(None)[:1]:
        await hub.units.run(write, plugin="hub", place=place, actor=operator())


def county_option(**more: Any) -> Callable[[Any], Any]:
    """``--county CODE``."""
    return click.option("--county", metavar="CODE", **more)
