"""An old key can leave: every value is sealed anew, wherever it stands, and nothing is lost on the way."""

from __future__ import annotations

import msgspec

from hub.store.cipher import FieldCipher, new_key_file, with_new_key
from hub.store.database import Database
from hub.store.resealing import reseal
from hub.words.personal import IdNumberText, Secret

NUMBER = IdNumberText("510904194403150023")


async def test_every_value_is_sealed_anew_and_the_old_key_may_go(mongo_uri: str, database_name: str) -> None:
    """In lists and nested documents too; the blind index stays, so search does."""
    old = new_key_file()
    new = with_new_key(old, use=True)
    without_old = msgspec.structs.replace(new, keys={new.current: new.keys[new.current]})
    before = FieldCipher(old)
    document = {
        "_id": "1",
        "who": before.seal(NUMBER),
        "acts": [{"said": before.seal(Secret("王建国"))}, {"said": None}],
        "c": b"no sealed value",
    }
    async with Database.connect(mongo_uri, database_name, FieldCipher(new)).client as client:
        database = Database(client, database_name, FieldCipher(new))
        await database["notes"].insert_one(document)
        told: list[tuple[int, int]] = []

        first = await reseal(database, lambda done, total: told.append((done, total)))
        second = await reseal(database, lambda done, total: None)
        after = await database["notes"].find_one({"_id": "1"})

    opened = FieldCipher(without_old)
    assert (first, second, told[-1]) == (2, 0, (1, 1))
    assert opened.open(IdNumberText, after["who"]) == NUMBER
    assert opened.open(Secret, after["acts"][0]["said"]) == Secret("王建国")
    assert (after["who"]["b"], after["c"]) == (document["who"]["b"], b"no sealed value")
