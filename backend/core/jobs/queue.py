"""How code asks for jobs: rows in the caller's transaction, so a job is there exactly if what it is about is."""

import json
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from backend.core import clock
from backend.core.db.after_commit import after_commit
from backend.core.errors import DuplicateError
from backend.core.jobs import wake_up
from backend.core.jobs.job import JobKind
from backend.core.jobs.kinds import known
from backend.core.jobs.model import KEY, JobRow
from backend.core.jobs.repository import JobRepository
from backend.core.observability.log_context import request_id

jobs = JobRepository()
LARGEST = 60_000  # bytes of a payload: a job names what it is about, and reads it when it runs
ROUNDS = 3


def enqueue(
    kind: JobKind | str,
    payload: Mapping[str, Any],
    *,
    key: str | None = None,
    group: str | None = None,
    owner: int | None = None,
    delay: float = 0,
) -> int:
    """Ask for a job in the caller's transaction; gives its id.

    `key`: while a job of this kind with this key is open, its id is given and nothing is stored. A job that runs is open: what it has
    read already it does not read again. `group`: the jobs of a group run one at a time, in the order in which they were stored, and a
    later one waits until an earlier one is done or dead. `owner`: of two owners, the one with many jobs does not make the other
    wait for all of them. `delay`: seconds until it is due. Raises `LookupError` for an unknown kind, `ValueError` for a payload that
    is no JSON or too long.
    """
    known_kind = known().get(kind if isinstance(kind, str) else kind.name)
    values = _values(known_kind.name, payload, key=key, group=group, owner=owner, delay=delay)
    job_id = jobs.insert(**values) if key is None else _insert_once(known_kind.name, key, values)
    after_commit(wake_up.wake)
    return job_id


def cancel(kind: JobKind | str, key: str) -> bool:
    """Close the open job with this key in the caller's transaction; returns whether there was one.

    A worker that is running it cannot store anything more: its fence, its heartbeat and its end fail with `ClaimLostError`.
    """
    name = kind if isinstance(kind, str) else kind.name
    return jobs.cancel(clock.utcnow(), JobRow.kind == name, JobRow.open_key == key) == 1


def _insert_once(kind: str, key: str, values: Mapping[str, Any]) -> int:
    """Between looking and storing another transaction may store the same key; then its job is the one."""
    for _ in range(ROUNDS):
        if (found := jobs.open_by_key(kind, key)) is not None:
            return found
        try:
            with jobs.transaction():
                return jobs.insert(**values)
        except DuplicateError:
            continue
    raise DuplicateError


def _values(
    kind: str, payload: Mapping[str, Any], *, key: str | None, group: str | None, owner: int | None, delay: float
) -> dict[str, Any]:
    now = clock.utcnow()
    return {
        "kind": kind,
        "payload": _text(payload),
        "state": "scheduled" if delay > 0 else "waiting",
        "job_key": _checked("key", key),
        "open_key": key,
        "group_key": _checked("group", group),
        "owner_id": owner,
        "turn": 0 if owner is None else jobs.next_turn(kind, owner),
        "due_at": now + timedelta(seconds=max(0.0, delay)),
        "created_at": now,
        "request_id": request_id(),
    }


def _text(payload: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(payload, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError) as error:
        raise ValueError(f"the payload of a job is JSON: {error}") from None
    if len(text.encode()) > LARGEST:
        raise ValueError(f"the payload of a job has {LARGEST} bytes at most; store it and name its id")
    return text


def _checked(what: str, text: str | None) -> str | None:
    if text is not None and not (0 < len(text) <= KEY and text.isprintable() and text == text.strip()):
        raise ValueError(f"the {what} of a job has 1 to {KEY} printable characters and no space at its ends")
    return text
