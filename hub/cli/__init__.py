"""The command line. One file per group of commands; each reads config.yaml, opens a hub without serving, and does one thing."""

from __future__ import annotations

from pathlib import Path

import click

from hub import __version__
from hub.cli.backup import backup, restore, restored
from hub.cli.check import check
from hub.cli.checkups import WithPlugins
from hub.cli.deliveries import deliveries
from hub.cli.demo import demo
from hub.cli.jobs import jobs
from hub.cli.keys import keys
from hub.cli.maintenance import maintenance
from hub.cli.openapi import openapi
from hub.cli.plugins import plugins
from hub.cli.projects import projects
from hub.cli.regions import regions
from hub.cli.serve import serve
from hub.cli.users import users
from hub.cli.wechat import wechat
from hub.cli.workdays import workdays

EXIT_CODES = """\b
Exit codes:
  0    done, and all is well
  1    not done: refused, not confirmed, or something was found wrong (a missing delivery, a failed story)
  2    the configuration or the command line is wrong; what to mend is printed
  130  stopped with Ctrl-C
"""


@click.group(cls=WithPlugins, epilog=EXIT_CODES, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    type=click.Path(path_type=Path, dir_okay=False),
    default="config.yaml",
    show_default=True,
    envvar="HUB_CONFIG",
    help="The one configuration file; also by HUB_CONFIG.",
)
@click.version_option(__version__, prog_name="hub")
@click.pass_context
def main(context: click.Context, config: Path) -> None:
    """hub carries subsidy declarations, publicity, complaints and supervision to WeChat and live sessions.

    Try it with "hub demo"; run it with "hub serve".
    """
    context.obj = config


COMMANDS = (
    *(serve, demo, check, openapi, plugins, deliveries, regions, projects, workdays, users, jobs),
    *(keys, wechat, backup, restore, restored, maintenance),
)
for command in COMMANDS:
    main.add_command(command)
