"""Makes junit.xml: a suite for each kind of case, valid by the schemas of Ant and of Jenkins."""

import re
from collections.abc import Iterable
from xml.etree import ElementTree as ET

from faultlab.checker import REQUIRED
from faultlab.report_model import Case, CaseKind, Report

NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def junit(report: Report) -> str:
    root = ET.Element("testsuites")
    for number, kind in enumerate(REQUIRED):
        cases = [case for case in report.cases if case.kind == kind]
        if cases:
            root.append(_suite(number, kind, cases, report))
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=False).join(
        ('<?xml version="1.0" encoding="UTF-8"?>\n', "\n")
    )


def _suite(number: int, kind: CaseKind, cases: list[Case], report: Report) -> ET.Element:
    counted = {status: sum(case.status == status for case in cases) for status in ("failed", "void", "not_run")}
    suite = _element(
        "testsuite",
        id=number,
        package="faultlab",
        name=f"{kind} {report.environment.database}",
        timestamp=report.run.started[:19],
        hostname="localhost",
        tests=len(cases),
        failures=counted["failed"],
        errors=counted["void"],
        skipped=counted["not_run"],
        time=_seconds(sum(case.duration_ms for case in cases)),
    )
    suite.append(_properties(report))
    suite.extend(_testcase(case, report) for case in cases)
    suite.append(_element("system-out"))
    suite.append(_element("system-err"))
    return suite


def _properties(report: Report) -> ET.Element:
    environment = report.environment
    facts = {
        "run": report.run.id,
        "seed": str(report.run.seed),
        "service": environment.service,
        "database": f"{environment.database} {environment.version} ({environment.way})",
        "interrupted": str(report.run.interrupted).lower(),
        "log": report.run.log,
    }
    properties = _element("properties")
    properties.extend(_element("property", name=name, value=value) for name, value in facts.items())
    return properties


def _testcase(case: Case, report: Report) -> ET.Element:
    place = f"{report.environment.service}.{case.fault or 'no-fault'}"
    found = _element("testcase", name=f"{case.id} {case.title.en}", classname=place, time=_seconds(case.duration_ms))
    if case.status == "failed":
        message = case.reason or "It failed; what was seen stands in report.json."
        found.append(_element("failure", "\n".join(wrong(case)) or message, message=message, type="BrokenPromise"))
    if case.status == "void":
        message = case.reason or "It proves nothing."
        found.append(_element("error", "\n".join(wrong(case)) or message, message=message, type="Void"))
    if case.status == "not_run":
        found.append(_element("skipped", message=case.reason or "It was not run."))
    return found


def wrong(case: Case) -> Iterable[str]:
    """A line for each broken promise and failed step."""
    yield from (f"{one.id}: {one.detail}" for one in case.findings if one.ok is False)
    for step in case.steps:
        if not step.ok:
            yield f"{step.t:.3f} s, {step.name.en}: expected {step.expected}, was {step.actual}"


def _element(tag: str, text: str | None = None, **attributes: object) -> ET.Element:
    element = ET.Element(tag, {name: NOT_XML.sub("\ufffd", str(value)) for name, value in attributes.items()})
    element.text = NOT_XML.sub("\ufffd", text) if text else None
    return element


def _seconds(ms: float) -> str:
    return f"{ms / 1000:.3f}"
