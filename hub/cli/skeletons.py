"""What ``hub plugins new`` makes: a small plugin that works, to be changed into another one. Its files lie in ``skeleton/``."""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from hub import __version__
from hub.reading.templates import environment
from hub.rules.faults import TAKEN
from hub.words.apiversions import API_VERSION
from hub.words.errors import SetupError

SKELETON = Path(__file__).with_name("skeleton")
SUFFIX = ".jinja"
# It stands in addresses, in names of collections, and in Python.
NAME = re.compile(r"[a-z][a-z0-9_]{1,30}")
# Where pytest finds its settings.
PYTEST_SETTINGS = ("pytest.ini", "pyproject.toml", "setup.cfg", "tox.ini")


@dataclass(frozen=True, kw_only=True)
class Skeleton:
    """``package`` is what the plugin is imported as. ``places``: which part of the skeleton goes where, a folder or a file; the first is
    the plugin itself, the second its tests."""

    name: str
    package: str
    distribution: str
    places: Mapping[str, Path]


def beside_config(name: str, plugins_dir: Path) -> Skeleton:
    """A folder of ``plugins_dir``, with its tests where those of the others are."""
    home = plugins_dir.parent
    places = {"plugin": plugins_dir / name, "test.py.jinja": home / f"tests/plugins/test_{name}.py"}
    if not any((home / file).exists() for file in PYTEST_SETTINGS):
        places["pytest.ini.jinja"] = home / "pytest.ini"
    return Skeleton(name=name, package=f"plugins.{name}", distribution="", places=places)


def as_distribution(name: str, here: Path) -> Skeleton:
    """A folder that pip installs."""
    package, distribution = f"hub_{name}", f"yikatong-{name.replace('_', '-')}"
    folder = here / distribution
    places = {"plugin": folder / package, "test.py.jinja": folder / f"tests/test_{name}.py", "package": folder}
    return Skeleton(name=name, package=package, distribution=distribution, places=places)


def check_name(name: str, taken: Mapping[str, str]) -> None:
    """``SetupError`` for a name that no plugin can have, or that one has; ``taken``: name → who has it."""
    if not NAME.fullmatch(name) or keyword.iskeyword(name):
        raise SetupError(
            f"'{name}' cannot be a plugin's name: small letters, digits and _, a letter first, as in home_visits"
        )
    if name in TAKEN:
        raise SetupError(f"'{name}' is a folder of the hub's own: choose another name")
    if name in taken:
        raise SetupError(f"plugin '{name}' is there already ({taken[name]}): choose another name")


def make(skeleton: Skeleton) -> None:
    """Write it; ``SetupError`` where one of its files is there already, or cannot be written."""
    files = dict(_files(skeleton))
    if there := [file for file in files if file.exists()]:
        raise SetupError(*(f"{file} is there already: move it away, or choose another name" for file in there))
    for file, text in files.items():
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, "utf-8")
        except OSError as error:
            raise SetupError(f"{file} cannot be written ({error.strerror})") from None


def _files(skeleton: Skeleton) -> Iterator[tuple[Path, str]]:
    """Each file with its text."""
    # Jinja's own braces stand in what is made.
    jinja = environment(SKELETON).overlay(
        variable_start_string="[[", variable_end_string="]]", comment_start_string="[#", comment_end_string="#]",
        block_start_string="[%", block_end_string="%]", keep_trailing_newline=True,
    )  # fmt: skip
    words = {
        "name": skeleton.name,
        "package": skeleton.package,
        "distribution": skeleton.distribution,
        "api": API_VERSION,
        "version": __version__,
    }
    for part, place in skeleton.places.items():
        for source in _sources(SKELETON / part):
            file = place / source.relative_to(SKELETON / part)
            text = jinja.get_template(str(source.relative_to(SKELETON))).render(words)
            yield (file.with_suffix("") if file.suffix == SUFFIX else file), text


def _sources(part: Path) -> list[Path]:
    return [part] if part.is_file() else sorted(file for file in part.rglob(f"*{SUFFIX}"))
