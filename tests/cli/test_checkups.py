"""``hub <plugin> <checkup>``: what plugins let operators look at and mend."""

from __future__ import annotations

from click.testing import CliRunner

from hub.api import Checkup
from hub.cli import main
from hub.cli.checkups import group_of
from hub.rules.gathering import gather
from hub.rules.plugins import Plugin


async def nothing(ctx, repair):
    return ()


class Counted:
    """计数 Counted: has something to look at."""

    CHECKUPS = (Checkup(name="counted.recount", says="Count again.", call=nothing),)


def test_a_plugin_has_a_command_for_each_checkup():
    """Its name without the plugin's, its words as help, and both options."""
    [plugin] = gather([("counted", Counted)])
    assert isinstance(plugin, Plugin)

    command = group_of(plugin).commands["recount"]

    assert command.help.startswith("Count again.")
    assert [option.name for option in command.params] == ["county", "repair"]


def test_what_no_plugin_has_is_no_command(tmp_path):
    """Neither without a configuration."""
    said = CliRunner().invoke(main, ["--config", str(tmp_path / "none.yaml"), "nosuch", "recount"])

    assert said.exit_code == 2 and "No such command" in said.output
