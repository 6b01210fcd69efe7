"""Sessions of browsers: a page that signs in asks for a cookie, and its scripts never see the token."""

from __future__ import annotations

import msgspec
from tornado.httputil import HTTPServerRequest
from tornado.web import RequestHandler

from hub.identity.sessions import cookie_name
from hub.identity.signin import SignedIn
from hub.words.clock import Clock

# A page sends this with its sign-in; a mini program, which keeps the token itself, does not.
SESSION_HEADER = "X-Hub-Session"
COOKIE = "cookie"
# A device on which somebody has signed in before. It opens nothing: it only keeps others' failures from locking them out.
DEVICE_COOKIE, DEVICE_HEADER = "hub_device", "X-Hub-Device"
DEVICE_PATH, DEVICE_AGE = "/", 400 * 24 * 3600  # seconds; browsers keep nothing longer


def hand_over(handler: RequestHandler, signed_in: SignedIn, clock: Clock, *, secure: bool) -> SignedIn:
    """Put the token into a cookie when the request asked for that; returns the answer, then without the token."""
    if handler.request.headers.get(SESSION_HEADER, "").lower() != COOKIE:
        return signed_in
    set_session_cookie(handler, signed_in, clock, secure=secure)
    if signed_in.device:
        set_device_cookie(handler, signed_in.device, secure=secure)
    return msgspec.structs.replace(signed_in, token="", device="")


def device_of(request: HTTPServerRequest) -> str | None:
    """The device's token: a page's cookie, or the header of a program that keeps it itself."""
    kept = request.cookies.get(DEVICE_COOKIE)
    return request.headers.get(DEVICE_HEADER) or (kept.value if kept is not None else None)


def set_device_cookie(handler: RequestHandler, device: str, *, secure: bool) -> None:
    """``Strict``; for sign-ins, which pages have one of per app: it is of no use anywhere else."""
    handler.set_cookie(
        DEVICE_COOKIE, device, max_age=DEVICE_AGE, path=DEVICE_PATH, httponly=True, secure=secure, samesite="Strict"
    )


def set_session_cookie(handler: RequestHandler, signed_in: SignedIn, clock: Clock, *, secure: bool) -> None:
    """``Lax`` and not ``Strict``: people come from a link in a WeChat message."""
    age = max(0, int((signed_in.ends_at - clock.now()).total_seconds()))
    handler.set_cookie(
        cookie_name(signed_in.app), signed_in.token, max_age=age, path="/", httponly=True, secure=secure, samesite="Lax"
    )
