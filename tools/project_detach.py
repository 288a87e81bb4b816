"""`flask project detach`: the packages under packages/ as wheels in vendor/, their sources, benches and pages gone."""

import os
import re
import subprocess
import sys
import tempfile
from pathlib import Path, PurePosixPath

import click

from tools import pages
from tools.changes import Changes
from tools.project import Project
from tools.project_rename import refuse_if_dirty

PACKAGES = "packages"
VENDOR = "vendor"
REQUIREMENTS = ("requirements-test.in", "requirements-test.txt")
ABOUT_PACKAGES = (
    "tests/clone/test_detach.py",
    "tests/clone/test_packages.py",
)  # they prove what only holds with the sources
FOLDER = re.compile(r"^-e (?P<folder>packages/[\w-]+)(?P<extras>\[[\w,-]+\])?$", re.MULTILINE)
ROW = re.compile(rf"^\| `{PACKAGES}/` \|.*\n", re.MULTILINE)
COMPOSE = "docker-compose.dev.yml"
MOCKS = re.compile(r"^  mocks:\n(?:(?:    .*)?\n)+", re.MULTILINE)  # the service whose image is built from packages/mdt
SECONDS = 600  # for building the wheels


def detach(project: Project, *, force: bool) -> list[str]:
    """Build the wheels and take the sources out, or change nothing; gives what was done, a line a file."""
    folders = [match["folder"] for match in FOLDER.finditer(_text(project, REQUIREMENTS[0]))]
    if not folders or not (project.root / PACKAGES).is_dir():
        raise click.ClickException(
            f"{REQUIREMENTS[0]} installs nothing from {PACKAGES}/; this project is detached already."
        )
    if not force:
        refuse_if_dirty(project)
    with tempfile.TemporaryDirectory() as place:
        changes = planned(project, build(project.root, folders, Path(place)))
    lines = [line for line in changes.lines() if not line.startswith(f"delete  {PACKAGES}/")]
    changes.apply(lambda: None)
    return [*lines, f"delete  {PACKAGES}/"]


def build(root: Path, folders: list[str], place: Path) -> dict[str, Path]:
    """A wheel of the package in each folder, by the folder; raises with pip's last words if one cannot be built."""
    wheels = {}
    for folder in folders:
        target = place / PurePosixPath(folder).name
        _pip(root, "wheel", "--quiet", "--no-deps", "--wheel-dir", str(target), f"./{folder}")
        wheels[folder] = next(target.glob("*.whl"))
    return wheels


def _pip(root: Path, *words: str) -> None:
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *words]
    reproducible = os.environ | {"SOURCE_DATE_EPOCH": "315532800"}  # the oldest time that a zip file knows
    done = subprocess.run(
        command, cwd=root, env=reproducible, capture_output=True, text=True, timeout=SECONDS, check=False
    )
    if done.returncode != 0:
        raise click.ClickException(f"`pip {words[0]}` failed:\n" + "\n".join(done.stderr.strip().splitlines()[-12:]))


def planned(project: Project, wheels: dict[str, Path]) -> Changes:
    """Everything that comes, changes and goes."""
    changes = Changes(project.root)
    for wheel in wheels.values():
        changes.writes[f"{VENDOR}/{wheel.name}"] = wheel.read_bytes()
    for path in (PACKAGES, *ABOUT_PACKAGES):
        if (project.root / path).exists():
            changes.delete(path)
    for path in REQUIREMENTS:
        changes.write(path, FOLDER.sub(lambda match: _requirement(wheels, match), _text(project, path)))
    if (project.root / COMPOSE).exists():
        changes.write(COMPOSE, MOCKS.sub("", _text(project, COMPOSE)))
    pages.plan(changes, lambda target: target.is_relative_to(PACKAGES), also=lambda text: ROW.sub("", text))
    return changes


def _requirement(wheels: dict[str, Path], match: re.Match[str]) -> str:
    return f"./{VENDOR}/{wheels[match['folder']].name}{match['extras'] or ''}"


def _text(project: Project, path: str) -> str:
    return (project.root / path).read_text(encoding="utf-8")
