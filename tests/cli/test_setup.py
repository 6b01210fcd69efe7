"""What a new operator meets first: help, a wrong configuration, keys, the API's description."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

import plugins
from hub.cli import main
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
        plugins=["worklist", "declaration"],
        wechat={"accounts": [account]},
        counties={"510904": {"declaration": True, "surveys": True}, "510981": {"worklist": {"claim_fro": "PT1H"}}},
    )

    ended = invoke(config, "check")

    assert ended.code == 2
    for words in (
        "appid and secret are needed",
        "aes_key must be",
        "no template id for the kind 'todo'",
        "plugin 'surveys' is unknown",
        "'declaration' needs 'worklist', which is off",
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
    """A literal text over the limit of its field, in a copy of the project's templates."""
    copied = tmp_path / "templates"
    for file in (Path(__file__).parents[2] / "templates").rglob("*.*"):
        copy = copied / file.relative_to(Path(__file__).parents[2] / "templates")
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(file.read_bytes())
    (copied / "declaration" / "held.oa").write_text(
        "thing1: " + "申报等待" * 6 + "\nthing2: {{ county }}\ntime3: {{ at | moment }}\n"
    )

    ended = invoke(write_config(tmp_path, templates=str(copied)), "check")

    assert ended.code == 2
    assert "held.oa:1" in ended.err and "thing1" in ended.err


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
    "bad_exit": ("import sys\nsys.exit(3)\n", "plugin.py:2: the file ends the process (SystemExit: 3)"),
}


def test_a_bad_plugin_is_named_with_file_and_line_and_the_rest_is_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that cannot be imported, parsed or asked, or that ends the process: all in one list with what else is wrong."""
    for name, (text, _) in BAD_PLUGINS.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / "plugin.py").write_text(text)
        monkeypatch.delitem(sys.modules, f"plugins.{name}.plugin", raising=False)
    monkeypatch.setattr(plugins, "__path__", [*plugins.__path__, str(tmp_path)])
    counties = {"510904": {"bad_hook": True, "worklist": True, "surveys": True}}
    config = write_config(tmp_path, plugins=["worklist", *BAD_PLUGINS], settings={}, counties=counties)

    ended = invoke(config, "check")

    assert ended.code == 2
    for name, (_, words) in BAD_PLUGINS.items():
        assert f"plugin '{name}': {tmp_path / name}/{words}" in ended.err
    assert "plugin 'surveys' is unknown" in ended.err
    assert "  5. " in ended.err and "  6. " not in ended.err


def test_the_api_is_not_described_without_a_plugin_that_is_broken(tmp_path: Path) -> None:
    """Whoever generates a client from it would miss half."""
    ended = invoke(write_config(tmp_path, plugins=["worklists"], settings={}, counties={}), "openapi")

    assert ended.code == 2
    assert "Did you mean 'worklist'?" in ended.err


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
