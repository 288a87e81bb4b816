"""A module with migrations before, between and after others' is taken out: every database finds its way, up and down."""

from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
from flask import Flask
from testdb.server import Server

from backend.core.db import db
from backend.core.db.migrations import FOLDER
from backend.settings import Settings
from tests.framework.database_names import fresh_database
from tests.integration.support.applications import application
from tools import module_remove
from tools.project import Project

HEADER = '''"""{name}.

Revision: {revision}, after {after}.
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = {down}


def upgrade() -> None:
'''
MIGRATIONS = {  # as `flask db migrate` writes them, shortened
    "0001_plants": """    op.create_table(
        "plants", sa.Column("id", sa.Integer(), nullable=False), sa.PrimaryKeyConstraint("id", name=op.f("pk_plants"))
    )
""",
    "0002_pots": """    exact = sa.String(length=16).with_variant(sa.String(length=16, collation="utf8mb4_bin"), "mysql", "mariadb")
    op.create_table(
        "pots",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("plant_id", sa.Integer(), nullable=False),
        sa.Column("code", exact, nullable=False),
        sa.ForeignKeyConstraint(["plant_id"], ["plants.id"], name=op.f("fk_pots_plant_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_pots")),
        sa.UniqueConstraint("code", name=op.f("uq_pots_code")),
    )
    op.create_index(op.f("ix_pots_plant_id"), "pots", ["plant_id"])
    op.create_table(
        "shards",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("pot_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["pot_id"], ["pots.id"], name=op.f("fk_shards_pot_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shards")),
    )
""",
    "0003_both": """    op.add_column("plants", sa.Column("height", sa.Integer(), nullable=True))
    op.add_column("pots", sa.Column("colour", sa.String(length=8), nullable=False, server_default="red"))
""",
    "0004_plants": '    op.add_column("plants", sa.Column("age", sa.Integer(), nullable=True))\n',
    "0005_pots": """    op.drop_column("pots", "colour")
    op.create_index("ix_pots_code_plant_id", "pots", ["code", "plant_id"], unique=True)
""",
    "0006_plants": '    op.drop_column("plants", "age")\n',
}
MODULES = {
    "plants": 'optional = false\nreason = "it stays"\nmigrations = ["0001", "0004", "0006"]\n',
    "pots": 'optional = true\nrequires = ["plants"]\nmigrations = ["0002", "0003", "0005"]\n',
}
MODELS = {
    "plants": 'class Plant(Base):\n    __tablename__ = "plants"\n',
    "pots": 'class Pot(Base):\n    __tablename__ = "pots"\n\n\nclass Shard(Base):\n    __tablename__ = "shards"\n',
}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with two modules and a migration environment."""
    files = {
        "pyproject.toml": '[project]\nname = "garden"\n\n[tool.touchstone]\npackage = "garden"\n',
        "garden/modules/__init__.py": 'MODULES = [\n    "plants",\n    "pots",\n]\n',
        "docs/openapi.json": "{}\n",
        ".env.example": "",
        **{f"garden/modules/{name}/module.toml": text for name, text in MODULES.items()},
        **{f"garden/modules/{name}/model.py": text for name, text in MODELS.items()},
        **{f"migrations/{name}": (FOLDER / name).read_text() for name in ("alembic.ini", "env.py", "script.py.mako")},
    }
    before = None
    for name, body in MIGRATIONS.items():
        down = f'"{before}"' if before else None
        header = HEADER.format(name=name, revision=name[:4], after=before or "nothing", down=down)
        files[f"migrations/versions/20260101_{name}.py"] = header + body
        before = name[:4]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    monkeypatch.setattr(Project, "flask", lambda *_: None)
    return Project.at(tmp_path)


@pytest.fixture(params=["server", "sqlite"])
def database(
    request: pytest.FixtureRequest, settings: Settings, database_server: Server, worker: str, tmp_path: Path
) -> Iterator[Flask]:
    """An application on an empty database of each kind, with its context."""
    with fresh_database(database_server.url, f"{worker}_history") as server:
        url = server if request.param == "server" else f"sqlite:///{tmp_path}/garden_test.sqlite3"
        with application(settings, database_url=url) as app, app.app_context():
            yield app


def upgrade(project: Project, revision: str = "head") -> None:
    flask_migrate.upgrade(str(project.root / "migrations"), revision=revision)


def downgrade(project: Project, revision: str) -> None:
    flask_migrate.downgrade(str(project.root / "migrations"), revision=revision)


def run(*statements: str) -> None:
    with db.engine.begin() as connection:
        for statement in statements:
            connection.execute(db.text(statement))


def tables() -> set[str]:
    return set(db.inspect(db.engine).get_table_names()) - {"alembic_version"}


def described() -> dict[str, object]:
    """All that can be asked about the tables of the module."""
    seen, found = db.inspect(db.engine), {}
    for name in sorted(tables() & {"pots", "shards"}):
        columns = [{k: str(v) for k, v in c.items()} for c in seen.get_columns(name)]
        keys = [seen.get_foreign_keys(name), seen.get_pk_constraint(name)]
        indexes = sorted((str(i["name"]), str(i["column_names"]), bool(i["unique"])) for i in seen.get_indexes(name))
        unique = sorted((str(u["name"]), str(u["column_names"])) for u in seen.get_unique_constraints(name))
        found[name] = (sorted(columns, key=str), keys, indexes, unique)
    return found


@pytest.mark.usefixtures("database")
class TestRemovedModule:
    def test_database_with_its_rows_loses_its_tables_and_nothing_else(self, project: Project):
        upgrade(project)
        run(
            "INSERT INTO plants (id, height) VALUES (1, 5)",
            "INSERT INTO pots (id, plant_id, code) VALUES (1, 1, 'a')",
            "INSERT INTO shards (id, pot_id) VALUES (1, 1)",
        )
        before = described()

        module_remove.remove(project, "pots", keep_migrations=False, dry_run=False)
        upgrade(project)

        assert tables() == {"plants"}
        with db.engine.connect() as connection:
            assert connection.execute(db.text("SELECT id, height FROM plants")).all() == [(1, 5)]
        downgrade(project, "0006")
        assert described() == before
        upgrade(project)
        assert tables() == {"plants"}

    @pytest.mark.parametrize("revision", ["0001", "0002", "0003", "0004", "0005"])
    def test_database_that_stands_anywhere_before_comes_along(self, project: Project, revision: str):
        upgrade(project, revision)

        module_remove.remove(project, "pots", keep_migrations=False, dry_run=False)
        upgrade(project)

        assert tables() == {"plants"}

    def test_empty_database_goes_the_whole_way(self, project: Project):
        module_remove.remove(project, "pots", keep_migrations=False, dry_run=False)

        upgrade(project)

        assert tables() == {"plants"}
