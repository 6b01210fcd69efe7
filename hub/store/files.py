"""Files in GridFS: uploaded first as pending, taken over by a document in its transaction, swept when nobody did.

GridFS takes part in no transaction, so the bytes are written before and only the small row in ``files`` says whose they are.
They are stored under random ids and served only by the plugin that owns them.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, Literal

import msgspec
from gridfs.asynchronous import AsyncGridFSBucket
from gridfs.errors import NoFile

from hub.store.database import Database
from hub.store.indexes import CoreCollection
from hub.store.mongo import AsyncClientSession
from hub.store.sweeping import allowance
from hub.words.contributions import Index
from hub.words.errors import Invalid, NotFound, TooMany

COLLECTIONS = (
    CoreCollection(
        "files",
        (
            Index((("owner", 1), ("state", 1), ("created_at", -1)), name="pending_of_owner"),
            Index((("state", 1), ("created_at", 1)), name="sweep"),
            Index((("plugin", 1), ("subject", 1)), name="of_subject"),
        ),
    ),
    CoreCollection("contents.files"),
    CoreCollection("contents.chunks"),
)


class StoredFile(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a file. ``owner`` is the person who sent it; ``plugin`` and ``subject`` took it over. ``made`` is what the hub
    itself has written for them, which is none of their uploads."""

    id: str = msgspec.field(name="_id")
    owner: str
    state: Literal["pending", "claimed", "released"]
    media_type: str
    size: int
    sha256: str
    created_at: datetime
    width: int | None = None
    height: int | None = None
    plugin: str | None = None
    subject: str | None = None
    made: bool = False


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """Bytes that were read and written anew, such as the picture of a page; ``sha256`` where anybody asks for it."""

    data: bytes
    media_type: str
    sha256: str = ""
    width: int | None = None
    height: int | None = None

    def __repr__(self) -> str:
        return f"Content({self.media_type})"


class Files:
    """All files of the hub."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._rows = database["files"]
        self._contents = AsyncGridFSBucket(database.raw, bucket_name="contents")

    async def put_pending(
        self,
        data: bytes,
        *,
        owner: str,
        media_type: str,
        sha256: str,
        now: datetime,
        most_pending: int = 60,
        width: int | None = None,
        height: int | None = None,
    ) -> StoredFile:
        """Keep cleaned bytes for ``owner``. Raises ``TooMany`` when that many already wait to be used."""
        waiting = {"owner": owner, "state": "pending", "made": {"$ne": True}}
        if await self._rows.count_documents(waiting, limit=most_pending) >= most_pending:
            raise TooMany("已上传但未使用的文件太多，请先提交或稍后再试。")
        file = StoredFile(
            id=secrets.token_hex(16),
            owner=owner,
            state="pending",
            media_type=media_type,
            size=len(data),
            sha256=sha256,
            created_at=now,
            width=width,
            height=height,
        )
        await self._contents.upload_from_stream_with_id(file.id, file.id, data)
        await self._rows.insert_one(self._database.encode(file))
        return file

    async def put_made(self, ids: Sequence[str], contents: Sequence[Content], *, owner: str, now: datetime) -> None:
        """Keep these under these ids, pending for ``owner``: they count for nothing, since whoever puts them takes them back."""
        for id, content in zip(ids, contents, strict=True):
            await self._contents.upload_from_stream_with_id(id, id, content.data)
        rows = [
            StoredFile(
                id=id,
                owner=owner,
                state="pending",
                media_type=content.media_type,
                size=len(content.data),
                sha256=content.sha256,
                created_at=now,
                width=content.width,
                height=content.height,
                made=True,
            )
            for id, content in zip(ids, contents, strict=True)
        ]
        await self._rows.insert_many(list(map(self._database.encode, rows)))

    async def take_back(self, ids: Sequence[str]) -> None:
        """Delete those of these that nothing has claimed, and what there is of their bytes."""
        found = self._rows.find({"_id": {"$in": list(ids)}, "state": "claimed"}, {"_id": 1})
        claimed = {row["_id"] async for row in found}
        left = [id for id in ids if id not in claimed]
        await self._rows.delete_many({"_id": {"$in": left}})
        for id in left:
            with suppress(NoFile):
                await self._contents.delete(id)

    async def claim(
        self, session: AsyncClientSession, ids: Sequence[str], *, owner: str, plugin: str, subject: str
    ) -> list[StoredFile]:
        """Take pending files of ``owner`` over for a document. All or none; those already taken for it count as taken.

        Raises ``Invalid`` when one is unknown, somebody else's, or used elsewhere.
        """
        wanted = list(dict.fromkeys(ids))
        if not wanted:
            return []
        mine = {
            "$or": [{"state": "pending", "owner": owner}, {"state": "claimed", "plugin": plugin, "subject": subject}]
        }
        answer = await self._rows.update_many(
            {"_id": {"$in": wanted}, **mine},
            {"$set": {"state": "claimed", "plugin": plugin, "subject": subject}},
            session=session,
        )
        if answer.matched_count != len(wanted):
            raise Invalid("有文件未上传成功或已被使用，请重新上传。", fields={"files": "请重新上传"})
        rows = {row["_id"]: row async for row in self._rows.find({"_id": {"$in": wanted}}, session=session)}
        return [self._database.decode(StoredFile, rows[id]) for id in wanted]

    async def release(self, session: AsyncClientSession, ids: Sequence[str], *, plugin: str, subject: str) -> None:
        """Let files go that a document no longer uses; the sweep deletes their bytes."""
        await self._rows.update_many(
            {"_id": {"$in": list(ids)}, "plugin": plugin, "subject": subject},
            {"$set": {"state": "released"}},
            session=session,
        )

    async def give_back(
        self, session: AsyncClientSession, ids: Sequence[str], *, owner: str, plugin: str, subject: str
    ) -> None:
        """Make files of a document pending ones of ``owner``, for another document to claim."""
        await self._rows.update_many(
            {"_id": {"$in": list(ids)}, "plugin": plugin, "subject": subject, "state": "claimed"},
            {"$set": {"state": "pending", "owner": owner, "plugin": None, "subject": None}},
            session=session,
        )

    async def read_pending(self, id: str, owner: str) -> tuple[StoredFile, bytes]:
        """A file its sender has not used yet."""
        return await self._read({"_id": id, "owner": owner, "state": "pending"})

    async def read(self, id: str, *, plugin: str, subject: str) -> tuple[StoredFile, bytes]:
        """A file of a document. The plugin has checked that the reader may see that document."""
        return await self._read({"_id": id, "plugin": plugin, "subject": subject, "state": "claimed"})

    async def sweep(self, *, pending_before: datetime, limit: int = 200) -> int:
        """Delete released files and those pending since before ``pending_before``. Returns how many went."""
        limit = min(limit, await allowance(self._rows))
        orphans = {"$or": [{"state": "released"}, {"state": "pending", "created_at": {"$lt": pending_before}}]}
        ids = [row["_id"] async for row in self._rows.find(orphans, {"_id": 1}, limit=limit)]
        for id in ids:
            # The row goes first and only if still unused: a claim that comes between keeps its bytes.
            gone = await self._rows.delete_one({"_id": id, "state": {"$ne": "claimed"}})
            if gone.deleted_count:
                await self._contents.delete(id)
        return len(ids)

    async def _read(self, wanted: dict[str, Any]) -> tuple[StoredFile, bytes]:
        row = await self._rows.find_one(wanted)
        if row is None:
            raise NotFound("没有找到该文件。")
        stream = await self._contents.open_download_stream(row["_id"])
        return self._database.decode(StoredFile, row), await stream.read()


class FilesOfPlugin:
    """Files as a plugin sees them: those of its own documents, inside its unit of work."""

    def __init__(self, files: Files, session: AsyncClientSession | None, plugin: str, person: str | None) -> None:
        self._files = files
        self._session = session
        self._plugin = plugin
        self._person = person

    @asynccontextmanager
    async def made(self, contents: Sequence[Content], now: datetime) -> AsyncIterator[list[str]]:
        """Keep what was read and written anew, such as the pictures of pages, to be claimed in a transaction within the block: the ids in
        order. When that fails, at whatever it is, all are taken back."""
        ids = [secrets.token_hex(16) for _ in contents]
        try:
            await self._files.put_made(ids, contents, owner=self._person or "", now=now)
            yield ids
        except BaseException:
            await self._files.take_back(ids)
            raise

    async def claim(self, ids: Sequence[str], subject: str) -> list[StoredFile]:
        """Take over files that the one who acts has uploaded, for the document ``subject``: all or none; those that it has already count.

        ``Invalid`` when one is unknown, somebody else's, or used elsewhere; ``RuntimeError`` outside a transaction.
        """
        if self._session is None:
            raise RuntimeError("files are claimed inside a transaction")
        return await self._files.claim(
            self._session, ids, owner=self._person or "", plugin=self._plugin, subject=subject
        )

    async def release(self, ids: Sequence[str], subject: str) -> None:
        """Let files of the document go; their bytes are deleted later. ``RuntimeError`` outside a transaction."""
        if self._session is None:
            raise RuntimeError("files are released inside a transaction")
        await self._files.release(self._session, ids, plugin=self._plugin, subject=subject)

    async def give_back(self, ids: Sequence[str], subject: str) -> None:
        """Hand files of the document to the one who acts, as if just uploaded: another document, also of another plugin, may claim them in
        the same transaction. What nobody claims is deleted later. ``RuntimeError`` outside a transaction.
        """
        if self._session is None:
            raise RuntimeError("files are given back inside a transaction")
        await self._files.give_back(self._session, ids, owner=self._person or "", plugin=self._plugin, subject=subject)

    async def read(self, id: str, subject: str) -> tuple[StoredFile, bytes]:
        """A file of the document and its bytes; ``NotFound`` for any other. Check before that the reader may see the document."""
        return await self._files.read(id, plugin=self._plugin, subject=subject)
