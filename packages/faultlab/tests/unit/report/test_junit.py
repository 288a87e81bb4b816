"""junit.xml keeps to what the schemas of Ant and Jenkins have in common."""

import re
from xml.etree import ElementTree as ET

import pytest

from faultlab.report.junit import junit
from tests.unit.report import sample

NASTY = '<&"]]> \x00\x1b[31m\x7f \ufffe 中文 \U0001f600\nsecond'
SUITE = ["id", "package", "name", "timestamp", "hostname", "tests", "failures", "errors", "skipped", "time"]


def parsed(*cases) -> ET.Element:
    return ET.fromstring(junit(sample.report(*cases)).encode())


def test_form() -> None:
    root = parsed(sample.functional(), sample.case(status="failed", reason=NASTY), sample.not_run(reason=NASTY))

    assert (root.tag, root.attrib) == ("testsuites", {})
    assert [suite.get("id") for suite in root] == ["0", "1"]
    for suite in root:
        assert list(suite.attrib) == SUITE
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d", suite.get("timestamp"))
        assert [one.tag for one in suite if one.tag != "testcase"] == ["properties", "system-out", "system-err"]
        assert suite[0].tag == "properties"
        assert all(set(one.attrib) == {"name", "value"} for one in suite[0])
        for case in suite.iter("testcase"):
            assert set(case.attrib) == {"name", "classname", "time"}
            assert len(case) <= 1


def test_a_suite_for_each_kind_that_has_cases() -> None:
    root = parsed(
        sample.functional(), sample.case(duration_ms=1500), sample.not_run(), sample.case("x", status="failed")
    )

    assert [suite.get("name") for suite in root] == ["functional mysql", "fault_tolerance mysql"]
    assert [root[1].get(key) for key in ("tests", "failures", "errors", "skipped", "time")] == [
        "3", "1", "0", "1", "4.750",
    ]  # fmt: skip
    assert [suite.get("name") for suite in parsed(sample.case())] == ["fault_tolerance mysql"]
    assert len(ET.fromstring(junit(sample.report().model_copy(update={"cases": []})))) == 0


def test_properties_tell_where_it_ran() -> None:
    found = {one.get("name"): one.get("value") for one in parsed(sample.functional())[0][0]}

    assert found == {
        "run": "20261121-160000-7", "seed": "7", "service": "payments", "database": "mysql 8.4.3 (docker)",
        "interrupted": "false", "log": "run.log",
    }  # fmt: skip


def test_a_failure_lists_everything_that_is_wrong() -> None:
    (case,) = parsed(sample.case(status="failed")).iter("testcase")

    assert case.get("name") == f"rst-m5-8 {sample.TITLE.en}"
    assert case.get("classname") == "payments.rst"
    assert case.get("time") == "3.250"
    (failure,) = case
    assert failure.attrib == {"message": "I2: order-0-0 is stored 2 times.", "type": "BrokenPromise"}
    assert failure.text.splitlines() == [
        "I2: order-0-0 is stored 2 times.",
        "1.800 s, Rows of order-0-0: expected 1, was 2",
    ]


def test_a_failure_without_findings_has_a_message_too() -> None:
    cases = [
        sample.case("a", status="failed", findings=[], steps=[], reason=""),
        sample.case("b", status="failed", findings=[], steps=[], reason="It broke off."),
    ]

    failures = list(parsed(*cases).iter("failure"))

    assert failures[0].get("message") == failures[0].text == "It failed; what was seen stands in report.json."
    assert failures[1].get("message") == failures[1].text == "It broke off."


def test_what_was_not_run_is_skipped_with_its_reason() -> None:
    skipped = list(parsed(sample.not_run(), sample.not_run("b", reason="")).iter("skipped"))

    assert [one.get("message") for one in skipped] == [
        "The database was given by its URL: it cannot be killed.",
        "It was not run.",
    ]
    assert parsed(sample.functional())[0].find("testcase").get("classname") == "payments.no-fault"


@pytest.mark.parametrize("place", ["reason", "id"])
def test_text_that_xml_cannot_hold(place: str) -> None:
    root = parsed(sample.case(status="failed", **({"reason": NASTY} if place == "reason" else {"name": NASTY})))

    said = root.find(".//failure").get("message") if place == "reason" else root.find(".//testcase").get("name")
    assert said.startswith('<&"]]> \ufffd\ufffd[31m\x7f \ufffd 中文 \U0001f600')
