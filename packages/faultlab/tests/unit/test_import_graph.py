"""No module imports another that imports it, and what is below knows nothing of what is above."""

from pathlib import Path

import pytest

import faultlab
from tests.unit.import_graph import circles, graph, reachable

PACKAGE = Path(faultlab.__file__).parent


def test_no_circle() -> None:
    assert circles(graph(PACKAGE)) == []


@pytest.mark.parametrize("below", ["cases", "invariants", "proxy"])
def test_what_judges_and_what_harms_knows_no_report_and_no_command_line(below: str) -> None:
    found = graph(PACKAGE)

    modules = [name for name in found if name.startswith(f"faultlab.{below}.")]
    imported = {(name, other) for name in modules for other in reachable(found, name)}

    assert len(modules) > 3
    assert [pair for pair in imported if pair[1].split(".")[1] in ("report", "cli")] == []


HIDDEN = {
    "at the top": "from shop.other import thing\n",
    "inside a function": "def late():\n    import shop.other\n",
    "under TYPE_CHECKING": "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop import other\n",
    "relative": "from .other import thing\n",
}


@pytest.mark.parametrize("text", HIDDEN.values(), ids=HIDDEN)
def test_a_circle_is_found_however_it_is_hidden(tmp_path: Path, text: str) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "__init__.py").write_text("")
    (folder / "one.py").write_text(text)
    (folder / "between.py").write_text("from shop.one import late\n")
    (folder / "other.py").write_text("from shop.between import late\n")

    assert circles(graph(folder)) == [["shop.between", "shop.one", "shop.other"]]
