"""Routes are checked before the hub listens: all problems at once, each with its fix."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import msgspec
import pytest

from hub.api import Anyone, Context, IdNumberText, Paged, Paging, Raw, Route, Upload
from hub.web.operations import compile_routes
from hub.web.router import Router
from hub.words.errors import SetupError
from tests.web.small import NoteView

if TYPE_CHECKING:
    from hub.rules.units import Units


class Whose(msgspec.Struct):
    id_number: IdNumberText


class Wrapped(msgspec.Struct):
    people: dict[str, list[Whose | None]]


async def fine(ctx: Context, id: str, query: Paging) -> Paged[NoteView]:
    """Read something.

    At length."""
    raise NotImplementedError


async def no_id(ctx: Context) -> None: ...
async def who(ctx: Context, somebody: str) -> None: ...
async def hidden(ctx: Context, body: Units) -> None: ...
async def unsaid(ctx: Context): ...  # type: ignore[no-untyped-def]
async def plain(ctx: Context, body: dict) -> str: ...  # type: ignore[empty-body, type-arg]
async def wide(ctx: Context, id: float) -> None: ...
async def both(ctx: Context, body: Paging, upload: Upload) -> None: ...
async def personal(ctx: Context) -> Wrapped: ...  # type: ignore[empty-body]
async def reading(ctx: Context, body: Paging) -> None: ...
async def bare() -> None: ...
def blocking(ctx: Context) -> None: ...
async def raw(ctx: Context) -> Raw: ...  # type: ignore[empty-body]
async def everything(ctx: Context) -> Paged[NoteView]: ...  # type: ignore[empty-body]
async def two(ctx: Context, id: str, part: str) -> Paged[NoteView]: ...  # type: ignore[empty-body]


def route(call, method="POST", path="/x") -> Route:  # type: ignore[no-untyped-def]
    return Route(method=method, path=path, call=call, access=Anyone.PUBLIC)


def test_a_good_route_becomes_an_operation() -> None:
    [operation] = compile_routes("notes", "/api/v1/{place}/notes", [route(fine, "GET", "/notes/{id}")])

    assert operation.name == "GET /api/v1/{place}/notes/notes/{id}"
    assert (operation.parameters, operation.query, operation.answer) == ({"id": str}, Paging, Paged[NoteView])
    assert operation.summary == "Read something."


@pytest.mark.parametrize(
    ("wrong", "problem"),
    [
        (route(no_id, path="/x/{id}"), "{id} is in the path, but not among the parameters"),
        (route(who), "parameter somebody comes from nowhere"),
        (route(hidden), "annotation 'Units' of body cannot be resolved"),
        (route(unsaid), "has no return annotation"),
        (route(plain), "body must be annotated with a msgspec.Struct"),
        (route(plain), "must return a msgspec.Struct, a list of them, Paged[…], Raw or None"),
        (route(wide, path="/x/{id}"), "parameter id of the path must be str or int"),
        (route(both), "has both body and upload"),
        (route(personal), "answers the personal type IdNumberText"),
        (route(reading, "GET"), "GET reads no body"),
        (route(bare), "takes no context"),
        (route(blocking), "is no coroutine"),
        (route(raw, path="x"), "path must begin with /"),
        (route(raw, path="/x/"), "path must not end with /"),
        (route(raw, path="/x{y"), "must be plain text or one {parameter}"),
    ],
)
def test_a_problem_is_named_with_its_route(wrong: Route, problem: str) -> None:
    with pytest.raises(SetupError) as stopped:
        compile_routes("notes", "/api/v1/{place}/notes", [wrong])

    assert any(problem in line for line in stopped.value.problems), stopped.value.problems
    assert all(re.match(r"plugin 'notes': \S+:\d+: route ", line) for line in stopped.value.problems)


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(SetupError) as stopped:
        compile_routes(
            "notes", "/api/v1/{place}/notes", [route(who), route(fine, "GET", "/y/{id}"), route(no_id, path="/x/{id}")]
        )

    assert len(stopped.value.problems) == 2


@pytest.mark.parametrize(
    ("reads", "problem"),
    [
        ("/notes/{id}/more", "there is no such GET route"),
        ("/other", "that answers something else"),
        ("/notes/{id}/{part}", "more is asked there than the id of the answer"),
        ("/pages/{id}", "the answer has no field id"),
    ],
)
def test_what_reads_a_repeat_fits(reads: str, problem: str) -> None:
    routes = [
        route(two, "GET", "/notes/{id}/{part}"),
        route(raw, "GET", "/other"),
        route(fine, "GET", "/pages/{id}"),
        Route(method="POST", path="/all", call=everything, access=Anyone.PUBLIC, reads=reads),
    ]
    with pytest.raises(SetupError, match=problem):
        compile_routes("notes", "/api/v1/{place}/notes", routes)


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ({}, "answers a page of a list, which is not kept for a repeat"),
        ({"changes_nothing": True, "reads": "/other"}, "reads is for the repeat of what changes something"),
    ],
)
def test_what_only_looks_says_so(given: dict[str, Any], problem: str) -> None:
    """A page that were kept for a repeat would hold its reader's rights, and the cursor behind them, for a month."""
    with pytest.raises(SetupError, match=problem):
        compile_routes(
            "notes",
            "/api/v1/{place}/notes",
            [Route(method="POST", path="/all", call=everything, access=Anyone.PUBLIC, **given)],
        )


def test_a_path_is_declared_once() -> None:
    with pytest.raises(SetupError, match="declared twice"):
        compile_routes("notes", "/api/v1/{place}/notes", [route(fine, "GET", "/a/{id}"), route(fine, "GET", "/a/{id}")])


def test_a_placeless_route_cannot_look_like_a_place() -> None:
    router = Router(lambda: None, None)  # type: ignore[arg-type, return-value]

    with pytest.raises(SetupError, match="would be taken for a place"):
        router.add("web", [route(raw, "GET", "/5109")], prefix="", placeless=True)
