"""Logs: one JSON object per line for machines, short coloured lines in the demo. They hold ids and codes, never personal data."""

from __future__ import annotations

import logging
import sys
from collections.abc import Mapping, MutableMapping
from typing import Any, Literal, TextIO

import msgspec
import structlog

from hub.personal import Personal

Level = Literal["debug", "info", "warning", "error"]
# What other libraries say at these levels holds addresses and URLs of callers.
_QUIET: Mapping[str, int] = {
    "tornado.access": logging.CRITICAL,
    "tornado.general": logging.ERROR,
    "pymongo": logging.WARNING,
    "aiohttp": logging.WARNING,
    "asyncio": logging.WARNING,
}
# Names of fields that must never be logged, whatever their value.
_FORBIDDEN = frozenset(
    "body headers query url uri cookie token password name id_number card phone openid unionid address session_key".split()
)


def configure(level: Level = "info", *, pretty: bool = False, stream: TextIO | None = None) -> None:
    """Set up structlog and the standard library's logging for this process. Called once, by whoever starts it."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        hide_personal,
    ]
    renderer: list[structlog.typing.Processor] = (
        [structlog.dev.ConsoleRenderer(colors=(stream or sys.stderr).isatty())]
        if pretty
        else [structlog.processors.dict_tracebacks, _without_locals, structlog.processors.JSONRenderer(_to_json)]
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=shared,
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderer],
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(formatter)
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(level.upper())
    for name, quiet in _QUIET.items():
        logging.getLogger(name).setLevel(max(quiet, root.level))


def hide_personal(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """The last net: a personal value, or a field with a telling name, is starred. A test looks that the net stays empty."""
    for key, value in event.items():
        if key in _FORBIDDEN or isinstance(value, Personal):
            event[key] = "***"
    return event


def _without_locals(logger: Any, method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Tracebacks as structure, less the local variables, which may hold anything."""
    for error in event.get("exception", ()) if isinstance(event.get("exception"), list) else ():
        for frame in error.get("frames", ()):
            frame.pop("locals", None)
    return event


def _to_json(event: Mapping[str, Any], **options: Any) -> str:
    return msgspec.json.encode(event, enc_hook=repr).decode()
