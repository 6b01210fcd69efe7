"""The version of ``hub.api``, and how a plugin that was written for another one stands to it."""

from __future__ import annotations

import re

import msgspec

# Minor: something was added. Major: something was taken away, or works otherwise.
API_VERSION = "1.1"


class Renamed(msgspec.Struct, frozen=True):
    """What an old name of ``hub.api`` is called now, since which version, and with which one the old name goes."""

    now: str
    since: str
    gone_in: str

    def told(self, old: str) -> str:
        """For whoever still writes the old one."""
        return f"hub.api.{old} is called {self.now} since {self.since}, and the old name goes with {self.gone_in}"


def unmet(asked: object) -> str | None:
    """What is wrong when a plugin asks for this version; None when it is met."""
    if not isinstance(asked, str) or not re.fullmatch(r"\d+\.\d+", asked):
        return f"API must be a text such as '{API_VERSION}', the version of hub.api that the plugin is written for"
    (major, minor), (ours, newest) = _numbers(asked), _numbers(API_VERSION)
    if (major, minor) > (ours, newest):
        return f"it is written for hub.api {asked}, and this hub has {API_VERSION}: install a newer hub"
    if major < ours:
        return (
            f"it is written for hub.api {asked}, and this hub has {API_VERSION}: install a newer version of the plugin"
        )
    return None


def _numbers(version: str) -> tuple[int, int]:
    major, _, minor = version.partition(".")
    return int(major), int(minor)
