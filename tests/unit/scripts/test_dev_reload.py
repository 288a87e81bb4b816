"""`make run` serves the newest version that starts."""

import os

import pytest

from scripts import dev_reload


class Version:
    """A version that starts, or does not."""

    def __init__(self, starts: bool = True) -> None:
        self.starts, self.ended = starts, False

    def serves(self) -> bool:
        return self.starts

    def wait(self) -> int:
        return 3

    def end(self) -> int:
        self.ended = True
        return 0


def follow(first, *others):
    """The versions, each started after another change, until there is none left."""
    left = list(others)
    dev_reload.follow_changes(first, lambda: left.pop(0), lambda: [{"backend/a.py"}] * len(others))


def test_a_version_that_starts_takes_over(capsys):
    first, second = Version(), Version()

    follow(first, second)

    assert first.ended
    assert capsys.readouterr().out == "Changed: backend/a.py\nThe new version serves.\n"


def test_a_version_that_does_not_start_leaves_the_one_before_it(capsys):
    first, broken, third = Version(), Version(starts=False), Version()
    seen = []
    broken.end = lambda: seen.append(first.ended)

    follow(first, broken, third)

    assert seen == [False]
    assert first.ended
    assert "does not start; the one before it still serves" in capsys.readouterr().out


def test_ctrl_c_ends_the_version_that_serves():
    first = Version()

    def interrupted():
        raise KeyboardInterrupt
        yield

    with pytest.raises(KeyboardInterrupt):
        dev_reload.follow_changes(first, Version, interrupted)

    assert first.ended


@pytest.mark.parametrize("word", ["0", "off"])
def test_reload_can_be_switched_off(monkeypatch, word):
    first = Version()
    monkeypatch.setenv("RELOAD", word)

    with pytest.raises(SystemExit) as stopped:
        dev_reload.follow_changes(first, Version, lambda: pytest.fail("it watches"))

    assert stopped.value.code == 3


@pytest.mark.parametrize(
    ("path", "counts"),
    [
        ("/p/backend/a.py", True),
        ("/p/backend/locale/zh/LC_MESSAGES/messages.po", True),
        ("/p/.env", True),
        ("/p/.env.development", True),
        ("/p/backend/__pycache__/a.cpython-312.pyc", False),
        ("/p/backend/.a.py.swp", False),
        ("/p/backend/a.py~", False),
        ("/p/backend/notes.txt", False),
    ],
)
def test_only_what_a_version_is_made_of_counts(path, counts):
    assert dev_reload.SourceFiles()(None, path) is counts


class TestMissedChanges:
    @pytest.fixture
    def source(self, tmp_path, monkeypatch):
        """A watched file of a project of its own."""
        monkeypatch.setattr(dev_reload, "ROOT", tmp_path)
        path = tmp_path / dev_reload.PACKAGE / "a.py"
        path.parent.mkdir()
        path.write_text("")
        return path

    def test_a_file_saved_before_the_watcher_was_there_is_a_change(self, source):
        begun = source.stat().st_mtime

        assert next(iter(dev_reload.changes(begun))) == {f"{dev_reload.PACKAGE}/a.py"}

    def test_one_saved_before_the_version_began_is_none(self, source):
        os.utime(source, (1000, 1000))
        (source.parent / "notes.txt").write_text("of no version")

        assert dev_reload.saved_after(2000.0, [source.parent, source]) == set()
