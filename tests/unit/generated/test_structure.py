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
    tree,
)
from tests.framework.tables import every

WEB = {"flask", "werkzeug"}
ENDS_A_TRANSACTION = {"commit", "begin", "begin_nested"}
ROUTES = routes.every()


def of_modules(name):
    found = files(f"modules/*/{name}.py")
    assert found
    return found


def packages(path):
    return {name.split(".")[0] for name in imports(tree(path))}


class TestLayers:
    @pytest.mark.parametrize("layer", ["service", "repository"])
    def test_layer_knows_no_web_and_ends_no_transaction(self, layer):
        def inner(path):
            assert not packages(path) & WEB
            assert not calls(tree(path)) & ENDS_A_TRANSACTION

        every(of_modules(layer), inner)

    def test_controller_knows_no_database_and_ends_no_transaction(self):
        def outer(path):
            assert "sqlalchemy" not in packages(path)
            assert not calls(tree(path)) & ENDS_A_TRANSACTION

        every(of_modules("controller"), outer)

    def test_functions_of_a_controller_are_short(self):
        def short(path):
            sizes = {function.name: lines(function) for function in functions(tree(path))}

            assert {name: size for name, size in sizes.items() if size > 8} == {}

        every(of_modules("controller"), short)

    def test_routes_are_a_table_and_nothing_else(self):
        logic = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.For, ast.While, ast.If, ast.Try, ast.Lambda)

        def table(path):
            assert not [node for node in ast.walk(tree(path)) if isinstance(node, logic)]

        every(of_modules("routes"), table)

    def test_schemas_know_neither_web_nor_database(self):
        def data(path):
            assert not packages(path) & {*WEB, "sqlalchemy"}

        every(of_modules("schemas"), data)


class TestModules:
    def test_registry_is_sorted_and_is_what_there_is(self):
        folders = sorted(path.parent.name for path in files("modules/*/__init__.py"))

        assert folders == MODULES

    def test_module_has_its_parts(self):
        def whole(module):
            there = {path.name for path in (PACKAGE / "modules" / module).iterdir()}

            assert {"__init__.py", "routes.py", "controller.py", "service.py", "schemas.py"} <= there

        every(MODULES, whole)

    def test_first_line_of_a_file_says_what_it_promises(self):
        def promises(path):
            promise = (ast.get_docstring(tree(path)) or "").split("\n")[0]

            assert len(promise) >= 10

        every(files(), promises)


class TestRoutes:
    def test_route_states_who_may_call_it(self):
        def stated(endpoint):
            word = endpoint.route.access

            assert isinstance(word, access.Access)
            assert word.kind in {"public", "user", "permission", "signature"}

        every(ROUTES, stated)

    def test_scheme_of_a_signature_is_known(self, app):
        schemes = {endpoint.route.access.name for endpoint in routes.every("signature")}

        assert schemes <= set(app.extensions[access.SIGNATURES])

    def test_handler_has_a_summary_for_the_document(self):
        def summarised(endpoint):
            assert len(endpoint.summary) >= 8
            assert endpoint.summary != endpoint.route.handler.__name__

        every(ROUTES, summarised)

    def test_no_two_routes_have_the_same_place_or_name(self):
        assert len({(e.route.method, e.route.path) for e in ROUTES}) == len(ROUTES)
        assert len({e.name for e in ROUTES}) == len(ROUTES)

    def test_nothing_is_reached_by_patch_alone(self, app):
        """`wx.request` of mini-programs has no PATCH."""
        methods = dict[str, set[str]]()
        for rule in app.url_map.iter_rules():
            methods.setdefault(rule.rule, set()).update(rule.methods or ())

        assert [path for path, known in methods.items() if "PATCH" in known and "PUT" not in known] == []

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
