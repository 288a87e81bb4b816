"""I9: answers have the form that clients were promised."""

import pytest

from faultlab.report_model import Case
from tests.unit.checker.histories import case, looked, outcome, sent


@pytest.mark.parametrize("status", [200, 201, 204, 409, 422, 503])
def test_usual_statuses(status: int) -> None:
    assert outcome("I9", case(sent("a", status=status))) == (True, "Answers with the form that was promised: 1.")


@pytest.mark.parametrize("status", [202, 302, 400, 401, 404, 429, 500, 502, 504])
def test_other_statuses(status: int) -> None:
    assert outcome("I9", case(sent("a", "fail", status=status))) == (False, f"Answered {status}: a.")


CASES = {
    "nothing sent": (case(), None, "Nothing was sent."),
    "a status that the case allows": (case(looked(status=404), allowed=[404]), True, None),
    "one that it does not": (case(looked(status=400), allowed=[404]), False, "Answered 400: GET /health."),
    "the usual ones stay": (case(sent("a"), allowed=[404]), True, None),
    "no Retry-After": (case(sent("a", "fail", retry_after=None)), False, "503 without Retry-After: a."),
    "an empty one": (case(sent("a", "fail", retry_after="")), False, "503 without Retry-After: a."),
    "no Retry-After, said twice": (
        case(sent("a", "fail", retry_after=None, problems=["503 without Retry-After"])),
        False,
        "503 without Retry-After: a.",
    ),
    "insides": (
        case(sent("a", problems=["insides shown: pymysql", "no JSON"]), sent("b", problems=["no JSON"])),
        False,
        "Insides shown: pymysql: a; no JSON: a, b.",
    ),
    "insides in an answer that is wrong already": (
        case(sent("a", status=500, problems=["no JSON"])),
        False,
        "Answered 500: a; no JSON: a.",
    ),
    "dropped": (case(sent("a", "unknown", status=None)), False, "Got no answer: a."),
    "dropped while the service was killed": (
        case(sent("a", "unknown", status=None), sent("b", "unknown", status=None, phase="recovery"), fault="app-kill"),
        True,
        None,
    ),
    "dropped before it was killed": (
        case(sent("a", "unknown", status=None, phase="steady"), fault="app-kill"),
        False,
        "Got no answer: a.",
    ),
    "dropped after it had recovered": (
        case(sent("a", "unknown", status=None, phase="settle"), fault="app-kill"),
        False,
        "Got no answer: a.",
    ),
    "dropped, with a fault of another kind": (
        case(sent("a", "unknown", status=None), fault="wrapp-kill"),
        False,
        "Got no answer: a.",
    ),
}


@pytest.mark.parametrize(("of", "ok", "detail"), CASES.values(), ids=CASES)
def test_answers_have_form(of: Case, ok: bool | None, detail: str | None) -> None:
    said = outcome("I9", of)

    assert said == (ok, detail or said[1])
