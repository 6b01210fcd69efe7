"""The one way in which a place publishes projects: the document that counts from now on, and the version that is kept of it."""

from __future__ import annotations

from collections.abc import Sequence

from msgspec.structs import replace

from hub.api import Conflict, Context, shown_name
from plugins.declaration.actions.catalogue import MOST_PROJECTS, nearest, published
from plugins.declaration.actions.differences import differences, in_words
from plugins.declaration.projects import Edition, Project, editions_of, id_of, projects_of

# Of a project at a place.
MOST_KEPT = 20
# So many documents are written or found at once.
AT_ONCE = 200
AS_CITY, AS_BEFORE = "恢复与市一致", "此前发布的内容"

# What a place has published of a project (None: nothing), and what it publishes now.
Written = tuple[Project | None, Project]


def here(ctx: Context, project: Project) -> Project:
    """The same terms as those of this place, as if they were new."""
    place = ctx.place.code
    fresh = {"version": 1, "path": (), "county": None, "created_at": None, "updated_at": None, "edition": 0}
    return replace(project, id=id_of(place, project.code), place=place, as_city=False, **fresh)


async def publish(ctx: Context, wanted: Sequence[Project], *, why: str) -> list[Written]:
    """Publish these terms here, each with its version; what changes nothing is left out. What was written."""
    found = await published(ctx, {"code": {"$in": [each.code for each in wanted]}})
    own, counted = {each.id: each for each in found}, nearest(found)
    pairs = [(own.get(each.id), each) for each in wanted]
    written = [(before, newer) for before, each in pairs if (newer := _onto(before, each)) != before]
    written = [(before, replace(after, edition=after.edition + 1)) for before, after in written]
    await _check_room(ctx, sum(before is None for before, _ in written))
    await projects_of(ctx).insert_many([after for before, after in written if before is None])
    await projects_of(ctx).save_many([after for before, after in written if before is not None])
    editions = [_edition(ctx, counted.get(after.code), after, why) for _, after in written]
    # What was published before versions were kept is the first of them.
    earlier = [_first(before) for before, _ in written if before is not None and not before.edition]
    await editions_of(ctx).insert_many([*earlier, *editions])
    await _let_go(ctx, written)
    return written


async def _check_room(ctx: Context, new: int) -> None:
    """``Conflict`` where the place would have more projects than one may."""
    if new and await projects_of(ctx).count({"place": ctx.place.code}, at_most=MOST_PROJECTS) + new > MOST_PROJECTS:
        raise Conflict(f"一个地区最多{MOST_PROJECTS}个项目。")


def _onto(before: Project | None, project: Project) -> Project:
    """With what the store has filled in, which says nothing about the project itself."""
    if before is None:
        return project
    kept = ("version", "path", "county", "created_at", "updated_at", "edition")
    return replace(project, **{name: getattr(before, name) for name in kept})


def _edition(ctx: Context, counted: Project | None, after: Project, why: str) -> Edition:
    said = [in_words(change) for change in differences(ctx, counted, after)]
    return Edition(
        id=f"{after.id}:{after.edition}",
        place=after.place,
        code=after.code,
        number=after.edition,
        terms=after,
        what=(AS_CITY, *said) if after.as_city and counted and counted.place == after.place else tuple(said),
        by=shown_name(ctx.actor) or ctx.actor.account or "",
        why=why,
    )


def _first(before: Project) -> Edition:
    return Edition(
        id=f"{before.id}:0",
        place=before.place,
        created_at=before.updated_at,
        code=before.code,
        number=0,
        terms=before,
        what=(AS_BEFORE,),
        by="",
        why="",
    )


async def _let_go(ctx: Context, written: Sequence[Written]) -> None:
    """Those that are too many by now."""
    old = [f"{after.id}:{after.edition - MOST_KEPT}" for _, after in written if after.edition >= MOST_KEPT]
    for start in range(0, len(old), AT_ONCE):
        ids = old[start : start + AT_ONCE]
        await editions_of(ctx).delete_many(await editions_of(ctx).find({"_id": {"$in": ids}}))
