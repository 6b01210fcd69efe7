"""Who may do what: roles of positions, the permissions that roles hold, and how far both reach."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from hub.rules.host import Host
from hub.words.actors import Actor, Position, Reach
from hub.words.contributions import Access, Anyone, Role

ROLES = (
    Role("window", "受理窗口"),
    Role("handler", "经办人员"),
    Role("leader", "领导"),
    Role("discipline", "纪委"),
    Role("ops_system", "系统管理员"),
    Role("ops_security", "安全管理员"),
    Role("ops_audit", "审计管理员"),
)

# 等保 level 3: one who runs the system, one who grants rights, one who watches both; never two of them in one person.
OPS_ROLES = frozenset({"ops_system", "ops_security", "ops_audit"})

_ANYONE: Mapping[Anyone, Callable[[Actor], bool]] = MappingProxyType(
    {
        Anyone.PUBLIC: lambda actor: True,
        Anyone.ANY_SESSION: lambda actor: actor.kind != "guest",
        Anyone.SIGNED_IN: lambda actor: actor.kind != "guest",
        Anyone.RESIDENT: lambda actor: actor.kind == "resident",
        Anyone.CLAIMED: lambda actor: actor.kind == "resident" and actor.assurance in ("claimed", "proved"),
        Anyone.PROVED: lambda actor: actor.kind == "resident" and actor.assurance == "proved",
    }
)


# What somebody may who has to do something first.
_BEFORE_ALL_ELSE = frozenset({Anyone.PUBLIC, Anyone.ANY_SESSION})


def may(actor: Actor, access: Access, host: Host) -> bool:
    """Whether the actor may use what asks for this, wherever they reach."""
    if actor.limited is not None and access not in _BEFORE_ALL_ELSE:
        return False
    if isinstance(access, Anyone):
        return _ANYONE[access](actor)
    if actor.kind == "hub":
        return access in host.permissions
    return bool(_fitting(actor, access, host))


def reaches(actor: Actor, permission: str, host: Host) -> tuple[Reach, ...]:
    """How far the actor reaches with a permission: one corner per fitting position, none for who does not hold it."""
    corners = dict.fromkeys(_reach(position) for position in _fitting(actor, permission, host))
    return tuple(corners)


def _fitting(actor: Actor, permission: str, host: Host) -> list[Position]:
    right = host.permissions.get(permission)
    if right is None or actor.kind not in ("staff", "system"):
        return []
    return [position for position in actor.positions if position.role in right.roles]


def _reach(position: Position) -> Reach:
    return Reach(
        region=position.region,
        county=position.county,
        bureau=position.bureau,
        project=position.project,
        node=position.node,
    )
