"""The handler of the JSON API: one class for all operations of all plugins."""

from __future__ import annotations

from collections.abc import Awaitable, Mapping
from typing import Any
from urllib.parse import quote

import msgspec
from tornado import httputil

from hub.identity.signin import SignedIn
from hub.rules.lateness import not_later
from hub.web import ranges
from hub.web.base import with_companions
from hub.web.bodies import BodyHandler
from hub.web.cookies import device_of, hand_over
from hub.web.credentials import APP_ARGUMENT, Caller, find_caller
from hub.web.cursors import key_of
from hub.web.decoding import Nothing
from hub.web.idempotency import Kept, Repeated, digest_of, keeps
from hub.web.operations import Operation
from hub.web.performing import Asking
from hub.web.router import Match
from hub.web.shapes import unknown
from hub.words.actors import Actor
from hub.words.contributions import Raw, Upload, Visit
from hub.words.errors import Invalid, Malformed, NotFound, Unavailable, UnsupportedType
from hub.words.text import one_line

UPLOAD_FIELD = "file"
# Boundaries and part headers around a file.
ENVELOPE = 16 * 1024
IDEMPOTENCY_KEY = "Idempotency-Key"
REPLAYED = "Idempotency-Replayed"

_SHOWN = frozenset({"image/jpeg", "image/png"})


class ApiHandler(BodyHandler):
    """``/api/v1/…``."""

    def initialize(self) -> None:
        super().initialize()
        self._match: Match | None = None
        self._caller: Caller | None = None

    # --- what is known of the request

    @property
    def route(self) -> str:
        return self._match.operation.template if self._match else "unknown"

    def log_fields(self) -> dict[str, Any]:
        if self._match is None:
            return {}
        place = self._match.place
        fields = {"plugin": self._match.operation.plugin, "county": place.county if place else None}
        if self._caller is not None and self._caller.actor.person:
            fields["person"] = self._caller.actor.person
        return fields

    @property
    def match(self) -> Match:
        if self._match is None:
            raise NotFound
        return self._match

    @property
    def actor(self) -> Actor:
        if self._caller is None:
            raise NotFound
        return self._caller.actor

    # --- before the body

    async def admit(self) -> None:
        parts, address = self.parts, self.parts.proxies.caller(self.request)
        self.check_head()
        self._take("address", address, parts.settings.address_rate)
        if self.request.method == "OPTIONS":
            self._look_for_methods()
            return
        self._match = match = parts.router.find(self.request.method or "", self._path)
        self._caller = caller = await find_caller(self.request, parts.sessions)
        person = caller.actor.person
        self.take_turn(person, address, match.operation.looks)
        self.take_route(match.operation, person, address)
        parts.performing.check_access(match.operation, caller.actor, match.place)
        if match.operation.writes:
            self._check_site(caller)
        upload = match.operation.upload
        limit = parts.settings.upload_limit + ENVELOPE if upload else parts.settings.json_limit
        self.admit_body(limit, (person or address) if upload else None)

    @property
    def _path(self) -> str:
        return self.request.path.removeprefix("/api/v1/")

    def _look_for_methods(self) -> None:
        if not self.parts.router.methods(self._path):
            raise NotFound

    def _check_site(self, caller: Caller) -> None:
        if caller.by_cookie:
            self.parts.protection.check_write(self.request.headers, caller.actor.session or "")
        else:
            self.parts.protection.check_same_site(self.request.headers)

    # --- the operation

    async def _answer(self) -> None:
        self.body_ended()
        operation = self.match.operation
        arguments = self._arguments(operation)
        try:
            async with not_later(self.parts.units, operation.plugin, "route", self.parts.settings.answer_within):
                await self._run(operation, arguments)
        except TimeoutError:
            raise Unavailable("处理时间过长，请稍后再试。") from None

    get = post = put = patch = delete = head = _answer  # type: ignore[assignment]  # the path was read before

    def options(self, *args: str, **kwargs: str) -> Awaitable[None] | None:
        """Which methods there are; anybody may ask it of what is there."""
        self.check_admitted()
        return super().options(*args, **kwargs)

    def allowed(self) -> list[str]:
        return with_companions(self.parts.router.methods(self._path))

    async def _run(self, operation: Operation, arguments: Mapping[str, Any]) -> None:
        performing, asking = self.parts.performing, self._asking()
        key = self.request.headers.get(IDEMPOTENCY_KEY)
        if key is None or not keeps(operation):
            self._send(operation, await performing.run(asking, operation, arguments))
            return
        slot = self.parts.keys.slot(key, asking.owner, operation, await self._sent(arguments))
        try:
            result = await performing.run_once(asking, operation, arguments, slot)
        except Repeated:
            await self._repeat(asking, operation, await self.parts.keys.recall(slot))
            return
        self._send(operation, result)

    def _asking(self) -> Asking:
        return Asking(self.match, self.actor, self.parts.proxies.caller(self.request), self.request_id)

    async def _sent(self, arguments: Mapping[str, Any]) -> bytes:
        """Everything the caller chose; of an upload the file, since what stands around it differs with each try."""
        upload: Upload | None = arguments.get("upload")
        content = bytes(self.body) if upload is None else await digest_of(upload)
        return b"\n".join(((self.request.path or "").encode(), self.request.query.encode(), content))

    # --- reading arguments

    def _arguments(self, operation: Operation) -> dict[str, Any]:
        decoder = self.parts.decoder
        arguments = self.parts.performing.path_arguments(operation, self.match.arguments)
        # Also where nothing is read: whoever sends something believes that it has an effect.
        query = decoder.query(self._query(), operation.query or Nothing)
        body = self._upload() if operation.upload else self._json(operation.body or Nothing)
        query, body = (self.parts.cursors.opened_in(asked, self._list_key()) for asked in (query, body))
        given = {"query": query, "upload" if operation.upload else "body": body}
        if operation.visit:
            address = self.parts.proxies.caller(self.request)
            arguments["visit"] = Visit(address=address, device=device_of(self.request))
        return arguments | {name: value for name, value in given.items() if not isinstance(value, Nothing)}

    def _json(self, kind: type[msgspec.Struct]) -> msgspec.Struct:
        self._expect_type("application/json")
        return self.parts.decoder.json(bytes(self.body) or b"{}", kind)

    def _list_key(self) -> str:
        body = msgspec.json.decode(bytes(self.body)) if self.body else None
        return key_of(self.match.operation.name, self.request.path, self._query(), body)

    def _query(self) -> Mapping[str, list[str]]:
        try:
            return {
                name: [value.decode() for value in values]
                for name, values in self.request.query_arguments.items()
                if name != APP_ARGUMENT
            }
        except UnicodeDecodeError:
            raise Malformed("网址中的参数不是正确的UTF-8文字。") from None

    def _expect_type(self, wanted: str) -> None:
        given = self.request.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        if self.body and given != wanted:
            raise UnsupportedType(f"请求的Content-Type应为{wanted}。")

    def _upload(self) -> Upload:
        self._expect_type("multipart/form-data")
        fields: dict[str, list[bytes]] = {}
        files: dict[str, list[httputil.HTTPFile]] = {}
        try:
            content_type = self.request.headers.get("Content-Type", "")
            httputil.parse_body_arguments(content_type, bytes(self.body), fields, files, self.request.headers)
        except httputil.HTTPInputError:
            raise Malformed("上传内容不完整，或文件名不是UTF-8编码。请重新上传，或改名后再上传。") from None
        self.body.clear()
        wrong = unknown([*fields, *files], (UPLOAD_FIELD,))
        sent = files.get(UPLOAD_FIELD, [])
        if len(sent) != 1:
            wrong[UPLOAD_FIELD] = "请选择一个文件。"
        if wrong:
            raise Invalid(fields=wrong)
        return Upload(filename=one_line(sent[0].filename), data=sent[0].body)

    # --- answering

    def _send(self, operation: Operation, result: Any) -> None:
        if isinstance(result, Raw):
            self._send_raw(operation, result)
        elif result is None:
            self.set_status(operation.status)
            self.finish()
        elif isinstance(result, SignedIn):
            parts = self.parts
            secure = parts.protection.production or parts.proxies.is_secure(self.request)
            self.answer(hand_over(self, result, parts.units.clock, secure=secure), operation.status)
        else:
            self.answer(self.parts.cursors.sealed_in(result, self._list_key()), operation.status)

    def _send_raw(self, operation: Operation, raw: Raw) -> None:
        self.set_header("Content-Type", raw.media_type)
        # A PDF can hold scripts: only pictures that we have written anew are shown in a page.
        how = "inline" if raw.media_type in _SHOWN else "attachment"
        name = f"; filename*=UTF-8''{quote(raw.filename, safe='')}" if raw.filename else ""
        self.set_header("Content-Disposition", how + name)
        self.finish(raw.data if operation.writes else self._part(raw.data))

    def _part(self, data: bytes) -> bytes:
        """What was asked for of a file that is read: all of it, or a part. Whether it is still the file that an earlier part was of
        (``If-Range``) nobody knows, so that it is given whole then."""
        self.set_header("Accept-Ranges", "bytes")
        asked = "" if "If-Range" in self.request.headers else self.request.headers.get("Range", "")
        part = ranges.wanted(asked, len(data))
        if part is None:
            return data
        start, end = part
        self.set_status(206)
        self.set_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
        return data[start:end]

    async def _repeat(self, asking: Asking, operation: Operation, kept: Kept) -> None:
        """Answer a repeat in the operation's own shape: the object as it is now, else what was answered first."""
        self.parts.metrics.repeated.inc()
        self.set_header(REPLAYED, "true")
        current = await self.parts.performing.read_again(asking, operation, kept)
        if current is not None:
            self.answer(current, operation.status)
        elif kept.answer is not None:
            self.answer(msgspec.Raw(kept.answer.reveal().encode()), operation.status)
        else:
            self.set_status(operation.status)
            await self.finish()
