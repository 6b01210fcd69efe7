"""Files: people upload pictures and documents here first, and refer to them by id in what they submit.

A file is pending until a document takes it over in its transaction. Until then only its sender reads it, here; afterwards it is
read through the operation of the plugin whose document it belongs to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import msgspec

from hub.rules.context import Context, unit_of
from hub.store.clocks import sweep_time
from hub.store.files import StoredFile
from hub.web.settings import WebSettings
from hub.words import pictures
from hub.words.contributions import Anyone, Job, Raw, Route, Upload
from hub.words.errors import Forbidden
from hub.words.hookspecs import hookimpl
from hub.words.processes import Processes


class FileView(msgspec.Struct, frozen=True, kw_only=True):
    """An uploaded file: ``size`` in bytes, ``width`` and ``height`` in pixels for pictures."""

    id: str
    media_type: str
    size: int
    width: int | None = None
    height: int | None = None


class FilesPlugin:
    """Uploads, and what their senders have not used yet."""

    builtin = True
    placeless = True
    prefix = "files"

    def __init__(self, settings: WebSettings) -> None:
        self._settings = settings
        self._processes = Processes(
            at_once=settings.picture_processes, waiting=settings.uploads_at_once, of_one=settings.uploads_of_one
        )

    @hookimpl
    def routes(self) -> Sequence[Route]:
        rate = self._settings.upload_rate
        return [
            Route(
                method="POST",
                path="",
                call=self.upload,
                access=Anyone.SIGNED_IN,
                status=201,
                rate=(rate.calls, rate.period),
                transaction=False,
            ),
            Route(method="GET", path="/{id}", call=self.download, access=Anyone.SIGNED_IN),
        ]

    @hookimpl
    def jobs(self) -> Sequence[Job]:
        return [
            Job(
                name="sweep",
                call=self.sweep,
                label="清理未使用的上传文件",
                every=timedelta(minutes=10),
                transaction=False,
            )
        ]

    @hookimpl
    @asynccontextmanager
    async def lifespan(self, config: Any) -> AsyncIterator[None]:
        """Ends the processes when the hub stops."""
        try:
            yield
        finally:
            self._processes.close()

    async def upload(self, ctx: Context, upload: Upload) -> FileView:
        """上传文件：JPG、PNG、WebP图片或PDF；图片去除拍摄地点等附加信息后保存"""
        kept = await self._processes.run(
            _person(ctx),
            self._settings.picture_within,
            pictures.clean_document,
            upload.data,
            limit_bytes=self._settings.upload_limit,
        )
        stored = await unit_of(ctx).units.files.put_pending(
            kept.data,
            owner=_person(ctx),
            media_type=kept.media_type,
            sha256=kept.sha256,
            now=ctx.now(),
            width=getattr(kept, "width", None),
            height=getattr(kept, "height", None),
        )
        return _view(stored)

    async def download(self, ctx: Context, id: str) -> Raw:
        """查看自己上传但尚未提交的文件"""
        stored, data = await unit_of(ctx).units.files.read_pending(id, _person(ctx))
        return Raw(data=data, media_type=stored.media_type)

    async def sweep(self, ctx: Context) -> None:
        """Delete what was released, and what nobody has used for a while."""
        now = await sweep_time(unit_of(ctx).database, unit_of(ctx).units.clock)
        await unit_of(ctx).units.files.sweep(pending_before=now - self._settings.pending_kept)


def _person(ctx: Context) -> str:
    if ctx.actor.person is None:
        raise Forbidden
    return ctx.actor.person


def _view(stored: StoredFile) -> FileView:
    return FileView(
        id=stored.id, media_type=stored.media_type, size=stored.size, width=stored.width, height=stored.height
    )
