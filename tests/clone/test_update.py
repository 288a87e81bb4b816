"""`flask project update`: a renamed clone of depth 1 with a module less takes over later commits of the template, and is green."""

import pytest

from tests.clone.conftest import Copy
from tools.project import Project
from tools.renaming import ORIGIN

HERE = Project.here()
PACKAGE = ORIGIN.package
PAGES = ("docs/moving.md", "docs/leaving.md")  # nothing links to them: their links would lead nowhere
LATER = "\n\ndef later() -> str:\n    from {package}.core import errors\n\n    return errors.__name__\n"

pytestmark = [
    pytest.mark.clone,
    pytest.mark.skipif(HERE.package != PACKAGE, reason="the template's own test: in a clone the template is elsewhere"),
]


@pytest.fixture
def clone(copy: Copy) -> Copy:
    """Its own project: `shop`, without payments, of a template that has two pages more."""
    for page in PAGES:
        (copy.root / page).write_text(f"# A page\nIt is about {PACKAGE}, like the others.\n")
    copy.commit()
    root = copy.root.parent / "clone"
    copy.git("clone", "-q", "--depth", "1", f"file://{copy.root}", str(root))
    clone = Copy(root)
    for name, value in (("name", "tester"), ("email", "tester@example.com")):
        clone.git("config", f"user.{name}", value)
    clone.flask("project", "rename", "shop")
    clone.commit()
    clone.flask("module", "remove", "payments")
    clone.commit()
    return clone


def go_on(upstream: Copy) -> None:
    """Four later commits: in a module that is gone there, among renamed words, a file less, a file elsewhere."""
    for path in (f"{PACKAGE}/modules/payments/service.py", f"{PACKAGE}/core/clock.py"):
        with (upstream.root / path).open("a") as file:
            file.write(LATER.format(package=PACKAGE))
        upstream.commit()
    moving, leaving = PAGES
    upstream.git("rm", "-q", leaving)
    upstream.commit()
    (upstream.root / "docs/guide").mkdir()
    upstream.git("mv", moving, "docs/guide/moving.md")
    upstream.commit()


def test_updated_clone_is_green(copy: Copy, clone: Copy):
    go_on(copy)

    command = clone.flask("project", "update", str(copy.root)).splitlines()[0]
    clone.git(*command.split()[1:])
    clone.flask("settings", "write")
    clone.flask("openapi", "write")

    assert clone.git("status", "--porcelain") == ""
    assert LATER.format(package="shop") in (clone.root / "shop/core/clock.py").read_text()
    assert not (clone.root / "shop/modules/payments").exists()
    assert not any((clone.root / page).exists() for page in PAGES)
    assert (clone.root / "docs/guide/moving.md").is_file()
    assert Project.at(clone.root).base == copy.git("rev-parse", "HEAD").strip()
    assert clone.flask("project", "diff", str(copy.root)) == ""
    clone.check_style()
    clone.check_unit_suite()
