"""Sessions of browsers: a page that signs in asks for a cookie, and its scripts never see the token."""

from __future__ import annotations

import msgspec
from tornado.web import RequestHandler

from hub.clock import Clock
from hub.identity.sessions import cookie_name
from hub.identity.signin import SignedIn

# A page sends this with its sign-in; a mini program, which keeps the token itself, does not.
SESSION_HEADER = "X-Hub-Session"
COOKIE = "cookie"


def hand_over(handler: RequestHandler, signed_in: SignedIn, clock: Clock, *, secure: bool) -> SignedIn:
    """Put the token into a cookie when the request asked for that; returns the answer, then without the token."""
    if handler.request.headers.get(SESSION_HEADER, "").lower() != COOKIE:
        return signed_in
    set_session_cookie(handler, signed_in, clock, secure=secure)
    return msgspec.structs.replace(signed_in, token="")


def set_session_cookie(handler: RequestHandler, signed_in: SignedIn, clock: Clock, *, secure: bool) -> None:
    """``Lax`` and not ``Strict``: people come from a link in a WeChat message."""
    age = max(0, int((signed_in.ends_at - clock.now()).total_seconds()))
    handler.set_cookie(
        cookie_name(signed_in.app), signed_in.token, max_age=age, path="/", httponly=True, secure=secure, samesite="Lax"
    )
