"""An environment that was moved, copied or overtaken by its requirements is noticed."""

import pytest

from scripts import venv_state


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A folder with requirements files and a stamp of its own."""
    (tmp_path / "requirements.txt").write_text("flask==1\n")
    (tmp_path / "requirements-run.txt").write_text("ruff==1\n")
    (tmp_path / "requirements-test.txt").write_text("pytest==1\n")
    monkeypatch.setattr(venv_state, "ROOT", tmp_path)
    monkeypatch.setattr(venv_state, "STAMP", tmp_path / "installed.json")
    return tmp_path


def test_nothing_is_ready_before_it_is_stamped(project):
    assert venv_state.not_ready("run")


def test_what_was_stamped_is_ready(project):
    venv_state.main("stamp", "run")

    assert venv_state.not_ready("run") is None
    assert venv_state.not_ready("test")


def test_ready_to_test_is_ready_to_run(project):
    venv_state.main("stamp", "test")

    assert venv_state.not_ready("run") is None
    assert venv_state.not_ready("test") is None


@pytest.mark.parametrize(
    ("file", "purposes"),
    [
        ("requirements.txt", ["run", "test"]),
        ("requirements-run.txt", ["run"]),
        ("requirements-test.txt", ["test"]),
        ("packages/mdt/pyproject.toml", ["test"]),
        ("packages/mdt/src/mdt/locale/zh/LC_MESSAGES/mdt.po", ["test"]),
    ],
)
def test_a_changed_file_asks_for_installing_again(project, file, purposes):
    venv_state.main("stamp", "test")

    (project / file).parent.mkdir(parents=True, exist_ok=True)
    (project / file).write_text("flask==2\n")

    assert [purpose for purpose in ("run", "test") if venv_state.not_ready(purpose)] == purposes


def test_an_unreadable_stamp_counts_as_none(project):
    (project / "installed.json").write_text("{")

    assert venv_state.not_ready("run")


@pytest.mark.parametrize("line", ['VIRTUAL_ENV="{}"', "VIRTUAL_ENV='{}'", "    export VIRTUAL_ENV='{}'"])
def test_an_environment_knows_its_place_and_notices_a_move(tmp_path, line):
    here, elsewhere = tmp_path / "my project" / ".venv", tmp_path / "copy" / ".venv"
    for folder in (here, elsewhere):
        (folder / "bin").mkdir(parents=True)
        (folder / "bin" / "activate").write_text("VIRTUAL_ENV=$(cygpath x)\n" + line.format(here) + "\n")

    assert venv_state.was_made_here(here)
    assert not venv_state.was_made_here(elsewhere)


def test_an_environment_without_scripts_was_not_made_here(tmp_path):
    assert not venv_state.was_made_here(tmp_path)


def test_what_make_run_installs_make_test_has_in_the_same_version():
    """So an environment that is ready to test is ready to run."""

    def pins(name):
        lines = [line.split()[0] for line in (venv_state.ROOT / name).read_text().splitlines() if "==" in line]
        return set(lines)

    assert pins("requirements-run.txt") <= pins("requirements.txt") | pins("requirements-test.txt")
