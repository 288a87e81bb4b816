"""Calls as a draft: routes by path template, scenarios by status, in the order of the calls."""

from collections import defaultdict
from typing import Any
from urllib.parse import parse_qs

from mdt.engine.matcher_keywords import KEYWORDS, NESTED
from mdt.formats.draft import Draft, literal
from mdt.formats.paths import query_match
from mdt.language import _
from mdt.recording.bodies import bytes_of
from mdt.recording.inference import path_of, templates, volatile_fields
from mdt.recording.model import Body, RecordedAnswer, RecordedCall, Recording

WORDS = frozenset((*KEYWORDS, *NESTED))
_DROPPED = frozenset({"content-encoding", "content-length", "transfer-encoding", "connection", "date"})


def draft_of(recording: Recording, default: str = "recorded") -> Draft:
    """The scenarios of a recording. A route whose requests differ in query or body has one route for each."""
    draft = Draft(recording.service, recording.url, default)
    known = templates(map(path_of, recording.calls))
    volatile = volatile_fields(recording.calls)
    kinds: dict[tuple[str, str], set[tuple[str, bytes]]] = defaultdict(set)
    for call in recording.calls:
        kinds[call.request.method, known[path_of(call)]].add(_question(call))
    for call in recording.calls:
        route = call.request.method, known[path_of(call)]
        several = len({question for question in kinds[route] if question != ("", b"")}) > 1
        where = f"{recording.file or recording.session}:{call.line}"
        answer = answer_of(call.answer)
        if call.answer.partial:
            draft.lost(where, _("the recorded answer is not whole"))
        draft.add(*route, answer, where=where, match=match_of(call) if several else {}, in_turn=True)
    for place, places in volatile.items():
        draft.lost(
            place,
            _("these values change with each call, and are written as recorded: {places}", places=", ".join(places)),
        )
    return draft


def _question(call: RecordedCall) -> tuple[str, bytes]:
    return call.request.path.partition("?")[2], bytes_of(call.request.body)


def match_of(call: RecordedCall) -> dict[str, Any]:
    """The query and the body of the request."""
    query = parse_qs(call.request.path.partition("?")[2], keep_blank_values=True)
    return {**query_match(query), **body_match(call.request.body)}


def body_match(body: Body) -> dict[str, Any]:
    if "json" in body:
        return {"json": json_match(body["json"])}
    return {form: content for form, content in body.items() if form in ("form", "text")}


def json_match(value: Any) -> Any:
    """The value as a match: as it is, or in `equals` where keys are called like matchers."""
    return {"equals": value} if _has_keyword(value) else value


def _has_keyword(value: Any) -> bool:
    if isinstance(value, dict):
        return (bool(value) and set(value) <= WORDS) or any(map(_has_keyword, value.values()))
    return isinstance(value, list) and any(map(_has_keyword, value))


def answer_of(answer: RecordedAnswer) -> dict[str, Any]:
    """The answer as a definition writes it."""
    if answer.fault:
        return {"fault": answer.fault}
    headers: dict[str, Any] = {}
    for name, value in answer.headers:
        if name not in _DROPPED and not _usual(name, value, answer.body):
            headers[name] = [*_each(headers[name]), literal(value)] if name in headers else literal(value)
    body = {form: content if form == "base64" else literal(content) for form, content in answer.body.items()}
    return {
        "status": answer.status,
        **({"headers": headers} if headers else {}),
        **({} if answer.status in (204, 205, 304) else body),
    }


def _usual(name: str, value: str, body: Body) -> bool:
    return name == "content-type" and "json" in body and value.partition(";")[0].strip() == "application/json"


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]
