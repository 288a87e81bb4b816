"""YAML 1.2's scalars, lines for everything, and documents that would not end."""

import math
from typing import Any

import pytest

from mdt.definitions.source import Source, line_of
from mdt.definitions.yaml_text import MAX_DEPTH, read_yaml


def read(text: str | bytes) -> tuple[Any, list[str]]:
    source = Source("x.yaml")
    value = read_yaml(text if isinstance(text, bytes) else text.encode(), source)
    return value, [str(problem) for problem in source.problems]


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"),
        ("yes", "yes"),
        ("on", "on"),
        ("Off", "Off"),
        ("y", "y"),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("tRue", "tRue"),
        ("null", None),
        ("~", None),
        ("Null", None),
        ("nULL", "nULL"),
        ("", None),
        ("2026-11-21", "2026-11-21"),
        ("2026-11-21T08:00:00Z", "2026-11-21T08:00:00Z"),
        ("12:30:45", "12:30:45"),
        ("1_000", "1_000"),
        ("0", 0),
        ("-0", 0),
        ("+12", 12),
        ("007", 7),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b1", "0b1"),
        ("1.5", 1.5),
        ("-.5", -0.5),
        ("1.", 1.0),
        ("1e3", 1000.0),
        ("1E-2", 0.01),
        ("1e", "1e"),
        (".", "."),
        ("+", "+"),
        ("1.2.3", "1.2.3"),
        ("0o8", "0o8"),
        (".inf", math.inf),
        ("-.INF", -math.inf),
        (".iNf", ".iNf"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("!!str 5", "5"),
        ("=", "="),
        ("中文", "中文"),
        ('"\\U0001F600"', "😀"),
        ("1" * 5000, "1" * 5000),
        ("1e999", "1e999"),
        ("9" * 100, int("9" * 100)),
    ],
)
def test_scalars(written, value):
    result, wrong = read(f"key: {written}\n")

    assert wrong == []
    assert result["key"] == value
    assert type(result["key"]) is type(value)


def test_not_a_number():
    assert math.isnan(read("a: .nan")[0]["a"])


def test_keys_are_text_as_they_are_written():
    assert list(read("200: a\nno: b\n1.0: c\n")[0]) == ["200", "no", "1.0"]


def test_lines_of_keys_and_items():
    value, _ = read("a: 1\nb:\n  - x\n  -\n    c: 2\n")

    assert (line_of(value, "a"), line_of(value, "b"), line_of(value, "missing")) == (1, 2, 1)
    assert (line_of(value["b"], 0), line_of(value["b"], 1)) == (3, 5)
    assert line_of(value["b"][1], "c") == 5


def test_aliases_are_written_out():
    value, wrong = read("a: &x {k: [1]}\nb: *x\n")

    assert value == {"a": {"k": [1]}, "b": {"k": [1]}}
    assert wrong == []


def test_json_is_yaml():
    assert read('{"a": [1, 2.5, null, "x\\/y"], "b": {"c": false}}')[0] == {
        "a": [1, 2.5, None, "x/y"],
        "b": {"c": False},
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a: 1\nb: 2\na: 3\n", "x.yaml:3: the key 'a' stands here twice. First in line 1"),
        ("a:\n  c: 1\n  c: 2\n", "x.yaml:3: the key 'c' stands here twice"),
        ("a: [1\nb: 2\n", "x.yaml:2: this is no YAML"),
        (
            "a:\n\tb: 1\n",
            "x.yaml:2: this is no YAML: while scanning for the next token found character that cannot start any token. YAML is indented with spaces, not tabs",
        ),
        ("a: 1\n---\nb: 2\n", "x.yaml:2: this is no YAML"),
        ("a: *nope\n", "x.yaml:1: this is no YAML"),
        (b"a: \xff\n", "x.yaml:1: this is no YAML"),
        (b"a: \x00\n", "x.yaml:1: this is no YAML"),
        ("", "x.yaml:1: the file is empty"),
        ("# only a comment\n", "x.yaml:1: the file is empty"),
        ("a: !!python/object/apply:os.system [ls]\n", "x.yaml:1: the tag"),
        ("a: !secret x\n", "x.yaml:1: the tag '!secret' is not used here"),
        ("a:\n  - !!python/name:os.system x\n", "x.yaml:2: the tag"),
        ("base: &b {x: 1}\na:\n  <<: *b\n", "x.yaml:3: the merge key `<<` is not part of YAML 1.2"),
        ("{{ a }}: 1\n", "x.yaml:1: a key is a text"),
        ("? [a]\n: 1\n", "x.yaml:1: a key is a text"),
    ],
)
def test_what_cannot_be_read_is_told_with_its_line(text, expected):
    assert any(problem.startswith(expected) for problem in read(text)[1]), read(text)[1]


def test_a_quoted_merge_key_is_a_key():
    assert read("'<<': 1") == ({"<<": 1}, [])


def test_tags_on_collections_are_refused():
    assert "tag" in read("a: !!python/dict {b: 1}\n")[1][0]


def test_an_alias_bomb_is_refused():
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 10)]

    value, (wrong,) = read("\n".join(lines))

    assert value is None
    assert "holds more than" in wrong


def test_a_document_that_holds_itself_is_refused():
    value, (wrong,) = read("a: &a [*a]\n")

    assert value is None
    assert "refers to itself" in wrong


@pytest.mark.parametrize(("depth", "fits"), [(MAX_DEPTH, True), (MAX_DEPTH + 1, False), (50_000, False)])
def test_nesting_is_bounded(depth, fits):
    value, wrong = read("[" * depth + "]" * depth)

    assert (value is not None) is fits
    assert (not wrong) is fits
