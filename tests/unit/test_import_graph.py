"""The application's imports go one way: no circle, and nothing imports what stands above it."""

from pathlib import Path

import pytest

import backend
from tests.unit.import_graph import arrows_up, circle, graph_of

FLOORS = tuple(
    (f"{backend.__name__}{room}",)  # whatever a clone calls it
    for room in (
        ".server",
        "",
        ".modules",
        ".core.web",
        ".core.jobs",
        ".core.security",
        ".core.http",
        ".core.db",
        ".core.observability",
        ".core",
    )
)


@pytest.fixture(scope="module")
def graph():
    return graph_of(Path(backend.__file__).parent)


def test_no_modules_import_each_other(graph):
    assert circle(graph) == []


def test_nothing_imports_what_stands_above_it(graph):
    assert arrows_up(graph, FLOORS) == set()


@pytest.fixture
def package(tmp_path):
    """`package(a="import p.b")`: the graph of a package `p` with these modules."""

    def make(**sources):
        folder = tmp_path / "p"
        folder.mkdir()
        (folder / "__init__.py").touch()
        for name, source in sources.items():
            (folder / f"{name}.py").write_text(source)
        return graph_of(folder)

    return make


@pytest.mark.parametrize(
    "hidden",
    [
        "from p import a",
        "import p.a",
        "from p.a import something",
        "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.a import Something",
        "def later():\n    from p import a",
    ],
)
def test_a_circle_is_found_wherever_it_hides(package, hidden):
    graph = package(a="from p import b", b="from p.c import x", c=hidden, d="from p import a")

    assert set(circle(graph)) == {"p.a", "p.b", "p.c"}


def test_an_arrow_up_is_found(package):
    graph = package(high="from p import low", low="from p import high")

    assert arrows_up(graph, (("p",), ("p.high",), ("p.low",))) == {("p.low", "p.high")}
