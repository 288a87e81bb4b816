"""`flask project detach`: wheels in the place of sources, or nothing and one message."""

import click
import pytest

from tests.unit.tools.conftest import contents
from tools import project_detach

REQUIREMENTS = "# compiled\n-e packages/low\n-e packages/high[server,tls]\nflask==3\n"
README = (
    "| `packages/` | three packages |\n| `docs/` | [pages](docs/low.md) |\n"
    "See [low](packages/low/README.md#start), [high](./packages/high) and [alfa](alfa/core/db.py).\n"
)


@pytest.fixture
def with_packages(project, git, monkeypatch):
    """The small project with two packages; pip is not asked."""
    files = {
        "requirements-test.in": REQUIREMENTS,
        "requirements-test.txt": REQUIREMENTS,
        "packages/low/pyproject.toml": "",
        "packages/high/src/high/__init__.py": "",
        "README.md": README,
        "docs/low.md": "[low](../packages/low/README.md)\n",
    }
    for path, text in files.items():
        (project.root / path).parent.mkdir(parents=True, exist_ok=True)
        (project.root / path).write_text(text)
    git(project.root, "add", ".")
    git(project.root, "commit", "-qm", "packages")

    def pip(root, *words):
        name = words[-1].rpartition("/")[2]
        target = root / words[words.index("--wheel-dir") + 1]
        target.mkdir(parents=True)
        (target / f"alpha_{name}-1-py3-none-any.whl").write_bytes(b"\xffwheel")

    monkeypatch.setattr(project_detach, "_pip", pip)
    return project


def test_requirements_name_the_wheels_in_the_same_order(with_packages):
    lines = project_detach.detach(with_packages, force=False)

    wanted = "# compiled\n./vendor/alpha_low-1-py3-none-any.whl\n./vendor/alpha_high-1-py3-none-any.whl[server,tls]\nflask==3\n"
    assert [(with_packages.root / name).read_text() for name in project_detach.REQUIREMENTS] == [wanted, wanted]
    assert (with_packages.root / "vendor/alpha_low-1-py3-none-any.whl").read_bytes() == b"\xffwheel"
    assert "make    vendor/alpha_high-1-py3-none-any.whl" in lines
    assert lines[-1] == "delete  packages/"


def test_sources_go_and_no_page_points_at_them(with_packages):
    project_detach.detach(with_packages, force=False)

    assert not (with_packages.root / "packages").exists()
    assert (with_packages.root / "README.md").read_text() == (
        "| `docs/` | [pages](docs/low.md) |\nSee low, high and [alfa](alfa/core/db.py).\n"
    )
    assert (with_packages.root / "docs/low.md").read_text() == "low\n"


def test_twice_is_refused(with_packages):
    project_detach.detach(with_packages, force=False)

    with pytest.raises(click.ClickException, match="detached already"):
        project_detach.detach(with_packages, force=True)


class TestRefusals:
    @pytest.fixture(autouse=True)
    def unchanged(self, with_packages):
        yield
        assert contents(with_packages.root) == self.before

    def test_uncommitted_changes(self, with_packages):
        (with_packages.root / "README.md").write_text("mine\n")
        self.before = contents(with_packages.root)

        with pytest.raises(click.ClickException, match="not committed"):
            project_detach.detach(with_packages, force=False)

    def test_package_that_cannot_be_built(self, with_packages, monkeypatch):
        monkeypatch.undo()
        (with_packages.root / "packages/low/pyproject.toml").write_text("[broken")
        self.before = contents(with_packages.root)

        with pytest.raises(click.ClickException, match="`pip wheel` failed"):
            project_detach.detach(with_packages, force=True)
