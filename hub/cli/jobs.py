"""``hub jobs``: work that comes round by itself."""

from __future__ import annotations

import click

from hub.cli.console import print_json, print_table
from hub.cli.opening import county_option, in_loop, note, opened_hub
from hub.jobs import runner
from hub.jobs.runner import JobRow
from hub.rules.finding import nearest
from hub.words.errors import SetupError

COLUMNS = ("job", "county", "next", "started", "finished", "runs", "failures", "on node", "last error")


@click.group()
def jobs() -> None:
    """Work that comes round by itself, once per county where its plugin is on."""


@jobs.command("list")
@county_option(help="Only this county's; '*' for the hub's own.")
@click.option("--failing", is_flag=True, help="Only those whose last run failed.")
@click.option("--json", "as_json", is_flag=True, help="JSON for scripts.")
@in_loop
async def list_jobs(county: str | None, failing: bool, as_json: bool) -> None:
    """List the jobs: when each runs next, how the last run ended, and which node runs it now.

    Exit code 1 when --failing finds any.
    """
    async with opened_hub() as hub:
        found = await runner.list_jobs(hub.database)
    rows = [row for row in found if (row.failures or not failing) and county in (None, row.county)]
    if as_json:
        print_json(rows)
    else:
        print_table("jobs", COLUMNS, [_cells(row) for row in rows], numbers=("runs", "failures"))
    if failing and rows:
        raise click.exceptions.Exit(1)


@jobs.command()
@click.argument("job")
@county_option(required=True, help="The county, as a region code; '*' for the hub's own.")
@in_loop
async def rearm(job: str, county: str) -> None:
    """Let JOB (as in hub jobs list) run at once in a county, however often it has failed. First mend the cause."""
    async with opened_hub() as hub:
        known = [f"{row.plugin}.{row.job}" for row in await runner.list_jobs(hub.database) if row.county == county]
        if job not in known:
            raise SetupError(f"there is no job '{job}' in {county}.{nearest(job, known)} See hub jobs list.")
        await note(hub, "jobs.rearm", job, None if county == runner.HUB_WIDE else county)
        await runner.rearm(hub.database, job, county, hub.clock.now())
    click.echo(f"{job} is due in {county}: a hub that serves runs it now")


def _cells(row: JobRow) -> tuple[object, ...]:
    name = f"{row.plugin}.{row.job}"
    return (
        name,
        row.county,
        row.next_at,
        row.last_started,
        row.last_finished,
        row.runs,
        row.failures,
        row.owner,
        row.last_error,
    )
