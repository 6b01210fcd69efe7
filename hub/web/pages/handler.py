"""The handler of all pages: who may look, and what their forms post, taken to the operation that a program would ask."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec
from tornado import httputil

from hub.identity.signin import SignedIn
from hub.web.cookies import device_of, set_device_cookie, set_session_cookie
from hub.web.handler import ENVELOPE
from hub.web.idempotency import InProgress, Kept, KeyReused, Repeated, keeps
from hub.web.operations import Operation
from hub.web.pages.fields import FILE, FILE_MISSING, asked_for, joined, typed_of, zoned
from hub.web.pages.shown import ShownPage, Typed
from hub.web.pages.table import Found
from hub.web.performing import Asking
from hub.words.actors import GUEST
from hub.words.contributions import Form, Raw, Upload, Visit
from hub.words.errors import (
    Conflict,
    Forbidden,
    Invalid,
    Malformed,
    MethodNotAllowed,
    NotFound,
    NotSignedIn,
    Refused,
    TooLarge,
    TooMany,
)
from hub.words.text import one_line

# Hidden fields of every form: whose page it is, and which sending of it this is.
CSRF_FIELD, KEY_FIELD = "_csrf", "_key"
SIGNED_IN_ANEW = "页面打开后登录有变化，请核对后再提交一次。"
SENT_ANOTHER = "刚才已提交过一份。内容已改动，如确实要另外提交一份，请再按一次。"
# What an object counts its changes by, and whoever posts says they have seen.
COUNTED = ("version", "revision")
# Of one form; each is cleaned in a process of its own.
MOST_FILES = 10


class PageHandler(ShownPage):
    """``/{app}/…`` of plugins."""

    # --- before the body

    async def admit(self) -> None:
        await super().admit()
        writes = self.request.method == "POST"
        self._found = found = self.pages.table.find(self.app, self.rest, writes=writes)
        self.place = found.match.place
        if found.bound.page.kept is not None:
            # What stays in a browser is the same for everybody: whoever opens it next may be somebody else.
            self.actor = GUEST
        self.parts.performing.check_access(found.match.operation, self.actor, self.place)
        if writes:
            self._admit_form(found)
        else:
            self.take_route(found.match.operation, self.actor.person, self.address)

    def _admit_form(self, found: Found) -> None:
        target = found.bound.target
        if target is None or found.bound.page.kept is not None:
            raise MethodNotAllowed
        self.take_route(target, self.actor.person, self.address)
        self.parts.performing.check_access(target, self.actor, found.match.place)
        self.parts.protection.check_same_site(self.request.headers)
        if target.upload:
            self.admit_body(self.parts.settings.upload_limit + ENVELOPE, self.actor.person or self.address)
        elif takes_files(target):
            self.admit_body(self.parts.settings.form_limit, self.actor.person or self.address)
        else:
            self.admit_body(self.parts.settings.json_limit)

    # --- a form

    async def post(self, *args: str, **kwargs: str) -> None:
        self.body_ended()
        await self.within(self._submit())

    async def _submit(self) -> None:
        form, target = self.found.bound.page.form, self.found.bound.target
        if form is None or target is None:
            raise MethodNotAllowed
        sent, files = self.sent_form()
        csrf, key = _last(sent.pop(CSRF_FIELD, ())), _last(sent.pop(KEY_FIELD, ()))
        if self.actor.session and not self.parts.protection.is_from_page(csrf, self.actor.session):
            await self._again(form, sent, 409, banner=SIGNED_IN_ANEW)
            return
        said = await asyncio.to_thread(digest_of_form, self.request.path, sent, files)
        try:
            await self._take_in(target, files, sent)
            arguments = self._arguments(target, form, sent, files)
            result, object_id = await self._perform(target, arguments, key, said)
        except Invalid as refused:
            await self._again(form, sent, 422, refused=refused, key=key)
        except InProgress:
            raise
        except KeyReused:
            await self._again(form, sent, 409, banner=SENT_ANOTHER)
        except Conflict as refused:
            await self._again(form, sent, 409, banner=refused.text)
        except (NotSignedIn, Forbidden, NotFound) as refused:
            # A wrong password, a name that does not go with the number: what was typed stays. Where the page itself is not theirs
            # any more, it says so.
            await self._again(form, sent, refused.status, banner=refused.text)
        except TooMany as refused:
            # What was typed, and pictures that were taken, stay.
            await self._again(form, sent, 429, banner=refused.text, key=key)
        else:
            await self._done(form, result, object_id)

    async def _take_in(
        self, target: Operation, files: Mapping[str, Sequence[httputil.HTTPFile]], sent: dict[str, list[str]]
    ) -> None:
        """Upload pictures that were chosen without script; from then on they travel by their ids, also when something else is wrong."""
        if target.upload:
            return
        if sum(map(len, files.values())) > MOST_FILES:
            raise Invalid(fields=dict.fromkeys(files, f"一次最多{MOST_FILES}个文件。"))
        for name, chosen in files.items():
            for each in chosen:
                try:
                    sent.setdefault(name, []).append(await self._upload(each))
                except (Invalid, TooLarge, Malformed) as refused:
                    said = next(iter(refused.fields.values()), refused.text)
                    raise Invalid(fields={name: f"“{one_line(each.filename)}”：{said}"}) from None

    async def _upload(self, file: httputil.HTTPFile) -> str:
        if len(file.body) > self.parts.settings.upload_limit:
            raise TooLarge
        match = self.parts.router.find("POST", "files")
        self.take_route(match.operation, self.actor.person, self.address)
        self.parts.performing.check_access(match.operation, self.actor, None)
        asking = Asking(match, self.actor, self.address, self.request_id)
        upload = Upload(filename=one_line(file.filename), data=file.body)
        return str((await self.parts.performing.run(asking, match.operation, {"upload": upload})).id)

    async def _perform(
        self, target: Operation, arguments: Mapping[str, Any], key: str, said: bytes
    ) -> tuple[Any, str | None]:
        """The answer, and the id of what was made or changed; a form that is sent twice is worked on once."""
        performing, asking = self.parts.performing, self._asking
        if not key or not keeps(target):
            result = await performing.run(asking, target, arguments)
            return result, getattr(result, "id", None)
        slot = self.parts.keys.slot(key, asking.owner, target, said)
        try:
            result = await performing.run_once(asking, target, arguments, slot)
        except Repeated:
            self.parts.metrics.repeated.inc()
            kept = await self.parts.keys.recall(slot)
            again = await performing.read_again(asking, target, kept)
            return (again if again is not None else _first_answer(target, kept)), kept.object
        return result, getattr(result, "id", None)

    async def _again(
        self,
        form: Form,
        sent: Typed,
        status: int,
        *,
        refused: Invalid | None = None,
        banner: str = "",
        key: str = "",
    ) -> None:
        """The page as it is by now, with what was typed. What the object itself says (its version) is taken anew."""
        loaded = await self._load()
        target = self.found.bound.target
        typed: dict[str, Sequence[str]] = dict(joined(target.asks, sent) if target and target.asks else sent)
        if status == 409 and form.start:
            anew = (*COUNTED, *form.anew)
            typed |= {name: values for name, values in typed_of(form.start(loaded)).items() if name in anew}
        state = self._form(
            form, loaded, typed, await self._choices(form, loaded), refused=refused, banner=banner, key=key
        )
        await self._draw(loaded, state, status)

    async def _done(self, form: Form, result: Any, object_id: str | None) -> None:
        if isinstance(result, SignedIn):
            self._let_in(result)
        elif isinstance(result, Raw):
            self._hand_out(result)
        elif form.shows:
            await self._draw(await self._load(), None, template=form.shows, answer=result)
        else:
            known = {"id": object_id or "", "answer": object_id or "", **self.found.match.arguments}
            self.lead(self._back() or await self._onward(form) or self._href(form.then.format_map(known)).rstrip("/"))

    async def _onward(self, form: Form) -> str:
        """The next part of something longer; "" where there is none, or this one is still to be done: then one sees the whole."""
        onward, names = form.onward, self.found.match.arguments
        if onward is None:
            return ""
        try:
            path = await self.parts.performing.read(
                self._asking, self.found.match.operation, lambda ctx: onward(ctx, names)
            )
        except Refused:
            # What was sent is taken in, whatever has become of the rest.
            return ""
        following = self._href(path) if path else ""
        return "" if following == self.request.path else following

    def _let_in(self, signed_in: SignedIn) -> None:
        parts = self.parts
        secure = parts.protection.production or parts.proxies.is_secure(self.request)
        set_session_cookie(self, signed_in, parts.units.clock, secure=secure)
        if signed_in.device:
            set_device_cookie(self, signed_in.device, secure=secure)
        self.lead(self._back() or f"/{self.app}")

    def _hand_out(self, raw: Raw) -> None:
        self.set_header("Content-Type", raw.media_type)
        name = f"; filename*=UTF-8''{quote(raw.filename, safe='')}" if raw.filename else ""
        self.set_header("Content-Disposition", "attachment" + name)
        self.finish(raw.data)

    # --- reading

    def _arguments(
        self, target: Operation, form: Form, sent: Typed, files: Mapping[str, Sequence[httputil.HTTPFile]]
    ) -> dict[str, Any]:
        arguments = self.parts.performing.path_arguments(target, self.found.match.arguments)
        if target.visit:
            arguments["visit"] = Visit(address=self.address, device=device_of(self.request))
        chosen = files.get(FILE, ())
        missing = {FILE: FILE_MISSING} if target.upload and len(chosen) != 1 else {}
        if target.asks is not None:
            fixed = {name: [value.format(app=self.app)] for name, value in form.fixed.items()}
            typed = zoned(target.asks, joined(target.asks, sent))
            try:
                record = self.parts.decoder.form({**typed, **fixed}, target.asks)
            except Invalid as refused:
                raise Invalid(fields={**refused.fields, **missing}) from None
            arguments["query" if target.upload else "body"] = record
        if missing:
            raise Invalid(fields=missing)
        if target.upload:
            arguments["upload"] = Upload(filename=one_line(chosen[0].filename), data=chosen[0].body)
        return arguments


def _last(values: Sequence[str]) -> str:
    return values[-1] if values else ""


def _first_answer(target: Operation, kept: Kept) -> Any:
    """What was answered when it was done."""
    return None if kept.answer is None else msgspec.json.decode(kept.answer.reveal(), type=target.answer)


def takes_files(target: Operation) -> bool:
    """Whether its form chooses pictures."""
    asked = asked_for(target.asks) if target.asks is not None else ()
    return any(kind.asked is not None and kind.asked.look == "pictures" for _, kind, _ in asked)


def digest_of_form(path: str, sent: Typed, files: Mapping[str, Sequence[httputil.HTTPFile]]) -> bytes:
    """What the key of a form stands for. Of files their content: they have no id before they are taken."""
    digests = {name: [hashlib.sha256(each.body).hexdigest() for each in chosen] for name, chosen in files.items()}
    return msgspec.json.encode([path, sent, digests], order="sorted")
