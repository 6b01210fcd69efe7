"""Who acts, and how far they reach."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

import msgspec

from hub.words.personal import Secret

App = Literal["ykt", "ydsh", "ydjd", "ops"]
APPS: tuple[App, ...] = ("ykt", "ydsh", "ydjd", "ops")
APP_TITLES: Mapping[App, str] = {"ykt": "遂宁一卡通", "ydsh": "移动审核", "ydjd": "移动监督", "ops": "运行维护"}


class Position(msgspec.Struct, frozen=True, kw_only=True):
    """A 岗位: role + region + bureau + optional project + optional node. Rights come from it, whoever holds it today.

    ``bureau``, ``project`` and ``node`` are ``None`` when the position is not bound to one: a town's service window takes
    the business of any bureau.
    """

    id: str
    role: str
    region: str
    path: tuple[str, ...]
    bureau: str | None = None
    project: str | None = None
    node: str | None = None

    @property
    def county(self) -> str | None:
        """None for a position in the city."""
        return self.path[1] if len(self.path) > 1 else None


class Reach(msgspec.Struct, frozen=True, kw_only=True):
    """One corner of what somebody may touch: everything below ``region``, narrowed by bureau, project and node."""

    region: str
    county: str | None
    bureau: str | None = None
    project: str | None = None
    node: str | None = None


class Actor(msgspec.Struct, frozen=True, kw_only=True):
    """The one who asks: a guest, a resident, staff, another system, or the hub itself (triggers, reactions, jobs).

    ``assurance`` is how sure we are of a resident: ``claimed`` (name and ID number typed) or ``proved``. ``name`` is theirs in
    full, for showing a handler beside what they decided; ``id_key`` the blind index of their ID number, by which 回避 finds the same
    human behind two accounts. Both are None for guests, systems and the hub. ``home``: the village that a resident has named as
    theirs. ``limited``: what has to be done before anything else. ``rights``: how often what the session may do had changed when
    this was read. ``sender``: whoever sent the file that this one has confirmed; what is no affair of theirs is none of either's.
    """

    kind: Literal["guest", "resident", "staff", "system", "hub"]
    app: App | None = None
    person: str | None = None
    account: str | None = None
    session: str | None = None
    assurance: Literal["none", "claimed", "proved"] = "none"
    positions: tuple[Position, ...] = ()
    name: Secret | None = None
    id_key: str | None = None
    home: str = ""
    limited: Literal["password"] | None = None
    rights: int = 0
    sender: Actor | None = None


GUEST = Actor(kind="guest")
HUB = Actor(kind="hub")
