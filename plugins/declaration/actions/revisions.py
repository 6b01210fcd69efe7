"""A project as somebody is changing it: a draft that takes effect when it is published, and what is done with what is published."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec.structs import replace

from hub.api import Asked, Conflict, Context, Invalid, NotFound, Stale, read_words, shown_name
from plugins.declaration.actions.bounds import tidied
from plugins.declaration.actions.catalogue import MOST_PROJECTS, nearest
from plugins.declaration.actions.checks import CODE, flaws_of, known_nodes
from plugins.declaration.actions.differences import identity
from plugins.declaration.actions.editions import here, publish
from plugins.declaration.groups import GROUPS, Group
from plugins.declaration.projects import (
    Edition,
    Project,
    Question,
    Revision,
    editions_of,
    id_of,
    mark_of,
    projects_of,
    revisions_of,
)
from plugins.declaration.seen import ItemRequest, SeenRequest

# Of one place.
MOST_DRAFTS = 200
PLACE = "请选择市或区县。"
MOVED_ON = "草稿开始后，这里又发布了新的内容。请看过现在的不同，再操作。"
ANOTHER = "这里现在是另一项。请返回列表，找到要改的一项，再改。"
Why = Annotated[str, Asked("原因", "写入版本记录"), msgspec.Meta(min_length=1, max_length=200)]


class NewProject(msgspec.Struct, frozen=True, kw_only=True):
    """A project that is not there yet. ``like``: it begins with all that this one has."""

    code: Annotated[str, Asked("项目编码", "1至20位数字或字母，以后不能改")]
    name: Annotated[str, Asked("项目名称")]
    short: Annotated[str, Asked("简称", "列表和消息里用，不超过8个字")]
    bureau: Annotated[str, Asked("主管部门")]
    like: Annotated[str | None, Asked("参照已有项目", "照抄它的环节、材料等，再改", look="select")] = None


class PublishRequest(SeenRequest, frozen=True, kw_only=True):
    """What shall count from now on: the draft, or what is published with another standing."""

    why: Why


class MoveRequest(ItemRequest, frozen=True, kw_only=True):
    """``up`` by one place, else down."""

    up: Annotated[bool, Asked("上移", look="hidden")] = True


@dataclass(frozen=True, kw_only=True)
class Desk:
    """A project at a place: what counts there (``counted``), what the place itself has published (``own``), what those above it have
    (``above``), and what is being made of it."""

    code: str
    counted: Project | None
    own: Project | None
    above: Project | None
    revision: Revision | None

    @property
    def terms(self) -> Project:
        """As they are being changed, else as they count."""
        project = self.revision.terms if self.revision else self.counted
        assert project is not None, "one of both is there, or there is no desk"
        return project

    @property
    def version(self) -> int:
        """Of the draft; 0 while there is none."""
        return self.revision.version if self.revision else 0

    @property
    def rules_otherwise(self) -> bool:
        """What the place itself has published counts in all."""
        return self.own is not None and not self.own.as_city

    @property
    def seen(self) -> str:
        """Marks all of it: whoever changes or publishes says that this is what they saw."""
        draft = f"{self.revision.mark}:{self.revision.version}" if self.revision else ""
        return "/".join((draft, *map(mark_of, (self.counted, self.own))))

    @property
    def behind(self) -> bool:
        """The draft was begun on what is not published any more."""
        return self.revision is not None and self.revision.on != mark_of(self.counted)


def check_place(ctx: Context) -> None:
    """A catalogue is a city's or a county's."""
    if ctx.place.level not in ("city", "county"):
        raise NotFound(PLACE)


async def desk_of(ctx: Context, code: str) -> Desk:
    """Two queries; ``NotFound`` for a code that nobody has published or begun here."""
    check_place(ctx)
    found: list[Project] = await projects_of(ctx).find({"code": code})
    revision: Revision | None = await revisions_of(ctx).first({"_id": id_of(ctx.place.code, code)})
    counted = nearest(found).get(code)
    if counted is None and revision is None:
        raise NotFound("没有找到这个项目。")
    own = next((each for each in found if each.place == ctx.place.code), None)
    above = nearest(each for each in found if each is not own).get(code)
    return Desk(code=code, counted=counted, own=own, above=above, revision=revision)


# --- the draft ----------------------------------------------------------------------------------------------------------------


async def begin(ctx: Context, body: NewProject) -> None:
    """A draft of a project that is not there yet."""
    check_place(ctx)
    if not CODE.fullmatch(body.code):
        raise Invalid(fields={"code": "应为1至20位数字、英文字母、-或_。"})
    ids = [body.code, *filter(None, [body.like])]
    found = await projects_of(ctx).find({"code": {"$in": ids}})
    if any(each.code == body.code for each in found) or await _draft(ctx, body.code):
        raise Invalid(fields={"code": "这个编码已经有项目了。"})
    if await projects_of(ctx).count({"place": ctx.place.code}, at_most=MOST_PROJECTS) >= MOST_PROJECTS:
        raise Conflict(f"这里已有{MOST_PROJECTS}个项目，不能再增加。")
    like = nearest(found).get(body.like or "")
    if body.like and like is None:
        raise Invalid(fields={"like": "没有这个项目。"})
    blank = Project(id="", place="", code="", name="", short="", bureau="", chain=())
    said = msgspec.structs.asdict(body)
    del said["like"]
    terms = here(ctx, replace(like or blank, **said, withdrawn=False))
    check_item(ctx, terms, GROUPS["about"], 0, "")
    ctx.audit("declaration.begin_revision", terms.id)
    await _insert(ctx, terms, on="")


async def put_item(ctx: Context, code: str, group: Group, at: int, item: Any, request: ItemRequest) -> None:
    """Change a record of a group; the one after the last is a new one, also where others have added theirs meanwhile. What is wrong with
    it is said at its fields."""

    def change(items: tuple[Any, ...]) -> tuple[Any, ...]:
        nonlocal at
        if group.many and request.was == item_mark((), 0):
            at = len(items)
        if not 0 <= at <= min(len(items), group.most - 1):
            raise NotFound(f"{group.title}最多{group.most}项。")
        _check_same(group, items, at, request)
        return (*items[:at], tidied(item) if isinstance(item, Question) else item, *items[at + 1 :])

    terms = await _change(ctx, code, group, request, change)
    check_item(ctx, terms, group, at, "item.")


async def remove_item(ctx: Context, code: str, group: Group, at: int, request: ItemRequest) -> None:
    def change(items: tuple[Any, ...]) -> tuple[Any, ...]:
        _check_there(items, at)
        _check_same(group, items, at, request)
        return (*items[:at], *items[at + 1 :])

    await _change(ctx, code, group, request, change)


async def move_item(ctx: Context, code: str, group: Group, at: int, body: MoveRequest) -> None:
    """Past its neighbour; at the end nothing changes."""

    def change(items: tuple[Any, ...]) -> tuple[Any, ...]:
        _check_there(items, at)
        _check_same(group, items, at, body)
        to = max(0, min(len(items) - 1, at - 1 if body.up else at + 1))
        left = [*items[:at], *items[at + 1 :]]
        left.insert(to, items[at])
        return tuple(left)

    await _change(ctx, code, group, body, change)


def check_item(ctx: Context, terms: Project, group: Group, at: int, prefix: str) -> None:
    """``Invalid`` with what is wrong with one record, by the names that its fields have in a form."""
    names = {field.name: field.encode_name for field in msgspec.structs.fields(group.record)}
    mine = [flaw for flaw in flaws_of(terms, known_nodes(ctx)) if (flaw.group, flaw.at) == (group.name, at)]
    if mine:
        raise Invalid(fields={f"{prefix}{names.get(flaw.field, flaw.field)}": flaw.text for flaw in mine})


def group_named(name: str) -> Group:
    """A list of the project, from an address."""
    group = GROUPS.get(name)
    if group is None or not group.many:
        raise NotFound
    return group


async def discard(ctx: Context, code: str, request: SeenRequest) -> None:
    desk = await desk_of(ctx, code)
    revision = _draft_seen(desk, request)
    ctx.audit("declaration.discard_revision", revision.id)
    await revisions_of(ctx).delete(revision)


async def restore(ctx: Context, code: str, number: int, request: SeenRequest) -> None:
    """A version that was published becomes the draft."""
    edition = await edition_of(ctx, code, number)
    desk = await desk_of(ctx, code)
    _check_seen(desk, request)
    ctx.audit("declaration.restore_edition", edition.id)
    await _keep(ctx, desk, here(ctx, edition.terms))


async def edition_of(ctx: Context, code: str, number: int) -> Edition:
    found: Edition = await editions_of(ctx).get(f"{id_of(ctx.place.code, code)}:{number}")
    return found


async def _change(
    ctx: Context,
    code: str,
    group: Group,
    request: SeenRequest,
    change: Callable[[tuple[Any, ...]], tuple[Any, ...]],
) -> Project:
    desk = await desk_of(ctx, code)
    _check_seen(desk, request)
    before = desk.revision.terms if desk.revision else here(ctx, desk.terms)
    after = group.put(before, change(group.items(before)))
    ctx.audit("declaration.edit_revision", after.id, group=group.name)
    await _keep(ctx, desk, after)
    return after


async def _keep(ctx: Context, desk: Desk, terms: Project) -> None:
    """As the draft."""
    if desk.revision is None:
        await _insert(ctx, terms, on=mark_of(desk.counted))
    else:
        await revisions_of(ctx).save(replace(desk.revision, terms=terms, by=_by(ctx)))


async def _draft(ctx: Context, code: str) -> Revision | None:
    found: Revision | None = await revisions_of(ctx).first({"_id": id_of(ctx.place.code, code)})
    return found


async def _insert(ctx: Context, terms: Project, *, on: str) -> None:
    if await revisions_of(ctx).count({"place": ctx.place.code}, at_most=MOST_DRAFTS) >= MOST_DRAFTS:
        raise Conflict(f"这里已有{MOST_DRAFTS}份草稿，请先发布或放弃一些。")
    draft = Revision(
        id=terms.id, place=terms.place, code=terms.code, terms=terms, mark=ctx.new_id(), on=on, by=_by(ctx)
    )
    await revisions_of(ctx).insert(draft)


def _by(ctx: Context) -> str:
    return shown_name(ctx.actor) or ctx.actor.account or ""


def _check_there(items: tuple[Any, ...], at: int) -> None:
    if not 0 <= at < len(items):
        raise NotFound("这一项已经不在了。")


def _check_same(group: Group, items: tuple[Any, ...], at: int, request: ItemRequest) -> None:
    """Others may have moved the list: who presses once more would write over what they have never seen."""
    if group.many and request.was not in (None, item_mark(items, at)):
        raise Conflict(ANOTHER)


def item_mark(items: tuple[Any, ...], at: int) -> str:
    """Tells the item from others of its list, whatever else of it is changed; one that is still to come has a mark too."""
    same = identity(items[at]) if at < len(items) else None
    return hashlib.sha256(msgspec.json.encode(same)).hexdigest()[:16]


# --- what is published --------------------------------------------------------------------------------------------------------


async def publish_draft(ctx: Context, code: str, body: PublishRequest) -> None:
    """What was typed takes effect: for declarations from now on."""
    desk = await desk_of(ctx, code)
    revision = _draft_seen(desk, body)
    if flaws := flaws_of(revision.terms, known_nodes(ctx)):
        raise Invalid(fields={flaw.group: f"{GROUPS[flaw.group].title}：{flaw.text}" for flaw in flaws})
    ctx.audit("declaration.publish_project", revision.id, why=body.why)
    # Whether it is offered is no matter of the draft.
    terms = replace(revision.terms, withdrawn=desk.counted.withdrawn if desk.counted else False)
    await _publish(ctx, terms, body.why)
    await revisions_of(ctx).delete(revision)


async def withdraw(ctx: Context, code: str, body: PublishRequest, *, withdrawn: bool) -> None:
    """停用, or 恢复: nobody declares for it (again); declarations that are open go on."""
    desk = await desk_of(ctx, code)
    _check_seen(desk, body)
    if desk.counted is None or desk.counted.withdrawn == withdrawn:
        raise Conflict("这个项目已经是这样了。")
    terms = here(ctx, replace(desk.counted, withdrawn=withdrawn))
    if not desk.rules_otherwise and desk.above and not desk.above.withdrawn:
        # Of this alone: what the city changes later goes on to reach the county.
        terms = replace(terms, as_city=True)
    ctx.audit("declaration.offer_project", terms.id, why=body.why, withdrawn=withdrawn)
    await _publish(ctx, terms, body.why)


async def follow_city(ctx: Context, code: str, body: PublishRequest) -> None:
    """恢复与市一致: the county's own terms count no more. Whether it is offered here is no matter of the terms."""
    desk = await desk_of(ctx, code)
    _check_seen(desk, body)
    if desk.above is None or desk.own is None or not desk.rules_otherwise:
        raise Conflict("本县没有另行规定，或全市没有这个项目。")
    ctx.audit("declaration.follow_city", desk.own.id, why=body.why)
    await _publish(ctx, replace(here(ctx, desk.above), as_city=True, withdrawn=desk.own.withdrawn), body.why)


def _check_seen(desk: Desk, request: SeenRequest) -> None:
    """``Stale`` where the draft, or what is published, is another by now."""
    if request.seen != desk.seen:
        raise Stale(MOVED_ON if desk.behind else None)


def _draft_seen(desk: Desk, request: SeenRequest) -> Revision:
    _check_seen(desk, request)
    if desk.revision is None:
        raise NotFound("没有草稿。")
    return desk.revision


async def _publish(ctx: Context, terms: Project, why: str) -> None:
    if not await publish(ctx, [terms], why=read_words(why, "why", "原因")):
        raise Conflict("和现在发布的一样，没有可发布的改动。")
