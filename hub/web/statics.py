"""Files that browsers load: the hub's own, and those that plugins bring. Addresses carry a digest of the content; what
set-up has packed (``hub.web.packing``) goes out packed, to browsers that take it."""

from __future__ import annotations

import hashlib
import mimetypes
from collections.abc import Iterable, Mapping
from pathlib import Path

from tornado.web import StaticFileHandler

from hub.web.base import BaseHandler

YEAR = 365 * 24 * 3600
# No digest in the address: ask each time, and get 304 mostly.
ASK_AGAIN = "no-cache"
DIGITS = 16
# The hub's own; what set-up makes of front-end packages lies below it in ``made``.
OWN = Path(__file__).parents[1] / "static"
# It answers for pages that lie above it, each registered for its own address.
WORKER = "offline-worker.js"
# Copies that are smaller: digest.coding, the smallest coding first.
PACKED = OWN / "made" / "packed"
CODINGS = ("br", "gzip")


def digest_of(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:DIGITS]


class Assets:
    """Folders by the beginning of their addresses: ``static`` for the hub's own, ``static/<plugin>`` for what a plugin brings.
    ``packed`` has the smaller copies of those, made at start (``hub.web.packing``)."""

    def __init__(self, packages: Mapping[str, Path] = {}, packed: Path = PACKED) -> None:
        self._packed = packed
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
            known = (changed, digest_of(file.read_bytes()))
            self._digests[file] = known
        return known[1]

    def packed(self, file: Path, taken: Iterable[str]) -> tuple[str, Path] | None:
        """The smallest copy in one of these codings, if there is one of what is in the file now."""
        folders = (PACKED, self._packed)
        copies = ((coding, into / f"{self.digest(file)}.{coding}") for coding in taken for into in folders)
        return next(((coding, copy) for coding, copy in copies if copy.is_file()), None)


def codings_in(accepted: str) -> list[str]:
    """Those of ours that a browser takes, by its ``Accept-Encoding``."""
    weights = dict(map(_weighed, accepted.lower().split(",")))
    return [coding for coding in CODINGS if weights.get(coding, weights.get("*", False))]


def _weighed(part: str) -> tuple[str, bool]:
    """``gzip;q=0`` is one that it does not take."""
    name, _, weight = part.partition(";")
    return name.strip(), weight.replace(" ", "").rstrip("0") not in ("q=", "q=0.", "q=.")


class StaticHandler(BaseHandler, StaticFileHandler):
    """One file of one folder."""

    def initialize(self, path: str, assets: Assets) -> None:  # type: ignore[override]
        StaticFileHandler.initialize(self, path)
        self._assets = assets
        self._file = Path()
        self._coding = ""

    @property
    def route(self) -> str:
        return f"/{Path(self.root).name}"

    head = StaticFileHandler.head  # type: ignore[assignment]  # Tornado sees paths alone

    def validate_absolute_path(self, root: str, absolute_path: str) -> str | None:
        """The file that is asked for, and in its place the smallest copy that the browser takes."""
        found = super().validate_absolute_path(root, absolute_path) or ""
        self._file = Path(found)
        taken = codings_in(self.request.headers.get("Accept-Encoding", ""))
        if copy := self._assets.packed(self._file, taken):
            self._coding, file = copy
            found, self._stat_result = str(file), file.stat()
        return found

    def get_content_type(self) -> str:
        return mimetypes.guess_type(self._file.name)[0] or "application/octet-stream"

    def compute_etag(self) -> str | None:
        """Another one for each coding: a cache must not mend one copy by another."""
        return f'"{self._assets.digest(self._file)}{self._coding and "-"}{self._coding}"'

    def set_extra_headers(self, path: str) -> None:
        self.set_header("Vary", "Accept-Encoding")
        if self._coding:
            self.set_header("Content-Encoding", self._coding)
        asked = self.get_query_argument("v", "")
        current = asked == self._assets.digest(self._file)
        self.set_header("Cache-Control", f"public, max-age={YEAR}, immutable" if current else ASK_AGAIN)
        self.clear_header("Expires")
        if path == WORKER:
            self.set_header("Service-Worker-Allowed", "/")
            # A worker lives under the policy that it came with: it answers for a page, and loads what that one may.
            self.set_header(
                "Content-Security-Policy", self.parts.protection.headers(page=True)["Content-Security-Policy"]
            )
