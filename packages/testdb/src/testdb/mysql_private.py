"""Runs a private MySQL or MariaDB server: an installed program with data in a temporary folder and a port of 127.0.0.1.

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

from testdb import mysql
from testdb.language import _
from testdb.ports import free_port
from testdb.server import ProviderFailedError, ProviderUnavailableError, Say, Server, tail
from testdb.server_process import ServerProcess, account, give, run_as, server_folder

FOLDERS = (
    "/usr/sbin",
    "/usr/libexec",
    "/usr/local/bin",
    "/usr/local/sbin",
    "/usr/local/mysql/bin",
    "/usr/local/opt/mysql/bin",
    "/usr/local/opt/mariadb/bin",
    "/opt/homebrew/opt/mysql/bin",
    "/opt/homebrew/opt/mysql@8.4/bin",
    "/opt/homebrew/opt/mariadb/bin",
)


@dataclass(frozen=True)
class MySqlProgram:
    """An installed server program that works."""

    path: Path
    version: str
    mariadb: bool


def look() -> str:
    """Path and version of the program to use; empty without one."""
    found = find()
    return f"{found.path} ({found.version})" if found else ""


def find() -> MySqlProgram | None:
    """The first server program that works, MySQL before MariaDB."""
    return next(iter(installed()), None)


def installed() -> list[MySqlProgram]:
    """Every server program that works, MySQL before MariaDB. A `mysqld` may belong to MariaDB."""
    search = os.pathsep.join([os.environ.get("PATH", ""), *FOLDERS])
    paths = {os.path.realpath(path) for name in ("mysqld", "mariadbd") if (path := shutil.which(name, path=search))}
    return sorted(filter(None, map(_try, sorted(paths))), key=lambda program: program.mariadb)


def _try(path: str) -> MySqlProgram | None:
    try:
        answer = subprocess.run(  # noqa: S603 - an installed server
            [path, "--no-defaults", "--version"], check=False, capture_output=True, text=True, timeout=20
        )
    except (OSError, subprocess.SubprocessError):
        return None
    number = re.search(r"Ver (\d[\d.]*)", answer.stdout)
    mariadb = "mariadb" in answer.stdout.lower()
    return MySqlProgram(Path(path), f"{'MariaDB' if mariadb else 'MySQL'} {number[1]}", mariadb) if number else None


SETUP_SECONDS = 180
START_SECONDS = 60
ADMINISTRATOR = "tester"
INSTALLERS = ("mariadb-install-db", "mysql_install_db")
OPTIONS = (
    # Only 127.0.0.1; no configuration of the machine's own server.
    "--bind-address=127.0.0.1",
    "--skip-name-resolve",
    "--loose-mysqlx=OFF",
    "--loose-secure-file-priv=",
    # Fast; a commit survives SIGKILL, but not a power failure.
    "--innodb-flush-log-at-trx-commit=2",
    "--skip-log-bin",
    "--loose-innodb-buffer-pool-size=64M",
    "--loose-performance-schema=OFF",
    "--max-connections=200",
    "--character-set-server=utf8mb4",
)


@contextmanager
def provide(say: Say, program: MySqlProgram | None = None) -> Iterator[Server]:
    """A running private server with `control`, removed at the end. Without `program` the best installed one."""
    program = program or find()
    if program is None:
        raise ProviderUnavailableError(_("neither mysqld nor mariadbd is installed"))
    say(str(_("a private server, {program} ({version})", program=program.path, version=program.version)))
    with server_folder("mysql", owner()) as folder:
        set_up(program, folder)
        url = URL.create("mysql+pymysql", ADMINISTRATOR, secrets.token_hex(16), "127.0.0.1", free_port())
        _write_init_file(folder, str(url.password))
        process = ServerProcess(
            _command(program, folder, url), folder, owner(), signal.SIGTERM, partial(mysql.wait_ready, url)
        )
        with process.serving(url, START_SECONDS) as server:
            yield server


def owner() -> str:
    """The account of a server that root starts."""
    return account("mysql", "_mysql")


def set_up(program: MySqlProgram, folder: Path) -> None:
    """Initialise `folder/data` with the system tables."""
    command = _setup_command(program, folder)
    try:
        done = subprocess.run(  # noqa: S603 - an installed server
            command, check=False, capture_output=True, text=True, timeout=SETUP_SECONDS, cwd="/", **run_as(owner())
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderFailedError(
            _("{program} did not set its data up within {seconds} s", program=program.path, seconds=SETUP_SECONDS)
        ) from error
    if done.returncode:
        raise ProviderFailedError(
            _(
                "{program} could not set its data up:\n{output}",
                program=program.path,
                output=tail(done.stdout + done.stderr),
            )
        )


def _setup_command(program: MySqlProgram, folder: Path) -> list[str]:
    if not program.mariadb:
        return [str(program.path), "--no-defaults", "--initialize-insecure", *_places(folder), *_as_root()]
    search = os.pathsep.join(
        [str(program.path.parent), str(program.path.parent.parent / "scripts"), os.environ.get("PATH", ""), "/usr/bin"]
    )
    installer = next((path for name in INSTALLERS if (path := shutil.which(name, path=search))), None)
    if installer is None:
        raise ProviderFailedError(
            _("{program} is there, but not its {installer}", program=program.path, installer=INSTALLERS[0])
        )
    return [
        installer,
        "--no-defaults",
        *_places(folder),
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        *_as_root(),
    ]


def _places(folder: Path) -> list[str]:
    """Options for data and temporary files; servers must not share the latter, since a start removes temporary tables."""
    return [f"--datadir={folder}/data", f"--tmpdir={folder}"]


def _command(program: MySqlProgram, folder: Path, url: URL) -> list[str]:
    files = [f"--socket={folder}/s", f"--pid-file={folder}/pid", f"--init-file={folder}/init.sql"]
    return [
        str(program.path),
        "--no-defaults",
        *OPTIONS,
        *_places(folder),
        *files,
        f"--port={url.port}",
        *_as_root(),
    ]


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 and not owner() else []


def _write_init_file(folder: Path, password: str) -> None:
    """Write the init file of the server: one account, by TCP, and none without a password."""
    file = folder / "init.sql"
    file.write_text(
        f"CREATE USER IF NOT EXISTS '{ADMINISTRATOR}'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        f"GRANT ALL PRIVILEGES ON *.* TO '{ADMINISTRATOR}'@'127.0.0.1' WITH GRANT OPTION;\n"
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
    )
    give(file, owner())
    file.chmod(0o600)
