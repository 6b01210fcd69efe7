"""``hub wechat``: what rests, and bringing it back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from pymongo import AsyncMongoClient

from tests.cli.conftest import run, write_config

ACCOUNT = {
    "name": "oa",
    "kind": "oa",
    "appid": "wx0123456789abcdef",
    "secret": "s" * 32,
    "callback_token": "token",
    "aes_key": "a" * 43,
    "templates": dict.fromkeys(("todo", "progress", "result", "reminder", "alert"), "tpl"),
}


async def test_pauses_are_listed_and_ended(
    tmp_path: Path, mongo_uri: str, mongo_client: AsyncMongoClient[dict[str, Any]], database_name: str
) -> None:
    """By the account's name; a pause of its template goes with it, and what waits may be tried at once."""
    store, database = {"uri": mongo_uri, "database": database_name}, mongo_client[database_name]
    config = write_config(tmp_path, wechat={"accounts": [ACCOUNT]}, store=store)
    until = datetime.now(UTC) + timedelta(hours=3)
    rows = [
        {"_id": f"{ACCOUNT['appid']}|{template or '*'}", "account": ACCOUNT["appid"], "template": template}
        | {"until": until, "reason": reason}
        for template, reason in ((None, "quota"), ("tpl", "errcode 40037"))
    ]
    waiting = {"_id": "d1", "key": "k1", "state": "pending", "lane": "normal", "reason": "paused", "next_at": until}
    await database["wechat_pauses"].insert_many(rows)
    await database["deliveries"].insert_one(waiting)

    listed = await run(config, "wechat", "pauses", "--json")
    unknown = await run(config, "wechat", "resume", "oaa")
    resumed = await run(config, "wechat", "resume", "oa", "--why", "mended")
    after = await run(config, "wechat", "pauses")
    delivery = await database["deliveries"].find_one({"_id": "d1"})

    assert (listed.code, unknown.code, resumed.code, after.code) == (1, 2, 0, 0), resumed.err
    assert [(row["account"], row["template"], row["reason"]) for row in listed.json] == [
        ("oa", "*", "quota"),
        ("oa", "tpl", "errcode 40037"),
    ]
    assert "Did you mean 'oa'?" in unknown.err
    assert resumed.out == "oa: 2 pauses ended, 1 messages are tried at once\n"
    assert delivery["next_at"] <= datetime.now(UTC)
