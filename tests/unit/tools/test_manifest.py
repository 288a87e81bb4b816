"""module.toml: what a module says about itself, and that the modules here say the truth."""

import ast

import click
import pytest

from tools import dropping_tables, manifest
from tools.migration_files import MigrationFiles
from tools.module_history import TABLE
from tools.project import Project
from tools.recorded_migrations import steps, table_of

HERE = Project.here()


def written(tmp_path, text):
    (tmp_path / "module.toml").write_text(text)
    return tmp_path


def test_what_is_left_out_is_empty(tmp_path):
    found = manifest.read(written(tmp_path, "optional = true"))

    assert found == manifest.Manifest(optional=True, reason="", requires=[], migrations=[], paths=[], own=False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "optional"),
        ("optional = 1", "true or false"),
        ("optional = true\nown = 1", "true or false"),
        ("optional = true\nrequires = 'users'", "lists of texts"),
        ("optional = true\nmigrations = [1]", "lists of texts"),
        ("optional = true\nwants = []", "unknown: wants"),
        ("optional = false", "gives its reason"),
        ("optional", "Expected"),
    ],
)
def test_unusable_ones_are_refused_with_the_reason(tmp_path, text, reason):
    with pytest.raises(click.ClickException, match=reason):
        manifest.read(written(tmp_path, text))


def test_missing_one_says_what_to_write(tmp_path):
    with pytest.raises(click.ClickException, match="optional = true"):
        manifest.read(tmp_path)


@pytest.mark.parametrize("name", HERE.module_names())
class TestTheModulesHere:
    def test_requires_every_module_that_it_imports(self, name):
        prefix = f"{HERE.package}.modules."
        trees = [ast.parse(path.read_text(encoding="utf-8")) for path in (HERE.modules / name).rglob("*.py")]
        nodes = [node for tree in trees for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module]
        paths = [f"{node.module}.{alias.name}" for node in nodes for alias in node.names]
        imported = {path.removeprefix(prefix).split(".")[0] for path in paths if path.startswith(prefix)}

        assert imported - {name} <= set(HERE.manifest(name).requires)

    def test_names_migrations_and_paths_that_exist(self, name):
        files, said = MigrationFiles(HERE.root), HERE.manifest(name)

        assert all((HERE.root / files.path(revision)).is_file() for revision in said.migrations)
        assert all((HERE.root / path).exists() for path in said.paths)


def test_every_migration_belongs_to_a_module_or_to_core_or_to_tables_that_are_gone():
    files = MigrationFiles(HERE.root)
    cores = {name for path in (HERE.modules.parent / "core").rglob("*.py") for name in TABLE.findall(path.read_text())}
    said = {revision for name in HERE.module_names() for revision in HERE.manifest(name).migrations}
    there = set(dropping_tables.schema(files.in_order()).tables)

    orphans = [script.revision for script in files.in_order() if script.revision not in said]

    assert [revision for revision in orphans if tables(files, revision) <= there - cores] == []


def tables(files, revision):
    """The tables that a migration changes."""
    (script,) = [script for script in files.in_order() if script.revision == revision]
    return {table_of(step) for step in steps(script)} - {None}
