"""Finds the installed PostgreSQL server programs by running `--version`; no server has to be running."""

import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

PATTERNS = (  # where they are put outside of PATH
    "usr/lib/postgresql/*/bin",
    "usr/pgsql-*/bin",
    "usr/libexec/postgresql*",
    "opt/homebrew/opt/postgresql*/bin",
    "usr/local/opt/postgresql*/bin",
    "Library/PostgreSQL/*/bin",
)


@dataclass(frozen=True)
class PostgreSqlPrograms:
    """The folder with an installed `postgres` that runs, and the `initdb` beside it."""

    folder: Path
    version: str


def look() -> str:
    """The program that would be used, or nothing."""
    found = find()
    return f"{found.folder}/postgres ({found.version})" if found else ""


def find() -> PostgreSqlPrograms | None:
    """The one on PATH, else the newest."""
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
