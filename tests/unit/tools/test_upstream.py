"""Later releases of the template, in a clone's own names: in temporary repositories, as git itself merges them."""

import click
import pytest

from tests.unit.tools.conftest import FILES, contents
from tools import upstream
from tools.project import Project
from tools.renaming import ORIGIN, Names, Renaming

PARTS = frozenset({"core", "modules", "__init__"})
AS_TEMPLATE = Renaming(Names("alpha", "alfa"), ORIGIN, PARTS)
AS_CLONE = Renaming(ORIGIN, Names("store", "store"), PARTS)
PACKAGE = ORIGIN.package


def put(root, files):
    for path, text in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(text)


@pytest.fixture
def template(tmp_path, git):
    """The template's repository with the releases v0.1.0 and v0.2.0."""
    root = tmp_path / "template"
    root.mkdir()
    git(root, "init", "-q")
    put(root, AS_TEMPLATE.tree({path: text.encode() for path, text in FILES.items()}))
    git(root, "add", ".")
    git(root, "commit", "-qm", "first")
    git(root, "tag", "v0.1.0")

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
    toml = (root / "pyproject.toml").read_text()
    (root / "pyproject.toml").write_text(toml.replace("0.1.0", "0.2.0"))
    git(root, "add", "--all")
    git(root, "commit", "-qm", "second")
    git(root, "tag", "v0.2.0")
    return root


@pytest.fixture
def clone(tmp_path, git, template):
    """A clone of the first release, renamed to `store`, without the module `people`, with a change of its own."""
    root = tmp_path / "clone"
    git(tmp_path, "clone", "-q", str(template), "clone")
    git(root, "checkout", "-q", "-b", "ours", "v0.1.0")
    git(root, "config", "user.name", "tester")
    git(root, "config", "user.email", "tester@example.com")
    files = AS_CLONE.tree(contents(root))
    git(root, "rm", "-rq", ".")
    put(root, {path: text for path, text in files.items() if "/people/" not in path})
    put(root, {"store/core/mine.py": b"", "docs/openapi.json": b'{"mine": 1}\n'})
    git(root, "add", "--all")
    git(root, "commit", "-qm", "our own")
    git(root, "remote", "add", "upstream", str(template))
    git(root, "fetch", "-q", "upstream", "--tags")
    return Project.at(root)


def test_diff_speaks_the_clones_names(clone):
    text = upstream.diff(clone, "v0.2.0", stat=False)

    assert "+++ b/store/core/new.py" in text
    assert "+from store.core import db" in text
    assert "+POOL = 6" in text
    assert ' NAME = "store"' in text


def test_diff_has_nothing_of_what_the_clone_took_out_or_makes_itself(clone):
    text = upstream.diff(clone, "v0.2.0", stat=True)

    changed = {line.split("|")[0].strip() for line in text.splitlines() if "|" in line}
    assert changed == {"docs/guide/start.md", "pyproject.toml", "store/core/db.py", "store/core/new.py"}


def test_update_is_a_commit_that_git_can_take_over(clone, git):
    before = contents(clone.root)
    commit = upstream.update_commit(clone, "v0.2.0")
    assert contents(clone.root) == before

    git(clone.root, "cherry-pick", commit)

    after = contents(clone.root)
    assert after["store/core/db.py"] == b'NAME = "store"\nPOOL = 6\n'
    assert after["docs/openapi.json"] == b'{"mine": 1}\n'
    assert after.keys() - before.keys() == {"store/core/new.py", "docs/guide/start.md"}
    assert before.keys() <= after.keys()
    assert Project.at(clone.root).base_version == "0.2.0"
    assert upstream.diff(Project.at(clone.root), "v0.2.0", stat=False) == ""


def test_line_that_both_changed_is_a_conflict_that_git_shows(clone, git):
    put(clone.root, {"store/core/db.py": b'NAME = "store"\nPOOL = 60\n'})
    git(clone.root, "commit", "-qam", "our pool")

    commit = upstream.update_commit(clone, "v0.2.0")
    with pytest.raises(Exception, match="cherry-pick"):
        git(clone.root, "cherry-pick", commit)

    assert "<<<<<<<" in (clone.root / "store/core/db.py").read_text()


def test_clone_that_kept_the_names_works_as_well(template, git):
    git(template, "checkout", "-q", "v0.1.0")

    text = upstream.diff(Project.at(template), "v0.2.0", stat=True)

    assert f"{PACKAGE}/core/new.py" in text


@pytest.mark.parametrize("tag", ["v9.9.9", "--output=x", "v0.2.0:README.md"])
def test_unknown_tag_says_how_to_get_it(clone, tag):
    with pytest.raises(click.ClickException, match="git fetch upstream --tags"):
        upstream.diff(clone, tag, stat=False)
