"""``hub openapi``: the API in OpenAPI 3.1."""

from __future__ import annotations

from pathlib import Path

import click

from hub.app import openapi_document
from hub.cli.console import json_text, print_json, write_text
from hub.cli.opening import read_settings


@click.command()
@click.option(
    "--output", type=click.Path(path_type=Path, dir_okay=False), help="Write to this file instead of standard output."
)
@click.pass_obj
def openapi(config: Path, output: Path | None) -> None:
    """Print the OpenAPI 3.1 description of all installed plugins' operations. Needs no database."""
    document = openapi_document(read_settings(config))
    if output is None:
        print_json(document)
        return
    write_text(output, json_text(document) + "\n")
    click.echo(f"written to {output}", err=True)
