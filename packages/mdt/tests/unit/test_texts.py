"""Every text stands in both languages, says the same, is used, and is given what it names."""

import ast
import re
import string
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import mdt
from mdt.cli.exits import ExitCode
from mdt.engine.matching import PARTS
from mdt.language import LANGUAGES, Texts

ROOT = Path(mdt.__file__).parent
CHINESE = re.compile(r"[\u4e00-\u9fff]")
MADE = ("exit.", "kind.", "criterion.")  # keys that the code puts together; each has its own test below, or elsewhere


def module_of(path: Path) -> str:
    return ".".join(("mdt", *path.relative_to(ROOT).with_suffix("").parts))


TABLES: dict[str, Texts] = {
    module_of(path): import_module(module_of(path)).TEXTS
    for path in sorted(ROOT.rglob("*texts*.py"))
    if "TEXTS" in path.read_text(encoding="utf-8")
}
SOURCES = [
    path for path in sorted(ROOT.rglob("*")) if path.suffix in {".py", ".jinja"} and module_of(path) not in TABLES
]
EVERY = [pytest.param(table, key, id=f"{table}-{key}") for table, texts in TABLES.items() for key in texts]


@cache
def words() -> frozenset[str]:
    """Everything between quotes in the sources."""
    return frozenset(
        word for path in SOURCES for word in re.findall(r"[\"']([\w.-]+)[\"']", path.read_text(encoding="utf-8"))
    )


def placeholders(text: str) -> set[str]:
    return {f"{name}!{conversion}" for _, name, _, conversion in string.Formatter().parse(text) if name is not None}


def test_every_area_is_found() -> None:
    areas = {"mdt.texts", "mdt.engine.texts", "mdt.definitions.texts", "mdt.inprocess.texts", "mdt.virtual.texts"}
    assert areas | {"mdt.server.texts", "mdt.cli.texts"} <= set(TABLES)


@pytest.mark.parametrize(("table", "key"), EVERY)
def test_both_languages_say_the_same(table: str, key: str) -> None:
    english, chinese = TABLES[table][key]

    assert placeholders(english) == placeholders(chinese)
    assert not CHINESE.search(english)
    plain = re.sub(r"\{[^}]*\}", "", english)
    assert CHINESE.search(chinese) or not re.search(r"[a-z]{3}", plain), "this is not Chinese"


@pytest.mark.parametrize(("table", "key"), [one for one in EVERY if not str(one.values[1]).startswith(MADE)])
def test_is_used(table: str, key: str) -> None:
    assert key in words(), table


def test_keys_that_are_put_together() -> None:
    texts = TABLES["mdt.cli.texts"]
    assert {key.removeprefix("exit.") for key in texts if key.startswith("exit.")} == {
        one.name.lower() for one in ExitCode
    }
    criteria = {key.removeprefix("criterion.") for key in TABLES["mdt.engine.texts"] if key.startswith("criterion.")}
    assert criteria == {"method", "host", "path", "scenario", "template", "handler", *PARTS}


type Call = tuple[str, int, str, set[str] | None]


def calls(path: Path) -> Iterator[Call]:
    """Each said("key", name=...) and say(...) of a file: the table, the line, the key, the names (None: not known)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    tables = {
        alias.asname or alias.name: node.module
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
        for alias in node.names
        if alias.name in {"said", "say"}
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in tables:
            table = tables[node.func.id].replace("mdt.cli.language", "mdt.cli.texts")
            if table in TABLES and node.args and isinstance(node.args[0], ast.Constant):
                names = {one.arg for one in node.keywords}
                yield table, node.lineno, str(node.args[0].value), None if None in names else names  # type: ignore[misc]


CALLS = [
    pytest.param(*call, id=f"{path.relative_to(ROOT)}:{call[1]}")
    for path in SOURCES
    if path.suffix == ".py"
    for call in calls(path)
]


@pytest.mark.parametrize(("table", "line", "key", "names"), CALLS)
def test_is_given_what_it_names(table: str, line: int, key: str, names: set[str] | None) -> None:
    wanted = {one.partition("!")[0] for one in placeholders(TABLES[table][key][LANGUAGES.index("en")])}

    assert names is None or names == wanted, line
