"""The whole of config.yaml as one record."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec

from hub.identity.settings import IdentitySettings
from hub.jobs.settings import JobSettings
from hub.push.settings import PushSettings
from hub.reading.tables import TableSettings
from hub.realtime.settings import LiveSettings
from hub.web.settings import WebSettings
from hub.wechat.settings import WeChatSettings
from hub.words.ranges import Port, Range


class ServerSettings(msgspec.Struct, frozen=True, kw_only=True):
    """Where the hub listens. ``port`` 0 takes a free one. ``name`` tells nodes apart in leases and logs; random when empty.

    ``workers``: processes behind the one port, kept alive by a supervisor; more than one need ``redis``. ``own_port``: where the
    first of them listens by itself (the next one above it, and so on), for Prometheus; 0 takes free ones.

    ``stop_within``: how long a stop in good order may take; what has not ended then ends with the process.
    """

    host: str = "127.0.0.1"
    port: Port = 8080
    workers: Annotated[int, Range(1, 64)] = 1
    own_port: Port = 0
    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9._-]{0,64}$")] = ""
    stop_within: Annotated[timedelta, Range(timedelta(seconds=1), timedelta(minutes=10))] = timedelta(seconds=20)


class StoreSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``uri`` of a MongoDB replica set; without one the embedded server is started below ``data_dir``.

    ``key_file`` holds the keys of personal data, apart from the database; by default ``data_dir/keys.json``.
    """

    uri: str | None = None
    database: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,38}$")] = "hub"
    pool: Annotated[int, Range(1, 10_000)] = 100
    embedded_port: Port = 27117
    # MongoDB refuses less than 256.
    embedded_cache_megabytes: Annotated[int, Range(256, 1 << 20)] = 256
    key_file: Path | None = None


class HubSettings(msgspec.Struct, frozen=True, kw_only=True):
    """``mode``: production wants a real replica set, real WeChat accounts and a key file that exists.

    ``plugins`` names what is installed: folders below ``plugins_dir``, else of the hub's own, else what distributions offer;
    ``without`` those of them that are left out for the time being, since one does not load or breaks the start: its switches,
    its settings and all that waits for it stay as they are. ``settings`` their common settings, ``counties`` the switches a new
    county starts with: ``{county: {plugin: true | false | {setting: value}}}``.
    """

    mode: Literal["demo", "test", "production"] = "demo"
    data_dir: Path = Path("data")
    templates: Path = Path("templates")
    plugins_dir: Path = Path("plugins")
    server: ServerSettings = ServerSettings()
    store: StoreSettings = StoreSettings()
    redis: str | None = None
    web: WebSettings = WebSettings()
    live: LiveSettings = LiveSettings()
    push: PushSettings = PushSettings()
    jobs: JobSettings = JobSettings()
    tables: TableSettings = TableSettings()
    identity: IdentitySettings = IdentitySettings()
    wechat: WeChatSettings = WeChatSettings()
    plugins: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    settings: dict[str, dict[str, Any]] = {}
    counties: dict[str, dict[str, bool | dict[str, Any]]] = {}

    @property
    def production(self) -> bool:
        return self.mode == "production"

    @property
    def loaded(self) -> tuple[str, ...]:
        """The plugins that are loaded."""
        return tuple(name for name in self.plugins if name not in self.without)

    @property
    def embedded_folder(self) -> Path:
        """Where the embedded server keeps its data."""
        return self.data_dir / "mongodb"

    @property
    def key_file(self) -> Path:
        return self.store.key_file or self.data_dir / "keys.json"
