"""A change touches the calls that need what it changes, and no others."""

import json
from pathlib import Path
from typing import Any

import pytest

from mdt.contracts.diff import RULES, Change, DiffReport, Spot, advice
from mdt.contracts.diff.rules import change
from mdt.contracts.impact import touches
from mdt.contracts.journal import FORMAT, Exchange, read_journal
from mdt.errors import MdtError

LABEL = "GET /x/{id}"


def exchange(**more: Any) -> Exchange:
    given = {
        "service": "shop", "route": LABEL, "scenario": "ok", "status": 200,
        "request": {"method": "GET", "path": "/x/1", "query": {"q": ["1"]}, "json": {"a": 1}},
        "reply": {"status": 200, "headers": {"X-Left": "1"}, "json": {"items": [{"price": 1}]}},
        "request_fields": frozenset({"a"}), "fields": frozenset({"items", "items/items", "items/items/price"}),
    }  # fmt: skip
    return Exchange(**{**given, **more})


def spot(place: str, **more: Any) -> Spot:
    return Spot(place, "GET", "/x/{key}", status="" if place.startswith("request") else "200", **more)


CASES = {  # the rule and its spot, and whether a call that has everything is touched
    "an answered field": ("response-required-property-removed", spot("response-property", name="items/items/price"), True),
    "a field in one of several alternatives": ("response-property-type-changed", spot("response-property", name="items/items/oneOf[1]/price"), True),
    "a field under any name": ("response-property-type-changed", spot("response-property", name="items/items/additionalProperties"), True),
    "a field that is not answered": ("response-optional-property-removed", spot("response-property", name="note"), False),
    "a field that is new in answers": ("response-optional-property-added", spot("response-property", name="items"), False),
    "another status": ("response-required-property-removed", Spot("response-property", "GET", "/x/{id}", "404", name="items"), False),
    "a range of statuses": ("response-body-type-changed", Spot("response-body", "GET", "/x/{id}", "2XX"), True),
    "the whole answer": ("response-success-status-removed", spot("response"), True),
    "an answer that is new": ("response-success-status-added", spot("response"), False),
    "a header": ("required-response-header-removed", spot("response-header", name="x-left"), True),
    "a header that is not answered": ("required-response-header-removed", spot("response-header", name="x-right"), False),
    "a field that is sent": ("request-property-removed", spot("request-property", name="a"), True),
    "a field that is not sent": ("request-property-removed", spot("request-property", name="b"), False),
    "a field that must be sent now": ("new-required-request-property", spot("request-property", name="b"), True),
    "a field that must be sent and is": ("request-property-became-required", spot("request-property", name="a"), False),
    "a body": ("request-body-removed", spot("request-body"), True),
    "a body that must be sent and is": ("request-body-added-required", spot("request-body"), False),
    "a parameter": ("request-parameter-removed", spot("request-parameter", inside="query", parameter="q"), True),
    "a parameter that is not sent": ("request-parameter-removed", spot("request-parameter", inside="query", parameter="r"), False),
    "a parameter that must be sent now": ("new-required-request-parameter", spot("request-parameter", inside="query", parameter="r"), True),
    "a parameter that must be sent and is": ("request-parameter-became-required", spot("request-parameter", inside="query", parameter="q"), False),
    "the operation": ("api-removed-without-deprecation", spot("operation"), True),
    "another operation": ("api-removed-without-deprecation", Spot("operation", "POST", "/x/{id}"), False),
    "all operations": ("api-global-security-added", Spot("api"), True),
    "a webhook": ("webhook-removed", Spot("webhook", name="sold"), False),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_what_a_change_touches(name: str) -> None:
    rule, where, touched = CASES[name]
    assert rule in RULES

    assert touches(change(rule, where), LABEL, exchange()) is touched


def test_a_call_that_broke_on_the_wire_has_no_answer_to_touch() -> None:
    broken = exchange(status=0, reply=None, fields=frozenset())

    assert not touches(change("response-body-type-changed", spot("response-body")), LABEL, broken)
    assert touches(change("request-property-removed", spot("request-property", name="a")), LABEL, broken)


def written(path: Path, **more: Any) -> Path:
    row = {
        "service": "shop", "route": LABEL, "scenario": "ok", "status": 200, "request": {"method": "GET"}, "reply": None,
        "requestFields": [], "fields": ["a"], "tests": [{"id": "t::one", "calls": 2}, {"id": None, "calls": 1}],
    }  # fmt: skip
    document = {"format": FORMAT, "consumer": "orders", "generated": "", "exchanges": [row], **more}
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


def test_a_journal_is_read(tmp_path: Path) -> None:
    journal = read_journal(written(tmp_path / "journal.json"))

    (one,) = journal.exchanges
    assert (journal.consumer, one.consumer, one.tests, one.fields) == (
        "orders",
        "orders",
        ("t::one",),
        frozenset({"a"}),
    )


@pytest.mark.parametrize(
    "more", [{"format": "mdt-journal/9"}, {"exchanges": [{}]}, {"exchanges": 1}, {"consumer": 1, "exchanges": [1]}]
)
def test_a_file_that_is_no_journal(tmp_path: Path, more: dict[str, Any]) -> None:
    with pytest.raises(MdtError, match="is no journal of this version"):
        read_journal(written(tmp_path / "journal.json", **more))


def test_texts_that_are_no_journal(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("[", encoding="utf-8")

    for name, message in (("a", "is no journal"), ("b", "there is no journal")):
        with pytest.raises(MdtError, match=message):
            read_journal(tmp_path / name)


def test_an_approved_change_is_not_the_worst() -> None:
    one: Change = change("api-removed-without-deprecation", spot("operation"))
    report = DiffReport("a", "b", (one,), advice([one], "1.0.0", "1.0.0"), {one.fingerprint})

    assert report.worst() == -1
