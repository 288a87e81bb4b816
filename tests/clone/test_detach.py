"""`flask project detach`: the tree with wheels in the place of the packages' sources is green, and so is the leanest one."""

import pytest

from tests.clone.conftest import Copy, copied
from tools.project import Project

HERE = Project.here()
PACKAGES = ("faultlab", "mdt", "testdb")
FILES = "import {0}; print({0}.__file__)"

pytestmark = pytest.mark.clone


@pytest.fixture(scope="module")
def detached(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A detached copy, committed, with an environment of its own."""
    copy = copied(tmp_path_factory.mktemp("detach") / "copy")
    copy.flask("project", "detach")
    copy.commit()
    copy.set_up()
    return copy


def test_detached_tree_is_green(detached: Copy):
    places = [detached.run("-c", FILES.format(package)).strip() for package in PACKAGES]

    assert not (detached.root / "packages").exists()
    assert [place for place in places if not place.startswith(f"{detached.root}/.venv/")] == []
    assert "1 problems" not in detached.flask("doctor", "--json")
    detached.check_style()
    detached.shell("scripts/packages.sh", "test")
    detached.check_unit_suite()


def test_lean_tree_is_green(detached: Copy):
    """Without the packages' sources and without any optional module, with nothing of their settings left."""
    gone = ("payments", "orders")

    for module in gone:
        detached.flask("module", "remove", module)

    texts = [(detached.root / name).read_text() for name in (".env.example", ".env.unit")]
    words = ("PAYMENT_", "OUTBOX_", "INVENTORY_URL", "NOTIFICATION_URL", "USER_SERVICE_URL")
    assert [word for word in words for text in texts if word in text] == []
    assert not set(gone) & set(detached.flask("module", "list").split())
    detached.check_style()
    detached.check_unit_suite()
