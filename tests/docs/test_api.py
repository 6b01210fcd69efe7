"""hub.api keeps its promise: what a version has given stays until the next major one; old names say what they are called now."""

from __future__ import annotations

import enum
import inspect
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any

import msgspec
import pytest

from hub import api
from hub.rules.faults import old_names
from hub.rules.finding import find
from hub.rules.gathering import gather
from hub.rules.host import Host
from hub.words.apiversions import Renamed, unmet

KEPT = Path(__file__).with_name("api.txt")
AGAIN = "python -m tests.docs.test_api > tests/docs/api.txt"


def surface() -> dict[str, frozenset[str]]:
    """Everything that a plugin can call or read: its name, and its parameters; those with a default end with ``=``."""
    return dict(sorted(found for name in api.__all__ for found in _of(name, getattr(api, name))))


def _of(name: str, thing: Any) -> Iterator[tuple[str, frozenset[str]]]:
    yield name, _parameters(thing)
    if isinstance(thing, type | ModuleType):
        for part, value in vars(thing).items():
            ours = getattr(value, "__module__", None) in (getattr(thing, "__module__", None), thing.__name__)
            if not part.startswith("_") and not isinstance(value, ModuleType) and (ours or isinstance(value, property)):
                yield f"{name}.{part}", _parameters(value)


def _parameters(thing: Any) -> frozenset[str]:
    if not callable(thing) or getattr(thing, "__module__", "").split(".")[0] != "hub":
        return frozenset()
    if isinstance(thing, type) and issubclass(thing, msgspec.Struct):
        return frozenset(_fields(thing))
    try:
        found = inspect.signature(thing).parameters.values()
    except ValueError:
        return frozenset()
    if isinstance(thing, type) and (issubclass(thing, enum.Enum) or any(each.name.startswith("_") for each in found)):
        # Nobody makes one.
        return frozenset()
    return frozenset(each.name if each.default is each.empty else f"{each.name}=" for each in found)


def _fields(kind: type[msgspec.Struct]) -> Iterator[str]:
    """Its annotations may name what is imported for type checkers alone, so they are not looked at."""
    defaults = kind.__struct_defaults__
    required = [msgspec.NODEFAULT] * (len(kind.__struct_fields__) - len(defaults))
    for name, default in zip(kind.__struct_fields__, [*required, *defaults], strict=True):
        yield name if default is msgspec.NODEFAULT else f"{name}="


def kept() -> tuple[str, dict[str, frozenset[str]]]:
    """The version that the file was written with, and its surface."""
    version, *lines = KEPT.read_text("utf-8").splitlines()
    return version, {line.split()[0]: frozenset(line.split()[1:]) for line in lines}


def broken(before: Mapping[str, frozenset[str]], now: Mapping[str, frozenset[str]]) -> list[str]:
    """What a plugin that was written for ``before`` would miss."""
    gone = [name for name in before if name not in now and name not in api.RENAMED]
    lost = [
        f"{name}: {part}" for name in before.keys() & now.keys() for part in _named(before[name]) - _named(now[name])
    ]
    wanted = [
        f"{name}: {part} must be given"
        for name in before.keys() & now.keys()
        for part in now[name] - before[name]
        if not part.endswith("=") and not part.startswith(("self", "args", "kwargs", "more"))
    ]
    return sorted([*gone, *lost, *wanted])


def _named(parameters: frozenset[str]) -> frozenset[str]:
    return frozenset(part.rstrip("=") for part in parameters)


def test_nothing_is_lost_within_a_major_version():
    """Else: give the old name in RENAMED, or raise the major version of API_VERSION and write the file anew."""
    version, before = kept()

    if version.split(".")[0] == api.API_VERSION.split(".")[0]:
        assert broken(before, surface()) == [], f"see docs/writing-plugins.md, Versions of hub.api; then {AGAIN}"


def test_what_would_break_is_seen():
    """A name that is gone, a parameter that is gone, one that must be given now; what may be given breaks nobody."""
    before = {"a": frozenset(), "b": frozenset({"x", "y="}), "c": frozenset({"x"}), "d": frozenset({"x"})}
    now = {"b": frozenset({"x"}), "c": frozenset({"x", "z"}), "d": frozenset({"x", "z="})}

    assert broken(before, now) == ["a", "b: y", "c: z must be given"]


def test_an_old_name_works_and_says_what_it_is_called_now(monkeypatch):
    monkeypatch.setitem(api.RENAMED, "Papers", Renamed("Documents", since="1.1", gone_in="2.0"))

    with pytest.warns(DeprecationWarning, match="hub.api.Papers is called Documents since 1.1") as told:
        from hub.api import Papers  # type: ignore[attr-defined]

    assert Papers is api.Documents
    assert told[0].filename == __file__


def test_a_name_that_never_was_is_none():
    with pytest.raises(ImportError):
        from hub.api import NothingLikeThis  # type: ignore[attr-defined]  # noqa: F401


def test_who_writes_an_old_name_is_named(monkeypatch, tmp_path):
    """With file, line and the new one; for hub check."""
    monkeypatch.setitem(api.RENAMED, "Papers", Renamed("Documents", since="1.1", gone_in="2.0"))
    (tmp_path / "old_fashioned").mkdir()
    file = tmp_path / "old_fashioned" / "plugin.py"
    file.write_text("from hub.api import (\n    Role,\n    Papers,\n)\n")

    with pytest.warns(DeprecationWarning, match="Papers is called Documents"):
        host = Host(gather(find(["old_fashioned"], [tmp_path])))

    assert host.problems() == []
    [note] = old_names(host, api.RENAMED)
    assert note.startswith(f"plugin 'old_fashioned': {file}:3: hub.api.Papers is called Documents since 1.1")
    find(())
    for name in [name for name in sys.modules if name.startswith("plugins.old_fashioned")]:
        del sys.modules[name]


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("1.0", None),
        ("1.7", f"written for hub.api 1.7, and this hub has {api.API_VERSION}: install a newer hub"),
        ("2.0", "install a newer hub"),
        ("0.9", "install a newer version of the plugin"),
        (1.0, "API must be a text such as"),
        ("one", "API must be a text such as"),
    ],
)
def test_a_plugin_runs_where_its_version_is_met(asked, told):
    assert (unmet(asked) or "") == "" if told is None else told in (unmet(asked) or "")


if __name__ == "__main__":
    print(api.API_VERSION)
    for name, parameters in surface().items():
        print(" ".join([name, *sorted(parameters)]))
