"""What a plugin's own code raises while the hub starts or a county opens is told as that plugin's problem, with file and line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from hub.rules.finding import ANYTHING
from hub.rules.plugins import Plugin
from hub.rules.sources import place, place_of
from hub.rules.traces import own_spot
from hub.store.addresses import in_words
from hub.store.mongo import ConnectionFailure, PyMongoError
from hub.words.errors import SetupError


@contextmanager
def blamed(plugin: Plugin, what: str, call: Any, *passing: type[Exception]) -> Iterator[None]:
    """Around ``call``, which is the plugin's. Of an error only its type is told: its text may hold somebody's data.

    What is nobody's fault, and what is ``passing``, goes on as it is.
    """
    try:
        yield
    except ANYTHING as error:
        if isinstance(error, (SetupError, ConnectionFailure, *passing)):
            raise
        own = own_spot(error, plugin.has_file)
        spot = place(*own) if own else place_of(call)
        kind = in_words(error) if isinstance(error, PyMongoError) else type(error).__name__
        raise SetupError(f"plugin '{plugin.name}': {spot}{what} failed: {kind}") from error
