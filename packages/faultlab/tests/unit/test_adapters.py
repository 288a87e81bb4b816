"""Adapters are found by module:name, by their names, or because there is only one; whatever is wrong is said with what to do."""

import sys
from itertools import count
from pathlib import Path
from textwrap import dedent

import pytest

from faultlab import adapters
from faultlab.adapters import AdapterError, load
from tests.unit.world import Shop

NUMBERS = count()
SHOP = """
    from tests.unit.world import Shop
    ADAPTER = Shop()
    """
MAIN = SHOP + "ADAPTER.main = True\n"
CLASS = SHOP.replace("Shop()", "Shop")


class Project:
    """A folder with a package of adapters; each has a package name of its own, since modules stay imported."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.package = folder, f"adapters_of_project_{next(NUMBERS)}"

    def has(self, *, toml: str | None = None, **modules: str) -> "Project":
        package = self.folder / self.package
        package.mkdir(exist_ok=True)
        (package / "__init__.py").touch()
        for name, text in modules.items():
            (package / f"{name}.py").write_text(dedent(text))
        text = f'[tool.faultlab]\nadapters = "{self.package}"\n' if toml is None else toml
        (self.folder / "pyproject.toml").write_text(text)
        return self

    def load(self, name: str | None = None):
        return load(name, self.folder)

    def error(self, name: str | None = None) -> str:
        with pytest.raises(AdapterError) as caught:
            self.load(name)
        return str(caught.value)


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    return Project(tmp_path)


# --- that are found
def test_the_only_one_needs_no_name(project):
    project.has(shop=SHOP, helpers="HELP = 1")

    assert isinstance(project.load(), Shop)
    assert isinstance(project.load("shop"), Shop)


def test_of_several_the_main_one_is_taken(project):
    project.has(shop=SHOP, payments=MAIN)

    assert project.load() is project.load("payments") is not project.load("shop")


def test_a_class_is_made_into_an_adapter(project):
    assert isinstance(project.has(shop=CLASS).load("shop"), Shop)


@pytest.mark.parametrize("attribute", ["ADAPTER", "Shop"])
def test_module_and_name_need_no_setting(project, attribute):
    project.has(toml="", shop=SHOP)

    assert isinstance(project.load(f"{project.package}.shop:{attribute}"), Shop)


def test_the_projects_folder_is_where_modules_are_looked_for_once(project):
    project.has(shop=SHOP)
    project.load()
    project.load()

    assert sys.path.count(str(project.folder)) == 1
    assert sys.path[0] == str(project.folder)


# --- that are not
def test_without_a_name_several_are_listed(project):
    assert project.has(shop=SHOP, payments=SHOP).error() == "Which adapter? --adapter takes one of: payments, shop"
    assert project.has(shop=MAIN, payments=MAIN).error().startswith("Which adapter?")


def test_an_unknown_name_comes_with_the_closest(project):
    error = project.has(shop=SHOP, payments=SHOP).error("payment")

    assert error == "There is no adapter 'payment'. Did you mean payments?"


@pytest.mark.parametrize("toml", ["", "[tool.other]\nx = 1", "[tool]\nmdt = 1", "[tool.faultlab]\nother = 1"])
def test_without_a_setting_it_says_how_to_name_one(project, toml):
    project.has(toml=toml)

    assert project.error() == str(adapters.HOW)
    assert project.error("shop") == f"There is no adapter 'shop'. {adapters.HOW}"


def test_without_pyproject_it_says_how_to_name_one(project):
    assert project.error() == str(adapters.HOW)


@pytest.mark.parametrize("toml", [b"[tool", b"# \xff"])
def test_a_file_that_is_no_toml(project, toml):
    (project.folder / "pyproject.toml").write_bytes(toml)

    assert project.error().startswith("pyproject.toml cannot be read: ")


@pytest.mark.parametrize("value", ["1", '["a"]'])
def test_a_setting_that_is_no_name(project, value):
    error = project.has(toml=f"[tool.faultlab]\nadapters = {value}").error()

    assert error.startswith("pyproject.toml: [tool.faultlab] adapters is to name a package")
    assert error.endswith(f"not {value.replace(chr(34), chr(39))}.")


def test_a_setting_that_names_a_module(project):
    project.has(shop=SHOP)
    project.has(toml=f'[tool.faultlab]\nadapters = "{project.package}.shop"')

    assert project.error().endswith(f"is to name a package, and {project.package}.shop is a module in one file.")


def test_a_package_that_is_not_there(project):
    error = project.has(toml='[tool.faultlab]\nadapters = "no_such_package"').error()

    assert error == "The adapter's module no_such_package cannot be loaded: No module named 'no_such_package'"


def test_a_module_that_lacks_something_itself(project):
    project.has(toml="", shop="import no_such_library")

    assert "No module named 'no_such_library'" in project.error(f"{project.package}.shop:ADAPTER")


def test_a_module_without_that_name(project):
    project.has(toml="", shop=SHOP)

    assert project.error(f"{project.package}.shop:Shpo") == f"The module {project.package}.shop has no Shpo."


@pytest.mark.parametrize("name", [":Shop", "shop:", "..shop:Shop", "shop/faults.py:Shop", "a:b:c"])
def test_a_place_that_is_none(project, name):
    assert project.error(name) == f"{name!r} names no adapter: write module:name, as in shop.faults:Shop."


def test_what_an_adapter_lacks_is_named(project):
    project.has(shop="ADAPTER = object()")

    error = project.error()

    assert error.startswith(f"The adapter {project.package}.shop lacks name, profiles, write, ")
    assert all(member in error for member in adapters.MEMBERS)


def test_one_missing_member_is_enough(project):
    project.has(shop="from tests.unit.world import Shop\nclass ADAPTER(Shop):\n    write = property()\n")

    assert project.error().endswith("lacks write; faultlab/docs/adapters.md says what they are.")


def test_a_missing_profile_is_named(project):
    project.has(shop=SHOP + "ADAPTER.profiles = {'quick': ADAPTER.profiles['quick']}\n")

    assert "lacks a profile deployed;" in project.error()
