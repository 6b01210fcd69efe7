"""A database knows which version of each plugin it has seen: another one is told, once."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import pytest

from hub.rules.sources import digest_of
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.versions import changed


@pytest.fixture
async def database(mongo_uri: str, database_name: str) -> AsyncIterator[Database]:
    found = Database.connect(mongo_uri, database_name, FieldCipher(new_key_file()))
    yield found
    await found.close()


async def test_another_version_is_told_once(database: Database) -> None:
    """Also when a plugin is new, and to one node alone."""
    first = await changed(database, {"visits": "a", "tasks": "a"})
    same = await changed(database, {"visits": "a", "tasks": "a"})
    newer = await changed(database, {"visits": "b", "tasks": "a"})
    twice = await changed(database, {"visits": "b", "tasks": "a"})

    assert (sorted(first), same, newer, twice) == (["tasks", "visits"], [], ["visits"], [])


async def test_one_that_was_away_counts_as_new(database: Database) -> None:
    """What has waited for it is to be tried, though it is the same version."""
    await changed(database, {"visits": "a", "tasks": "a"})
    await changed(database, {"tasks": "a"})

    back = await changed(database, {"visits": "a", "tasks": "a"})

    assert back == ["visits"]


def test_code_and_templates_make_the_version(tmp_path: Path) -> None:
    """Not what Python leaves beside them."""
    plugin = ModuleType("visits.plugin")
    plugin.__file__ = str(tmp_path / "plugin.py")
    digests = []
    for file, text in {"plugin.py": "a", "templates/told.inbox": "b", "notes.md": "c", "plugin.py ": "a"}.items():
        (tmp_path / file).parent.mkdir(exist_ok=True)
        (tmp_path / file).write_text(text)
        digests.append(digest_of(plugin))

    assert len({*digests[:2]}) == 2 and len({*digests[1:]}) == 1
    assert digest_of(object()) is None
