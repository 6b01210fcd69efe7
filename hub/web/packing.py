"""Smaller copies of the files that browsers load: at set-up those of this tree (``python -m hub.web.packing FOLDER…``), at start
those that plugins of other distributions bring.

A copy is named by the digest of what it was made from: one that is out of date is never sent, and what has none goes as it is.
"""

from __future__ import annotations

import contextlib
import gzip
import importlib
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import timedelta
from pathlib import Path

import structlog

from hub.web import statics

log = structlog.get_logger("hub.web")

# Pictures and fonts are packed as they are.
TEXTS = frozenset({".css", ".html", ".js", ".json", ".svg", ".txt"})
LEFT = timedelta(days=30)
Way = Callable[[bytes], bytes]


def pack(folders: Iterable[Path], into: Path, *, alone: bool = True) -> int:
    """Copies of all files below these folders, by each way there is here. ``alone``: those of files that are gone go. How many are
    new."""
    made, wanted, ways = 0, set[Path](), _ways()
    into.mkdir(parents=True, exist_ok=True)
    for content in _texts(folders):
        for coding, smaller in ways.items():
            copy = into / f"{statics.digest_of(content)}.{coding}"
            wanted.add(copy)
            if copy.exists():
                copy.touch()
            else:
                made += _write(copy, smaller(content), len(content))
    if alone:
        for copy in set(into.iterdir()) - wanted:
            copy.unlink(missing_ok=True)
    return made


def pack_what_plugins_bring(folders: Iterable[Path], into: Path) -> None:
    """The same at start, where others may start or serve from the same folder: what nobody has touched for a month goes. Where nothing
    can be written, files go out as they are."""
    try:
        pack(folders, into, alone=False)
        _sweep(into)
    except OSError as error:
        log.warning("files of plugins could not be packed", folder=str(into), error=type(error).__name__)


def _sweep(into: Path) -> None:
    """Copies of versions that are gone, and halves that somebody was killed over. One that is wanted after all goes out unpacked until
    the next start."""
    before = time.time() - LEFT.total_seconds()
    for copy in into.iterdir():
        if copy.stat().st_mtime < before:
            copy.unlink(missing_ok=True)


def _texts(folders: Iterable[Path]) -> Iterator[bytes]:
    for folder in folders:
        for file in folder.rglob("*"):
            if file.suffix in TEXTS and file.is_file():
                yield file.read_bytes()


def _ways() -> Mapping[str, Way]:
    """By the name that a browser has for it. Brotli is there where the hub was set up, not where it merely runs."""
    ways: dict[str, Way] = {"gzip": lambda content: gzip.compress(content, mtime=0)}
    with contextlib.suppress(ImportError):
        ways["br"] = importlib.import_module("brotli").compress
    return ways


def _write(copy: Path, content: bytes, most: int) -> bool:
    """Whether it is worth it. Whole or not at all: a hub may be reading."""
    if len(content) >= most:
        return False
    # A name of its own: another process may be making the same.
    with tempfile.NamedTemporaryFile(dir=copy.parent, suffix=".half", delete=False) as half:
        half.write(content)
    Path(half.name).chmod(0o644)
    Path(half.name).replace(copy)
    return True


if __name__ == "__main__":
    print(pack(map(Path, sys.argv[1:]), statics.PACKED), "files packed")  # noqa: T201
