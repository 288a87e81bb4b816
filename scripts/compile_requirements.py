"""Writes requirements.txt, requirements-run.txt and requirements-test.txt from their .in files: the newest versions that fit, each with who wants it.

A release younger than a week is not taken: by then a bad or a stolen one has mostly been found out. That needs pip 26.

pip resolves them and installs nothing; look at the difference and run the tests before you commit it.
"""

import json
import subprocess
import sys
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[1]
RESOLVE = (
    "-m",
    "pip",
    "install",
    "--dry-run",
    "--ignore-installed",
    "--only-binary",
    ":all:",
    "--quiet",
    "--report",
    "-",
)
AGE = timedelta(days=7)
LOCAL = ("-e ", "./")
BASE = "requirements.txt"
HEADERS = {
    BASE: "# Compiled from requirements.in with exact versions: `pip install -r requirements.txt`",
    "requirements-run.txt": "# Compiled from requirements-run.in with exact versions: "
    "`pip install -r requirements.txt -r requirements-run.txt`",
    "requirements-test.txt": "# Compiled from requirements-test.in with exact versions: "
    "`pip install -r requirements.txt -r requirements-test.txt`",
}


def main() -> None:
    """Compile the files, the application's first: the others must agree with it."""
    for name, header in HEADERS.items():
        source = name.replace(".txt", ".in")
        items = [item for item in resolve(source) if not item["download_info"]["url"].startswith("file:")]
        lines = compiled(items, source, set() if name == BASE else wanted(BASE))
        (ROOT / name).write_text("\n".join([header, *folders(source), *lines]) + "\n")
        print(f"{name}: {len(lines)} packages")


def folders(source: str) -> list[str]:
    """The lines of a requirements file that install a package of ours, from its folder or its wheel."""
    return [line for line in (ROOT / source).read_text().splitlines() if line.startswith(LOCAL)]


def resolve(source: str) -> list[dict[str, Any]]:
    """The report of pip on what it would install."""
    done = subprocess.run(
        [sys.executable, *RESOLVE, *old_enough(datetime.now(UTC)), "-r", source],
        cwd=ROOT,
        check=False,
        capture_output=True,
        text=True,
    )
    if done.returncode:
        sys.exit(f"{source} cannot be resolved:\n{done.stderr}")
    items: list[dict[str, Any]] = json.loads(done.stdout)["install"]
    return items


def old_enough(now: datetime) -> list[str]:
    """Pip's option that leaves releases out which are younger than `AGE`."""
    return ["--uploaded-prior-to", f"{now - AGE:%Y-%m-%dT%H:%M:%SZ}"]


def wanted(source: str) -> set[str]:
    """The packages that a requirements file names itself."""
    lines = [line.partition("#")[0].strip() for line in (ROOT / source).read_text().splitlines()]
    return {
        str(canonicalize_name(Requirement(line).name)) for line in lines if line and not line.startswith(("-", *LOCAL))
    }


def compiled(items: list[dict[str, Any]], source: str, constrained: set[str]) -> list[str]:
    """One line a package: name, exact version, and who wants it."""
    reasons, named = wanted_by(items), wanted(source)
    lines = []
    for item in sorted(items, key=lambda item: canonicalize_name(item["metadata"]["name"])):
        name = str(canonicalize_name(item["metadata"]["name"]))
        why = sorted(reasons[name]) + [f"-r {source}"] * (name in named) + [f"-c {BASE}"] * (name in constrained)
        lines.append(f"{name + '==' + item['metadata']['version']:<24}  # via {', '.join(why)}")
    return lines


def wanted_by(items: list[dict[str, Any]]) -> dict[str, set[str]]:
    """For each package, the packages that require it here."""
    reasons: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for line in item["metadata"].get("requires_dist", []):
            requirement = Requirement(line)
            extras = ["", *item.get("requested_extras", [])]
            if requirement.marker is None or any(requirement.marker.evaluate({"extra": extra}) for extra in extras):
                reasons[str(canonicalize_name(requirement.name))].add(str(canonicalize_name(item["metadata"]["name"])))
    return reasons


if __name__ == "__main__":
    main()
