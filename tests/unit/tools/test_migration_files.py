"""The chain of migrations: what comes next, what comes after, and how one is taken out of the middle."""

import click
import pytest

from tests.unit.tools.conftest import MIGRATION
from tools.migration_files import MigrationFiles


@pytest.fixture
def add(project):
    def write(name, revision, after, words="more"):
        text = MIGRATION.format(words=words, revision=revision, after=after, down=f'"{after}"')
        (project.root / f"migrations/versions/{name}.py").write_text(text)

    return write


@pytest.fixture
def files(project):
    return lambda: MigrationFiles(project.root)


def test_head_and_next_number(files, add):
    assert (files().head, files().next_number()) == ("0002", "0003")

    add("20260103_abc_more", "abc", "0002")

    assert (files().head, files().next_number()) == ("abc", "0003")


def test_first_of_all_is_0001(files, project):
    for path in (project.root / "migrations/versions").iterdir():
        path.unlink()

    assert (files().head, files().next_number()) == (None, "0001")


def test_two_heads_are_refused(files, add):
    add("20260103_0003_more", "0003", "0001")

    with pytest.raises(click.ClickException, match="flask db merge"):
        _ = files().head


def test_path_of_an_unknown_one_is_refused(files):
    assert files().path("0001") == "migrations/versions/20260101_0001_users.py"

    with pytest.raises(click.ClickException, match="no migration 0009"):
        files().path("0009")


def test_what_is_applied_at_a_revision(files):
    assert files().applied_with("0002") == {"0001", "0002"}
    assert files().applied_with("unknown") == set()


def test_followers_are_linked_to_what_stays(files, add):
    add("20260103_0003_more", "0003", "0002")
    add("20260104_0004_more", "0004", "0003")

    texts = files().without(["0002", "0003"])

    assert texts.keys() == {"migrations/versions/20260104_0004_more.py"}
    text = texts["migrations/versions/20260104_0004_more.py"]
    assert 'down_revision = "0001"' in text
    assert "Revision: 0004, after 0001." in text


def test_follower_of_the_first_becomes_the_first(files):
    text = files().without(["0001"])["migrations/versions/20260102_0002_people.py"]

    assert "down_revision = None" in text
    assert "after nothing." in text


def test_join_of_branches_is_left_to_people(files, add, project):
    add("20260103_0003_more", "0003", "0001")
    add("20260104_0004_join", "0004", "0002")
    path = project.root / "migrations/versions/20260104_0004_join.py"
    path.write_text(path.read_text().replace('down_revision = "0002"', 'down_revision = ("0002", "0003")'))

    with pytest.raises(click.ClickException, match="by hand"):
        files().without(["0002"])
