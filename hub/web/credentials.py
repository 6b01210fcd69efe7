"""Who asks: the session's token, from a cookie that carries the app's name or from a bearer header."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

from tornado.httputil import HTTPServerRequest

from hub.words.actors import APPS, GUEST, Actor, App
from hub.words.errors import Malformed, NotSignedIn

if TYPE_CHECKING:
    from hub.identity.sessions import Sessions

APP_HEADER = "X-Hub-App"
# For what a browser fetches by itself, such as a picture: it cannot set a header.
APP_ARGUMENT = "hub_app"
_BEARER = "bearer "


@dataclass(frozen=True, slots=True)
class Caller:
    """An actor and how they showed who they are: a cookie travels by itself and therefore needs the CSRF token."""

    actor: Actor
    by_cookie: bool = False


async def find_caller(request: HTTPServerRequest, sessions: Sessions) -> Caller:
    """The one who asks; a guest without a token. Raises ``NotSignedIn`` for a token that is no longer good."""
    app = _app(request)
    authorization = request.headers.get("Authorization", "")
    if authorization.lower().startswith(_BEARER):
        return Caller(await _bearer(authorization[len(_BEARER) :].strip(), app, sessions))
    chosen, token = _cookie(request, app)
    if chosen is None:
        return Caller(GUEST)
    actor = await sessions.actor(token, chosen)
    # An old cookie is no reason to be refused what guests may do.
    return Caller(actor, by_cookie=True) if actor is not None else Caller(GUEST)


async def find_visitor(request: HTTPServerRequest, sessions: Sessions, app: App) -> Actor:
    """Whoever looks at a page of this app, by its cookie alone; a guest where that is no longer good."""
    _, token = _cookie(request, app)
    actor = await sessions.actor(token, app) if token else None
    return actor or GUEST


async def _bearer(token: str, app: App | None, sessions: Sessions) -> Actor:
    for candidate in (app,) if app is not None else APPS:
        actor = await sessions.actor(token, candidate)
        if actor is not None:
            return actor
    raise NotSignedIn("登录已失效，请重新登录。")


def _app(request: HTTPServerRequest) -> App | None:
    named = request.headers.get(APP_HEADER) or _argument(request)
    if not named:
        return None
    if named not in get_args(App):
        raise Malformed(f"{APP_HEADER}应为{'、'.join(APPS)}之一。")
    return named  # type: ignore[return-value]


def _argument(request: HTTPServerRequest) -> str:
    values = request.query_arguments.get(APP_ARGUMENT, [b""])
    return values[-1].decode("latin1") if request.method in ("GET", "HEAD") else ""


def _cookie(request: HTTPServerRequest, app: App | None) -> tuple[App | None, str]:
    """The app and its token. Without a named app, the only cookie there is; among several nobody can say."""
    found: dict[App, str] = {
        known: request.cookies[f"hub_{known}"].value for known in APPS if f"hub_{known}" in request.cookies
    }
    if app is not None:
        return (app, found[app]) if app in found else (None, "")
    return next(iter(found.items())) if len(found) == 1 else (None, "")
