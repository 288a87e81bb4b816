"""Changes of files: all of them or none."""

import pytest

from tests.unit.tools.conftest import contents
from tools.changes import Changes


@pytest.fixture
def root(tmp_path):
    (tmp_path / "kept.txt").write_text("kept")
    (tmp_path / "old").mkdir()
    (tmp_path / "old/script.sh").write_text("script")
    (tmp_path / "old/script.sh").chmod(0o750)
    (tmp_path / "old/__pycache__").mkdir()
    (tmp_path / "old/__pycache__/x.pyc").write_text("bytecode")
    return tmp_path


@pytest.fixture
def changes(root):
    changes = Changes(root)
    changes.write("kept.txt", "changed")
    changes.write("new/deep/file.txt", "new")
    changes.delete("old")
    return changes


def test_all_of_them_happen(root, changes):
    changes.apply(lambda: None)

    assert contents(root) == {"kept.txt": b"changed", "new/deep/file.txt": b"new"}
    assert not (root / "old").exists()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt])
def test_none_of_them_happens_when_the_end_fails(root, changes, error):
    before = contents(root)

    def fail():
        (root / "kept.txt").write_text("half")
        raise error

    with pytest.raises(error):
        changes.apply(fail)

    assert contents(root) == before
    assert (root / "old/script.sh").stat().st_mode & 0o777 == 0o750
    assert not (root / "new").exists()


def test_what_the_end_writes_is_undone_too(root, changes):
    def fail():
        (root / "made").write_text("by the end")
        raise ValueError("enough")

    with pytest.raises(ValueError, match="enough"):
        changes.apply(fail, also=["made"])

    assert not (root / "made").exists()


def test_none_of_them_happens_when_one_is_impossible(root, changes):
    changes.write("kept.txt/impossible", "a file is no folder")
    before = contents(root)

    with pytest.raises(OSError, match=r"kept\.txt"):
        changes.apply(lambda: None)

    assert contents(root) == before


def test_mode_of_a_file_that_moves_goes_with_it(root):
    changes = Changes(root, {"new.sh": b""}, modes={"new.sh": 0o755})

    changes.apply(lambda: None)

    assert (root / "new.sh").stat().st_mode & 0o777 == 0o755


def test_folder_with_something_else_in_it_stays(root):
    changes = Changes(root, deletes={"old/script.sh"})
    (root / "old/mine.txt").write_text("mine")

    changes.apply(lambda: None)

    assert (root / "old/mine.txt").read_text() == "mine"


def test_lines_say_what_happens_to_each_file(changes):
    assert changes.lines() == ["change  kept.txt", "make    new/deep/file.txt", "delete  old/script.sh"]
