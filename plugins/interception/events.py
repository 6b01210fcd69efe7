"""What happens to hits of the interception rules."""

from __future__ import annotations

from hub.api import Event

EVENTS: tuple[type[Event], ...] = ()
