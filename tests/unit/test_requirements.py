"""Whatever the application's code imports is named in requirements.in, not only brought along by another package."""

import sys
from importlib.metadata import packages_distributions

from packaging.utils import canonicalize_name

from backend.core.settings import ROOT
from scripts.compile_requirements import wanted
from tests.framework import generated_source as source

STUBS = {"_typeshed"}  # read by the type checker alone
OURS = {source.PACKAGE.name, "scripts", "tools"}
FILES = [
    *source.files(),
    *sorted((ROOT / "tools").rglob("*.py")),
    ROOT / "run.py",
    ROOT / "wsgi.py",
    *sorted((ROOT / "migrations").rglob("*.py")),
]
PROVIDERS = packages_distributions()


def third_party(path):
    """The packages of others that a file imports."""
    names = {name.partition(".")[0] for name in source.imports(source.tree(path))}
    return names - sys.stdlib_module_names - OURS - STUBS - {""}


def providers(name):
    return {canonicalize_name(distribution) for distribution in PROVIDERS[name]}


def test_every_import_is_a_requirement_of_its_own():
    named = {False: wanted("requirements.in"), True: wanted("requirements.in") | wanted("requirements-run.in")}

    foreign = {
        str(path): [name for name in third_party(path) if not providers(name) & named["tools" in path.parts]]
        for path in FILES
    }

    assert {path: names for path, names in foreign.items() if names} == {}


def test_a_package_that_only_came_along_is_seen():
    assert third_party(ROOT / "tools" / "templating.py") == {"jinja2"}
    assert providers("markupsafe") == {"markupsafe"}
    assert "markupsafe" not in wanted("requirements.in")


def test_what_is_named_is_compiled():
    assert wanted("requirements.in") <= wanted("requirements.txt")


def test_what_runs_and_what_tests_have_the_same_versions():
    pins = [
        {
            line.split()[0]
            for line in (ROOT / name).read_text().splitlines()
            if "==" in line and not line.startswith("#")
        }
        for name in ("requirements-run.txt", "requirements.txt", "requirements-test.txt")
    ]

    assert pins[0] <= pins[1] | pins[2]
