"""What `diff` prints, which version it advises, what a project's settings change in it."""

from pathlib import Path

import pytest

from mdt.contracts.diff import DiffReport, Severity, advice, compare
from mdt.contracts.diff.reports import escaped
from mdt.contracts.rule_settings import read_settings
from mdt.errors import DefinitionError, MdtError
from tests.unit.contracts.test_rules import CASES

BREAKING = compare(*CASES["response-required-property-removed"])
WARNED = compare(*CASES["request-parameter-removed"])
HARMLESS = compare(*CASES["endpoint-added"])


def report(*changes, approved=frozenset()) -> DiffReport:
    return DiffReport("shop@1.0.0", "shop@1.1.0", tuple(changes), advice(changes, "1.0.0", "1.1.0"), approved)


@pytest.mark.parametrize(
    ("changes", "old", "new", "part", "least", "enough"),
    [
        (BREAKING, "1.2.3", "1.3.0", "major", "2.0.0", False),
        (BREAKING, "1.2.3", "2.0.0", "major", "2.0.0", True),
        (BREAKING, "0.2.3", "0.3.0", "major", "0.3.0", True),
        (WARNED, "1.2.3", "1.2.4", "minor", "1.3.0", False),
        (HARMLESS, "1.2.3", "1.3.0", "minor", "1.3.0", True),
        ([], "1.2.3", "1.2.3", "none", "1.2.3", True),
        (BREAKING, "v1.2", "v2", "major", "", True),
        (BREAKING, "2026-01", "2026-02", "major", "", True),
        (BREAKING, "v1.2", "v2.0", "major", "2.0.0", True),
    ],
)
def test_the_version_that_comes_next(changes, old, new, part, least, enough) -> None:
    found = advice(changes, old, new)

    assert (found.part, found.least, found.enough) == (part, least, enough)


def test_text() -> None:
    lines = report(*BREAKING, *HARMLESS).lines()

    assert lines[0] == "err   GET /x/{id}"
    assert lines[1].startswith("      the property a of 200 was removed   [response-required-property-removed ")
    assert lines[-2:] == [
        "shop@1.0.0 → shop@1.1.0: 1 break, 0 may break, 1 do not",
        "1.1.0 is too low: the least version is 2.0.0.",
    ]


def test_what_is_approved_counts_no_more() -> None:
    (change,) = BREAKING
    accepted = report(change, approved={change.fingerprint})

    assert (report(change).worst(), accepted.worst()) == (2, -1)
    assert accepted.lines()[0] == "approved GET /x/{id}"
    assert accepted.annotations() == []
    assert accepted.as_json()["changes"][0]["approved"] is True


def test_annotations_of_github() -> None:
    changed = [BREAKING[0]]

    (line,) = report(*changed).annotations()

    assert line.startswith(
        "::error file=openapi,line=1,title=response-required-property-removed::GET /x/{id}: the property a"
    )
    assert [one.partition(" ")[0] for one in report(*WARNED, *HARMLESS).annotations()] == ["::warning", "::notice"]


def test_markdown_is_a_table() -> None:
    text = report(*BREAKING).markdown()

    assert text.count("\n| err |") == 1
    assert escaped("a|b\nc") == "a\\|b c"


def test_settings_of_a_project(tmp_path: Path) -> None:
    (tmp_path / "rules.yaml").write_text(
        "severities: {request-parameter-removed: err, endpoint-added: off}\napproved: {abc: fine}\n", encoding="utf-8"
    )

    settings = read_settings(tmp_path).with_severities({"endpoint-added": "warn"})

    assert settings.severities == {"request-parameter-removed": Severity.ERR, "endpoint-added": Severity.WARN}
    assert (settings.off, settings.approved) == (frozenset(), {"abc": "fine"})
    assert read_settings(tmp_path).off == {"endpoint-added"}
    assert read_settings(tmp_path / "nowhere").approved == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("severities: {request-parameter-remved: err}\n", "there is no rule 'request-parameter-remved'."),
        ("severities: {request-parameter-removed: bad}\n", "'bad' is no severity: err, warn, info, off"),
        ("rules: {}\n", "rules.yaml has no key 'rules'"),
        ("severities: [\n", "this is no YAML"),
    ],
)
def test_settings_with_mistakes(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "rules.yaml").write_text(text, encoding="utf-8")

    with pytest.raises((DefinitionError, MdtError), match=message.replace("(", r"\(")):
        read_settings(tmp_path)
