"""A database that many tests write on, one after the other: wiped in milliseconds, where making it anew takes a second."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hub.store.mongo import AsyncMongoClient, WriteConcern

# Nothing here has to outlive the server.
QUICK = WriteConcern(1, j=False)
# More documents than these take longer to delete, each from each index, than the indexes take to make.
MANY = 2000


class Slate:
    """``keep()`` once what every test finds, then ``wipe()`` before each of them.

    Collections and indexes stay. Only collections that a test has changed are touched: the server says which.
    """

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], name: str) -> None:
        self._database = client.get_database(name, write_concern=QUICK)
        self._kept: dict[str, list[dict[str, Any]]] = {}
        self._digests: Mapping[str, str] = {}

    async def keep(self) -> None:
        """What is there now is there after each wiping."""
        self._digests = await self._digest()
        self._kept = {name: await self._database[name].find().to_list() for name in self._digests}

    async def wipe(self) -> None:
        """As it was when it was kept; a collection that was not there then is gone."""
        for name, digest in (await self._digest()).items():
            if name not in self._kept:
                await self._database.drop_collection(name)
            elif digest != self._digests[name]:
                await self._put_back(name)

    async def _digest(self) -> Mapping[str, str]:
        digests: Mapping[str, str] = (await self._database.command("dbHash"))["collections"]
        return digests

    async def _put_back(self, name: str) -> None:
        if await self._database[name].estimated_document_count() < MANY:
            await self._database[name].delete_many({})
        else:
            await self._make_anew(name)
        if self._kept[name]:
            await self._database[name].insert_many(self._kept[name])

    async def _make_anew(self, name: str) -> None:
        indexes = await (await self._database[name].list_indexes()).to_list()
        await self._database.drop_collection(name)
        await self._database.command("createIndexes", name, indexes=indexes)
