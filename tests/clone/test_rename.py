"""`flask project rename`: the renamed tree passes what this one passes, and says the old names only where they mean something else."""

import re
from fnmatch import fnmatch

import pytest

from tests.clone.conftest import Copy
from tools import tree
from tools.project import Project
from tools.renaming import KEPT, PACKAGES

HERE = Project.here()
OTHER_MEANING = (  # path, line, why the word stays
    ("README*.md", r"Flask backend|backend +tests ──► mdt", "plain English"),
    ("pyproject.toml", r"^description = ", "plain English"),
    ("pyproject.toml", r"^build-backend = ", "a key of the standard"),
    ("*/core/cache.py", r'"backend": "dogpile\.', "an argument of dogpile.cache"),
    ("tests/framework/application.py", r"_region\.backend\.", "an attribute of dogpile.cache"),
    ("tools/renaming.py", r"a dogpile backend", "plain English"),
    ("tests/integration/payments/test_postgresql.py", r"backend\b.*(db_connections|signal\.)", "PostgreSQL's word"),
    ("tests/clone/test_rename.py", r"PostgreSQL|plain English|dogpile\.cache|key of the standard", "this table"),
)

pytestmark = pytest.mark.clone


def left(copy: Copy) -> list[str]:
    """Lines that say one of the names of this tree, and have no reason to."""
    packages = "|".join(PACKAGES)
    words = re.compile(rf"\b{HERE.package}\b|(?<![A-Za-z]){HERE.name}(?![A-Za-z]|[-_]({packages})\b)", re.IGNORECASE)
    files = {path: (copy.root / path).read_bytes() for path in tree.paths(copy.root)}
    texts = {path: content.decode().splitlines() for path, content in files.items() if b"\0" not in content}
    return [
        f"{path}: {line}"
        for path, lines in texts.items()
        for line in lines
        if words.search(line) and not kept(path, line)
    ]


def kept(path: str, line: str) -> bool:
    by_rule = any(fnmatch(path, where) and words in line for where, words, _ in KEPT)
    return by_rule or any(fnmatch(path, where) and re.search(found, line) for where, found, _ in OTHER_MEANING)


def test_renamed_tree_is_green(copy: Copy):
    copy.flask("project", "rename", "shop")

    assert left(copy) == []
    assert not (copy.root / HERE.package).exists()
    copy.check_style()
    copy.check_unit_suite()


def test_renamed_tree_can_be_renamed_again_and_grow(copy: Copy):
    copy.flask("project", "rename", "shop")
    copy.commit()

    copy.flask("project", "rename", "zebra_crossing")
    copy.flask("module", "new", "invoices")

    assert Project.at(copy.root).package == "zebra_crossing"
    copy.check_style()
    copy.check_unit_suite()
    copy.flask("openapi", "check")


def test_bad_names_change_nothing(copy: Copy):
    for name in ("Shop", "tests", "json", "flask", "class", "users", "app"):
        assert "Error: " in copy.flask("project", "rename", name, expect=1)

    assert copy.git("status", "--porcelain") == ""
