"""What a configuration must keep beyond its ranges: addresses that can be read, a folder that can be written, and in production
the least policy (等保 level 3, the log law's six months): a table, because it grows with every lesson."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import NamedTuple

from redis.asyncio import Redis

from hub.rules.finding import CORE, nearest
from hub.settings import HubSettings
from hub.store.addresses import MongoAddress, read_address

SECRET_LENGTH = 32


class Rule(NamedTuple):
    """``holds`` is asked in production; when it says no, ``setting`` is told with what is needed."""

    setting: str
    holds: Callable[[HubSettings], bool]
    needed: str


def problems(settings: HubSettings) -> list[str]:
    """Everything that breaks the rules, with the setting's name and what is needed instead."""
    found = [*_of_addresses(settings), *_of_folder(settings.data_dir), *_of_left_out(settings)]
    if settings.production:
        found += [f"{rule.setting}: {rule.needed}" for rule in RULES if not rule.holds(settings)]
    return [f"config.yaml: {problem}" for problem in found]


# --- in every mode


def _of_addresses(settings: HubSettings) -> Iterator[str]:
    if settings.store.uri is not None and isinstance(read := read_address(settings.store.uri), str):
        yield f"store.uri: {read}"
    if settings.redis is not None:
        try:
            Redis.from_url(settings.redis)
        except ValueError:
            # The library's text would hold the address, and that a password.
            yield "redis: is no address of a Redis server: redis://, rediss:// (with TLS) or unix://"


def _of_folder(folder: Path) -> Iterator[str]:
    """By trying: permissions alone do not tell of a disk that is read-only or full."""
    there = next(each for each in (folder, *folder.absolute().parents) if each.exists())
    try:
        with tempfile.TemporaryFile(dir=there):
            pass
    except OSError as error:
        yield f"data_dir: {folder} cannot be written ({error.strerror}): name a folder that this user may write"


def _of_left_out(settings: HubSettings) -> Iterator[str]:
    for name in settings.without:
        if name in CORE:
            yield f"without: '{name}' is a part of the hub, which cannot be left out"
        elif name not in settings.plugins:
            yield f"without: '{name}' is not among plugins.{nearest(name, settings.plugins)}"


# --- in production


def _encrypted(settings: HubSettings) -> bool:
    read = _mongo(settings)
    return read is None or read.encrypted or all(map(_is_here, read.hosts))


def _signed_in(settings: HubSettings) -> bool:
    read = _mongo(settings)
    return read is None or read.signed_in


def _mongo(settings: HubSettings) -> MongoAddress | None:
    read = read_address(settings.store.uri) if settings.store.uri is not None else None
    return read if isinstance(read, MongoAddress) else None


def _redis_encrypted(settings: HubSettings) -> bool:
    url = settings.redis or "unix://"
    return not url.startswith("redis://") or _is_here(_redis_options(url).get("host", ""))


def _redis_signed_in(settings: HubSettings) -> bool:
    url = settings.redis or "unix://"
    return url.startswith("unix://") or bool(_redis_options(url).get("password"))


def _redis_options(url: str) -> dict[str, str]:
    try:
        found: dict[str, str] = Redis.from_url(url).connection_pool.connection_kwargs
    except ValueError:
        return {}
    return found


def _is_here(host: str) -> bool:
    """Whether the way to this host stays inside this machine; a path is a socket's."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.startswith("/")


def _is_https(url: str | None) -> bool:
    return url is not None and url.startswith("https://")


RULES = (
    Rule(
        "store.uri",
        lambda it: it.store.uri is not None,
        "production needs a supported MongoDB replica set; the embedded server is for trial only",
    ),
    Rule("store.uri", _encrypted, "production needs TLS to a MongoDB on another machine: add tls=true"),
    Rule("store.uri", _signed_in, "production needs a MongoDB that asks for a user and a password"),
    Rule("redis", _redis_encrypted, "production needs TLS to a Redis on another machine: rediss://"),
    Rule("redis", _redis_signed_in, "production needs a Redis that asks for a password"),
    Rule(
        "store.key_file",
        lambda it: it.key_file.exists(),
        "the file does not exist; make it once with hub keys make, and back it up apart from the database",
    ),
    Rule(
        "web.public_url", lambda it: _is_https(it.web.public_url), "production needs the https address that phones use"
    ),
    Rule(
        "push.links.public_url",
        lambda it: it.push.links.public_url is None or _is_https(it.push.links.public_url),
        "production needs https: phones open it",
    ),
    Rule(
        "web.trusted_origins",
        lambda it: all(map(_is_https, it.web.trusted_origins)),
        "production needs https: whoever sits between could write in a person's name",
    ),
    Rule(
        "web.metrics_token",
        lambda it: it.web.metrics_token is None or len(it.web.metrics_token) >= SECRET_LENGTH,
        f"production needs {SECRET_LENGTH} characters or more: openssl rand -hex 32",
    ),
    Rule(
        "wechat.accounts",
        lambda it: bool(it.wechat.accounts),
        "production needs a WeChat account; without one nobody gets a message",
    ),
    Rule(
        "identity.lock_after", lambda it: it.identity.lock_after <= 10, "production allows 10 wrong passwords at most"
    ),
    Rule(
        "identity.lock_for",
        lambda it: it.identity.lock_for >= timedelta(minutes=5),
        "production locks for PT5M at least",
    ),
    Rule(
        "identity.desk_session",
        lambda it: (
            it.identity.desk_session.idle <= timedelta(minutes=30)
            and it.identity.desk_session.absolute <= timedelta(hours=24)
        ),
        "production ends a desk's session after PT30M without use and after P1D in all, at the latest",
    ),
    Rule(
        "identity.ended_kept",
        lambda it: it.identity.ended_kept >= timedelta(days=30),
        "production keeps ended sessions for P30D at least",
    ),
    Rule(
        "web.idempotency_kept",
        lambda it: it.web.idempotency_kept >= timedelta(days=30),
        "production keeps idempotency keys for P30D at least",
    ),
    Rule(
        "push.retention.pushes",
        lambda it: it.push.retention.pushes >= timedelta(days=180),
        "the log law asks for six months: P180D at least",
    ),
    Rule(
        "push.worker.enabled",
        lambda it: it.push.worker.enabled,
        "production sends: without the worker every WeChat message waits for ever",
    ),
)
