"""What can go wrong on the way: errors, delays, hanging and broken connections, an outage."""

from __future__ import annotations

from typing import Literal, TypeAlias

import msgspec

When: TypeAlias = Literal["before", "after"]


class Fault(msgspec.Struct, kw_only=True):
    """Something to go wrong with the next ``times`` calls (``None``: until cleared) that match.

    ``errcode`` answers so instead of working, with ``detail`` behind WeChat's words; ``status`` answers with that HTTP
    status and no JSON; ``latency`` delays the answer (seconds); ``hang`` never answers and ``reset`` cuts the
    connection, before or after the call was worked on: after is what leaves a sender in doubt.
    """

    path: str = "*"
    appid: str | None = None
    openid: str | None = None
    times: int | None = 1
    errcode: int | None = None
    detail: str = ""
    status: int | None = None
    latency: float = 0.0
    hang: When | None = None
    reset: When | None = None


class Weather:
    """The faults to come (the first that matches is taken), the everyday latency, and whether WeChat is there."""

    def __init__(self) -> None:
        self.faults: list[Fault] = []
        self.latency = 0.0
        self.outage: Literal["refuse", "503"] | None = None

    def take(self, path: str, appid: str | None, openid: str | None) -> Fault | None:
        """The fault for this call, counted down."""
        for fault in self.faults:
            if _matches(fault, path, appid, openid):
                self._count_down(fault)
                return fault
        return None

    def _count_down(self, fault: Fault) -> None:
        if fault.times is None:
            return
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)


def _matches(fault: Fault, path: str, appid: str | None, openid: str | None) -> bool:
    return fault.path in ("*", path) and fault.appid in (None, appid) and fault.openid in (None, openid)
