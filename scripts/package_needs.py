"""Prints what pip is to install to test the package in a folder, or with `--lowest` its oldest allowed versions as constraints.

Packages of this project are named by their folders: they are not taken from an index. Needs nothing but Python.
"""

import re
import sys
import tomllib
from pathlib import Path
from typing import Any

NAME = re.compile(r"[A-Za-z0-9_.-]+")
BOUND = re.compile(r"(?P<name>[A-Za-z0-9_.-]+)(?:\[[^\]]*\])?\s*>=\s*(?P<version>[^,;\s]+)")


def read(folder: Path) -> dict[str, Any]:
    return tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))


def siblings(folder: Path) -> dict[str, Path]:
    """The folders of all packages of this project by their distribution's name."""
    found = [path.parent for path in folder.parent.glob("*/pyproject.toml")]
    return {read(path)["project"]["name"]: path for path in found}


def lines_of(project: dict[str, Any]) -> list[str]:
    """What it needs, with all its extras."""
    extras_ = project.get("optional-dependencies", {}).values()
    return [line for group in (project["dependencies"], *extras_) for line in group]


def needed(folder: Path) -> list[Path]:
    """The package's folder, and before it those that it needs."""
    known = siblings(folder)
    names = [NAME.match(line)[0] for line in lines_of(read(folder)["project"])]  # type: ignore[index]
    below = [one for name in names if name in known for one in needed(known[name])]
    return [*dict.fromkeys(below), folder]


def extras(folder: Path) -> str:
    """All of them, as pip writes them."""
    names = read(folder)["project"].get("optional-dependencies", {})
    return f"[{','.join(names)}]" if names else ""


def clients(folder: Path) -> list[str]:
    """The programs of others that ask the package in its tests, and whose oldest versions count as much as what it needs."""
    lines: list[str] = read(folder).get("dependency-groups", {}).get("clients", [])
    return lines


def lowest(folder: Path) -> list[str]:
    """The oldest version of everything that the package, and those of ours below it, all allow."""
    projects = [read(one)["project"] for one in needed(folder)]
    lines = [line for one in projects for line in lines_of(one)] + clients(folder)
    bounds: dict[str, str] = {}
    for found in filter(None, map(BOUND.match, lines)):
        bounds[found["name"]] = max(bounds.get(found["name"], "0"), found["version"], key=numbers)
    return [f"{name}=={version}" for name, version in sorted(bounds.items())]


def numbers(version: str) -> list[int]:
    """2.0.30 as [2, 0, 30]."""
    return [int(number) for number in re.findall(r"\d+", version)]


def main(given: str, option: str = "") -> None:
    folder = Path(given)
    if option == "--lowest":
        print("\n".join(lowest(folder)))
    else:
        print(" ".join(f"-e {one}{extras(one)}" for one in needed(folder)))


if __name__ == "__main__":
    main(*sys.argv[1:])
