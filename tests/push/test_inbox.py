"""The inbox: one gapless sequence per person and app, watermarks per device, pages, read marks."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from hub.store import inbox as inbox_module
from hub.store.cipher import FieldCipher, new_key_file
from hub.store.database import Database
from hub.store.inbox import Head, Inbox, InboxDraft
from hub.words.contributions import Paging
from hub.words.errors import Invalid
from tests.push.office import MORNING


@pytest.fixture
async def database(mongo_uri: str, database_name: str) -> AsyncIterator[Database]:
    database = Database.connect(mongo_uri, database_name, FieldCipher(new_key_file()))
    await database.ensure(inbox_module.COLLECTIONS)
    yield database
    await database.close()


@pytest.fixture
def inbox(database: Database) -> Inbox:
    return Inbox(database)


def draft(number: int, person: str = "ann") -> InboxDraft:
    return InboxDraft(
        id=f"{person}-{number}",
        person=person,
        app="ykt",
        county="510904",
        message="m.n",
        code="P14",
        title=f"{number}",
        body="b",
        at=MORNING,
    )


async def put(database: Database, inbox: Inbox, *drafts: InboxDraft) -> None:
    await database.transaction(lambda session: inbox.append(session, drafts))


async def test_numbers_follow_without_gap_under_concurrency(database: Database, inbox: Inbox) -> None:
    """Twenty transactions at once: 1 to 40, each once."""
    await asyncio.gather(*(put(database, inbox, draft(2 * n), draft(2 * n + 1)) for n in range(20)))

    entries = await inbox.since("ann:ykt", 0)

    assert [entry.seq for entry in entries] == list(range(1, 41))
    assert (await inbox.head("ann:ykt")).seq == 40


async def test_an_aborted_transaction_leaves_no_gap(database: Database, inbox: Inbox) -> None:
    """The number is given back with the entry."""
    await put(database, inbox, draft(1))

    async def fail(session: object) -> None:
        await inbox.append(session, [draft(2)])
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await database.transaction(fail)
    await put(database, inbox, draft(3))

    assert [(entry.seq, entry.title) for entry in await inbox.since("ann:ykt", 0)] == [(1, "1"), (2, "3")]


async def test_an_epoch_belongs_to_its_stream_for_good(database: Database, inbox: Inbox) -> None:
    """Random per stream; it stays when messages come, whoever asked first."""
    begun = await inbox.begin("ann:ykt")
    await put(database, inbox, draft(1), draft(1, "bob"))
    heads = await inbox.heads(["ann:ykt", "bob:ykt", "nobody:ykt"])

    assert heads["ann:ykt"] == Head(begun.epoch, 1)
    assert heads["bob:ykt"].epoch not in ("", begun.epoch)
    assert await inbox.head("nobody:ykt") == Head("", 0)


async def test_pages_run_from_the_newest_and_stay_right(database: Database, inbox: Inbox) -> None:
    """A message that comes between two pages moves nothing."""
    await put(database, inbox, *(draft(n) for n in range(5)))
    first = await inbox.page("ann:ykt", Paging(limit=2))
    await put(database, inbox, draft(9))
    second = await inbox.page("ann:ykt", Paging(limit=2, cursor=first.next))
    last = await inbox.page("ann:ykt", Paging(limit=2, cursor=second.next))

    pages = [[entry.title for entry in page.items] for page in (first, second, last)]
    assert pages == [["4", "3"], ["2", "1"], ["0"]]
    assert last.next is None


@pytest.mark.parametrize("cursor", ["x", "-1", "1e9", "９", "9" * 40])
async def test_a_forged_cursor_is_refused(inbox: Inbox, cursor: str) -> None:
    with pytest.raises(Invalid):
        await inbox.page("ann:ykt", Paging(cursor=cursor))


async def test_reading_counts_down(database: Database, inbox: Inbox) -> None:
    """Once per entry; somebody else's id does nothing."""
    await put(database, inbox, draft(1), draft(2), draft(3), draft(1, "bob"))

    changed = await inbox.mark_read("ann:ykt", ["ann-1", "ann-2", "bob-1"], MORNING)
    again = await inbox.mark_read("ann:ykt", ["ann-1"], MORNING)

    assert (changed, again) == (2, 0)
    assert (await inbox.unread("ann:ykt"), await inbox.unread("bob:ykt")) == (1, 1)


async def test_watermarks_belong_to_devices_and_never_go_back(inbox: Inbox) -> None:
    await inbox.acknowledge("ann:ykt", "phone", 7)
    await inbox.acknowledge_all({("ann:ykt", "phone"): 3, ("ann:ykt", "desk"): 5, ("bob:ykt", "phone"): 1})

    assert await inbox.acknowledged(["ann:ykt", "bob:ykt", "none:ykt"]) == {"ann:ykt": 7, "bob:ykt": 1}


async def test_thousands_of_devices_that_somebody_invents_are_a_few_dozen_watermarks(
    inbox: Inbox, database: Database
) -> None:
    await inbox.acknowledge_all({("ann:ykt", f"device-{number}"): number for number in range(1000)})

    assert await database["watermarks"].count_documents({}) <= inbox_module.MOST_DEVICES
    assert await inbox.acknowledged(["ann:ykt"]) == {"ann:ykt": 999}
