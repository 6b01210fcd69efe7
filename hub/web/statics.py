"""Files that browsers load: the hub's own, and those that plugins bring. Addresses carry a digest of the content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path

from tornado.web import StaticFileHandler

from hub.web.base import BaseHandler

YEAR = 365 * 24 * 3600
# No digest in the address: ask each time, and get 304 mostly.
ASK_AGAIN = "no-cache"
DIGITS = 16
# The hub's own; what set-up makes of front-end packages lies below it in ``made``.
OWN = Path(__file__).parents[1] / "static"


class Assets:
    """Folders by the beginning of their addresses: ``static`` for the hub's own, ``static/<plugin>`` for what a plugin brings."""

    def __init__(self, packages: Mapping[str, Path] = {}) -> None:
        brought = {f"static/{plugin}": folder for plugin, folder in packages.items() if folder.is_dir()}
        # The longer beginning is asked first.
        self.folders = {name: folder.resolve() for name, folder in {**brought, "static": OWN}.items()}
        # Path → (modified at, digest). As many entries as there are files.
        self._digests: dict[Path, tuple[int, str]] = {}

    def url(self, path: str) -> str:
        """``static/hub.css`` → ``/static/hub.css?v=0123…``, for pages. Raises ``FileNotFoundError`` for a file that is not there."""
        return f"/{path}?v={self.digest(self._file(path))}"

    def _file(self, path: str) -> Path:
        for name, folder in self.folders.items():
            if path.startswith(f"{name}/"):
                return folder / path.removeprefix(f"{name}/")
        raise FileNotFoundError(path)

    def digest(self, file: Path) -> str:
        changed = file.stat().st_mtime_ns
        known = self._digests.get(file)
        if known is None or known[0] != changed:
            known = (changed, hashlib.sha256(file.read_bytes()).hexdigest()[:DIGITS])
            self._digests[file] = known
        return known[1]


class StaticHandler(BaseHandler, StaticFileHandler):
    """One file of one folder."""

    def initialize(self, path: str, assets: Assets) -> None:  # type: ignore[override]
        StaticFileHandler.initialize(self, path)
        self._assets = assets

    @property
    def route(self) -> str:
        return f"/{Path(self.root).name}"

    head = StaticFileHandler.head  # type: ignore[assignment]  # Tornado sees paths alone

    def compute_etag(self) -> str | None:
        return f'"{self._assets.digest(Path(self.absolute_path))}"' if self.absolute_path else None

    def set_extra_headers(self, path: str) -> None:
        asked = self.get_query_argument("v", "")
        current = asked == self._assets.digest(Path(self.absolute_path or ""))
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable" if current else ASK_AGAIN)
        self.clear_header("Expires")
