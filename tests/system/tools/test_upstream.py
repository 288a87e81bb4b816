"""Later states of the template, in a clone's own names: in temporary repositories, as git itself merges them."""

import shutil

import click
import pytest

from tests.unit.tools.conftest import FILES, contents
from tools import upstream, upstream_base
from tools.project import Project
from tools.renaming import ORIGIN, Names, Renaming

PARTS = frozenset({"core", "modules", "__init__"})
AS_TEMPLATE = Renaming(Names("alpha", "alfa"), ORIGIN, PARTS)
AS_CLONE = Renaming(ORIGIN, Names("store", "store"), PARTS)
PACKAGE = ORIGIN.package
OLD = b"".join(b"line %d\n" % number for number in range(20))


def put(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)


@pytest.fixture
def template(tmp_path, git):
    """The template's repository with two commits and no tag."""
    root = tmp_path / "template"
    root.mkdir()
    git(root, "init", "-q")
    put(root, AS_TEMPLATE.tree({path: text.encode() for path, text in FILES.items()}))
    put(root, {"docs/old.md": OLD, "docs/gone.md": b"gone\n"})
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")

    put(
        root,
        {
            f"{PACKAGE}/core/db.py": f'NAME = "{ORIGIN.project}"\nPOOL = 6\n'.encode(),
            f"{PACKAGE}/core/new.py": f"from {PACKAGE}.core import db\n".encode(),
            f"{PACKAGE}/modules/people/more.py": b"",
            "docs/openapi.json": b'{"new": 1}\n',
            "docs/guide/start.md": b"start\n",
        },
    )
    (root / "docs/people/page.md").unlink()
    git(root, "mv", "docs/old.md", "docs/guide/moved.md")
    git(root, "rm", "-q", "docs/gone.md")
    git(root, "add", "--all")
    git(root, "commit", "-qm", "second")
    return root


def cloned(root, git, template):
    """A clone with the history of the first commit."""
    git(root.parent, "clone", "-q", str(template), root.name)
    git(root, "checkout", "-q", "-b", "ours", "HEAD~1")


def shallow(root, git, template):
    """A clone of depth 1."""
    git(template, "branch", "-q", "old", "HEAD~1")
    git(root.parent, "clone", "-q", "--depth", "1", "--branch", "old", f"file://{template}", root.name)


def archive(root, git, template):
    """An archive of the first commit, committed as it came."""
    git(root.parent, "clone", "-q", str(template), root.name)
    git(root, "checkout", "-q", "HEAD~1")
    shutil.rmtree(root / ".git")
    git(root, "init", "-q")
    git(root, "add", "--all")
    git(root, "commit", "-qm", "Initial commit")


STARTS = (cloned, shallow, archive)


@pytest.fixture(params=[archive])
def clone(request, tmp_path, git, template):
    """A clone of the first commit, renamed to `store`, without the module `people`, with a change of its own."""
    root = tmp_path / "clone"
    request.param(root, git, template)
    git(root, "config", "user.name", "tester")
    git(root, "config", "user.email", "tester@example.com")
    files = AS_CLONE.tree(contents(root))
    git(root, "rm", "-rq", ".")
    put(root, {path: text for path, text in files.items() if "/people/" not in path})
    put(root, {"store/core/mine.py": b"", "docs/openapi.json": b'{"mine": 1}\n'})
    git(root, "add", "--all")
    git(root, "commit", "-qm", "our own")
    return Project.at(root)


@pytest.fixture
def whole(tmp_path, git, template):
    """A clone with history that has changed nothing."""
    root = tmp_path / "whole"
    cloned(root, git, template)
    return Project.at(root)


def test_diff_speaks_the_clones_names(clone, template):
    text = upstream.diff(clone, str(template), stat=False)

    assert "+++ b/store/core/new.py" in text
    assert "+from store.core import db" in text
    assert "+POOL = 6" in text
    assert ' NAME = "store"' in text


def test_diff_has_nothing_of_what_the_clone_took_out_or_makes_itself(clone, template):
    text = upstream.diff(clone, str(template), stat=True)

    changed = {line.split("|")[0].strip() for line in text.splitlines() if "|" in line}
    own = {"docs/guide/start.md", "docs/gone.md", "pyproject.toml", "store/core/db.py", "store/core/new.py"}
    assert changed - own == {"docs/{old.md => guide/moved.md}"}
    assert own <= changed


@pytest.mark.parametrize("clone", STARTS, indirect=True, ids=lambda start: start.__name__)
def test_update_is_a_commit_that_git_can_take_over(clone, git, template):
    put(clone.root, {"docs/old.md": OLD.replace(b"line 10\n", b"our line\n")})
    git(clone.root, "commit", "-qam", "our line in a file that moves")
    before = contents(clone.root)
    commit = upstream.update_commit(clone, str(template))
    assert contents(clone.root) == before

    git(clone.root, "cherry-pick", commit)

    after = contents(clone.root)
    assert after["store/core/db.py"] == b'NAME = "store"\nPOOL = 6\n'
    assert after["docs/openapi.json"] == b'{"mine": 1}\n'
    assert after["docs/guide/moved.md"] == before["docs/old.md"]
    assert after.keys() - before.keys() == {"store/core/new.py", "docs/guide/start.md", "docs/guide/moved.md"}
    assert before.keys() - after.keys() == {"docs/old.md", "docs/gone.md"}
    assert Project.at(clone.root).base == git(template, "rev-parse", "HEAD").strip()
    assert upstream.diff(Project.at(clone.root), str(template), stat=False) == ""
    with pytest.raises(click.ClickException, match="nothing new"):
        upstream.update_commit(Project.at(clone.root), str(template))


def test_next_update_begins_where_the_last_one_ended(whole, git, template):
    git(whole.root, "cherry-pick", upstream.update_commit(whole, str(template)))
    put(template, {"docs/guide/start.md": b"start\nagain\n"})
    git(template, "commit", "-qam", "third")

    changed = Project.at(whole.root)
    git(whole.root, "cherry-pick", upstream.update_commit(changed, str(template)))

    assert (whole.root / "docs/guide/start.md").read_text() == "start\nagain\n"
    assert Project.at(whole.root).base == git(template, "rev-parse", "HEAD").strip()


def test_line_that_both_changed_is_a_conflict_that_git_shows(whole, git, template):
    put(whole.root, {f"{PACKAGE}/core/db.py": f'NAME = "{ORIGIN.project}"\nPOOL = 60\n'.encode()})
    git(whole.root, "commit", "-qam", "our pool")

    commit = upstream.update_commit(whole, str(template))
    with pytest.raises(Exception, match="cherry-pick"):
        git(whole.root, "cherry-pick", commit)

    assert "<<<<<<<" in (whole.root / f"{PACKAGE}/core/db.py").read_text()


@pytest.mark.parametrize("revision", ["HEAD", "HEAD~1"])
def test_revision_may_be_a_branch_a_tag_or_a_commit(whole, git, template, revision):
    commit = git(template, "rev-parse", revision).strip()
    git(template, "tag", "v9", commit)
    git(template, "branch", "stable", commit)

    assert [upstream_base.fetch(whole.root, f"{template}@{name}") for name in ("v9", "stable", commit)] == [commit] * 3
    assert "v9" not in git(whole.root, "tag").split()
    assert "stable" not in git(whole.root, "branch").split()


def test_remote_by_name_stands_for_its_newest_commit(whole, git, template):
    git(whole.root, "remote", "add", "template", str(template))

    assert upstream_base.fetch(whole.root, "template") == git(template, "rev-parse", "HEAD").strip()


@pytest.mark.parametrize(
    ("source", "place", "revision"),
    [
        ("upstream", "upstream", None),
        ("upstream@v1.2", "upstream", "v1.2"),
        ("git@example.com:us/template.git", "git@example.com:us/template.git", None),
        ("ssh://git@example.com/us/template@main", "ssh://git@example.com/us/template", "main"),
    ],
)
def test_source_is_a_place_and_perhaps_a_revision(source, place, revision):
    found = upstream_base.REVISION.fullmatch(source)

    assert (found["place"], found["revision"]) == (place, revision)


class TestRefusals:
    @pytest.mark.parametrize("revision", ["nowhere", "HEAD-x", "v0..1"])
    def test_unknown_revision(self, whole, template, revision):
        with pytest.raises(click.ClickException, match="no branch, tag or commit"):
            upstream.diff(whole, f"{template}@{revision}", stat=False)

    @pytest.mark.parametrize("source", ["--upload-pack=touch x", "nowhere"])
    def test_place_that_is_none(self, whole, source):
        with pytest.raises(click.ClickException, match="git fetch"):
            upstream.diff(whole, source, stat=False)

    def test_start_that_is_no_state_of_the_template(self, project, template):
        with pytest.raises(click.ClickException, match='write base = "'):
            upstream.diff(project, str(template), stat=False)

    def test_base_that_the_template_does_not_know(self, project, template):
        path = project.root / "pyproject.toml"
        path.write_text(path.read_text().replace("package =", 'base = "0123456789abcdef"\npackage ='))

        with pytest.raises(click.ClickException, match="is it the template"):
            upstream.diff(Project.at(project.root), str(template), stat=False)
