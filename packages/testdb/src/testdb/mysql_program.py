"""Finds the installed MySQL or MariaDB server program by running `--version`; no server has to be running."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

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
    """An installed server that runs."""

    path: Path
    version: str
    mariadb: bool


def look() -> str:
    """The program that would be used, or nothing."""
    found = find()
    return f"{found.path} ({found.version})" if found else ""


def find() -> MySqlProgram | None:
    """The first server program that starts; MySQL before MariaDB."""
    return next(iter(installed()), None)


def installed() -> list[MySqlProgram]:
    """Every server program that starts; MySQL before MariaDB. A `mysqld` may well be MariaDB's."""
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
