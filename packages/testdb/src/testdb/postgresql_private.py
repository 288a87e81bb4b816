"""Runs a private PostgreSQL server: installed programs with data in a temporary folder and a port of 127.0.0.1.

The server is a child of this process; guard.py ends it and removes its data in any case.
"""

import os
import re
import secrets
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sqlalchemy import URL

from testdb import postgresql
from testdb.language import _
from testdb.ports import free_port
from testdb.server import ProviderFailedError, ProviderUnavailableError, Say, Server, tail
from testdb.server_process import ServerProcess, account, give, run_as, server_folder

PATTERNS = (  # usual folders outside of PATH
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/libexec/postgresql*",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "Library/PostgreSQL/*/bin",
)


@dataclass(frozen=True)
class PostgreSqlPrograms:
    """The folder of an installed `postgres` that works, and its `initdb`."""

    folder: Path
    version: str


def look() -> str:
    """Path and version of the program to use; empty without one."""
    found = find()
    return f"{found.folder}/postgres ({found.version})" if found else ""


def find() -> PostgreSqlPrograms | None:
    """The programs on PATH, else the newest ones."""
    on_path = shutil.which("postgres")
    places = [Path(os.path.realpath(on_path)).parent] if on_path else []
    elsewhere = sorted((Path("/") / folder for pattern in PATTERNS for folder in Path("/").glob(pattern)), key=_number)
    return next(filter(None, map(_try, [*places, *reversed(elsewhere)])), None)


def _number(folder: Path) -> list[int]:
    return [int(part) for part in re.findall(r"\d+", str(folder))]


def _try(folder: Path) -> PostgreSqlPrograms | None:
    try:
        answer = subprocess.run(  # noqa: S603 - an installed server
            [folder / "postgres", "--version"], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"PostgreSQL\) (\d[\d.]*)", answer.stdout)
    beside = os.access(folder / "initdb", os.X_OK)
    return PostgreSqlPrograms(folder, f"PostgreSQL {number[1]}") if number and beside else None


SETUP_SECONDS = 180
START_SECONDS = 60
ADMINISTRATOR = "tester"
OPTIONS = (
    "listen_addresses=127.0.0.1",
    "max_connections=200",
    "max_prepared_transactions=20",
    # Fast; a commit survives SIGKILL, but not a power failure.
    "fsync=off",
    # In the data folder, so that a killed server leaves no socket behind.
    "dynamic_shared_memory_type=mmap",
)


@contextmanager
def provide(say: Say) -> Iterator[Server]:
    """A running private server with `control`, removed at the end."""
    programs = find()
    if programs is None:
        raise ProviderUnavailableError(_("no postgres with its initdb is installed"))
    if os.geteuid() == 0 and not owner():
        raise ProviderUnavailableError(
            _("PostgreSQL does not run as root, and there is no account postgres to run it as")
        )
    program = programs.folder / "postgres"
    say(str(_("a private server, {program} ({version})", program=program, version=programs.version)))
    with server_folder("postgresql", owner()) as folder:
        url = URL.create(postgresql.DRIVER, ADMINISTRATOR, secrets.token_hex(16), "127.0.0.1", free_port())
        set_up(programs, folder, str(url.password))
        process = ServerProcess(
            _command(programs, folder, url), folder, owner(), signal.SIGINT, partial(postgresql.wait_ready, url)
        )
        with process.serving(url, START_SECONDS) as server:
            yield server


def owner() -> str:
    """The account of a server that root starts."""
    return account("postgres", "_postgres")


def set_up(programs: PostgreSqlPrograms, folder: Path, password: str) -> None:
    """Initialise an empty cluster in `folder/data` that requires the password."""
    secret = folder / "password"
    secret.touch(0o600)
    secret.write_text(password)
    give(secret, owner())
    command = [str(programs.folder / "initdb"), "-D", f"{folder}/data", "-U", ADMINISTRATOR, f"--pwfile={secret}"]
    command += ["-A", "scram-sha-256", "-E", "UTF8", "--no-locale", "--no-sync"]
    try:
        done = subprocess.run(  # noqa: S603 - an installed server
            command, check=False, capture_output=True, text=True, timeout=SETUP_SECONDS, cwd="/", **run_as(owner())
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderFailedError(
            _("{program} did not set its data up within {seconds} s", program=command[0], seconds=SETUP_SECONDS)
        ) from error
    if done.returncode:
        raise ProviderFailedError(
            _(
                "{program} could not set its data up:\n{output}",
                program=command[0],
                output=tail(done.stdout + done.stderr),
            )
        )


def _command(programs: PostgreSqlPrograms, folder: Path, url: URL) -> list[str]:
    options = [word for option in OPTIONS for word in ("-c", option)]
    return [
        str(programs.folder / "postgres"),
        "-D",
        f"{folder}/data",
        "-k",
        str(folder),
        "-p",
        str(url.port),
        *options,
    ]
