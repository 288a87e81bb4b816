"""`flask module new` and `flask module remove`, each followed by everything that a pull request must pass."""

import pytest
from testdb import open_database, postgresql_private

from tests.clone.conftest import Copy, copied
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
EVERY_KIND = {  # every kind, optional and unique, owned and shared, restorable or not
    "customers": ["--fields", "name:str:unique note:text:optional"],
    "invoices": [
        "--soft-delete",
        "--fields",
        (
            "number:str:unique title:str note:text:optional price:decimal(2) share:decimal(0):optional:unique due:date "
            "paid_at:datetime:optional state:enum(draft,sent) kind:enum(a,b):optional customer_id:reference(customers) "
            "parent_id:reference(invoices):optional buyer_id:reference(users):optional count:int:unique ok:bool"
        ),
    ],
    "tags": ["--shared", "--fields", "label:str:unique colour:enum(red,blue)"],
    "memos": [
        "--shared",
        "--soft-delete",
        "--fields",
        "body:text seen_at:datetime tag_id:reference(tags) day:date:unique",
    ],
    "tax_rates": ["--fields", "rate:decimal(4):unique starts_at:datetime:unique"],
}
ADDED = [  # to modules that are in use
    ["customers", "due:date", "--backfill", "2026-01-02"],
    ["customers", "size:int", "--backfill", "7"],
    ["customers", "rank:decimal(2)", "--backfill", "1.50"],
    ["customers", "vip:bool", "--backfill", "false"],
    ["customers", "state:enum(new,old)", "--backfill", "new"],
    ["customers", "seen_at:datetime", "--backfill", "2026-01-02T03:04:05+01:00"],
    ["customers", "town:str", "--backfill", 'Ulm "x"'],
    ["customers", "friend_id:reference(customers):optional"],
    ["customers", "boss_id:reference(users):optional:unique"],
    ["customers", "code:str:optional:unique"],
    ["invoices", "tag_id:reference(tags):optional"],
    ["invoices", "memo:text:optional"],
    ["tags", "nick:int:optional:unique"],
    ["memos", "mood:enum(good,bad):optional"],
    ["tax_rates", "at:datetime:optional:unique"],
]

pytestmark = pytest.mark.clone


def needing(name: str) -> list[str]:
    """The optional modules that require this one; they go first."""
    return [other for other in OPTIONAL if name in HERE.manifest(other).requires]


def check_migrations(copy: Copy, **settings: str) -> None:
    """Up, no difference between migrations and models, down, up again."""
    for words in (("upgrade",), ("check",), ("downgrade", HEAD), ("upgrade",), ("check",)):
        copy.flask("db", *words, **settings)


@pytest.fixture(scope="module")
def every_kind(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """A copy with modules of every kind of field, and with fields that were added to them in use."""
    copy = copied(tmp_path_factory.mktemp("kinds") / "copy")
    for name, words in EVERY_KIND.items():
        copy.flask("module", "new", name, *words)
    copy.flask("db", "upgrade")
    for words in ADDED:
        copy.flask("module", "field", "add", *words)
    return copy


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


def test_every_kind_of_field_is_green_at_once_and_when_it_is_added(every_kind: Copy):
    every_kind.check_style()
    every_kind.check_unit_suite()
    folders = [f"tests/integration/{name}" for name in EVERY_KIND]
    tests = (*folders, "tests/integration/test_migrations.py", "tests/integration/test_columns.py")
    assert " passed" in every_kind.run("-m", "pytest", *tests, "-q")
    check_migrations(every_kind)


@pytest.mark.postgresql
@pytest.mark.skipif(not postgresql_private.look(), reason="no PostgreSQL server is installed: apt install postgresql")
def test_every_kind_of_field_is_migrated_on_postgresql(every_kind: Copy):
    with open_database("postgresql", "local", name="touchstone_test", say=lambda line: None) as database:
        check_migrations(every_kind, DATABASE_URL=database.url())


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
