"""Which hub a module's tests want."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from hub.rules.finding import CORE, find
from hub.rules.units import Units
from hub.testing.places import ANJU, SHEHONG
from hub.testing.stand_ins import BUILT_IN


async def _nothing(units: Units) -> None:
    """Tests find the city's regions, and nobody in them."""


@dataclass(frozen=True, kw_only=True, eq=False)
class HubSetup:
    """``plugins`` in their order: guards of the first look first. They are found by name as in config.yaml, also in ``plugins_dir``, but
    for those that ``stand_ins`` has. In the counties ``on`` all of them are on, in the counties ``off`` none, or all but those that are
    ``missing`` there; ``settings`` are those of all counties. ``prepare`` writes what each test is to find.
    """

    plugins: Sequence[str] = ()
    stand_ins: Mapping[str, Any] = field(default_factory=dict)
    on: Sequence[str] = (ANJU,)
    off: Sequence[str] = (SHEHONG,)
    missing: Collection[str] = ()
    settings: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    prepare: Callable[[Units], Awaitable[None]] = _nothing
    plugins_dir: Path = Path("plugins")

    @property
    def names(self) -> tuple[str, ...]:
        """All that a county switches, in order."""
        return tuple(dict.fromkeys((*self.plugins, *self.stand_ins)))

    def sources(self) -> list[tuple[str, Any]]:
        """For the plugin host, with what stands for the hub's own parts."""
        names = [*CORE, *(name for name in self.names if name not in CORE)]
        found = dict(find([name for name in names if name not in self.stand_ins], [self.plugins_dir]))
        return [*BUILT_IN, *((name, self.stand_ins.get(name) or found[name]) for name in names)]

    def switches(self) -> dict[str, dict[str, bool | dict[str, Any]]]:
        """As ``counties`` in config.yaml."""
        missing = self.missing or self.names
        off = dict.fromkeys(self.off, missing)
        return {
            county: {name: name not in off.get(county, ()) for name in self.names} for county in (*self.on, *self.off)
        }
