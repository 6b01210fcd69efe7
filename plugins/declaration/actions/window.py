"""代录: at a village's or town's window somebody enters a declaration for a resident who has no phone, or cannot use one.

It is the resident's own form, with the same checks and the same way; what differs at the window's door stands here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from msgspec.structs import replace

from hub.api import Actor, Context, Documents, Forbidden, NotFound, Position, shown_name, unit_of
from plugins.declaration.actions import catalogue
from plugins.declaration.actions.chain import OFFICES
from plugins.declaration.business import CASES
from plugins.declaration.documents import SIGNED, Case, Draft, Entry, drafts_of, window_drafts_of
from plugins.declaration.projects import Material, Project

ENTER = "declaration.enter"
KEEPERS = ("window", "handler")
# City, county, town: a bureau of the county has no window for residents.
TOWN_DEPTH = 3
# What stands for the resident's own hand.
PAPER = Material(
    key=SIGNED,
    label="签字的申报表照片",
    hint="申报人在打印或手写的申报表上签名或按手印，拍下来。签名（手印）、日期和填写的内容都要看得清。",
    max_files=4,
)


# --- whose window it is ---------------------------------------------------------------------------------------------------------


def at_window(ctx: Context) -> bool:
    """Staff come by the door of the window alone: they have no declarations of their own there."""
    return ctx.actor.kind in ("staff", "system")


def door(ctx: Context) -> str:
    """What the paths of one's declarations begin with, below the plugin."""
    return "/window" if at_window(ctx) else ""


def keeps_window(actor: Actor) -> bool:
    return bool(windows_of(actor))


def windows_of(actor: Actor) -> tuple[Position, ...]:
    """The positions at a village's or a town's window."""
    return tuple(each for each in actor.positions if each.role in KEEPERS and len(each.path) >= TOWN_DEPTH)


def serves(ctx: Context, code: str, project: Project | None = None) -> Position | None:
    """The actor's window for people of that place, and for that project."""
    path = ctx.regions[code].path
    return next((each for each in windows_of(ctx.actor) if each.region in path and takes(each, project)), None)


def takes(window: Position, project: Project | None) -> bool:
    """Most take the business of every bureau."""
    return project is None or (window.bureau in (None, project.bureau) and window.project in (None, project.code))


def home_of(ctx: Context) -> str:
    """Where whoever is declared for lives most likely: in the resident's own village, or around the window."""
    return next((each.region for each in windows_of(ctx.actor)), "") if at_window(ctx) else ctx.actor.home


# --- what is declared there -----------------------------------------------------------------------------------------------------


def taken_here(ctx: Context, projects: list[Project]) -> list[Project]:
    """Those that can be declared by this door."""
    if not at_window(ctx):
        return projects
    return [each for each in projects if any(takes(window, each) for window in windows_of(ctx.actor))]


async def offer(ctx: Context, code: str) -> Project:
    """A project as this door offers it: the window asks for the signed paper besides."""
    project = await catalogue.offer(ctx, code)
    if not at_window(ctx):
        return project
    if not taken_here(ctx, [project]):
        raise Forbidden("代录由户籍所在乡镇（街道）或村（社区）的窗口办理，您的岗位不办理这个项目。")
    return replace(project, form=replace(project.form, materials=(*project.form.materials, PAPER)))


def drafts_at(ctx: Context) -> Documents[Draft]:
    """What one has begun by this door: a resident's own declarations are not among those of the window they work at."""
    return window_drafts_of(ctx) if at_window(ctx) else drafts_of(ctx)


def mine(ctx: Context) -> Mapping[str, Any]:
    """A filter: of what is within reach, a window has what was entered at it, whoever sits there today."""
    return {"entry.place": {"$in": places_of(ctx)}} if at_window(ctx) else {}


async def declared(ctx: Context, id: str) -> Case:
    """One of my declarations, or of those entered at my window."""
    return check_mine(ctx, await CASES.seen(ctx, id))


async def declared_here(ctx: Context, id: str) -> Case:
    """The same, to be changed in its own county."""
    return check_mine(ctx, await CASES.here(ctx, id))


def check_mine(ctx: Context, case: Case) -> Case:
    """``NotFound`` for what others have declared, though it is within the reach of a window."""
    if at_window(ctx) and (case.entry is None or case.entry.place not in places_of(ctx)):
        raise NotFound
    return case


def places_of(ctx: Context) -> list[str]:
    """Where the actor's windows are."""
    return [each.region for each in windows_of(ctx.actor)]


# --- what is written of it ------------------------------------------------------------------------------------------------------


def entry_of(ctx: Context, region: str, project: Project) -> Entry | None:
    """Who enters it, and where; None for a resident. ``Forbidden`` where that is nobody's window."""
    if not at_window(ctx):
        return None
    window = serves(ctx, region, project)
    if window is None or ctx.actor.person is None:
        raise Forbidden("代录由户籍所在乡镇（街道）或村（社区）的窗口办理。")
    level = "town" if len(window.path) == TOWN_DEPTH else "village"
    return Entry(
        person=ctx.actor.person,
        key=ctx.actor.id_key or "",
        handler=shown_name(ctx.actor),
        place=window.region,
        unit=unit_of(ctx, window.region, OFFICES[level]),
    )


def note(ctx: Context, case: Case, label: str) -> None:
    """Onto the 经办历史 of whoever did it at the window."""
    if at_window(ctx):
        CASES.touch(ctx, case, label)
