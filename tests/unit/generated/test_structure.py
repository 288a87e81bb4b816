"""How the application is built: rules of the layers that no import can show, and a budget for the size of things."""

import ast

import pytest

from backend.core.security import access
from backend.modules import MODULES
from tests.framework import routes
from tests.framework.generated_source import (
    PACKAGE,
    calls,
    files,
    functions,
    imports,
    lines,
    percentile,
    place,
    tree,
)

WEB = {"flask", "werkzeug"}
ENDS_A_TRANSACTION = {"commit", "begin", "begin_nested"}
ROUTES = routes.every()


def of_modules(name):
    found = files(f"modules/*/{name}.py")
    assert found
    return pytest.mark.parametrize("path", found, ids=place)


def packages(path):
    return {name.split(".")[0] for name in imports(tree(path))}


class TestLayers:
    @of_modules("service")
    def test_service_knows_no_web_and_ends_no_transaction(self, path):
        assert not packages(path) & WEB
        assert not calls(tree(path)) & ENDS_A_TRANSACTION

    @of_modules("repository")
    def test_repository_knows_no_web_and_ends_no_transaction(self, path):
        assert not packages(path) & WEB
        assert not calls(tree(path)) & ENDS_A_TRANSACTION

    @of_modules("controller")
    def test_controller_knows_no_database_and_ends_no_transaction(self, path):
        assert "sqlalchemy" not in packages(path)
        assert not calls(tree(path)) & ENDS_A_TRANSACTION

    @of_modules("controller")
    def test_functions_of_a_controller_are_short(self, path):
        sizes = {function.name: lines(function) for function in functions(tree(path))}

        assert {name: size for name, size in sizes.items() if size > 8} == {}

    @of_modules("routes")
    def test_routes_are_a_table_and_nothing_else(self, path):
        logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)

        assert not [node for node in ast.walk(tree(path)) if isinstance(node, logic)]

    @of_modules("schemas")
    def test_schemas_know_neither_web_nor_database(self, path):
        assert not packages(path) & {*WEB, "sqlalchemy"}


class TestModules:
    def test_registry_is_sorted_and_is_what_there_is(self):
        folders = sorted(path.parent.name for path in files("modules/*/__init__.py"))

        assert folders == MODULES

    @pytest.mark.parametrize("module", MODULES)
    def test_module_has_its_parts(self, module):
        there = {path.name for path in (PACKAGE / "modules" / module).iterdir()}

        assert {"__init__.py", "routes.py", "controller.py", "service.py", "schemas.py"} <= there

    @pytest.mark.parametrize("path", files(), ids=place)
    def test_first_line_of_a_file_says_what_it_promises(self, path):
        promise = (ast.get_docstring(tree(path)) or "").split("\n")[0]

        assert len(promise) >= 10


class TestRoutes:
    @pytest.mark.parametrize("endpoint", ROUTES, ids=routes.label)
    def test_route_states_who_may_call_it(self, endpoint):
        word = endpoint.route.access

        assert isinstance(word, access.Access)
        assert word.kind in {"public", "user", "permission", "signature"}

    @pytest.mark.parametrize("endpoint", routes.every("signature"), ids=routes.label)
    def test_scheme_of_a_signature_is_known(self, app, endpoint):
        assert endpoint.route.access.name in app.extensions[access.SIGNATURES]

    @pytest.mark.parametrize("endpoint", ROUTES, ids=routes.label)
    def test_handler_has_a_summary_for_the_document(self, endpoint):
        assert len(endpoint.summary) >= 8
        assert endpoint.summary != endpoint.route.handler.__name__

    def test_no_two_routes_have_the_same_place_or_name(self):
        assert len({(e.route.method, e.route.path) for e in ROUTES}) == len(ROUTES)
        assert len({e.name for e in ROUTES}) == len(ROUTES)

    def test_every_rule_of_the_application_is_in_a_table(self, app):
        assert {rule.endpoint for rule in app.url_map.iter_rules()} == {e.name for e in ROUTES}


class TestSize:
    def test_files_are_short(self):
        sizes = [len(path.read_text(encoding="utf-8").splitlines()) for path in files()]

        assert percentile(sizes, 0.9) <= 150

    def test_functions_are_short(self):
        sizes = [function.end_lineno - function.lineno + 1 for path in files() for function in functions(tree(path))]

        assert percentile(sizes, 0.5) <= 6
        assert percentile(sizes, 0.9) <= 18


class TestTheRulesThemselves:
    """A rule that cannot fail is none."""

    def test_commit_is_seen(self):
        assert calls(ast.parse("def f():\n    db.session.commit()")) & ENDS_A_TRANSACTION

    @pytest.mark.parametrize(
        "source", ["import flask", "from flask import g", "import flask.json as j", "from werkzeug.test import X"]
    )
    def test_import_of_the_web_is_seen(self, source):
        assert {name.split(".")[0] for name in imports(ast.parse(source))} & WEB

    def test_docstring_does_not_count_as_lines(self):
        (function,) = functions(ast.parse('def f():\n    """One\n\n    two\n    """\n    return 1\n'))

        assert lines(function) == 2

    @pytest.mark.parametrize(("share", "value"), [(0.5, 5), (0.9, 9), (1.0, 10)])
    def test_percentile(self, share, value):
        assert percentile([10, 9, 8, 7, 6, 5, 4, 3, 2, 1], share) == value
