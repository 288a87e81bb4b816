"""Tells whether a request is one that was recorded. A pseudonym fits any value, and from then on that value alone.

`loose` also lets ids and times of one shape fit each other: clients make them anew for each call.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote

from mdt.engine.messages import Request
from mdt.recording.bodies import body_of
from mdt.recording.key_rules import kind_of_key
from mdt.recording.model import Body, RecordedRequest
from mdt.recording.pseudonyms import PSEUDONYM
from mdt.recording.shapes import shape_of


@dataclass(slots=True)
class Binding:
    """Which value stands for which pseudonym."""

    values: dict[str, Any] = field(default_factory=dict)

    def copy(self) -> "Binding":
        return Binding(dict(self.values))

    def fits(self, pseudonym: str, value: Any) -> bool:
        """Binds a pseudonym that is free. A client that sends a pseudonym back means just that."""
        if isinstance(value, str) and PSEUDONYM.fullmatch(value):
            return value == pseudonym
        return bool(self.values.setdefault(pseudonym, value) == value)


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it is compared: `path` below the service's base path."""

    method: str
    path: str
    query: Mapping[str, list[str]]
    body: Body
    headers: Mapping[str, str]


def asked(request: Request, path: str) -> Asked:
    content_type = request.headers.get("content-type", "")
    return Asked(
        request.method, path, request.args, body_of(request.body, content_type, is_request=True), request.headers
    )


def recorded(request: RecordedRequest) -> Asked:
    path, _, query = request.path.partition("?")
    args = parse_qs(query, keep_blank_values=True)
    return Asked(request.method, "/".join(map(unquote, path.split("/"))), args, request.body, dict(request.headers))


def differences(known: Asked, given: Asked, binding: Binding, *, loose: bool = False) -> Iterator[str]:
    """The places where the given request differs from the recorded one; none if it is the same."""
    if known.method != given.method:
        yield f"{given.method} → {known.method}"
    if not _path_fits(known.path, given.path, binding, loose=loose):
        yield f"{given.path} → {known.path}"
    yield from _compared(known.query, given.query, "?", binding, loose=loose)
    yield from _bodies(known.body, given.body, binding, loose=loose)


def _path_fits(known: str, given: str, binding: Binding, *, loose: bool) -> bool:
    one, other = known.split("/"), given.split("/")
    return len(one) == len(other) and all(
        not list(_compared(mine, theirs, "", binding, loose=loose)) for mine, theirs in zip(one, other, strict=True)
    )


def _bodies(known: Body, given: Body, binding: Binding, *, loose: bool) -> Iterator[str]:
    if known.keys() != given.keys():
        yield f"{', '.join(given) or '-'} → {', '.join(known) or '-'}"
        return
    for form, content in known.items():
        yield from _compared(content, given[form], "$", binding, loose=loose)


def credentials_fit(known: Asked, given: Asked, binding: Binding) -> bool:
    """Whether the credentials are those of the recorded request."""
    names = ("authorization", "cookie", "x-api-key", "api-key", "x-auth-token", "x-access-token")
    return all(
        not list(_compared(known.headers.get(one), given.headers.get(one), "", binding, loose=False)) for one in names
    )


def compared(known: Any, given: Any, binding: Binding | None = None, *, loose: bool = True) -> list[str]:
    """The places ("$.items[0].price") where two JSON values differ, with both values."""
    return list(_compared(known, given, "$", binding or Binding(), loose=loose))


def _compared(known: Any, given: Any, at: str, binding: Binding, *, loose: bool) -> Iterator[str]:
    if isinstance(known, Mapping) and isinstance(given, Mapping):
        yield from _mappings(known, given, at, binding, loose=loose)
    elif isinstance(known, list) and isinstance(given, list):
        if len(known) != len(given):
            yield f"{at}: {len(given)} → {len(known)}"
            return
        for index, (one, other) in enumerate(zip(known, given, strict=True)):
            yield from _compared(one, other, f"{at}[{index}]", binding, loose=loose)
    elif not _same(known, given, at, binding, loose=loose):
        yield f"{at}: {_shown(given)} → {_shown(known)}"


def _mappings(
    known: Mapping[str, Any], given: Mapping[str, Any], at: str, binding: Binding, *, loose: bool
) -> Iterator[str]:
    yield from (f"{at}.{key}: - → {_shown(known[key])}" for key in known.keys() - given.keys())
    yield from (f"{at}.{key}: {_shown(given[key])} → -" for key in given.keys() - known.keys())
    for key in [key for key in known if key in given]:
        yield from _compared(known[key], given[key], f"{at}.{key}", binding, loose=loose)


def _same(known: Any, given: Any, at: str, binding: Binding, *, loose: bool) -> bool:
    if isinstance(known, bool) or isinstance(given, bool) or known is None or given is None:
        return known is given
    if isinstance(known, str) and PSEUDONYM.search(known):
        return _hidden(known, given, binding)
    if isinstance(known, int) and isinstance(given, int) and kind_of_key(at.rpartition(".")[2]):
        return binding.fits(f"{at} {known}", given) or known == given
    if type(known) is not type(given) and not (isinstance(known, int | float) and isinstance(given, int | float)):
        return False
    return bool(known == given) or (loose and shape_of(known) is not None and shape_of(known) == shape_of(given))


def _hidden(known: str, given: Any, binding: Binding) -> bool:
    """A text with pseudonyms: the rest of it must be the same."""
    if PSEUDONYM.fullmatch(known):
        return binding.fits(known, given)
    names = [match[0] for match in PSEUDONYM.finditer(known)]
    pieces = [re.escape(piece) for piece in re.split(_WITHOUT_GROUPS, known)]
    found = re.fullmatch("(.+?)".join(pieces), given, re.DOTALL) if isinstance(given, str) else None
    return found is not None and all(
        binding.fits(name, value) for name, value in zip(names, found.groups(), strict=True)
    )


_WITHOUT_GROUPS = re.compile(r"redacted-[a-z]+(?:-[a-z]+)*-\d+(?:@example\.com)?")


def _shown(value: Any) -> str:
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= 60 else f"{text[:60]}…"
