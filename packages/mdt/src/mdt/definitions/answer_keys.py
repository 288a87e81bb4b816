"""Checks the keys of an answer except its body: status, headers, latency, dribble, fault, passthrough."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from mdt.definitions.bodies import BODIES
from mdt.definitions.durations import latency, seconds
from mdt.definitions.source import Rows, Source, Table, kind, line_of
from mdt.engine.answers import Dribble, Latency
from mdt.engine.messages import FaultKind
from mdt.engine.templates import Expression, compile_text, is_template
from mdt.language import _, sentences, words_of
from mdt.suggest import did_you_mean

ANSWER_KEYS = (
    *("status", "headers", *BODIES, "latency", "dribble"),
    *("fault", "sequence", "when", "extends", "passthrough", "offContract", "prefer", "description"),
)
OTHER_WORDS = {  # keys of other tools, with ours
    "delay": "latency",
    "wait": "latency",
    "body": "json",
    "data": "json",
    "content": "text",
    "code": "status",
    "statusCode": "status",
    "header": "headers",
    "error": "fault",
    "proxy": "passthrough",
    "bodyFile": "file",
}
MAX_CHUNKS = 10_000
_TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")  # RFC 9110, 5.6.2
_STATUSES = re.compile(r"[2-5]XX|default")
_LINE_BREAK = re.compile(r"[\r\n\0]")

type HeaderValue = str | Expression


def status_of(table: Table, source: Source) -> int:
    status = table.get("status", 200)
    if isinstance(status, int) and not isinstance(status, bool) and 200 <= status <= 599:
        return status
    source.wrong(line_of(table, "status"), _("`status` is a number from 200 to 599, not {kind}", kind=kind(status)))
    return 200


def headers_of(table: Table, source: Source) -> list[tuple[str, HeaderValue]]:
    """The headers as pairs; a list repeats its header."""
    if "headers" not in table:
        return []
    headers = source.table(table["headers"], line_of(table, "headers"), "`headers`")
    pairs: list[tuple[str, HeaderValue]] = []
    for name, value in headers.items():
        line = line_of(headers, name)
        if not _TOKEN.fullmatch(name):
            source.wrong(line, _("{name!r} is no name of a header", name=name))
        pairs += [(name.lower(), _header(one, line, source)) for one in (value if isinstance(value, Rows) else [value])]
    return pairs


def _header(value: Any, line: int, source: Source) -> HeaderValue:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or _LINE_BREAK.search(value):
        source.wrong(line, _("a header's value is one line of text, not {kind}", kind=kind(value)))
        return ""
    if not value.isascii() and not is_template(value):
        source.wrong(line, _("a header's value is ASCII text"), _("Percent-encode it, as HTTP does"))
    return compile_text(value) if is_template(value) else value.strip()


def checked_header(value: str) -> str:
    """Makes a rendered header safe: a line break, which would begin another header, becomes a space."""
    return _LINE_BREAK.sub(" ", value).encode("ascii", "backslashreplace").decode()


def prefer_of(table: Table, source: Source) -> tuple[str, str]:
    """The name of an example and the statuses that a Prefer header may ask for."""
    if "prefer" not in table:
        return "", ""
    line = line_of(table, "prefer")
    wanted = source.table(table["prefer"], line, "`prefer`")
    source.known_keys(wanted, ("example", "code"), "`prefer`")
    statuses = source.text(wanted, "code")
    if statuses and not _STATUSES.fullmatch(statuses):
        source.wrong(line, _("`code` is a range from 2XX to 5XX, or default, not {written!r}", written=statuses))
    return source.text(wanted, "example"), statuses


def latency_of(table: Table, source: Source) -> Latency | None:
    return _tried(latency, "latency", table, source)


def dribble_of(table: Table, source: Source) -> Dribble | None:
    return _tried(_dribble, "dribble", table, source)


def _dribble(value: Any) -> Dribble:
    if not isinstance(value, dict) or set(value) != {"chunks", "over"}:
        raise ValueError(_("`dribble` has exactly the keys chunks and over: {{chunks: 5, over: 2s}}"))
    chunks = value["chunks"]
    if not isinstance(chunks, int) or isinstance(chunks, bool) or not 1 <= chunks <= MAX_CHUNKS:
        raise ValueError(_("`chunks` is a number from 1 to {limit}", limit=MAX_CHUNKS))
    return Dribble(chunks, seconds(value["over"]))


def fault_of(table: Table, source: Source) -> FaultKind | None:
    return _tried(_fault, "fault", table, source)


def _fault(value: Any) -> FaultKind:
    kinds = [one.value for one in FaultKind]
    if value not in kinds:
        raise ValueError(sentences(_("there is no fault {name!r}.", name=value), did_you_mean(str(value), kinds)))
    return FaultKind(value)


def passthrough_of(table: Table, source: Source) -> str | bool | None:
    """True for the URL that was called, or the URL of the real service."""
    return _tried(_passthrough, "passthrough", table, source)


def _passthrough(value: Any) -> str | bool:
    if value is True:
        return True
    if isinstance(value, str) and urlsplit(value).scheme in {"http", "https"} and urlsplit(value).hostname:
        return value
    raise ValueError(_("`passthrough` is true, or the url of the real service: https://api.example.com"))


def _tried[T](read: Callable[[Any], T], key: str, table: Table, source: Source) -> T | None:
    if key not in table:
        return None
    try:
        return read(table[key])
    except ValueError as error:
        source.wrong(line_of(table, key), words_of(error))
        return None
