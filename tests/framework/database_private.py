"""A MySQL or MariaDB server of this run's own: from an installed program, own data in a temporary folder, own port, loopback only.

It is a direct child of this process, and is ended and its data removed whatever happens: see `database_guard.py`.
"""

import os
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import URL

from tests.framework import database_guard
from tests.framework.database_process import ServerProcess, account, free_port
from tests.framework.database_program import Program, find
from tests.framework.database_server import Say, Server, WayClosedError, WayFailedError, tail

SETUP_SECONDS = 180
START_SECONDS = 60
REMOVE = 'test ! -f "$0/pid" || kill -9 "$(cat "$0/pid")"; rm -rf "$0"'
INSTALLERS = ("mariadb-install-db", "mysql_install_db")


@contextmanager
def provide(say: Say) -> Iterator[Server]:
    """A running private server with `control`; ended and removed at the end."""
    program = find()
    if program is None:
        raise WayClosedError("neither mysqld nor mariadbd is installed")
    say(f"Integration database: a private server, {program.path} ({program.version})")
    with _folder() as folder:
        set_up(program, folder)
        port, password = free_port(), secrets.token_hex(16)
        _write_init_file(folder, password)
        url = URL.create("mysql+pymysql", "tester", password, "127.0.0.1", port)
        process = ServerProcess(program.path, folder, url)
        try:
            process.start()
            number = process.wait_ready(START_SECONDS)
            yield Server(url.render_as_string(hide_password=False), "private", number, process)
        finally:
            process.end()


@contextmanager
def _folder() -> Iterator[Path]:
    """A temporary folder that only the server's account can read; goes, and any server in it, when this process ends."""
    folder = Path(tempfile.mkdtemp(prefix="test-mysql-", dir="/tmp"))  # a socket's path must be short
    with database_guard.at_end("sh", "-c", REMOVE, str(folder)):
        if user := account():
            shutil.chown(folder, user, user)
        yield folder


def set_up(program: Program, folder: Path) -> None:
    """Write the system tables into `folder/data`."""
    command = _setup_command(program, folder / "data")
    owner = account() or None
    try:
        done = subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=SETUP_SECONDS,
            cwd="/",
            user=owner,
            group=owner,
        )
    except subprocess.TimeoutExpired as error:
        raise WayFailedError(f"{program.path} did not set its data up within {SETUP_SECONDS} s") from error
    if done.returncode:
        raise WayFailedError(f"{program.path} could not set its data up:\n{tail(done.stdout + done.stderr)}")


def _setup_command(program: Program, data: Path) -> list[str]:
    if not program.mariadb:
        return [str(program.path), "--no-defaults", "--initialize-insecure", f"--datadir={data}", *_as_root()]
    search = os.pathsep.join(
        [str(program.path.parent), str(program.path.parent.parent / "scripts"), os.environ.get("PATH", ""), "/usr/bin"]
    )
    installer = next((path for name in INSTALLERS if (path := shutil.which(name, path=search))), None)
    if installer is None:
        raise WayFailedError(f"{program.path} is there, but not its {INSTALLERS[0]}")
    return [
        installer,
        "--no-defaults",
        f"--datadir={data}",
        "--auth-root-authentication-method=normal",
        "--skip-test-db",
        *_as_root(),
    ]


def _as_root() -> list[str]:
    return ["--user=root"] if os.geteuid() == 0 and not account() else []


def _write_init_file(folder: Path, password: str) -> None:
    """What the server runs at each start: one account for the suite, by TCP, and none without a password."""
    file = folder / "init.sql"
    file.write_text(
        f"CREATE USER IF NOT EXISTS 'tester'@'127.0.0.1' IDENTIFIED BY '{password}';\n"
        "GRANT ALL PRIVILEGES ON *.* TO 'tester'@'127.0.0.1' WITH GRANT OPTION;\n"
        f"ALTER USER 'root'@'localhost' IDENTIFIED BY '{password}';\n"
    )
    if user := account():
        shutil.chown(file, user, user)
    file.chmod(0o600)
