"""The machine: its system, memory, disk; the interpreter and its packages; the port."""

import os
import platform
import shutil
import socket
import sys
import tomllib
from importlib import metadata
from pathlib import Path

from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

from backend.core.settings import Settings
from tools.doctor.findings import Finding, Situation, needs_settings, ok, problem, warning

GIB = 2**30
LITTLE_MEMORY, LITTLE_DISK, NO_DISK = 0.5 * GIB, 1 * GIB, 0.1 * GIB
SYSTEMS = ("Linux", "Darwin")
SHOWN = 5


def system(_: Situation) -> list[Finding]:
    """Linux or macOS: we test on these."""
    name = f"{platform.system()} {platform.release()} on {platform.machine()}, {os.cpu_count()} processors"
    if platform.system() in SYSTEMS:
        return [ok(name)]
    return [warning(name, "use Linux, macOS or WSL: nothing else is tested")]


def memory(_: Situation) -> list[Finding]:
    size = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    text = f"{size / GIB:.1f} GiB of memory"
    return [ok(text) if size >= LITTLE_MEMORY else warning(text, "lower SERVER_WORKERS to 1, or take a larger machine")]


def disk(situation: Situation) -> list[Finding]:
    """Free space where var/ is or will be."""
    folder = situation.root / "var"
    free = shutil.disk_usage(folder if folder.exists() else situation.root).free
    text, mend = f"{free / GIB:.1f} GiB free for var/", "make room on that disk"
    if free < NO_DISK:
        return [problem(text, mend)]
    return [warning(text, mend) if free < LITTLE_DISK else ok(text)]


def interpreter(situation: Situation) -> list[Finding]:
    """The Python that pyproject.toml asks for (an image has no such file), in an environment of its own."""
    wanted, version = _wanted_python(situation.root / "pyproject.toml"), platform.python_version()
    if not SpecifierSet(wanted).contains(version, prereleases=True):
        return [problem(f"Python {version}, but {wanted} is needed", "make run PYTHON=python3.12")]
    if sys.prefix == sys.base_prefix:
        return [warning(f"Python {version}, in no virtual environment", "make run makes .venv; call .venv/bin/flask")]
    return [ok(f"Python {version}")]


def _wanted_python(path: Path) -> str:
    said = tomllib.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}
    return str(said.get("project", {}).get("requires-python", ""))


def packages(situation: Situation) -> list[Finding]:
    """The installed packages are exactly those of requirements.txt."""
    lines = (situation.root / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = [Requirement(text) for text in (line.split("#")[0].strip() for line in lines) if text]
    wrong = [text for text in map(_difference, wanted) if text]
    if not wrong:
        return [ok(f"{len(wanted)} packages as in requirements.txt")]
    more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
    return [problem(", ".join(wrong[:SHOWN]) + more, f"{sys.executable} -m pip install -r requirements.txt")]


def _difference(wanted: Requirement) -> str | None:
    """The difference between the installed package and the required one."""
    if wanted.marker and not wanted.marker.evaluate():
        return None
    try:
        installed = metadata.version(wanted.name)
    except metadata.PackageNotFoundError:
        return f"{wanted.name} is missing"
    if wanted.specifier.contains(installed, prereleases=True):
        return None
    return f"{wanted.name} is {installed} instead of {wanted.specifier}"


@needs_settings
def port(_: Situation, settings: Settings) -> list[Finding]:
    """HOST and PORT, free for us."""
    where = f"{settings.host} port {settings.port}"
    try:
        family = socket.getaddrinfo(settings.host, settings.port, type=socket.SOCK_STREAM)[0][0]
        socket.create_server((settings.host, settings.port), family=family).close()
    except socket.gaierror:
        return [problem(f"HOST={settings.host} is no address", "take 127.0.0.1 or 0.0.0.0")]
    except OSError as error:
        return [warning(f"{where}: {error.strerror}", "stop what runs there (perhaps this application), or set PORT")]
    return [ok(f"{where} is free")]
