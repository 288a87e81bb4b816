"""`import mdt` is cheap, and its public names are there when they are asked for."""

import subprocess
import sys

import pytest

import mdt
from mdt.suggest import closest, did_you_mean

HEAVY = ("pydantic", "jinja2", "yaml", "regex", "watchfiles", "requests", "httpx", "flask")


def test_importing_mdt_loads_nothing_heavy():
    code = f"import mdt, sys; print([name for name in {HEAVY!r} if name in sys.modules])"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60)

    assert run.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "name", ["VirtualService", "get", "load", "Engine", "Session", "Reply", "UnmatchedRequestError"]
)
def test_public_names_are_there(name):
    assert getattr(mdt, name).__name__ == name
    assert name in dir(mdt)
    assert name in mdt.__all__


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'mdt' has no attribute 'nope'"):
        _ = mdt.nope


def test_the_closest_names_come_first_whatever_the_case():
    assert closest("INVENTROY", ["inventory", "invoice", "user"])[0] == "inventory"
    assert closest("zzz", ["inventory"]) == []
    assert closest("inventory.outOfStok", ["inventory.slow", "inventory.reset", "inventory.outOfStock"]) == [
        "inventory.outOfStock"
    ]
    assert closest("aab", ["aaa", "aac", "aad"], limit=2) == ["aad", "aac"]


@pytest.mark.parametrize(
    ("word", "known", "expected"),
    [
        ("hapy", ["happy", "other"], "Did you mean happy?"),
        ("aab", ["aaa", "aac"], "Did you mean aac or aaa?"),
        ("zzz", ["b", "a"], "Known: a, b"),
        ("zzz", [], ""),
        ("zzz", [f"name{number}" for number in range(21)], ""),
    ],
)
def test_did_you_mean(word, known, expected):
    assert str(did_you_mean(word, known)) == expected
