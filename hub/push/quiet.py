"""Quiet hours: at night a phone stays silent, unless it is urgent; the inbox has everything at once."""

from __future__ import annotations

from datetime import datetime

from hub.push.settings import QuietHours
from hub.words.actors import App
from hub.words.workdays import next_open


def open_at(quiet: QuietHours, moment: datetime, app: App, urgent: bool) -> datetime:
    """The first moment from ``moment`` on at which a notice of this app may be sent."""
    if urgent or app not in quiet.apps:
        return moment
    return next_open(moment, quiet.start, quiet.end)
