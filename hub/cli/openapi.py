"""``hub openapi``: the API in OpenAPI 3.1."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from hub.app import openapi_document
from hub.cli.opening import read_settings


@click.command()
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of standard output."
)
@click.pass_obj
def openapi(config: Path, output: Path | None) -> None:
    """Print the OpenAPI 3.1 description of all installed plugins' operations. Needs no database."""
    text = msgspec.json.format(msgspec.json.encode(openapi_document(read_settings(config))), indent=2).decode()
    if output is None:
        click.echo(text)
        return
    output.write_text(text + "\n", "utf-8")
    click.echo(f"written to {output}", err=True)
