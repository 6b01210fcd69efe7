"""代录: at a village's or town's window somebody enters a declaration for a resident who has no phone, or cannot use one.

It is the resident's own form, with the same checks and the same way; what differs at the window's door stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from msgspec.structs import replace

from hub.api import Actor, Choice, Context, Documents, Forbidden, Invalid, NotFound, Position, shown_name, unit_of
from plugins.declaration.actions import catalogue
from plugins.declaration.actions.chain import OFFICES
from plugins.declaration.business import CASES
from plugins.declaration.documents import SIGNED, Case, Draft, Entry, Hand, drafts_of, window_drafts_of
from plugins.declaration.projects import Material, Project

ENTER = "declaration.enter"
KEEPERS = ("window", "handler")
# Whoever has a position at another node has no window.
ACCEPT = "accept"
NODES = (None, ACCEPT)
NO_NUMBER = "您的账号没有登记身份证号，不能代录。请系统管理员补登后重试。"
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
    return windows_among(actor.positions)


def windows_among(positions: Iterable[Position]) -> tuple[Position, ...]:
    return tuple(
        each for each in positions if each.role in KEEPERS and each.node in NODES and len(each.path) >= TOWN_DEPTH
    )


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


def towns_of(ctx: Context) -> list[Choice]:
    """Where in this county the actor's windows lie."""
    if not at_window(ctx):
        return []
    towns = dict.fromkeys(each.path[TOWN_DEPTH - 1] for each in windows_of(ctx.actor) if ctx.county in each.path)
    return [Choice(town, ctx.regions.full_name(town)) for town in towns]


# --- what is declared there -----------------------------------------------------------------------------------------------------


def taken_here(ctx: Context, projects: list[Project]) -> list[Project]:
    """Those that can be declared by this door."""
    if not at_window(ctx):
        return projects
    return [at_counter(each) for each in projects if any(takes(window, each) for window in windows_of(ctx.actor))]


async def offer(ctx: Context, code: str) -> Project:
    """A project as this door offers it: the window asks for the signed paper besides."""
    project = await catalogue.offer(ctx, code)
    if not at_window(ctx):
        return project
    if not taken_here(ctx, [project]):
        raise Forbidden("代录由户籍所在乡镇（街道）或村（社区）的窗口办理，您的岗位不办理这个项目。")
    check_number(ctx)
    return at_counter(project)


def at_counter(project: Project) -> Project:
    """Where one has come to, it is open on the days of the window as well; and the paper is signed."""
    windows = tuple(replace(each, offline=False) for each in project.windows)
    return replace(project, windows=windows, form=replace(project.form, materials=(*project.form.materials, PAPER)))


def check_number(ctx: Context) -> str:
    """The blind ID number of whoever sits there, without which nobody could tell that they do not decide it; ``Forbidden`` without."""
    if ctx.actor.id_key is None or ctx.actor.person is None:
        raise Forbidden(NO_NUMBER)
    return ctx.actor.id_key


def drafts_at(ctx: Context) -> Documents[Draft]:
    """What one has begun by this door: a resident's own declarations are not among those of the window they work at."""
    return window_drafts_of(ctx) if at_window(ctx) else drafts_of(ctx)


def mine(ctx: Context) -> Mapping[str, Any]:
    """A filter: of what is within reach, a window has what was entered for people of its place, whoever sits there today, and by whichever
    window: they close, and villages are merged."""
    return {"entry.place": {"$gt": ""}, "path": {"$in": places_of(ctx)}} if at_window(ctx) else {}


async def declared(ctx: Context, id: str) -> Case:
    """One of my declarations, or of those that my window has."""
    return check_mine(ctx, await CASES.seen(ctx, id))


async def declared_here(ctx: Context, id: str) -> Case:
    """The same, to be changed in its own county."""
    return check_mine(ctx, await CASES.here(ctx, id))


def check_mine(ctx: Context, case: Case) -> Case:
    """``NotFound`` for what others have declared, though it is within the reach of a window."""
    if at_window(ctx) and not (case.entry and any(place in case.path for place in places_of(ctx))):
        raise NotFound
    return case


def places_of(ctx: Context) -> list[str]:
    """Where the actor's windows are."""
    return [each.region for each in windows_of(ctx.actor)]


# --- what is written of it ------------------------------------------------------------------------------------------------------


def check_serves(ctx: Context, region: str, project: Project) -> None:
    """``Invalid`` where none of the actor's windows takes this project for people of that place."""
    if at_window(ctx) and serves(ctx, region, project) is None:
        raise Invalid(fields={"beneficiary.region": "您在这里的岗位不办理这个项目，请选择您办理这个项目的村（社区）。"})


def entry_of(ctx: Context, region: str, project: Project) -> Entry | None:
    """Who enters it, and where; None for a resident. ``Forbidden`` where that is nobody's window."""
    if not at_window(ctx):
        return None
    window = serves(ctx, region, project)
    if window is None:
        raise Forbidden("代录由户籍所在乡镇（街道）或村（社区）的窗口办理。")
    level = "town" if len(window.path) == TOWN_DEPTH else "village"
    return Entry(
        hands=(hand_of(ctx),),
        handler=shown_name(ctx.actor),
        role=window.role,
        place=window.region,
        unit=unit_of(ctx, window.region, OFFICES[level]),
    )


def hand_of(ctx: Context) -> Hand:
    return Hand(person=ctx.actor.person or "", key=check_number(ctx))


def mended_by(ctx: Context, case: Case) -> Entry | None:
    """Whoever mends it at a window has written on it as well, and decides it no more."""
    hand = hand_of(ctx) if case.entry and at_window(ctx) else None
    if case.entry is None or hand is None or is_hand(ctx, case.entry):
        return case.entry
    return replace(case.entry, hands=(*case.entry.hands, hand))


def is_hand(ctx: Context, entry: Entry) -> bool:
    """Under whatever account."""
    mine = hand_of(ctx)
    return any(hand.person == mine.person or hand.key == mine.key for hand in entry.hands)


def check_hand(ctx: Context, case: Case) -> None:
    """``Forbidden`` for a window that takes back what somebody else has entered: whoever decides a case refuses it, with a reason."""
    if case.entry and at_window(ctx) and not is_hand(ctx, case.entry):
        raise Forbidden("代录的申报由录入的人撤回。录入的人不在岗时，请由办理人员写明理由驳回或终止。")


def note(ctx: Context, case: Case, label: str) -> None:
    """Onto the 经办历史 of whoever did it at the window."""
    if at_window(ctx):
        CASES.touch(ctx, case, label)
