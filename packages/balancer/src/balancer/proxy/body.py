"""The JSON body of a request: read once, and changed in place, so that providers get the bytes that the client sent."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

_SPACE = re.compile(r"[ \t\n\r]*")


class BadBodyError(ValueError):
    """The body is no JSON object. The text says where it stops being one."""


@dataclass(frozen=True, slots=True)
class Body:
    """`values` are the members; `spans` are the places in `text`, in characters, of each name and of its value."""

    text: str
    values: dict[str, Any]
    spans: dict[str, tuple[int, int, int]]
    opening: int

    def changed(self, members: dict[str, Any], without: tuple[str, ...] = ()) -> bytes:
        """The text with `members` replaced or added and `without` taken out; every other character stays as it is."""
        edits = [(*self.spans[name][1:], json.dumps(value)) for name, value in members.items() if name in self.spans]
        edits += [(*self._with_comma(self.spans[name]), "") for name in without if name in self.spans]
        new = [f"{json.dumps(name)}:{json.dumps(value)}" for name, value in members.items() if name not in self.spans]
        added = ",".join(new) + ("," if new and set(self.values) - set(without) else "")
        return self._edited([(self.opening, self.opening, added), *sorted(edits)]).encode()

    def _with_comma(self, span: tuple[int, int, int]) -> tuple[int, int]:
        """A member's place with the comma behind it, or with the one before it if it is the last."""
        start, _, end = span
        after = _skip(self.text, end)
        if self.text[after] == ",":
            return start, _skip(self.text, after + 1)
        before = self.text[:start].rstrip()
        return (len(before) - 1, end) if before.endswith(",") else (start, end)

    def _edited(self, edits: list[tuple[int, int, str]]) -> str:
        parts: list[str] = []
        at = 0
        for start, end, replacement in edits:
            parts += self.text[at:start], replacement
            at = end
        return "".join((*parts, self.text[at:]))


def read(raw: bytes) -> Body:
    """The body as an object. Raises BadBodyError; NaN, Infinity and text that is not UTF-8 are errors too."""
    try:
        text = raw.decode()
        members = list(_members(text))
    except UnicodeDecodeError:
        raise BadBodyError("The body is not valid UTF-8.") from None
    except RecursionError:
        raise BadBodyError("The body is nested too deeply.") from None
    except BadBodyError:
        raise
    except ValueError as error:
        raise BadBodyError(f"The body is not valid JSON: {error}") from None
    spans = {name: span for name, _, span in members}
    if len(spans) < len(members):
        raise BadBodyError("The body names a member twice.")
    return Body(text, {name: value for name, value, _ in members}, spans, text.index("{") + 1)


def _refuse(constant: str) -> NoReturn:
    raise BadBodyError(f"The body is not valid JSON: {constant} is not a JSON value.")


_decoder = json.JSONDecoder(parse_constant=_refuse)


def _members(text: str) -> Iterator[tuple[str, Any, tuple[int, int, int]]]:
    """Name, value and place of each member of the object that `text` is."""
    at = _expect(text, _skip(text, 0), "{", "it must be an object")
    if text[at : at + 1] == "}":
        return _end(text, at + 1)
    while True:
        key_at = _expect(text, at, '"', "a member's name must be a string")
        name, at = _decoder.raw_decode(text, key_at - 1)
        start = _expect(text, _skip(text, at), ":", "':' must follow a member's name")
        value, end = _decoder.raw_decode(text, start)
        yield name, value, (key_at - 1, start, end)
        at = _skip(text, end)
        if text[at : at + 1] == "}":
            return _end(text, at + 1)
        at = _expect(text, at, ",", "',' or '}' must follow a member")


def _skip(text: str, at: int) -> int:
    return _SPACE.match(text, at).end()  # type: ignore[union-attr]  # the pattern matches everywhere


def _expect(text: str, at: int, mark: str, problem: str) -> int:
    if text[at : at + 1] != mark:
        raise BadBodyError(f"The body is not valid JSON at character {at}: {problem}.")
    return at + 1 if mark == '"' else _skip(text, at + 1)


def _end(text: str, at: int) -> None:
    if _skip(text, at) != len(text):
        raise BadBodyError(f"The body is not valid JSON: something follows the object at character {at}.")
