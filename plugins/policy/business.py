"""Whose a file is, and who may publish for whom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.api import Business, Context, Duty, Forbidden, Placement, duties
from plugins.policy.documents import POLICY, PolicyFile

MANAGE = "policy.manage"
# Of a bureau's clerk at the place or above; what is bound to a node of a chain publishes nothing.
PUBLISHER = Duty(role="handler", nodes=())
NOT_OURS = "请由本单位的经办岗位办理。"


FILES: Business[PolicyFile] = Business(
    collection="policy.files",
    kind="policy",
    machine=POLICY,
    title=lambda file: file.title,
    about=lambda file: None,
    link=lambda file: f"/{file.place}/policy/desk/{file.id}",
)


def publishes_for(ctx: Context, bureau: str | None) -> bool:
    """Whether whoever acts may publish here for this bureau."""
    return duties.does(ctx.actor, Placement(path=ctx.place.path, county=ctx.county, bureau=bureau), PUBLISHER)


def bureaus_of(ctx: Context) -> tuple[str, ...] | None:
    """The bureaus for which whoever acts may publish here; None: for any."""
    here = [
        each
        for each in ctx.actor.positions
        if each.role == "handler" and each.region in ctx.place.path and not each.node
    ]
    bound = tuple(dict.fromkeys(each.bureau for each in here if each.bureau))
    return None if any(each.bureau is None for each in here) else bound


def ours(ctx: Context) -> Mapping[str, Any]:
    """A filter: the files of this very place that whoever acts works on."""
    bureaus = bureaus_of(ctx)
    mine = {} if bureaus is None else {"bureau": {"$in": list(bureaus)}}
    return {"place": ctx.place.code, "state": {"$ne": "deleted"}, **mine}


def check_ours(ctx: Context, file: PolicyFile) -> None:
    if not publishes_for(ctx, file.bureau):
        raise Forbidden(NOT_OURS)
