"""`flask module` and `flask project` as people type them: what they say, and that they pass on what was asked for."""

import json

import pytest

from tools import module_field, module_new, module_remove, project_rename, upstream
from tools.module import module
from tools.project import Project
from tools.project_commands import project as project_group


@pytest.fixture
def asked(monkeypatch):
    """What the commands ask the tools to do; nothing is done."""
    calls = []

    def answer(name, result):
        return lambda *words, **options: calls.append((name, words[1:], options)) or result

    monkeypatch.setattr(module_new, "create", answer("create", ["make    x"]))
    monkeypatch.setattr(module_field, "add", answer("add", ["change  x"]))
    monkeypatch.setattr(module_remove, "remove", answer("remove", ["delete  x"]))
    monkeypatch.setattr(project_rename, "rename", answer("rename", [f"README.md:{n}: old" for n in range(30)]))
    monkeypatch.setattr(upstream, "diff", answer("diff", "+new\n"))
    monkeypatch.setattr(upstream, "update_commit", answer("update", "abc123"))
    return calls


@pytest.fixture
def run(app):
    return lambda group, *words: app.test_cli_runner().invoke(group, words)


def test_new(run, asked):
    result = run(module, "new", "people", "--singular", "person", "--fields", "name:str", "--shared", "--soft-delete")

    assert asked == [("create", ("people", "person", "name:str"), {"owned": False, "soft_delete": True})]
    assert "flask people purge" in result.output
    assert "make    x" in result.output
    assert "flask db upgrade" in result.output


def test_field_add(run, asked):
    result = run(module, "field", "add", "people", "born:date", "--backfill", "2000-01-01")

    assert asked == [("add", ("people", "born:date", "2000-01-01"), {})]
    assert "flask db upgrade" in result.output


def test_remove(run, asked):
    result = run(module, "remove", "people", "--dry-run")

    assert asked == [("remove", ("people",), {"keep_migrations": False, "dry_run": True})]
    assert result.output == "delete  x\n"


def test_remove_can_keep_migrations(run, asked):
    run(module, "remove", "people", "--keep-migrations")

    assert asked == [("remove", ("people",), {"keep_migrations": True, "dry_run": False})]


def test_list_in_text_and_in_json(run):
    text = run(module, "list").output
    rows = json.loads(run(module, "list", "--json").output)

    assert [row["name"] for row in rows] == Project.here().module_names()
    assert [line.split()[0] for line in text.splitlines()] == [row["name"] for row in rows]
    assert "stays: everybody who logs in is a user" in text


def test_list_says_optional(run, project, monkeypatch):
    monkeypatch.setattr(Project, "here", lambda: project)

    assert run(module, "list").output.splitlines()[0].split(maxsplit=1) == ["people", "optional; needs users"]


def test_rename_tells_what_is_left_in_part(run, asked):
    result = run(project_group, "rename", "store", "--force")

    assert asked == [("rename", ("store",), {"force": True})]
    assert "30 lines still say" in result.output
    assert result.output.count("README.md:") == 20


def test_rename_with_nothing_left_says_nothing_of_it(run, monkeypatch):
    monkeypatch.setattr(project_rename, "rename", lambda *_, **__: [])

    assert "still say" not in run(project_group, "rename", "store").output


def test_diff_and_update(run, asked):
    assert run(project_group, "diff", "v0.2.0", "--stat").output == "+new\n"
    assert run(project_group, "update", "v0.2.0").stdout == "git cherry-pick abc123\n"
    assert asked == [("diff", ("v0.2.0",), {"stat": True}), ("update", ("v0.2.0",), {})]
