"""Reads what people paste into the form: a `curl` command, as browsers copy it, or JSON."""

import json
import re
import shlex
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from mdt.drafts.draft import DraftError
from mdt.language import _

LONGEST = 1_000_000  # characters
_ANSI = re.compile(r"\$'((?:[^'\\]|\\.)*)'")
_ESCAPE = re.compile(r"\\(u[0-9a-fA-F]{4}|x[0-9a-fA-F]{2}|.)", re.DOTALL)
_CONTROL = {"n": "\n", "r": "\r", "t": "\t", "0": "\0"}


@dataclass(slots=True)
class Pasted:
    """The request of a curl command."""

    url: str = ""
    method: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    in_query: bool = False

    def as_json(self) -> dict[str, Any]:
        parts = urlsplit(self.url if "://" in self.url else f"http://{self.url}")
        data = "&".join(self.body)
        query = "&".join(filter(None, (parts.query, data if self.in_query else "")))
        sent = "" if self.in_query else data
        return {
            "method": self.method or ("POST" if sent else "GET"),
            "host": parts.netloc.rpartition("@")[2].lower(),
            "path": (parts.path or "/") + (f"?{query}" if query else ""),
            "headers": self.headers,
            "body": sent,
        }


def pasted(text: str) -> dict[str, Any]:
    """{"kind": "curl", "request": …} or {"kind": "json", "json": …}. Raises DraftError."""
    if len(text) > LONGEST:
        raise DraftError(_("More than {limit} characters are not read.", limit=LONGEST))
    if re.match(r"\s*(\$ *)?curl(\.exe)?\s", text):
        return {"kind": "curl", "request": _curl(text.strip().removeprefix("$").strip()).as_json()}
    try:
        return {"kind": "json", "json": json.loads(text)}
    except (ValueError, RecursionError) as error:
        raise DraftError(_("This is neither a curl command nor JSON: {error}", error=error)) from None


def _curl(text: str) -> Pasted:
    try:
        words = shlex.split(_ANSI.sub(lambda found: shlex.quote(_unescaped(found[1])), text.replace("\\\r\n", "\\\n")))
    except ValueError as error:
        raise DraftError(_("This curl command cannot be read: {error}. Mind the quotes", error=error)) from None
    found, rest = Pasted(), iter(words[1:])
    for word in rest:
        _take(word, rest, found)
    if not found.url:
        raise DraftError(_("This curl command has no URL."))
    return found


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(lambda found: _character(found[1]), text)


def _character(escape: str) -> str:
    return chr(int(escape[1:], 16)) if len(escape) > 1 else _CONTROL.get(escape, escape)


def _take(word: str, rest: Any, found: Pasted) -> None:
    """Reads one option with its value: --data X, --data=X, -d X, -dX."""
    if not word.startswith("-") or word == "-":
        found.url = found.url or word
        return
    name, has_value, value = word.partition("=") if word.startswith("--") else (word[:2], word[2:] != "", word[2:])
    name = SHORT.get(name, name)
    if name in FLAGS:
        FLAGS[name](found)
    elif name in OPTIONS or name in IGNORED:
        given = value if has_value else next(rest, "")
        OPTIONS.get(name, _nothing)(found, given)


def _nothing(found: Pasted, value: str) -> None:
    """What says nothing of the request that is mocked."""


def _header(found: Pasted, written: str) -> None:
    name, _colon, value = written.partition(":")
    found.headers[name.strip().lower()] = value.strip()


def _data(found: Pasted, value: str) -> None:
    if value.startswith("@"):
        raise DraftError(_("The body is in the file {file}, which is not read. Paste it itself", file=value[1:]))
    found.body.append(value)
    found.headers.setdefault("content-type", "application/x-www-form-urlencoded")


def _json(found: Pasted, value: str) -> None:
    found.headers |= {"content-type": "application/json", "accept": "application/json"}
    _data(found, value)


def _encoded(found: Pasted, value: str) -> None:
    name, equals, rest = value.partition("=")
    _data(found, f"{name}={quote(rest, safe='')}" if equals else quote(value, safe=""))


def _set(name: str) -> Callable[[Pasted, str], None]:
    return lambda found, value: setattr(found, name, value)


SHORT = {"-X": "--request", "-H": "--header", "-d": "--data", "-G": "--get", "-I": "--head", "-A": "--user-agent", "-b": "--cookie",
         "-u": "--user", "-e": "--referer", "-o": "--output", "-m": "--max-time", "-x": "--proxy", "-F": "--form", "-w": "--write-out"}  # fmt: skip
OPTIONS: dict[str, Callable[[Pasted, str], None]] = {
    "--request": lambda found, value: setattr(found, "method", value.upper()),
    "--url": _set("url"),
    "--header": _header,
    "--data": _data,
    "--data-ascii": _data,
    "--data-binary": _data,
    "--data-raw": lambda found, value: _data(found, value) if not value.startswith("@") else found.body.append(value),
    "--data-urlencode": _encoded,
    "--json": _json,
    "--cookie": lambda found, value: _header(found, f"cookie: {value}"),
    "--user-agent": lambda found, value: _header(found, f"user-agent: {value}"),
}
IGNORED = {"--user", "--referer", "--output", "--max-time", "--proxy", "--write-out", "--connect-timeout", "--cacert", "--cert",
           "--key", "--retry", "--resolve", "--form"}  # fmt: skip  # with a value that says nothing of the request that is mocked
FLAGS: dict[str, Callable[[Pasted], None]] = {
    "--get": lambda found: setattr(found, "in_query", True),
    "--head": lambda found: setattr(found, "method", "HEAD"),
}
