"""`flask jobs`: what an operator sees of jobs and does about them."""

from typing import get_args

import click
from flask.cli import AppGroup

from backend.core import clock
from backend.core.cli_rows import Row, moment, paged, show
from backend.core.jobs import housekeeping, periodic
from backend.core.jobs.kinds import known
from backend.core.jobs.model import OPEN, JobRow, State

jobs = AppGroup("jobs", help="Look after jobs: list, retry, cancel and delete them.")
of_kind = click.option("--kind", help="Only jobs of this kind, such as documents.process.")


@jobs.command("list")
@click.option("--state", "states", type=click.Choice(get_args(State)), multiple=True, help="Only these states.")
@click.option("--dead", is_flag=True, help="Only dead jobs, as --state dead.")
@of_kind
@paged
def list_(states: tuple[State, ...], kind: str | None, *, dead: bool, after: int, limit: int, as_json: bool) -> None:
    """List jobs that are open and those given up as dead, the oldest first."""
    wanted = (*states, *(("dead",) if dead else ())) or (*OPEN, "dead")
    show([_row(job) for job in housekeeping.listed(after, limit, wanted, kind)], limit, as_json=as_json)


def _row(job: JobRow) -> Row:
    return {
        "id": job.id,
        "state": job.state,
        "kind": job.kind,
        "key": job.job_key,
        "group": job.group_key,
        "owner": job.owner_id,
        "attempts": job.attempts,
        "due": moment(job.due_at),
        "request": job.request_id,
        "error": job.last_error,
    }


@jobs.command("show")
@click.argument("job_id", type=click.IntRange(min=1))
def show_(job_id: int) -> None:
    """Show everything about the job JOB_ID, as JSON."""
    job = housekeeping.find(job_id)
    if job is None:
        raise click.ClickException(f"There is no job {job_id}; `flask jobs list` names those that are open or dead.")
    ends = {
        name: value and moment(value) for name, value in (("started", job.started_at), ("finished", job.finished_at))
    }
    show([{**_row(job), "payload": job.payload, "created": moment(job.created_at), **ends}], 0, as_json=True)


@jobs.command("retry")
@click.argument("job_id", type=click.IntRange(min=1), required=False)
@click.option("--all", "everything", is_flag=True, help="All dead jobs, or those of --kind and --days.")
@of_kind
@click.option("--days", type=click.IntRange(min=1), help="Only jobs that were stored in the last DAYS days.")
def retry(job_id: int | None, everything: bool, kind: str | None, days: int | None) -> None:
    """Let the dead job JOB_ID be tried again, or with --all those that are dead."""
    if (job_id is None) != everything:
        raise click.UsageError("Say which: an id, or --all with --kind and --days if you like.")
    if job_id is None:
        click.echo(f"{housekeeping.revive_all(kind, days)} jobs will be tried again")
    elif housekeeping.revive(job_id):
        click.echo(f"job {job_id} will be tried again")
    else:
        raise click.ClickException(
            f"There is no dead job {job_id}, or one with its key is open; `flask jobs list --dead` names them."
        )


@jobs.command("cancel")
@click.argument("job_id", type=click.IntRange(min=1), required=False)
@click.option("--all", "everything", is_flag=True, help="All open jobs of --kind.")
@click.option("--kind", help="With --all: their kind, also one that nothing knows any more.")
def cancel(job_id: int | None, kind: str | None, *, everything: bool) -> None:
    """Close the open job JOB_ID, or all of a kind; what a worker has begun of them comes to nothing."""
    if (job_id is None) != everything or (kind is None) == everything:
        raise click.UsageError("Say which: an id, or --all with --kind.")
    if job_id is None:
        click.echo(f"{housekeeping.cancel_all(str(kind))} jobs are cancelled")
        return
    if not housekeeping.cancel(job_id):
        raise click.ClickException(f"No job {job_id} is open; `flask jobs list` names them.")
    click.echo(f"job {job_id} is cancelled")


@jobs.command("purge")
@click.option("--days", type=click.IntRange(min=0), default=30, show_default=True, help="Keep what ended later.")
@click.option("--dead", is_flag=True, help="Delete dead jobs instead.")
@of_kind
def purge(days: int, dead: bool, kind: str | None) -> None:
    """Delete jobs that were done or cancelled long ago. Dead ones stay without --dead."""
    what = "dead" if dead else "closed"
    click.echo(f"deleted {housekeeping.purge(days, dead=dead, kind=kind)} {what} jobs")


@jobs.command("periodic")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
def periodic_(as_json: bool) -> None:
    """List the periodic jobs: schedule, last and next time."""
    noted, zone, now = periodic.noted(), periodic.zone(), clock.utcnow()
    rows: list[Row] = [
        {
            "id": one.name,
            "schedule": one.schedule,
            "zone": zone.key,
            "last": moment(noted[one.name]) if one.name in noted else None,
            "next": moment(one.times.next_after(now, zone)),
        }
        for one in known().periodic
    ]
    show(rows, 0, as_json=as_json)
