"""Logs: one JSON object per line for machines, short coloured lines in the demo. They hold ids and codes, never personal data."""

from __future__ import annotations

import logging
import re
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import msgspec
import structlog

from hub.words.personal import Personal

Level = Literal["debug", "info", "warning", "error"]
# What other libraries say at these levels holds addresses and URLs of callers.
_QUIET: Mapping[str, int] = {
    "tornado.access": logging.CRITICAL,
    "tornado.general": logging.ERROR,
    "pymongo": logging.WARNING,
    "aiohttp": logging.WARNING,
    "asyncio": logging.WARNING,
}
# Identity cards, phones and bank cards, as an exception's message may quote them. Ids and region codes have other lengths.
_NUMBERS = re.compile(r"(?<![0-9A-Za-z])(?:\d{17}[0-9Xx]|1[3-9]\d{9}|\d{16,19})(?![0-9A-Za-z])")
# Names of fields that must never be logged, whatever their value.
_FORBIDDEN = frozenset(
    (
        *("body", "headers", "query", "url", "uri", "cookie", "token", "password", "session_key"),
        *("name", "id_number", "card", "phone", "address", "openid", "unionid"),
    )
)


def configure(level: Level = "info", *, pretty: bool = False, stream: TextIO | None = None, cache: bool = True) -> None:
    """Set up structlog and the standard library's logging for this process. Called once, by whoever starts it.

    ``cache`` makes loggers keep this set-up for good, which is faster; a test that sets up anew wants it off.
    """
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_personal,
    ]
    renderer: structlog.typing.Processor = structlog.processors.JSONRenderer(_to_json)
    if pretty:
        # Its default prints the local variables of a traceback, which may hold anything, and takes seconds to draw them.
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty(), exception_formatter=plain)
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=cache,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, _write_traceback, renderer],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))


def hide_personal(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last net: a personal value, or a field with a telling name, is starred. Nothing should ever be caught in it."""
    for key, value in event.items():
        if key in _FORBIDDEN or isinstance(value, Personal):
            event[key] = "***"
        elif isinstance(value, str):
            event[key] = _NUMBERS.sub("***", value)
    return event


def _write_traceback(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The traceback as text: files, lines, functions, message. No local variables, which may hold anything."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    if isinstance(info, BaseException):
        info = (type(info), info, info.__traceback__)
    if info and info[0] is not None:
        event["exception"] = _NUMBERS.sub("***", "".join(traceback.format_exception(*info)))
    return event


def _to_json(event: Mapping[str, Any], **options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
