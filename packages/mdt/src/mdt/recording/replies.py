"""The answers that a replay plays, made from recorded ones."""

from collections.abc import Iterable
from urllib.parse import quote

from mdt.engine.content import charset
from mdt.engine.messages import Fault, FaultKind, Reply
from mdt.recording.bodies import DEFAULT_TYPES, bytes_of, chunks_of
from mdt.recording.model import RecordedAnswer

_AS_THEY_ARE = "%/:?#[]@!$&'()*+,;= \"<>{}|\\^`~.-_"  # ASCII; all else of a header is percent-encoded


def reply_of(answer: RecordedAnswer, delay: float = 0.0) -> Reply | Fault:
    """The answer to play."""
    if answer.fault:
        return Fault(FaultKind(answer.fault), Reply(), delay)
    chunks = chunks_of(answer.body)
    headers = tuple(_headers(answer))
    return Reply(answer.status, headers, b"" if chunks is not None else _content(answer), delay, chunks)


def _content(answer: RecordedAnswer) -> bytes:
    """The body, in the charset of its content type."""
    kind = dict(answer.headers).get("content-type", "")
    return answer.body["text"].encode(charset(kind), "replace") if "text" in answer.body else bytes_of(answer.body)


def _headers(answer: RecordedAnswer) -> Iterable[tuple[str, str]]:
    """Without the coding, because recorded bodies are decoded; with a content type if the body needs one."""
    for name, value in answer.headers:
        if name not in ("content-encoding", "content-length", "transfer-encoding"):
            yield name, value if value.isascii() else quote(value, safe=_AS_THEY_ARE)
    form = next(iter(answer.body), None)
    if form and all(name != "content-type" for name, _value in answer.headers):
        yield "content-type", DEFAULT_TYPES[form]
