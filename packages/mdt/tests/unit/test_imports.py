"""Arrows between the modules of mdt go one way: no circle, and nobody below imports what stands on it.

Every import statement counts, also one inside a function and one under TYPE_CHECKING.
"""

import ast
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

import mdt

SOURCES = Path(mdt.__file__).parent
TRANSPORTS = ("api", "cli", "inprocess", "pytest_plugin", "server")
ROOT_MODULES = ("errors", "language", "suggest", "texts")
type Graph = Mapping[str, set[str]]


def modules(folder: Path) -> dict[str, ast.Module]:
    """The sources of a package by their dotted names."""
    found = {}
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder.parent).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
        found[name] = ast.parse(path.read_text(encoding="utf-8"))
    return found


def imported(tree: ast.Module, known: set[str]) -> Iterator[str]:
    """Modules, and those of `from package import module`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names if one.name in known)
        elif isinstance(node, ast.ImportFrom) and node.module in known:
            inner = {f"{node.module}.{one.name}" for one in node.names} & known
            yield from inner
            if len(inner) < len(node.names):
                yield node.module


def graph(folder: Path) -> Graph:
    trees = modules(folder)
    return {name: set(imported(tree, set(trees))) - {name} for name, tree in trees.items()}


def circle(arrows: Graph) -> list[str]:
    """The way from a module back to itself; empty when there is none."""
    done: set[str] = set()

    def walk(module: str, path: list[str]) -> list[str]:
        if module in path:
            return [*path[path.index(module) :], module]
        if module in done:
            return []
        ways = (walk(one, [*path, module]) for one in sorted(arrows[module]))
        found = next(filter(None, ways), [])
        done.add(module)
        return found

    return next(filter(None, (walk(module, []) for module in sorted(arrows))), [])


def rooms(arrows: Graph, *below: str) -> set[str]:
    """The parts of mdt that the modules of these parts import, without themselves."""
    own = [f"mdt.{one}" for one in below]
    inside = [name for name in arrows if any(name == one or name.startswith(f"{one}.") for one in own)]
    assert inside
    return {target.split(".")[1] for name in inside for target in arrows[name] if "." in target} - set(below)


ARROWS = graph(SOURCES)


def test_there_is_no_circle() -> None:
    assert circle(ARROWS) == []


def test_the_engine_stands_on_itself() -> None:
    assert rooms(ARROWS, "engine") <= set(ROOT_MODULES)
    assert rooms(ARROWS, *ROOT_MODULES) == set()


def test_definitions_and_virtual_services_know_no_transport() -> None:
    assert not rooms(ARROWS, "definitions", "virtual") & set(TRANSPORTS)


def test_openapi_knows_of_definitions_only_how_to_read_yaml() -> None:
    assert rooms(ARROWS, "openapi") <= {"definitions", *ROOT_MODULES}
    assert not rooms(ARROWS, "engine", "definitions", "virtual") & {"openapi"}


def test_nothing_but_the_commands_stands_on_recordings() -> None:
    assert not rooms(ARROWS, "engine", "definitions", "virtual", "inprocess", "server", "api") & {
        "recording",
        "formats",
    }
    assert not rooms(ARROWS, "recording") & {"cli", "formats", "pytest_plugin"}
    assert not rooms(ARROWS, "formats") & {"cli", "pytest_plugin"}


def test_drafts_and_lint_stand_between_definitions_and_the_server() -> None:
    assert rooms(ARROWS, "lint") <= {"definitions", "engine", *ROOT_MODULES}
    assert rooms(ARROWS, "drafts") <= {"lint", "definitions", "engine", *ROOT_MODULES}


def test_generate_stands_on_openapi_and_definitions() -> None:
    assert rooms(ARROWS, "generate") <= {"openapi", "definitions", "engine", *ROOT_MODULES}


def test_callbacks_stand_on_the_engine() -> None:
    assert rooms(ARROWS, "callbacks") <= {"engine", *ROOT_MODULES}
    assert not rooms(ARROWS, "virtual") & {"definitions", "partners"}
    assert rooms(ARROWS, "partners") <= {"virtual", "callbacks", "engine", *ROOT_MODULES}


def test_the_transports_do_not_know_each_other() -> None:
    assert "server" not in rooms(ARROWS, "inprocess")
    assert not rooms(ARROWS, "server") & {"api", "cli", "inprocess", "pytest_plugin"}


@pytest.mark.parametrize(
    "hidden",
    [
        "from pack.one import A",
        "def later():\n    from pack import one",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import pack.one",
    ],
)
def test_a_circle_is_found_wherever_its_import_stands(tmp_path: Path, hidden: str) -> None:
    folder = tmp_path / "pack"
    (folder / "deep").mkdir(parents=True)
    for name, text in {"__init__": "", "one": "import pack.deep.two", "deep/__init__": "", "deep/two": hidden}.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")

    assert circle(graph(folder)) == ["pack.deep.two", "pack.one", "pack.deep.two"]


def test_an_arrow_up_is_found() -> None:
    assert rooms({"mdt.engine.a": {"mdt.server.b", "mdt.errors", "mdt.engine.c"}}, "engine") == {"server", "errors"}
