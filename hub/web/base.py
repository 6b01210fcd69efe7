"""What all handlers of the web door share: the request's id, headers on every answer, one shape for errors, one log line."""

from __future__ import annotations

import re
import uuid
from collections.abc import Awaitable, Iterable
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, Any

import msgspec
import structlog
from msgspec import UNSET, UnsetType
from tornado.httputil import HTTPServerRequest
from tornado.iostream import StreamClosedError
from tornado.web import Application, HTTPError, RequestHandler, stream_request_body

from hub.rules.counties import Counties
from hub.rules.host import Host
from hub.rules.places import Places
from hub.rules.units import Units
from hub.store.mongo import ConnectionFailure
from hub.web.addresses import Proxies
from hub.web.cursors import Cursors
from hub.web.decoding import Decoder
from hub.web.idempotency import Keys
from hub.web.limits import Buckets, Slots, of_crowd, rate_of
from hub.web.metrics import WebMetrics
from hub.web.performing import Performing
from hub.web.protection import Protection
from hub.web.router import Router
from hub.web.settings import HEADER_BYTES, KIBIBYTE, Rate, WebSettings
from hub.words import errors
from hub.words.errors import Refused, Unavailable

if TYPE_CHECKING:
    from hub.identity.sessions import Sessions
    from hub.web.health import Health
    from hub.web.operations import Operation

log = structlog.get_logger("hub.web")

JSON = "application/json; charset=utf-8"
REQUEST_ID = "X-Request-Id"
_REQUEST_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{7,63}")

# What is said for a status that no rule of ours has raised.
_BY_STATUS: dict[int, type[Refused]] = {
    400: errors.Malformed,
    401: errors.NotSignedIn,
    403: errors.Forbidden,
    404: errors.NotFound,
    405: errors.MethodNotAllowed,
    408: errors.TooSlow,
    413: errors.TooLarge,
    415: errors.UnsupportedType,
    429: errors.TooMany,
    431: errors.HeadTooLarge,
    503: errors.Unavailable,
}
METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Of a body that nobody asked for, as some clients send with anything.
PASSED_OVER = 64 * KIBIBYTE
WITHOUT_END = 1 << 62
UNEXPECTED = "系统出现意外错误，请稍后重试；如仍有问题，请告知工作人员编号。"


@dataclass(frozen=True, kw_only=True)
class WebServices:
    """What handlers work with. Built once by :func:`hub.web.application.make_application`."""

    settings: WebSettings
    host: Host
    counties: Counties
    places: Places
    units: Units
    sessions: Sessions
    router: Router
    decoder: Decoder
    cursors: Cursors
    buckets: Buckets
    uploads: Slots
    keys: Keys
    performing: Performing
    protection: Protection
    proxies: Proxies
    metrics: WebMetrics
    health: Health


class WebApplication(Application):
    """Tornado's application with the hub's parts on it."""

    def __init__(self, handlers: list[Any], parts: WebServices, **settings: Any) -> None:
        super().__init__(handlers, log_function=_log_request, **settings)
        self.parts = parts

    def get_handler_delegate(self, request: HTTPServerRequest, target_class: Any, *args: Any, **kwargs: Any) -> Any:
        """Tornado would buffer the body of whatever is no door of ours, such as a socket, before it looks at it."""
        if not issubclass(target_class, BaseHandler):
            request.connection.set_max_body_size(PASSED_OVER)  # type: ignore[union-attr]
        return super().get_handler_delegate(request, target_class, *args, **kwargs)


class ErrorBody(msgspec.Struct, frozen=True):
    """What went wrong: ``code`` for programs, ``message`` for people, ``fields`` by path, ``state`` with a conflict."""

    code: str
    message: str
    request_id: str
    fields: dict[str, str]
    state: dict[str, Any] | UnsetType = UNSET


class ErrorAnswer(msgspec.Struct, frozen=True):
    """The one shape of all errors."""

    error: ErrorBody


@stream_request_body
class BaseHandler(RequestHandler):
    """Base of every handler. ``page`` is True for those that answer HTML; ``most_bytes`` is how much of a body is taken, and
    kept in ``sent``. Nothing is read before :meth:`prepare` has looked at the head, and never more than is allowed."""

    page = False
    most_bytes = 0
    application: WebApplication
    # Taken, refused, and to be closed: those of the class stand until a body begins to come.
    _closing = False
    _received = 0
    sent = b""

    @property
    def parts(self) -> WebServices:
        return self.application.parts

    @property
    def request_id(self) -> str:
        """The caller's own, when it is well-formed, else a fresh one."""
        known = getattr(self, "_request_id", None)
        if known is None:
            given = self.request.headers.get(REQUEST_ID, "")
            known = self._request_id = given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
        return known

    @property
    def route(self) -> str:
        """What logs and metrics call this request; never the raw URL."""
        return type(self).__name__

    def log_fields(self) -> dict[str, Any]:
        """What a handler knows beyond status and time, for the access line: ids and codes only."""
        return {}

    def set_default_headers(self) -> None:
        self.set_header(REQUEST_ID, self.request_id)
        for name, value in self.parts.protection.headers(page=self.page).items():
            self.set_header(name, value)
        # Called once before initialize, and again when an error replaces what was prepared.
        if self._closing:
            self.set_header("Connection", "close")

    # --- before the body

    def prepare(self) -> Awaitable[None] | None:
        """Refuse what is too long, too often or too large, before any of it is kept."""
        self.check_head()
        self.take_rate()
        if self._announced() > max(self.most_bytes, PASSED_OVER):
            self._give_up_reading()
            raise errors.TooLarge
        return None

    def check_head(self) -> None:
        """Refuse an address and headers that are longer than any of ours."""
        headers = sum(len(name) + len(value) + 4 for name, value in self.request.headers.get_all())
        if len(self.request.uri or "") + headers > HEADER_BYTES:
            raise errors.HeadTooLarge

    def take_rate(self) -> None:
        """Count the request for its address: pages apart from the API, for one page asks for many files."""
        self._take("page", self.parts.proxies.caller(self.request), self.parts.settings.address_rate)

    def _take(self, by: str, caller: Any, rate: Rate) -> None:
        try:
            self.parts.buckets.take((by, caller), rate)
        except errors.TooMany:
            self.parts.metrics.limited.labels(by).inc()
            raise

    def take_turn(self, person: str | None, address: str, looks: bool) -> None:
        """Count the request for whoever calls; guests are counted by their address, which a village shares when it ``looks``."""
        if person is None and looks:
            self._take("guests", address, of_crowd(self.parts.settings.person_rate))
        else:
            self._take("person", person or address, self.parts.settings.person_rate)

    def take_route(self, operation: Operation, person: str | None, address: str) -> None:
        """The same for an operation that may be called so often only."""
        if operation.route.rate is None:
            return
        rate = rate_of(*operation.route.rate)
        crowd = person is None and operation.looks
        self._take("route", (person or address, operation.name), of_crowd(rate) if crowd else rate)

    # --- the body

    def data_received(self, chunk: bytes) -> Awaitable[None] | None:
        self._received += len(chunk)
        if self._received <= self.most_bytes:
            self.sent += chunk
        elif self._received > max(self.most_bytes, PASSED_OVER) and not self._finished:
            self._give_up_reading()
            self._send_refusal(errors.TooLarge())
        return None

    def _announced(self) -> int:
        # Tornado has checked that it is a number, but only after this.
        length = self.request.headers.get("Content-Length", "0")
        return int(length) if length.isdecimal() else 0

    def _give_up_reading(self) -> None:
        self._closing = True
        # Else Tornado would add an error of its own, in another shape, behind ours.
        self.request.connection.set_max_body_size(WITHOUT_END)  # type: ignore[union-attr]

    def _send_refusal(self, refused: Refused) -> None:
        self.send_error(refused.status, exc_info=(type(refused), refused, None))

    # --- methods

    def allowed(self) -> list[str]:
        """The methods that there are here, for ``Allow``. HEAD comes with GET, OPTIONS with anything."""
        own = [name for name in METHODS if getattr(type(self), name.lower()) is not getattr(BaseHandler, name.lower())]
        return with_companions(own)

    def head(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        """What GET would answer, without its body: Tornado leaves it out."""
        if "GET" not in self.allowed():
            raise HTTPError(405)
        return self.get(*args, **kwargs)

    def options(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        """Which methods there are."""
        self.set_status(204)
        self.set_header("Allow", ", ".join(self.allowed()))
        return self.finish()

    # --- answering

    def compute_etag(self) -> str | None:
        # Answers are not stored anywhere, so there is nothing to compare with.
        return None

    def answer(self, record: Any, status: int = 200) -> None:
        """Finish with a record as JSON. A record with anything personal in it does not encode, which is the point."""
        body = msgspec.json.encode(record)
        self.set_status(status)
        self.set_header("Content-Type", JSON)
        self.finish(body)

    def write_error(self, status_code: int, **kwargs: Any) -> None:
        error = kwargs["exc_info"][1] if "exc_info" in kwargs else None
        refused = as_refused(error, status_code)
        if refused is None:
            self.set_status(max(status_code, 500))
            self._write_error("internal", UNEXPECTED, {}, None)
            return
        self.set_status(refused.status)
        if refused.retry_after is not None:
            self.set_header("Retry-After", str(max(1, round(refused.retry_after))))
        if refused.status == 405:
            self.set_header("Allow", ", ".join(self.allowed()))
        self._write_error(refused.code, refused.text, refused.fields, refused.state)

    def _write_error(self, code: str, message: str, fields: dict[str, str], state: dict[str, Any] | None) -> None:
        body = ErrorBody(code=code, message=message, request_id=self.request_id, fields=fields, state=state or UNSET)
        self.set_header("Content-Type", JSON)
        # A state may hold times and decimals; msgspec writes both.
        self.finish(msgspec.json.encode(ErrorAnswer(body)))

    def log_exception(
        self, typ: type[BaseException] | None, value: BaseException | None, tb: TracebackType | None
    ) -> None:
        """Only what nobody expected: with its traceback, without the request, whose URL, headers and body may be personal."""
        if isinstance(value, Refused | HTTPError | StreamClosedError):
            # Refused, or hung up on: who does not wait for an answer has closed the page.
            return
        if isinstance(value, ConnectionFailure):
            log.error(
                "database does not answer", request_id=self.request_id, route=self.route, problem=type(value).__name__
            )
            return
        log.error("request failed", request_id=self.request_id, route=self.route, exc_info=(typ, value, tb))


class Home(BaseHandler):
    """``/``: whoever has typed nothing but the host's name is led on."""

    def initialize(self, leads_to: str) -> None:
        self._leads_to = leads_to

    @property
    def route(self) -> str:
        return "/"

    async def get(self) -> None:
        self.redirect(self._leads_to)


class NothingHere(BaseHandler):
    """Every path that no other handler has."""

    def prepare(self) -> Awaitable[None] | None:
        super().prepare()
        raise errors.NotFound

    @property
    def route(self) -> str:
        return "unknown"


def with_companions(methods: Iterable[str]) -> list[str]:
    """The methods that come with these by themselves, too; sorted."""
    found = set(methods) - {"OPTIONS"}
    return sorted(found | ({"HEAD"} if "GET" in found else set()) | {"OPTIONS"})


def as_refused(error: BaseException | None, status: int) -> Refused | None:
    """What to tell the caller; None for what is our fault."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, ConnectionFailure):
        return Unavailable(retry_after=5)
    if error is None or isinstance(error, HTTPError):
        kind = _BY_STATUS.get(status)
        return kind() if kind else (errors.Malformed() if 400 <= status < 500 else None)
    return None


def _log_request(handler: RequestHandler) -> None:
    """Tornado calls this at the end of each request."""
    if not isinstance(handler, BaseHandler):
        return
    status, seconds = handler.get_status(), handler.request.request_time()
    parts = handler.parts
    parts.metrics.answered(handler.request.method or "?", handler.route, status, seconds)
    log.info(
        "request",
        request_id=handler.request_id,
        method=handler.request.method,
        route=handler.route,
        status=status,
        ms=round(seconds * 1000, 1),
        caller=parts.units.database.cipher.digest("address", parts.proxies.client(handler.request))[:16],
        **handler.log_fields(),
    )
