"""No module imports another that imports it."""

from pathlib import Path

import pytest

import testdb
from tests.unit.import_graph import circles, graph


def test_no_circle() -> None:
    assert circles(graph(Path(testdb.__file__).parent)) == []


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
