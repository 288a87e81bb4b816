"""`flask module new` and `flask module remove`, each followed by everything that a pull request must pass."""

import pytest

from tests.clone.conftest import Copy
from tools.migration_files import MigrationFiles
from tools.project import Project

HERE = Project.here()
OPTIONAL = [name for name in HERE.module_names() if HERE.manifest(name).optional]
HEAD = str(MigrationFiles(HERE.root).head)
ONE = {"invoices": "title:str amount:int paid:bool"}
THREE = {  # the longest name, an irregular plural, several migrations
    "customer_subscription_billing_addresses": "amount:int",
    "people": "name:str motto:str retired:bool",
    "tax_rates": "per_mille:int valid:bool",
}

pytestmark = pytest.mark.clone


def needing(name: str) -> list[str]:
    """The optional modules that require this one; they go first."""
    return [other for other in OPTIONAL if name in HERE.manifest(other).requires]


def check_migrations(copy: Copy) -> None:
    """Up, no difference between migrations and models, down, up again."""
    for words in (("upgrade",), ("check",), ("downgrade", HEAD), ("upgrade",)):
        copy.flask("db", *words)


@pytest.mark.parametrize("wanted", [ONE, THREE], ids=["one", "three"])
def test_new_modules_are_green_at_once_and_go_without_a_trace(copy: Copy, wanted):
    for name, fields in wanted.items():
        copy.flask("module", "new", name, "--fields", fields)

    copy.check_style()
    copy.check_unit_suite()
    folders = [f"tests/integration/{name}" for name in wanted]
    assert " passed" in copy.run("-m", "pytest", *folders, "tests/integration/test_migrations.py", "-q")
    check_migrations(copy)
    for name in wanted:
        assert f"drops {name} with all rows" in copy.flask("module", "remove", name, "--dry-run")
    copy.flask("db", "downgrade", HEAD)
    for name in wanted:
        copy.flask("module", "remove", name)
    assert copy.git("status", "--porcelain") == ""


@pytest.mark.parametrize("name", OPTIONAL or [*ONE])
def test_tree_without_an_optional_module_is_green(copy: Copy, name):
    if name not in OPTIONAL:
        copy.flask("module", "new", name)

    for module in (*needing(name), name):
        copy.flask("module", "remove", module)

    assert name not in copy.flask("module", "list").split()
    if copy.git("status", "--porcelain"):  # else it is the tree that we have here, which `make check` tests
        copy.check_style()
        copy.check_unit_suite()


def test_module_in_use_goes_and_every_database_finds_its_way(copy: Copy):
    """Its follow-up migrations stay, before and after those of another module, and one more drops its table."""
    for name in ("invoices", "receipts"):
        copy.flask("module", "new", name)
    copy.flask("db", "upgrade")

    copy.flask("module", "remove", "invoices")

    copy.check_style()
    for words in (("upgrade",), ("check",), ("downgrade", HEAD), ("upgrade",), ("check",)):
        copy.flask("db", *words)
    tests = ("tests/integration/test_migrations.py", "tests/unit/tools", "tests/unit/receipts")
    assert " passed" in copy.run("-m", "pytest", *tests, "-q")
    copy.flask("module", "new", "invoices", "--fields", "number:str")
    copy.flask("db", "upgrade")
    copy.flask("db", "check")


def test_modules_that_stay_are_refused_with_the_reason(copy: Copy):
    for name in set(HERE.module_names()) - set(OPTIONAL):
        assert "not optional" in copy.flask("module", "remove", name, expect=1)

    assert copy.git("status", "--porcelain") == ""
