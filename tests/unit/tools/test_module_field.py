"""`flask module field add`: every file gets its line, or none does and the lines are shown."""

import ast
import re

import click
import pytest

from tests.framework.tables import table
from tests.unit.tools.conftest import contents
from tools import module_field, module_new
from tools.project import DOCUMENT

MODEL, SCHEMAS, MATRIX = "alfa/modules/pets/model.py", "alfa/modules/pets/schemas.py", "tests/unit/pets/matrix.py"


@pytest.fixture
def owned():
    """Whether the records are their users' own; a test may say otherwise."""
    return True


@pytest.fixture
def pets(project, commands, monkeypatch, owned):
    """A project with a module of one field, and another one that it can refer to."""
    monkeypatch.setattr(module_new, "tables_in_use", set)
    monkeypatch.setattr(module_new, "classes_in_use", set)
    module_new.create(project, "owners", None, "name:str", owned=owned)
    module_new.create(project, "pets", None, "name:str", owned=owned)
    return project


def add(project, word, backfill=None):
    before = contents(project.root)
    module_field.add(project, "pets", word, backfill)
    after = contents(project.root)
    return {path: text.decode() for path, text in after.items() if before.get(path) != text}


def migration(changed):
    return next(text for path, text in changed.items() if path.startswith("migrations/"))


KINDS = {
    "int": ("size:int", "7", 'server_default=text("7")'),
    "str": ("town:str", 'Ulm "x"', r'server_default="Ulm \"x\""'),
    "bool": ("tame:bool", "true", "server_default=true()"),
    "decimal": ("weight:decimal(2)", "1.50", 'server_default=text("1.50")'),
    "date": ("born:date", "2020-01-02", 'server_default="2020-01-02"'),
    "datetime": ("seen_at:datetime", "2020-01-02T03:04:05+01:00", 'server_default="2020-01-02 02:04:05"'),
    "enum": ("kind:enum(cat,dog)", "dog", 'server_default="dog"'),
}


@pytest.mark.parametrize(("word", "backfill", "default"), KINDS.values(), ids=KINDS)
def test_required_field_is_everywhere_and_rows_get_what_was_said(pets, word, backfill, default):
    changed = add(pets, word, backfill)

    name = word.partition(":")[0]
    assert {path for path in changed if not path.startswith("migrations/")} >= {
        *(MODEL, SCHEMAS, MATRIX, "alfa/modules/pets/module.toml"),
        "tests/unit/pets/test_pet_routes.py",
        "tests/integration/pets/test_pet_on_mysql.py",
    }
    for path, text in changed.items():
        if path.endswith(".py"):
            ast.parse(text)
            assert name in text
    assert default in changed[MODEL]
    assert changed[SCHEMAS].count(f"\n    {name}: ") >= 3
    assert 'down_revision = "0004"' in migration(changed)
    assert "nullable=False" in migration(changed)
    assert 'migrations = ["0004", "0005"]' in changed["alfa/modules/pets/module.toml"]
    assert (
        f'"{name}"' in re.search(r"REQUIRED = (\[.*?\])", changed["tests/unit/pets/test_pet_routes.py"], re.DOTALL)[1]
    )


def test_optional_field_needs_no_default(pets):
    changed = add(pets, "note:text:optional")

    assert "    note: Mapped[str | None] = mapped_column(SEARCHABLE_TEXT)" in changed[MODEL]
    assert "nullable=True" in migration(changed)
    assert "server_default" not in migration(changed)


BOTH = pytest.mark.parametrize("owned", [True, False], ids=["owned", "shared"])


@BOTH
def test_reference_is_checked_documented_and_required_by_the_manifest(pets, owned):
    changed = add(pets, "owner_id:reference(owners):optional")

    service = changed["alfa/modules/pets/service.py"]
    get = "partial(owners.get, user_id)" if owned else "owners.get"
    assert [line for line in service.splitlines() if "check_reference(" in line] == [
        f'    check_reference({values}, "owner_id", {get})' for values in ("values", "changes")
    ]
    assert "import service as owners" in service
    assert changed["alfa/modules/pets/routes.py"].count("UnknownReferenceError") == 3
    assert 'requires = ["owners", "users"]' in changed["alfa/modules/pets/module.toml"]
    assert "create_foreign_key" in migration(changed)


@BOTH
def test_unique_field_is_a_conflict_of_its_own(pets, owned):
    changed = add(pets, "chip:str:optional:unique")

    name, columns = ("uq_pets_chip_user_id", '"chip", "user_id"') if owned else ("uq_pets_chip", '"chip"')
    assert f'Index("{name}", {columns}, unique=True)' in changed[MODEL]
    assert f'create_index("{name}", [{columns}], unique=True)' in migration(changed)
    assert changed["alfa/modules/pets/routes.py"].count("DuplicateError") == 3
    assert "next(NUMBERS)" in changed[MATRIX]
    assert add(pets, "tag:int:optional:unique")[MODEL].count("Index(") == 2


@table(
    "word, backfill, reason",
    {
        "required": ("size:int", None, "--backfill 0, or make it size:int:optional"),
        "no value of the kind": ("size:int", "seven", "write it like 0"),
        "no choice": ("kind:enum(cat,dog)", "cow", "write it like cat"),
        "no decimal": ("weight:decimal(2)", "1.234", r"write it like 0\.00"),
        "no moment": ("seen_at:datetime", "2020-01-02T03:04:05", "write it like 2026"),
        "optional": ("size:int:optional", "7", "leave --backfill out"),
        "unique": ("chip:str:unique", "x", "Add it as chip:str:optional:unique"),
        "text": ("note:text", "x", "MySQL has no default"),
        "reference": ("owner_id:reference(owners)", "1", "Add it as owner_id:reference"),
        "known": ("name:str", "x", "pets has 'name' already"),
        "bad kind": ("size:itn", "x", "Did you mean int"),
    },
)
def test_what_cannot_be_is_refused_with_what_to_write(pets, word, backfill, reason):
    before = contents(pets.root)

    with pytest.raises(click.ClickException, match=reason):
        add(pets, word, backfill)

    assert contents(pets.root) == before


def test_unknown_module_is_refused(pets):
    with pytest.raises(click.ClickException, match="there are owners, people, pets"):
        module_field.add(pets, "cats", "size:int", "1")


@table(
    "path, old, new, place",
    {
        "class": (SCHEMAS, "class PetOut(", "class PetAnswer(", "class PetOut"),
        "syntax": (SCHEMAS, "class PetOut(", "class PetOut((", "schemas.py"),
        "list": ("alfa/modules/pets/repository.py", "sortable = (", "sortable = tuple(", "list of elements"),
        "route": ("alfa/modules/pets/routes.py", "controller.create_pet", "controller.make", "Route.*create_pet"),
        "function": ("alfa/modules/pets/service.py", "def create(", "def make(", "def create"),
        "end": ("alfa/modules/pets/service.py", "    return pets.create(", "    x = dict(", "the last line of create"),
        "filters": ("alfa/modules/pets/service.py", "**filters: Any", "filters: Any", "filters"),
        "result": (MATRIX, "    return {", "    x = {", "return .* in new"),
    },
)
def test_file_that_was_changed_is_left_and_the_lines_are_shown(pets, path, old, new, place):
    original = (pets.root / path).read_text()
    (pets.root / path).write_text(original.replace(old, new))
    before = contents(pets.root)

    with pytest.raises(click.ClickException, match=place) as refused:
        add(pets, "owner_id:reference(owners):optional:unique")

    assert contents(pets.root) == before
    (pets.root / path).write_text(original)
    for line in ("owner_id: Mapped[int | None]", "in class PetPatch", "flask db migrate", "import check_reference"):
        assert line in refused.value.message


def test_missing_file_counts_as_changed(pets):
    (pets.root / MATRIX).unlink()

    with pytest.raises(click.ClickException, match=r"matrix\.py.*Add by hand"):
        add(pets, "size:int:optional")


@table(
    "old, new, reason",
    [('"pets"', '"beasts"', "no class with"), ("migrations = [", "migration = [", "unknown: migration")],
)
def test_module_that_nobody_can_read_is_refused(pets, old, new, reason):
    kept = {path: (pets.root / path).read_text() for path in (MODEL, "alfa/modules/pets/module.toml")}
    for path, text in kept.items():
        (pets.root / path).write_text(text.replace(old, new))

    with pytest.raises(click.ClickException, match=reason):
        add(pets, "size:int:optional")

    for path, text in kept.items():
        (pets.root / path).write_text(text)


def test_application_that_does_not_start_with_it_leaves_nothing_behind(pets, monkeypatch):
    before = contents(pets.root)

    def fail(*_):
        (pets.root / DOCUMENT).write_text("half")
        raise click.ClickException("it does not start")

    monkeypatch.setattr(type(pets), "flask", fail)
    with pytest.raises(click.ClickException, match="does not start"):
        add(pets, "size:int:optional")

    assert contents(pets.root) == before
