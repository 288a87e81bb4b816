"""`flask module new`: what is written, and what is refused before a single file is."""

import ast
import re
import shutil

import click
import pytest

from tests.framework.tables import table, words
from tests.unit.tools.conftest import contents
from tools import fields, module_new
from tools.module_values import Shape, values_for

FIELDS = "title:str amount:int paid:bool"


@pytest.fixture(autouse=True)
def _other_modules(monkeypatch):
    """What the application has, whichever modules this clone has made."""
    monkeypatch.setattr(module_new, "tables_in_use", lambda: {"refresh_tokens"})
    monkeypatch.setattr(module_new, "classes_in_use", lambda: {"User"})
    monkeypatch.setattr(module_new, "commands_in_use", lambda: {"run"})


@pytest.fixture
def create(project, commands):
    def run(module, singular=None, wanted=FIELDS, **options):
        return module_new.create(project, module, singular, wanted, **options)

    return run


def test_makes_a_slice_with_tests_and_a_migration(create, project, commands):
    before = contents(project.root)

    lines = create("invoices")

    after = contents(project.root)
    made = sorted(after.keys() - before.keys())
    assert [path for path in made if path.startswith("alfa/modules/invoices/")] == [
        f"alfa/modules/invoices/{name}"
        for name in words(
            "__init__.py controller.py errors.py model.py module.toml repository.py routes.py schemas.py service.py"
        )
    ]
    assert {path.rpartition("/")[0] for path in made} >= {"tests/unit/invoices", "tests/integration/invoices"}
    assert re.fullmatch(r"migrations/versions/\d{8}_0003_invoices\.py", next(p for p in made if p.startswith("migr")))
    assert project.module_names() == ["invoices", "people", "users"]
    assert len(lines) == len(made) + 2
    assert commands == [("openapi", "write")]


@pytest.mark.parametrize("wanted", [FIELDS, "title:str", "amount:int", "paid:bool"])
def test_everything_written_is_python(create, project, wanted):
    create("tax_rates", wanted=wanted)

    written = [path for path in project.root.rglob("*.py") if "tax_rate" in str(path)]
    assert len(written) == 12
    for path in written:
        text = path.read_text()
        ast.parse(text)
        assert text.startswith('"""')
        assert "{{" not in text


EVERY_KIND = (
    "a:str b:text c:int d:bool e:decimal(2) f:date g:datetime h:enum(x,y) user_ref_id:reference(users) "
    "parent_id:reference(tax_rates):optional"
)


@table(
    "wanted, options",
    {
        "every kind": (EVERY_KIND, {}),
        "every kind, shared": (EVERY_KIND, {"owned": False}),
        "optional": (f"z:int {' '.join(f'{word}:optional' for word in EVERY_KIND.split()[:8])}", {"soft_delete": True}),
        "unique": (
            "a:str:unique c:int:unique e:decimal(0):unique f:date:unique g:datetime:unique",
            {"soft_delete": True},
        ),
        "shared and unique": ("a:str:unique", {"owned": False, "soft_delete": True}),
    },
)
def test_every_combination_is_python_without_an_unused_import(create, project, wanted, options):
    write(project, "alfa/modules/users/model.py", '__tablename__ = "users"\n')
    write(project, "alfa/modules/users/service.py", "def get(user_id): ...\n")
    before = contents(project.root)

    create("tax_rates", wanted=wanted, **options)

    written = {path: text.decode() for path, text in contents(project.root).items() if path not in before}
    for path, text in written.items():
        if path.endswith(".py"):
            assert unused_imports(text) == [], path
    restored = path in written if (path := "alfa/modules/tax_rates/cli.py") else None
    assert restored == options.get("soft_delete", False)
    restore(project, before)


def unused_imports(text):
    tree = ast.parse(text)
    imported = [
        alias.asname or alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names
    ]
    used = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return [name for name in imported if name not in used and name not in ("sa", "op", "date")]


def write(project, path, text):
    (project.root / path).write_text(text)


def restore(project, before):
    """The project as it was, for the next row of a table."""
    for path in contents(project.root).keys() - before.keys():
        (project.root / path).unlink()
    for folder in ("alfa/modules/tax_rates", "tests/unit/tax_rates", "tests/integration/tax_rates"):
        shutil.rmtree(project.root / folder, ignore_errors=True)
    for path, content in before.items():
        (project.root / path).write_bytes(content)


class TestOptions:
    def test_shared_records_have_no_owner(self, create, project):
        create("tax_rates", owned=False)

        for path in ("model", "service", "controller", "repository"):
            assert "user_id" not in (project.root / f"alfa/modules/tax_rates/{path}.py").read_text()

    def test_soft_delete_adds_a_command_a_route_and_a_column(self, create, project):
        create("tax_rates", soft_delete=True)

        folder = project.root / "alfa/modules/tax_rates"
        assert "deleted_at" in (folder / "model.py").read_text()
        assert "/restore" in (folder / "routes.py").read_text()
        assert 'AppGroup("tax-rates"' in (folder / "cli.py").read_text()

    def test_command_that_is_there_already_is_refused(self, create, project, monkeypatch):
        monkeypatch.setattr(module_new, "commands_in_use", lambda: {"tax-rates"})

        with pytest.raises(click.ClickException, match="command `flask tax-rates` already"):
            create("tax_rates", soft_delete=True)

    @table(
        "wanted, options, reason",
        {
            "unknown": ("a:int user_id2_id:reference(userz)", {}, "Did you mean users"),
            "no table": ("a:int p_id:reference(people)", {}, "with a table and a `service.get`"),
            "first of all": ("parent_id:reference(tax_rates)", {}, "parent_id:reference.tax_rates.:optional"),
            "unique": ("a:int parent_id:reference(tax_rates):optional:unique", {}, "refers to none"),
            "another's": ("a:int one_id:reference(owned_ones)", {"owned": False}, "belong to their users"),
            "long": (f"{'a' * 40}_id:reference(users)", {}, "lower-case"),
        },
    )
    def test_bad_reference_is_refused(self, create, project, wanted, options, reason):
        write(project, "alfa/modules/users/model.py", '__tablename__ = "users"\n')
        write(project, "alfa/modules/users/service.py", "def get(user_id): ...\n")
        write(project, "alfa/modules/__init__.py", 'MODULES = [\n    "owned_ones",\n    "people",\n    "users",\n]\n')
        folder = project.root / "alfa/modules/owned_ones"
        folder.mkdir(exist_ok=True)
        (folder / "model.py").write_text('__tablename__ = "owned_ones"\n')
        (folder / "service.py").write_text("def get(user_id, one_id): ...\n")

        with pytest.raises(click.ClickException, match=reason):
            create("tax_rates", wanted=wanted, **options)


def test_words_follow_the_name(create, project):
    create("tax_rates")

    routes = (project.root / "alfa/modules/tax_rates/routes.py").read_text()
    assert '"/api/v1/tax-rates/<id:tax_rate_id>"' in routes
    assert "TaxRateNotFoundError" in routes
    assert "A tax rate, as the database" in (project.root / "alfa/modules/tax_rates/model.py").read_text()


def test_without_text_there_is_no_search(create, project):
    create("counters", wanted="amount:int")

    assert "q:" not in (project.root / "alfa/modules/counters/schemas.py").read_text()
    assert "searchable" not in (project.root / "alfa/modules/counters/repository.py").read_text()


@pytest.mark.parametrize("wanted", [FIELDS, "paid:bool"])
def test_fields_of_a_patch_are_documented_without_a_default_as_everywhere(create, project, wanted):
    create("counters", wanted=wanted)

    text = (project.root / "alfa/modules/counters/schemas.py").read_text()
    assert re.search(r"^from \w+\.core\.web\.schema import .*\bwithout_default$", text, re.MULTILINE)
    assert text.count("json_schema_extra=without_default)") == len(wanted.split())


def test_migration_follows_the_head(create, project):
    create("invoices")

    text = next((project.root / "migrations/versions").glob("*_0003_invoices.py")).read_text()
    assert 'down_revision = "0002"' in text
    assert "Revision: 0003, after 0002." in text


@pytest.mark.parametrize(
    ("module", "singular", "reason"),
    [
        ("people", None, "There is a module 'people' already"),
        ("db", "one", "part of the core"),
        ("core", "one", "part of the core"),
        ("In voices", None, "cannot be a module"),
        ("../escape", None, "cannot be a module"),
        ("import", None, "word of Python"),
        ("groups", None, "reserved in SQL"),
        ("refresh_tokens", None, "table 'refresh_tokens' already"),
        ("inventory", None, "--singular"),
        ("invoices", "invoices", "must differ"),
        ("invoices", "In Voice", "singular of a module"),
        ("pages", None, "--singular my_page"),
    ],
)
def test_bad_names_are_refused_and_nothing_is_written(create, project, module, singular, reason):
    before = contents(project.root)

    with pytest.raises(click.ClickException, match=reason):
        create(module, singular)

    assert contents(project.root) == before


@pytest.mark.parametrize("folder", ["alfa/modules/invoices", "tests/unit/invoices", "tests/integration/invoices"])
def test_existing_folder_is_refused(create, project, folder):
    (project.root / folder).mkdir(parents=True)

    with pytest.raises(click.ClickException, match=f"{folder} exists already"):
        create("invoices")


def test_application_that_does_not_start_with_it_leaves_nothing_behind(create, project, monkeypatch):
    before = contents(project.root)

    def fail(_, *words):
        (project.root / "docs/openapi.json").write_text("half a document")
        raise click.ClickException("it does not start")

    monkeypatch.setattr(type(project), "flask", fail)
    with pytest.raises(click.ClickException, match="does not start"):
        create("invoices")

    assert contents(project.root) == before


@pytest.mark.parametrize(("name", "article"), [("invoice", "an"), ("tax_rate", "a"), ("order", "an")])
def test_article(name, article):
    values = values_for(Shape(f"{name}s", name, tuple(fields.parse("title:str"))), {})

    assert (values["a"], values["A"]) == (article, article.capitalize())


def test_what_is_in_use_is_what_the_application_has(monkeypatch):
    monkeypatch.undo()

    assert {"users", "refresh_tokens"} <= module_new.tables_in_use()
    assert {"User", "RefreshToken"} <= module_new.classes_in_use()
