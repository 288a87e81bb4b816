"""What state .venv is in; its own Python runs this: `usable`, `ready run|test` (exit 0 = yes), `stamp run|test` (records it).

Ready means: usable, and its packages were installed from the requirements files as they are now.
"""

import hashlib
import json
import os
import re
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

OLDEST = (3, 12)
ROOT = Path(__file__).resolve().parents[1]
STAMP = Path(sys.prefix) / "installed.json"
BUILT = ("packages/*/pyproject.toml", "packages/*/src/*/locale/**/*.po")  # what installing a package is made of
REQUIREMENTS = {
    "run": ("requirements.txt", "requirements-run.txt"),
    "test": ("requirements.txt", "requirements-test.txt"),
}


def main(word: str, purpose: str = "run") -> int:
    """Exit status of one word of the command line."""
    if word == "stamp":
        done = ("run", "test") if purpose == "test" else ("run",)
        STAMP.write_text(json.dumps(stamps() | {each: digest(each) for each in done}))
        return 0
    problem = unusable() or (not_ready(purpose) if word == "ready" else None)
    print(problem or "", end="")
    return 1 if problem else 0


def unusable() -> str | None:
    """Why this environment has to be made anew, or None."""
    if not Path(sys.prefix).samefile(ROOT / ".venv") or not was_made_here(Path(sys.prefix)):
        return "was made in another folder"
    if sys.version_info[:2] < OLDEST:
        return f"has Python {sys.version_info.major}.{sys.version_info.minor}"
    if find_spec("pip") is None:
        return "has no pip"
    return f"has not the Python of PYTHON={os.environ['PYTHON']}" if another_python_is_wanted() else None


def was_made_here(prefix: Path) -> bool:
    """True if the environment's scripts name the folder it lies in: a moved or copied one names another."""
    try:
        text = (prefix / "bin" / "activate").read_text()
    except OSError:
        return False
    named = [shlex.split(value)[0] for value in re.findall(r"VIRTUAL_ENV=([^$\s].*)", text)]
    return any(Path(folder).exists() and prefix.samefile(folder) for folder in named)


def another_python_is_wanted() -> bool:
    """True if PYTHON names a usable interpreter that is not the one below this environment."""
    if not os.environ.get("PYTHON"):
        return False
    command = [os.environ["PYTHON"], "-I", str(ROOT / "scripts" / "probe_python.py")]
    try:
        probe = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=20, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError):
        return False
    version = "{}.{}.{}".format(*sys.version_info[:3])
    return probe.returncode == 0 and probe.stdout.splitlines()[1:] != [version, sys.base_prefix]


def not_ready(purpose: str) -> str | None:
    """Why packages have to be installed, or None."""
    return None if stamps().get(purpose) == digest(purpose) else "its packages are not those of the requirements files"


def stamps() -> dict[str, str]:
    """What was installed, by purpose; nothing if that cannot be read."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def digest(purpose: str) -> str:
    """Changes with the requirements files of the purpose, with the packages' own, and with the interpreter."""
    files = [ROOT / name for name in REQUIREMENTS[purpose]]
    files += sorted(file for pattern in BUILT for file in ROOT.glob(pattern)) if purpose == "test" else []
    parts = [file.read_bytes() for file in files]
    return hashlib.sha256(b"\0".join([sys.version.encode(), sys.prefix.encode(), *parts])).hexdigest()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
