"""Judges an HTTP answer: its outcome (`ok`, `fail`, `unknown`) and every problem of its form.

Each answer is judged alone; the checker compares the answers to one operation.
"""

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from email.utils import parsedate_to_datetime
from typing import Any

from faultlab.language import Joined, Message, _
from faultlab.report_model import Outcome

CODES = (  # error numbers of lost connections, refusals and conflicts, as drivers print them
    "1020|1040|1045|1053|1062|1080|1129|1135|1152|1203|1205|1213|1226|1290|1317|1792|1836|1874|1927|1969"
    "|2002|2003|2005|2006|2013|2014|2045|2055|3024|4031"
)
STATES = "HY000|(?:08|25|40|53|55|57)[0-9A-Z]{3}"  # SQLSTATEs of the same errors
LIBRARIES = (
    "sqlalchemy|pymysql|psycopg[23]?|mysqldb|mysqlclient|mysql|mariadb|innodb|postgres|postgresql|libpq|pg_[a-z]+|sqlite3?"
    "|sqlstate|dbapi"
)
PATTERNS = tuple(
    re.compile(pattern)
    for pattern in (
        rf"(?i)\b(?:{LIBRARIES})\b",
        r"\b(?:Operational|Integrity|Programming|Interface|Internal|Database)Error\b",
        r"\b(?:INSERT\s+INTO|DELETE\s+FROM|SELECT\b[^;]{1,500}?\bFROM|(?:ALTER|CREATE|DROP|LOCK)\s+TABLE)\s+[\w`\".]+",
        r"\bUPDATE\s+[\w`\".]+\s+SET\b",
        r"\bTraceback \(most recent call last\)",
        r"\bFile \"[^\"]+\", line \d+",
        rf"\((?:{CODES})\b",
        r"\[Errno \d+\]",
        rf"\((?:{STATES})\)",
    )
)
LONGEST = 60  # characters of a finding


def leaks(texts: Iterable[str], secrets: Sequence[str] = ()) -> list[str]:
    """Every distinct leak, cut to 60 characters; `secrets` in full."""
    found: dict[str, None] = {}
    for text in texts:
        found |= dict.fromkeys(match.group()[:LONGEST] for one in PATTERNS for match in one.finditer(text))
        found |= dict.fromkeys(secret for secret in secrets if secret and secret in text)
    return list(found)


MEMBERS = {"code", "data", "msg"}
NO_RETRY_AFTER, BAD_RETRY_AFTER = "503 without Retry-After", "Retry-After is neither seconds nor a date"
LEAK = "insides shown"
PROBLEMS = {
    NO_RETRY_AFTER: _("503 without Retry-After"),
    BAD_RETRY_AFTER: _("Retry-After is neither seconds nor a date"),
    LEAK: _("insides shown"),
    "204 with a body": _("204 with a body"),
    "Content-Type is not JSON": _("Content-Type is not JSON"),
    "no JSON": _("no JSON"),
    "members other than code, data and msg": _("members other than code, data and msg"),
    "code is not 0": _("code is not 0"),
    "code is not 1": _("code is not 1"),
    "msg is no text": _("msg is no text"),
}
NO_JSON = object()


def judge(
    status: int | None, headers: Mapping[str, str], body: bytes, *, envelope: bool = True, secrets: Sequence[str] = ()
) -> tuple[Outcome, list[str]]:
    """The outcome and the problems of the form. Names in `headers` are lower case; `status` is None if no answer came.

    Without `envelope` any body is accepted. `secrets` are texts that no answer may contain, such as the database's address.
    """
    if status is None:
        return "unknown", []
    document = _parsed(body)
    form = _envelope_problems(status, headers, body, document) if envelope else ()
    visible = [body.decode(errors="replace")] if document is NO_JSON else _texts(document)
    leaked = [f"{LEAK}: {word}" for word in leaks(visible, secrets)]
    return outcome(status, headers, _said(document)), [*_retry_problems(status, headers), *form, *leaked]


def problem_text(recorded: str) -> Message:
    """A recorded problem, which is English in reports, in the current language."""
    if recorded.startswith(f"{LEAK}: "):
        return _("{problem}: {words}", problem=PROBLEMS[LEAK], words=recorded.removeprefix(f"{LEAK}: "))
    return PROBLEMS.get(recorded) or Joined("", [recorded])


def outcome(status: int, headers: Mapping[str, str], said: object) -> Outcome:
    """What the client knows after this answer; `said` is its `data.outcome`, if it has one.

    409 with Retry-After means that an identical request is being processed, which may succeed: the outcome is unknown until
    that one is answered or this one is repeated.
    """
    if 200 <= status < 300:
        return "ok"
    if status == 409 and "retry-after" in headers:
        return "unknown"
    refused = 400 <= status < 500 or (status == 503 and said == "not_saved")
    return "fail" if refused else "unknown"


def _parsed(body: bytes) -> Any:
    try:
        return json.loads(body.decode())
    except (ValueError, RecursionError):
        return NO_JSON


def _said(document: Any) -> object:
    """`data.outcome`, or `outcome` of a document without `data`."""
    inner = document.get("data", document) if isinstance(document, dict) else None
    return inner.get("outcome") if isinstance(inner, dict) else None


def _texts(document: Any) -> Iterator[str]:
    """Every string in the document, member names included."""
    waiting = [document]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, list):
            waiting += one
        elif isinstance(one, dict):
            waiting += [*one, *one.values()]


def _envelope_problems(status: int, headers: Mapping[str, str], body: bytes, document: Any) -> Iterator[str]:
    if status == 204:
        if body:
            yield "204 with a body"
        return
    if "json" not in headers.get("content-type", "application/json"):
        yield "Content-Type is not JSON"
    if document is NO_JSON:
        yield "no JSON"
    elif not isinstance(document, dict) or set(document) != MEMBERS:
        yield "members other than code, data and msg"
    else:
        yield from _member_problems(status, document)


def _member_problems(status: int, document: Mapping[str, Any]) -> Iterator[str]:
    right = 1 if 200 <= status < 300 else 0
    if type(document["code"]) is not int or document["code"] != right:
        yield f"code is not {right}"
    if not isinstance(document["msg"], str):
        yield "msg is no text"


def _retry_problems(status: int, headers: Mapping[str, str]) -> Iterator[str]:
    value = headers.get("retry-after")
    if status == 503 and not value:
        yield NO_RETRY_AFTER
    elif value is not None and not _readable(value):
        yield BAD_RETRY_AFTER


def _readable(value: str) -> bool:
    """Whether RFC 9110 section 10.2.3 allows this Retry-After."""
    if re.fullmatch("[0-9]+", value):
        return True
    try:
        return parsedate_to_datetime(value).tzinfo is not None
    except ValueError:
        return False
