"""Whether somebody may run an operation at a place. What they then see there is the store's business."""

from __future__ import annotations

from hub.identity.permissions import may, reaches
from hub.rules.host import Host
from hub.words.actors import Actor, Reach
from hub.words.contributions import Access, Anyone
from hub.words.errors import Forbidden, NotSignedIn, Refused
from hub.words.regions import Region, RegionTree


class ClaimFirst(Forbidden):
    """A resident who has not yet said who they are."""

    code = "claim_first"
    message = "请先完成实名绑定。"


class ProveFirst(Forbidden):
    """A resident whose identity was only claimed."""

    code = "prove_first"
    message = "请先完成身份核验。"


class PasswordFirst(Forbidden):
    """A member of staff who has not yet changed the password that was made for them."""

    code = "password_first"
    message = "请先修改初始密码，修改后即可使用其他功能。"


def check_access(
    access: Access, actor: Actor, place: Region | None, host: Host, tree: RegionTree, *, whole: bool = False
) -> None:
    """Raise ``NotSignedIn`` or ``Forbidden`` unless ``actor`` may.

    A permission counts where one of its positions lies above the place or below it: a town's handler may ask at the county
    and sees their town there, but may not ask at another town. ``whole``, as of the permission or of the hub's own operations:
    only from above, where they act on the place as a whole and not on documents which the store narrows.
    """
    if not may(actor, access, host):
        raise _refusal(access, actor)
    if isinstance(access, str) and place is not None:
        corners, whole = reaches(actor, access, host), whole or host.permissions[access].whole
        if not any(_meets(reach, place, tree, whole) for reach in corners):
            raise Forbidden


def may_at(access: Access, actor: Actor, place: Region, host: Host, tree: RegionTree) -> bool:
    """Whether the actor may, for showing or hiding."""
    try:
        check_access(access, actor, place, host, tree)
    except (NotSignedIn, Forbidden):
        return False
    return True


def _refusal(access: Access, actor: Actor) -> Refused:
    if actor.kind == "guest":
        return NotSignedIn()
    if actor.limited == "password":
        return PasswordFirst()
    if actor.kind == "resident" and access is Anyone.CLAIMED:
        return ClaimFirst()
    if actor.kind == "resident" and access is Anyone.PROVED:
        return ClaimFirst() if actor.assurance == "none" else ProveFirst()
    return Forbidden()


def _meets(reach: Reach, place: Region, tree: RegionTree, whole: bool) -> bool:
    if reach.region in place.path:
        return True
    region = tree.get(reach.region)
    return not whole and region is not None and place.code in region.path
