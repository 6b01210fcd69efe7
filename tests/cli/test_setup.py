"""What a new operator meets first: help, a wrong configuration, keys, the API's description."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, get_args, get_origin, get_type_hints

import click
import msgspec
import pytest
from click.testing import CliRunner

from hub.cli import main
from hub.settings import HubSettings
from hub.words.ranges import WIDEST, range_of
from tests.cli.conftest import Ended, write_config

GROUPS = dict(main.commands)
COMMANDS = [
    *GROUPS,
    *(f"{group} {name}" for group, command in GROUPS.items() for name in getattr(command, "commands", {})),
]


def invoke(config: Path, *arguments: str) -> Ended:
    """In this process: nothing here opens a database."""
    result = CliRunner().invoke(main, ["--config", str(config), *arguments])
    return Ended(result.exit_code, result.stdout, result.stderr)


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_and_option_says_what_it_does(command: str) -> None:
    """In a sentence; options without words of their own are the ones that everybody knows."""
    found = main
    for name in command.split():
        found = found.commands[name]  # type: ignore[attr-defined]

    assert found.help and found.help.strip().endswith(".")
    silent = [option.name for option in found.params if isinstance(option, click.Option) and not option.help]
    assert set(silent) <= {"log_level", "limit"}


def test_help_names_the_commands_and_the_exit_codes(tmp_path: Path) -> None:
    ended = invoke(tmp_path / "none.yaml", "--help")

    assert ended.code == 0
    for words in ("serve", "demo", "check", "deliveries", "Exit codes", "130"):
        assert words in ended.out


def test_a_missing_file_says_how_to_name_another(tmp_path: Path) -> None:
    ended = invoke(tmp_path / "none.yaml", "check")

    assert ended.code == 2
    assert "cannot be read" in ended.err and "--config" in ended.err


def test_check_tells_every_problem_at_once(tmp_path: Path) -> None:
    """Unknown keys, plugins and settings of a county, accounts without secrets: one list, each with its fix."""
    account = {"name": "oa", "kind": "oa", "appid": "wx1", "secret": "", "callback_token": "t", "aes_key": "short"}
    config = write_config(
        tmp_path,
        plugins=["declaration", "survey"],
        wechat={"accounts": [account]},
        counties={"510904": {"survey": True, "surveys": True}, "510981": {"worklist": {"claim_fro": "PT1H"}}},
    )

    ended = invoke(config, "check")

    assert ended.code == 2
    for words in (
        "appid and secret are needed",
        "aes_key must be",
        "no template id for the kind 'todo'",
        "plugin 'surveys' is unknown",
        "'survey' needs 'declaration', which is off",
    ):
        assert words in ended.err
    assert "  1. " in ended.err and "  5. " in ended.err


def test_check_tells_of_a_misspelt_key_and_an_unset_variable(tmp_path: Path) -> None:
    misspelt = invoke(write_config(tmp_path, sever={"port": 1}), "check")
    unset = invoke(write_config(tmp_path, redis="${NO_SUCH_VARIABLE}"), "check")

    assert (misspelt.code, unset.code) == (2, 2)
    assert "sever is unknown. Did you mean 'server'?" in misspelt.err
    assert "environment variable NO_SUCH_VARIABLE is not set" in unset.err


def test_check_tells_of_a_template_that_wechat_would_refuse(tmp_path: Path) -> None:
    """A literal text over the limit of its field, in the operator's own wording of a plugin's message."""
    operators = tmp_path / "templates"
    (operators / "declaration").mkdir(parents=True)
    (operators / "declaration" / "held.oa").write_text(
        "thing1: " + "申报等待" * 6 + "\nthing2: {{ county }}\ntime3: {{ at | moment }}\n"
    )

    ended = invoke(write_config(tmp_path, templates=str(operators)), "check")

    assert ended.code == 2
    assert "held.oa:1" in ended.err and "thing1" in ended.err


def test_every_number_has_its_range_and_every_violation_is_told(tmp_path: Path) -> None:
    """With its name, what it is, and what it may be; all of them, also in lists and in a plugin's settings."""
    config = write_config(
        tmp_path,
        server={"port": 99999},
        jobs={"lease": "PT0S", "at_once": "many"},
        identity={"lock_after": 1e8},
        web={"person_rate": {"calls": 0}, "metrics_token": "x"},
        push={"worker": {"rate": -1.0, "lease": "-PT5S"}, "dispatch": {"retry_after": ["PT1S", "PT9H"]}},
        live={"max_frame": float("nan")},
    )

    ended = invoke(config, "check")

    assert ended.code == 2
    for words in (
        "config.yaml: server.port: 99999 is out of range: 0 to 65535",
        "config.yaml: jobs.lease: PT0S is out of range: PT1S to PT10M",
        "config.yaml: jobs.at_once: Expected `int`, got `str`",
        "config.yaml: identity.lock_after: 100000000 is out of range: 1 to 100",
        "config.yaml: web.person_rate.calls: 0 is out of range: 1 to 1000000",
        "config.yaml: web.metrics_token: Expected `str` of length >= 16",
        "config.yaml: push.worker.rate: -1.0 is out of range: 0.01 to 10000.0",
        "config.yaml: push.worker.lease: -PT5S is out of range",
        "config.yaml: push.dispatch.retry_after[1]: PT9H is out of range: PT0.001S to PT1H",
        "config.yaml: live.max_frame: Expected `int`, got `float`",
    ):
        assert words in ended.err
    assert " 10. " in ended.err and " 11. " not in ended.err


def test_every_number_of_the_settings_has_a_range_of_its_own() -> None:
    """One without would take anything. A new one: Annotated[int, Range(…)], or a name of hub/words/ranges.py."""
    bare = [path for path, hint in _leaves(HubSettings, "") if _kind_of(hint) in WIDEST and range_of(hint) is None]

    assert bare == []


def _kind_of(hint: Any) -> Any:
    return get_args(hint)[0] if get_origin(hint) is Annotated else hint


def _leaves(kind: Any, path: str) -> Iterator[tuple[str, Any]]:
    """Every plain type below a record of settings."""
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        for name, hint in get_type_hints(kind, include_extras=True).items():
            yield from _leaves(hint, f"{path}.{name}")
    elif get_origin(kind) is Annotated or not get_args(kind):
        yield path, kind
    else:
        for part in get_args(kind):
            yield from _leaves(part, path)


def test_a_key_that_stands_twice_is_told_with_both_lines(tmp_path: Path) -> None:
    """YAML would take the later one without a word."""
    config = write_config(tmp_path)
    config.write_text("mode: demo\nserver:\n  port: 1\n  host: a\n  port: 2\nmode: test\n")

    ended = invoke(config, "check")

    assert ended.code == 2
    assert "line 5: 'port' stands there twice (first in line 3)" in ended.err
    assert "line 6: 'mode' stands there twice (first in line 1)" in ended.err


def test_settings_of_plugins_are_checked(tmp_path: Path) -> None:
    """Common ones and a county's: unknown plugins, unknown names, wrong values, numbers out of range."""
    config = write_config(
        tmp_path,
        settings={"worklists": {}, "declaration": {"show_handlr": True, "drafts_at_most": "ten", "steps_at_most": -1}},
        counties={"510904": {"worklist": {"claim_fro": "PT1H"}}},
    )

    ended = invoke(config, "check")

    assert ended.code == 2
    for words in (
        "settings: plugin 'worklists' is unknown. Did you mean 'worklist'?",
        "settings.declaration.show_handlr is unknown. Did you mean 'show_handler'?",
        "settings.declaration.drafts_at_most: Expected `int`, got `str`",
        "settings.declaration.steps_at_most: -1 is out of range: 1 to 200",
        "counties.510904.worklist.claim_fro is unknown. Did you mean 'claim_for'?",
    ):
        assert words in ended.err


def test_production_has_a_least_policy(tmp_path: Path) -> None:
    """What is fine for trying out is told in production, each with what is needed instead."""
    config = write_config(
        tmp_path,
        mode="production",
        store={"uri": "mongodb://db1.example/?replicaSet=hub"},
        redis="redis://db1.example",
        web={
            "public_url": "http://hub.example",
            "trusted_origins": ["http://other.example"],
            "metrics_token": "x" * 16,
            "idempotency_kept": "P1D",
        },
        identity={"lock_after": 50, "lock_for": "PT1S", "desk_session": {"idle": "P1D", "absolute": "P9D"}},
        push={"retention": {"pushes": "P30D"}},
    )

    ended = invoke(config, "check")

    assert ended.code == 2
    for words in (
        "store.uri: production needs TLS",
        "store.uri: production needs a MongoDB that asks for a user",
        "redis: production needs TLS",
        "redis: production needs a Redis that asks for a password",
        "store.key_file: the file does not exist",
        "web.public_url: production needs the https address",
        "web.trusted_origins: production needs https",
        "web.metrics_token: production needs 32 characters",
        "wechat.accounts: production needs a WeChat account",
        "identity.lock_after: production allows 10",
        "identity.lock_for: production locks for PT5M",
        "identity.desk_session: production ends",
        "web.idempotency_kept: production keeps",
        "push.retention.pushes: the log law",
    ):
        assert words in ended.err


@pytest.mark.parametrize(
    ("uri", "words"),
    [
        ("http://somewhere", "cannot be read as a MongoDB address (InvalidURI)"),
        ("mongodb://hub:p@ss@somewhere", "cannot be read as a MongoDB address (InvalidURI)"),
        ("mongodb://somewhere:99999", "cannot be read as a MongoDB address"),
        ("mongodb://hub:@somewhere", "the password is empty"),
        ("mongodb+srv://hub:@somewhere", "the password is empty"),
    ],
)
def test_a_bad_address_of_the_database_is_told_without_quoting_it(tmp_path: Path, uri: str, words: str) -> None:
    """It may hold a password."""
    ended = invoke(write_config(tmp_path, store={"uri": uri}), "check")

    assert ended.code == 2
    assert f"store.uri: {words}" in ended.err
    assert "p@ss" not in ended.err


def test_a_bad_address_of_redis_is_told(tmp_path: Path) -> None:
    ended = invoke(write_config(tmp_path, redis="somewhere:6379"), "check")

    assert ended.code == 2
    assert "redis: is no address of a Redis server" in ended.err


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """Here its parent is no folder; read-only and full disks show in the same way, by trying."""
    (tmp_path / "file").write_text("")

    ended = invoke(write_config(tmp_path, data_dir=str(tmp_path / "file" / "data")), "check")

    assert ended.code == 2
    assert "data_dir" in ended.err and "cannot be written (Not a directory)" in ended.err


def test_keys_that_others_can_read_are_told(tmp_path: Path) -> None:
    config = write_config(tmp_path)
    invoke(config, "keys", "make")
    (tmp_path / "keys.json").chmod(0o644)

    ended = invoke(config, "check")

    assert ended.code == 2
    assert "can be read by other users: chmod 600" in ended.err


# Folders as people leave them: what plugin.py holds, and what check must say of it.
BAD_PLUGINS = {
    "bad_import": (
        "import nothing_like_this\n",
        "plugin.py:1: ModuleNotFoundError: No module named 'nothing_like_this'",
    ),
    "bad_syntax": ("\ndef broken(:\n", "plugin.py:2: SyntaxError: invalid syntax"),
    "bad_hook": (
        "from hub.api import hookimpl\n\n@hookimpl\ndef routes():\n    return 1/0\n",
        "plugin.py:5: ZeroDivisionError: division by zero",
    ),
    "no_mark": ("\n\ndef routes():\n    return ()\n", "plugin.py:3: routes() is never asked: write @hookimpl above it"),
    "bad_exit": ("import sys\nsys.exit(3)\n", "plugin.py:2: the file ends the process (SystemExit: 3)"),
}


def test_a_bad_plugin_is_named_with_file_and_line_and_the_rest_is_checked(tmp_path: Path) -> None:
    """One that cannot be imported, parsed or asked, or that ends the process: all in one list with what else is wrong."""
    for name, (text, _) in BAD_PLUGINS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "plugin.py").write_text(text)
    counties = {"510904": {"bad_hook": True, "worklist": True, "surveys": True}}
    config = write_config(tmp_path, plugins_dir=str(tmp_path), plugins=[*BAD_PLUGINS], settings={}, counties=counties)

    ended = invoke(config, "check")

    assert ended.code == 2
    for name, (_, words) in BAD_PLUGINS.items():
        assert f"plugin '{name}': {tmp_path / name}/{words}" in ended.err
    assert "plugin 'surveys' is unknown" in ended.err
    assert "  6. " in ended.err and "  7. " not in ended.err
    assert "Traceback" not in ended.err


def test_a_bad_plugin_may_be_left_out(tmp_path: Path) -> None:
    """By an option, while it stays in config.yaml."""
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad/plugin.py").write_text("import nothing_like_this\n")
    counties = {"510904": {"bad": True, "complaints": True}}
    config = write_config(
        tmp_path, plugins_dir=str(tmp_path), plugins=["bad", "complaints"], settings={"bad": {}}, counties=counties
    )

    refused, left_out = invoke(config, "check"), invoke(config, "check", "--without", "bad")

    assert (refused.code, left_out.code) == (2, 0), left_out.err
    assert "is well: 1 plugins (without bad)" in left_out.out


def test_the_api_is_not_described_without_a_plugin_that_is_broken(tmp_path: Path) -> None:
    """Whoever generates a client from it would miss half."""
    ended = invoke(write_config(tmp_path, plugins=["surveys"], settings={}, counties={}), "openapi")

    assert ended.code == 2
    assert "Did you mean 'survey'?" in ended.err


def test_a_first_check_makes_no_database(tmp_path: Path) -> None:
    ended = invoke(write_config(tmp_path), "check")

    assert ended.code == 0, ended.err
    assert [file.name for file in tmp_path.iterdir()] == ["config.yaml"]


def test_keys_are_made_once(tmp_path: Path) -> None:
    """Other keys would make what is stored unreadable."""
    config = write_config(tmp_path)

    first, second = invoke(config, "keys", "make"), invoke(config, "keys", "make")

    assert (first.code, second.code) == (0, 2)
    assert (tmp_path / "keys.json").stat().st_mode & 0o077 == 0
    assert "is there already" in second.err


def test_the_description_of_the_api_needs_no_database(tmp_path: Path) -> None:
    ended = invoke(write_config(tmp_path), "openapi")

    assert ended.code == 0
    assert ended.json["openapi"].startswith("3.1")
    assert "/api/v1/{place}/declaration/cases" in ended.json["paths"]
    assert not (tmp_path / "mongodb").exists()
