"""The operations of 项目目录: how an operator changes the catalogue of a city or a county, by draft and version."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec

from hub.api import Asked, Context, Invalid, Paged, Paging, Route, shared
from plugins.declaration.actions import catalogue, revisions
from plugins.declaration.actions.checks import Flaw, flaws_of, known_nodes, known_rules, unknown_rules
from plugins.declaration.actions.differences import Change, differences
from plugins.declaration.actions.editions import MOST_KEPT
from plugins.declaration.actions.form import Answer, check_answers
from plugins.declaration.actions.revisions import (
    Desk,
    MoveRequest,
    NewProject,
    PublishRequest,
    check_place,
    desk_of,
    group_named,
)
from plugins.declaration.asking import CATALOGUE
from plugins.declaration.documents import cases_of
from plugins.declaration.groups import GROUPS, About, ChainStep, Group, Handling
from plugins.declaration.projects import (
    Adviser,
    Category,
    Edition,
    Material,
    Project,
    Question,
    Revision,
    Window,
    editions_of,
    revisions_of,
)
from plugins.declaration.seen import ItemRequest, SeenRequest

State = Literal["open", "closed", "withdrawn", "new"]


class CatalogueQuery(Paging, frozen=True, kw_only=True):
    """``keyword`` is looked for in code, names and bureau; ``state``: can be declared now, withdrawn, with a draft, or with terms of
    this county's own."""

    keyword: str | None = None
    state: Literal["open", "withdrawn", "own", "draft"] | None = None


class CatalogueLine(msgspec.Struct, frozen=True, kw_only=True):
    """A project as the place has it. ``own``: a county's own terms; ``draft``: somebody is changing it; ``cases``: its open
    declarations."""

    code: str
    name: str
    short: str
    bureau: str
    state: State
    own: bool
    draft: bool
    cases: int


class TermsView(msgspec.Struct, frozen=True, kw_only=True):
    """All that a project consists of, by its groups."""

    about: About
    handling: Handling
    chain: tuple[ChainStep, ...]
    questions: tuple[Question, ...]
    materials: tuple[Material, ...]
    categories: tuple[Category, ...]
    windows: tuple[Window, ...]
    advisers: tuple[Adviser, ...]


class CatalogueView(msgspec.Struct, frozen=True, kw_only=True):
    """A project at a place. ``terms`` are those of the draft where there is one, else those that count; ``version`` is that of the draft,
    0 while there is none; ``seen`` marks all that is there, for whoever changes it; ``behind``: the draft was begun on other terms.
    ``changes`` are what publishing would change, ``flaws`` what forbids it. ``above``: the city has terms that this county's own stand
    in front of."""

    id: str
    name: str
    state: State
    own: bool
    above: bool
    version: int
    seen: str
    behind: bool
    by: str
    terms: TermsView
    changes: tuple[Change, ...]
    flaws: tuple[Flaw, ...]
    cases: int


class EditionLine(msgspec.Struct, frozen=True, kw_only=True):
    """A version that was published; ``what`` it changed, in words."""

    number: int
    at: datetime | None
    by: str
    why: str
    what: tuple[str, ...]


class EditionView(EditionLine, frozen=True, kw_only=True):
    """The same with all that it consists of."""

    terms: TermsView


class Trial(msgspec.Struct, frozen=True, kw_only=True):
    """Answers to the draft's own questions."""

    answers: Annotated[dict[str, Answer], Asked("申报内容")] = {}


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """They would be taken; nothing is kept."""

    answers: dict[str, str]


# --- looking ------------------------------------------------------------------------------------------------------------------


async def list_catalogue(ctx: Context, query: CatalogueQuery) -> Paged[CatalogueLine]:
    """项目目录"""
    return page_of(await lines_of(ctx), query)


def page_of(lines: Iterable[CatalogueLine], query: CatalogueQuery) -> Paged[CatalogueLine]:
    """Those that were asked for."""
    return catalogue.after_code([line for line in lines if _matches(line, query)], query)


async def lines_of(ctx: Context) -> list[CatalogueLine]:
    """Of all projects here, those that are not published yet among them, by code."""
    check_place(ctx)
    here, today = ctx.place.code, catalogue.today_of(ctx)
    counted = catalogue.nearest(await catalogue.published(ctx, {}))
    drafts = {each.code: each for each in await revisions_of(ctx).find({"place": here}, sort=(("code", 1),))}
    projects: dict[str, Project] = {code: draft.terms for code, draft in drafts.items()} | counted
    cases = await open_cases(ctx, projects) if projects else {}
    return [
        CatalogueLine(
            state=state_of(counted.get(code), today),
            own=ctx.county is not None and code in counted and counted[code].place == here,
            draft=code in drafts,
            cases=cases.get(code, 0),
            **shared(CatalogueLine, project),
        )
        for code, project in sorted(projects.items())
    ]


async def open_cases(ctx: Context, codes: Collection[str]) -> Mapping[str, int]:
    """How many declarations within reach have not ended, by these projects."""
    asked = {"open": True, "project": {"$in": list(codes)}}
    groups = await cases_of(ctx).groups(asked, by=("project",), at_most=len(codes))
    return {str(group.key[0]): group.count for group in groups}


def state_of(counted: Project | None, today: Any) -> State:
    if counted is None:
        return "new"
    if counted.withdrawn:
        return "withdrawn"
    return "open" if catalogue.openness(counted.windows, today).open else "closed"


def _matches(line: CatalogueLine, query: CatalogueQuery) -> bool:
    known = {"open": line.state == "open", "withdrawn": line.state == "withdrawn", "own": line.own, "draft": line.draft}
    if query.state and not known[query.state]:
        return False
    text = f"{line.code} {line.name} {line.short} {line.bureau}"
    return all(word in text for word in (query.keyword or "").split())


async def show_catalogue(ctx: Context, code: str) -> CatalogueView:
    """目录中的一个项目"""
    return await view_of(ctx, await desk_of(ctx, code))


async def view_of(ctx: Context, desk: Desk) -> CatalogueView:
    terms, revision = desk.terms, desk.revision
    return CatalogueView(
        id=desk.code,
        name=terms.name,
        state=state_of(desk.counted, catalogue.today_of(ctx)),
        own=ctx.county is not None and desk.counted is not None and desk.counted is desk.own,
        above=desk.above is not None,
        version=desk.version,
        seen=desk.seen,
        behind=desk.behind,
        by=revision.by if revision else "",
        terms=terms_view(terms),
        changes=differences(ctx, desk.counted, _as_published(desk, revision)) if revision else (),
        flaws=tuple(flaws_of(terms, known_nodes(ctx), await known_rules(ctx))) if revision else (),
        cases=(await open_cases(ctx, [desk.code])).get(desk.code, 0),
    )


def _as_published(desk: Desk, revision: Revision) -> Project:
    """Whether it is offered is no matter of the draft."""
    return msgspec.structs.replace(revision.terms, withdrawn=desk.counted is not None and desk.counted.withdrawn)


def terms_view(project: Project) -> TermsView:
    items: dict[str, Any] = {group.name: group.items(project) for group in GROUPS.values()}
    return TermsView(**{name: found if GROUPS[name].many else found[0] for name, found in items.items()})


async def list_editions(ctx: Context, code: str) -> list[EditionLine]:
    """项目的版本记录"""
    check_place(ctx)
    wanted = {"place": ctx.place.code, "code": code}
    return [edition_line(each) for each in await editions_of(ctx).find(wanted, sort=(("number", -1),), limit=MOST_KEPT)]


async def show_edition(ctx: Context, code: str, number: int) -> EditionView:
    """项目的一个版本"""
    check_place(ctx)
    edition = await revisions.edition_of(ctx, code, number)
    return EditionView(terms=terms_view(edition.terms), **msgspec.structs.asdict(edition_line(edition)))


def edition_line(edition: Edition) -> EditionLine:
    return EditionLine(at=edition.created_at, **shared(EditionLine, edition))


async def try_form(ctx: Context, code: str, body: Trial) -> Tried:
    """试填草稿的申报内容"""
    desk = await desk_of(ctx, code)
    wrong: dict[str, str] = {}
    answers = check_answers(desk.terms.form, body.answers, catalogue.today_of(ctx), wrong)
    if wrong:
        raise Invalid(fields=wrong)
    return Tried(answers=answers)


# --- changing -----------------------------------------------------------------------------------------------------------------


async def new_project(ctx: Context, body: NewProject) -> CatalogueView:
    """新增项目，先成为草稿"""
    await revisions.begin(ctx, body)
    return await show_catalogue(ctx, body.code)


async def remove_item(ctx: Context, code: str, group: str, number: int, body: ItemRequest) -> CatalogueView:
    """删除草稿中的一项"""
    await revisions.remove_item(ctx, code, group_named(group), number, body)
    return await show_catalogue(ctx, code)


async def move_item(ctx: Context, code: str, group: str, number: int, body: MoveRequest) -> CatalogueView:
    """上移或下移草稿中的一项"""
    await revisions.move_item(ctx, code, group_named(group), number, body)
    return await show_catalogue(ctx, code)


async def discard(ctx: Context, code: str, body: SeenRequest) -> None:
    """放弃草稿"""
    await revisions.discard(ctx, code, body)


async def publish(ctx: Context, code: str, body: PublishRequest) -> CatalogueView:
    """发布草稿"""
    await _check_rules(ctx, (await desk_of(ctx, code)).terms.rules, "handling")
    await revisions.publish_draft(ctx, code, body)
    return await show_catalogue(ctx, code)


async def withdraw(ctx: Context, code: str, body: PublishRequest) -> CatalogueView:
    """停用项目，在办的继续办理"""
    await revisions.withdraw(ctx, code, body, withdrawn=True)
    return await show_catalogue(ctx, code)


async def resume(ctx: Context, code: str, body: PublishRequest) -> CatalogueView:
    """恢复申报"""
    await revisions.withdraw(ctx, code, body, withdrawn=False)
    return await show_catalogue(ctx, code)


async def follow_city(ctx: Context, code: str, body: PublishRequest) -> CatalogueView:
    """恢复与市一致"""
    await revisions.follow_city(ctx, code, body)
    return await show_catalogue(ctx, code)


async def restore(ctx: Context, code: str, number: int, body: SeenRequest) -> CatalogueView:
    """把一个版本作为草稿"""
    await revisions.restore(ctx, code, number, body)
    return await show_catalogue(ctx, code)


async def _check_rules(ctx: Context, named: Sequence[str], field: str) -> None:
    """A mistyped rule would look for nothing."""
    if unknown := unknown_rules(named, await known_rules(ctx)):
        raise Invalid(fields={field: unknown})


def _putting(group: Group) -> Callable[..., Awaitable[CatalogueView]]:
    """The operation that changes a record of this group."""

    async def put(ctx: Context, code: str, body: Any) -> CatalogueView:
        if isinstance(body.item, Handling):
            await _check_rules(ctx, body.item.rules, "item.rules")
        await revisions.put_item(ctx, code, group, 0, body.item, body)
        return await show_catalogue(ctx, code)

    async def put_at(ctx: Context, code: str, number: int, body: Any) -> CatalogueView:
        await revisions.put_item(ctx, code, group, number, body.item, body)
        return await show_catalogue(ctx, code)

    call = put_at if group.many else put
    call.__doc__ = f"更改草稿的{group.title}" + ("，序号从0起，最后一项之后的是新增" if group.many else "")
    call.__name__ = f"put_{group.name}"
    call.__annotations__ |= {"body": group.request}
    return call


PROJECT = "/catalogue/{code}"
ITEMS = f"{PROJECT}/lists/{{group}}"
ITEM = f"{ITEMS}/{{number}}"


def _writes(method: Literal["POST", "PUT"], path: str, call: Callable[..., Awaitable[Any]], **more: Any) -> Route:
    """A city's catalogue is its own, so that it is written there too."""
    return Route(method=method, path=path, call=call, access=CATALOGUE, at_city=True, **more)


def item_path(group: Group) -> str:
    return f"{PROJECT}{group.path}{'/{number}' if group.many else ''}"


ROUTES: Sequence[Route] = (
    Route(method="GET", path="/catalogue", call=list_catalogue, access=CATALOGUE),
    _writes("POST", "/catalogue", new_project, status=201, reads=PROJECT),
    Route(method="GET", path=PROJECT, call=show_catalogue, access=CATALOGUE),
    *(_writes("PUT", item_path(group), _putting(group), reads=PROJECT) for group in GROUPS.values()),
    _writes("POST", f"{ITEM}/remove", remove_item, reads=PROJECT),
    _writes("POST", f"{ITEM}/move", move_item, reads=PROJECT),
    _writes("POST", f"{PROJECT}/try", try_form, changes_nothing=True),
    _writes("POST", f"{PROJECT}/discard", discard),
    _writes("POST", f"{PROJECT}/publish", publish, reads=PROJECT),
    _writes("POST", f"{PROJECT}/withdraw", withdraw, reads=PROJECT),
    _writes("POST", f"{PROJECT}/resume", resume, reads=PROJECT),
    _writes("POST", f"{PROJECT}/follow-city", follow_city, reads=PROJECT),
    Route(method="GET", path=f"{PROJECT}/editions", call=list_editions, access=CATALOGUE),
    Route(method="GET", path=f"{PROJECT}/editions/{{number}}", call=show_edition, access=CATALOGUE),
    _writes("POST", f"{PROJECT}/editions/{{number}}/restore", restore, reads=PROJECT),
)
