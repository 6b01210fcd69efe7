"""Whether somebody may run an operation at a place. What they then see there is the store's business."""

from __future__ import annotations

from hub.actors import Actor, Reach
from hub.contributions import Access, Anyone
from hub.errors import Forbidden, NotSignedIn, Refused
from hub.host import Host
from hub.identity.permissions import may, reaches
from hub.regions import Region, RegionTree


class ClaimFirst(Forbidden):
    """A resident who has not yet said who they are."""

    code = "claim_first"
    message = "请先完成实名绑定。"


class ProveFirst(Forbidden):
    """A resident whose identity was only claimed."""

    code = "prove_first"
    message = "请先完成身份核验。"


def check_access(access: Access, actor: Actor, place: Region | None, host: Host, tree: RegionTree) -> None:
    """Raise ``NotSignedIn`` or ``Forbidden`` unless ``actor`` may.

    A permission counts where one of its positions lies on the way to the place or below it: a town's handler may ask at the
    county and sees their town there, but may not ask at another town.
    """
    if not may(actor, access, host):
        raise _refusal(access, actor)
    if isinstance(access, str) and not _reaches_to(place, actor, access, host, tree):
        raise Forbidden


def may_at(access: Access, actor: Actor, place: Region, host: Host, tree: RegionTree) -> bool:
    """The same as a question, for showing or hiding."""
    try:
        check_access(access, actor, place, host, tree)
    except (NotSignedIn, Forbidden):
        return False
    return True


def _refusal(access: Access, actor: Actor) -> Refused:
    if actor.kind == "guest":
        return NotSignedIn()
    if actor.kind == "resident" and access is Anyone.CLAIMED:
        return ClaimFirst()
    if actor.kind == "resident" and access is Anyone.PROVED:
        return ClaimFirst() if actor.assurance == "none" else ProveFirst()
    return Forbidden()


def _reaches_to(place: Region | None, actor: Actor, permission: str, host: Host, tree: RegionTree) -> bool:
    return place is None or any(_meets(reach, place, tree) for reach in reaches(actor, permission, host))


def _meets(reach: Reach, place: Region, tree: RegionTree) -> bool:
    if reach.region in place.path:
        return True
    region = tree.get(reach.region)
    return region is not None and place.code in region.path
