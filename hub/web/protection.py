"""What keeps a browser from being used against its owner: origin checks, the CSRF token, headers on every answer."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Mapping
from urllib.parse import urlsplit

from tornado.httputil import HTTPHeaders

from hub.identity.sessions import mark_of
from hub.store.cipher import FieldCipher
from hub.words.errors import Forbidden

CSRF_HEADER = "X-Hub-CSRF"
# Where WeChat runs mini programs from: https://servicewechat.com/{appid}/…
MINI_PROGRAMS = "https://servicewechat.com"

_EVERYWHERE: Mapping[str, str] = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(self), geolocation=(self), microphone=(), payment=(), usb=()",
    # Answers hold personal data: no shared computer keeps them. What may be kept says so itself.
    "Cache-Control": "no-store",
    # Names that a village may read for a week are no search engine's to keep.
    "X-Robots-Tag": "noindex, nofollow",
    "Server": "hub",
}
DATA_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
_PAGE_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'self'; "
    "connect-src 'self'"
)
HSTS = "max-age=31536000; includeSubDomains"


class CrossSite(Forbidden):
    """A write that carries a cookie, yet does not come from our own pages."""

    code = "cross_site"
    message = "请求来源不受信任，请从本平台页面操作。"


class Protection:
    """Rules for requests of browsers. ``production`` adds HSTS and demands https for cookies."""

    def __init__(
        self, cipher: FieldCipher, public_url: str | None, trusted_origins: tuple[str, ...], *, production: bool
    ) -> None:
        self._cipher = cipher
        self._origins = {origin_of(url) for url in (public_url, *trusted_origins) if url}
        self.production = production
        self._page_policy = _PAGE_POLICY + "".join(f" {_socket(origin)}" for origin in sorted(self._origins))

    def headers(self, *, page: bool = False) -> dict[str, str]:
        """What every answer carries; a ``page`` may load scripts, styles and pictures from here."""
        headers = {**_EVERYWHERE, "Content-Security-Policy": self._page_policy if page else DATA_POLICY}
        headers["X-Frame-Options"] = "SAMEORIGIN" if page else "DENY"
        if self.production:
            headers["Strict-Transport-Security"] = HSTS
        return headers

    def token(self, session: str) -> str:
        """The CSRF token of a session: only our own pages can read it, from ``GET /api/v1/me``."""
        return self._cipher.digest("csrf", session)

    def person_mark(self, person: str) -> str:
        """By which a page's scripts keep apart what they remember of different people; it tells nothing of them."""
        return mark_of(self._cipher, person)

    def masked(self, session: str) -> str:
        """The token as a page carries it, other at each time: what is compressed beside typed words tells nothing of it."""
        token = self.token(session).encode()
        mask = secrets.token_bytes(len(token))
        return base64.urlsafe_b64encode(mask + _xor(mask, token)).decode().rstrip("=")

    def is_from_page(self, sent: str, session: str) -> bool:
        """Whether this is the session's token as one of our pages carries it."""
        try:
            raw = base64.urlsafe_b64decode(sent + "=" * (-len(sent) % 4))
        except (ValueError, binascii.Error):
            return False
        mask, hidden = raw[: len(raw) // 2], raw[len(raw) // 2 :]
        return len(mask) == len(hidden) and hmac.compare_digest(_xor(mask, hidden), self.token(session).encode())

    def check_write(self, headers: HTTPHeaders, session: str) -> None:
        """Refuse a write by cookie without the session's token, or from another site's page."""
        self.check_same_site(headers)
        sent = headers.get(CSRF_HEADER, "")
        if not (hmac.compare_digest(sent.encode(), self.token(session).encode()) or self.is_from_page(sent, session)):
            raise CrossSite("页面已过期，请刷新后再试。")

    def check_same_site(self, headers: HTTPHeaders) -> None:
        """Refuse what a browser says comes from a page of another site. Programs send neither header and pass."""
        origin = headers.get("Origin")
        if origin is not None and not self.allows_origin(origin, headers.get("Host", "")):
            raise CrossSite
        if origin is None and headers.get("Sec-Fetch-Site", "none") not in ("none", "same-origin"):
            raise CrossSite

    def allows_origin(self, origin: str, host: str) -> bool:
        """Whether a page of ``origin`` is ours: of the host asked, the public address, or one that settings trust."""
        known = origin_of(origin)
        return known in self._origins or urlsplit(known).netloc == host.lower()

    def allows_socket(self, origin: str | None, host: str) -> bool:
        """For ``check_origin`` of ``/ws``. A socket acts only after its ticket, so mini programs, whose origin varies and
        may be missing, are let in."""
        return origin is None or origin_of(origin) == MINI_PROGRAMS or self.allows_origin(origin, host)


def _xor(one: bytes, other: bytes) -> bytes:
    return bytes(a ^ b for a, b in zip(one, other, strict=True))


def origin_of(url: str) -> str:
    """``https://Hub.example/a`` → ``https://hub.example``; ``null`` and nonsense stay what they are not: an origin."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _socket(origin: str) -> str:
    # Older web-views do not count wss: as 'self'.
    return origin.replace("http", "ws", 1)
