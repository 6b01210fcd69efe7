"""Looking after a hub in which something has happened: switches, deliveries, jobs; and serving it."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
from pathlib import Path

import aiohttp
import pytest

from hub.cli.opening import read_settings
from tests.cli.conftest import ROOT, Hub, end_of, run, write_config
from tests.resilience.process import HubProcess
from tests.resilience.truth import until
from tests.waiting import PATIENCE

ANJU, DAYING = "510904", "510923"
INSTALLED = read_settings(ROOT / "config.yaml").plugins


# --- switches ----------------------------------------------------------------------------------------------------------


async def test_the_list_shows_what_is_on_where(played: Hub) -> None:
    rows = {row["county"]: row for row in (await played("plugins", "list", "--json")).json}
    table = await played("plugins", "list", "--county", ANJU)

    assert rows[ANJU]["plugins"] == dict.fromkeys(INSTALLED, True)
    assert rows[DAYING]["plugins"] == dict.fromkeys(INSTALLED, False)
    assert "安居区" in table.out and "大英县" not in table.out


async def test_turning_off_says_how_much_would_wait_and_asks(played: Hub) -> None:
    """No answer is a no: nothing changes."""
    ended = await played("plugins", "off", "declaration", "--county", ANJU)

    assert ended.code == 1
    assert "2 would wait" in ended.err
    assert (await played("plugins", "list", "--county", ANJU, "--json")).json[0]["plugins"]["declaration"]


async def test_off_and_on_again(played: Hub) -> None:
    """Each turn is a new version; check tells where the database and config.yaml differ meanwhile."""
    off = await played("plugins", "off", "complaints", "--county", ANJU, "--yes", "--why", "drill")
    check = await played("check")
    on = await played("plugins", "on", "complaints", "--county", ANJU)

    assert (off.code, check.code, on.code) == (0, 0, 0)
    assert "county 510904: config.yaml has 'complaints' on, the database has it off" in check.err
    assert "version 3" in on.out


@pytest.mark.parametrize(
    ("arguments", "code", "words"),
    [
        (("on", "surveys", "--county", ANJU), 2, "plugin 'surveys' is not installed"),
        (("on", "declaration", "--county", "510940"), 2, "Did you mean '510904'?"),
        (
            ("off", "worklist", "--county", ANJU, "--yes"),
            2,
            "plugin 'worklist' is a part of the hub, on wherever any plugin is",
        ),
        (
            ("off", "declaration", "--county", ANJU, "--yes"),
            1,
            "请先关闭：拦截信息确认（interception）、补贴发放（payments）",
        ),
        (("on", "survey", "--county", DAYING), 1, "请先开启：阳光申报（declaration）"),
    ],
)
async def test_what_cannot_be_turned_is_refused_with_the_reason(
    played: Hub, arguments: tuple[str, ...], code: int, words: str
) -> None:
    ended = await played("plugins", *arguments)

    assert ended.code == code
    assert words in ended.err


# --- deliveries --------------------------------------------------------------------------------------------------------


async def test_the_balance_is_exact(played: Hub) -> None:
    told, table = (
        await played("deliveries", "balance", "--json"),
        await played("deliveries", "balance", "--county", ANJU),
    )

    assert (told.code, told.json["missing"]) == (0, 0)
    assert sum(row["accepted"] for row in told.json["rows"]) == 10
    assert "the balance is exact" in table.out


async def test_a_failed_delivery_can_be_found_and_read(played: Hub) -> None:
    """By its state; its story tells what WeChat said."""
    found = (await played("deliveries", "list", "--state", "failed", "--json")).json["items"]

    shown = await played("deliveries", "show", found[0]["id"])

    assert [(each["code"], each["channel"]) for each in found] == [("P01", "wechat")] * 2
    assert shown.code == 0
    assert "47001" in shown.out


async def test_pages_of_deliveries_do_not_overlap(played: Hub) -> None:
    first = (await played("deliveries", "list", "--limit", "3", "--json")).json
    second = (await played("deliveries", "list", "--limit", "3", "--json", "--cursor", first["next"])).json

    seen = [each["id"] for page in (first, second) for each in page["items"]]
    assert len(set(seen)) == 6


async def test_an_unknown_delivery_is_not_found(played: Hub) -> None:
    ended = await played("deliveries", "show", "no-such-id")

    assert ended.code == 1


async def test_replay_looks_first_and_asks(played: Hub) -> None:
    """A dry run changes nothing; without a yes nothing is sent; afterwards nothing is left to send."""
    dry = await played("deliveries", "replay", "--dry-run", "--message", "worklist.arrived")
    asked = await played("deliveries", "replay")
    other = await played("deliveries", "replay", "--dry-run", "--county", DAYING)
    done = await played("deliveries", "replay", "--yes")

    assert (dry.out, other.out) == ("2 would be sent again\n", "0 would be sent again: nothing to do\n")
    assert asked.code == 1
    assert "2 are on their way again" in done.out


# --- jobs --------------------------------------------------------------------------------------------------------------


async def test_jobs_are_listed_with_their_next_time(played: Hub) -> None:
    rows = (await played("jobs", "list", "--county", ANJU, "--json")).json
    failing = await played("jobs", "list", "--failing")

    assert {"declaration.watch_nodes", "worklist.release_expired"} <= {f"{row['plugin']}.{row['job']}" for row in rows}
    assert failing.code == 0


# --- the hub itself ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_serve_answers_and_stops_in_good_order(tmp_path: Path, number: signal.Signals) -> None:
    """One line of JSON says where; a signal ends it with exit code 0. The one warning: that this is a demo."""
    config = write_config(tmp_path)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hub", "--config", str(config), "serve", "--log-level", "warning", "--name", "one"),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    assert process.stdout is not None
    told = json.loads(await asyncio.wait_for(process.stdout.readline(), PATIENCE))

    async with aiohttp.ClientSession() as http, http.get(f"{told['url']}/healthz") as answer:
        alive = answer.status
    process.send_signal(number)
    ended = await end_of(process)

    assert (alive, told["node"], ended.code) == (200, "one", 0)
    (warning,) = map(json.loads, ended.err.splitlines())
    assert warning["event"] == "this hub is for trying out, not for real people: mode is not production"
    assert warning["mode"] == "demo"


async def test_a_taken_port_is_told_with_the_way_out(empty: Hub) -> None:
    server = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]

    ended = await empty("serve", "--port", str(port), "--log-level", "error")
    server.close()

    assert ended.code == 2
    assert "set server.port to another" in ended.err


@pytest.mark.parametrize("arguments", [("serve",), ("check",)], ids=" ".join)
async def test_a_port_whose_holder_never_answers_is_one_sentence(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """Somebody listens where the database should be, and says nothing: exit code 2, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        uri = f"mongodb://127.0.0.1:{silent.getsockname()[1]}/?replicaSet=rs&serverSelectionTimeoutMS=500"
        ended = await run(write_config(tmp_path, store={"uri": uri}), *arguments)

    assert ended.code == 2
    assert "the database does not answer" in ended.err
    assert "Traceback" not in ended.err


async def test_a_hub_whose_embedded_server_does_not_start_again_is_not_ready_until_it_does(tmp_path: Path) -> None:
    """The readiness says why; the hub itself goes on."""
    hub = await HubProcess.start(write_config(tmp_path), "one")
    in_the_way = tmp_path / "mongodb/address.new"
    async with aiohttp.ClientSession() as http:

        async def readiness(words: str) -> str | None:
            async with http.get(f"{hub.url}/readyz") as answer:
                told = (await answer.json())["checks"]["mongodb"]
            return None if words in told else str(told)

        await until(lambda: readiness("ok"))
        in_the_way.mkdir()
        os.kill(int((tmp_path / "mongodb/db/mongod.lock").read_text()), signal.SIGKILL)
        await until(lambda: readiness("does not start"))

        in_the_way.rmdir()
        await until(lambda: readiness("ok"))
    await hub.stop()

    assert hub.process.returncode == 0


async def test_check_says_what_the_next_start_would_migrate_and_does_not_do_it(empty: Hub) -> None:
    """It may be asked by a newer version while an older one serves."""
    first = await empty("check")
    second = await empty("check")

    assert (first.code, second.code) == (0, 0)
    assert "worklist.tasks_have_a_list has not run yet: the next start migrates the database" in second.err
