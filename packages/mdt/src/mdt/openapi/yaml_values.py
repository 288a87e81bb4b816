"""Reads a YAML or JSON text into plain values: fast, of any size, with the written text of numbers and the lines of what lies on top.

PyYAML's composer makes an object of each node and asks Python for each tag; the events of libyaml are four times as fast
(3 MB in a second). Scalars follow YAML 1.2's core schema, as in the definitions: `no`, `on` and dates are texts.
"""

import json
from dataclasses import dataclass, field
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.events import (
    AliasEvent,
    DocumentEndEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from mdt.definitions.yaml_text import scalar
from mdt.language import Words, _
from mdt.openapi.numbers import written

MAX_DEPTH = 300
MAX_VALUES = 20_000_000  # with all aliases expanded
LINES_TO_DEPTH = 4  # /paths/<path>/<method>, and one below
_TYPED = ("tag:yaml.org,2002:int", "tag:yaml.org,2002:float", "tag:yaml.org,2002:bool", "tag:yaml.org,2002:null")


@dataclass(slots=True)
class Parsed:
    """A text as values. `lines` has the line of a mapping's key by the keys that lead to it, from the top."""

    value: Any
    yaml: bool = True  # else JSON, where a number is meant as one
    lines: dict[tuple[str, ...], int] = field(default_factory=dict)
    repeated: list[tuple[str, int]] = field(default_factory=list)  # keys that stand twice in a mapping; the last counts


class NotReadableError(Exception):
    """The text is neither YAML nor JSON, or too deep. `line` counts from 1."""

    def __init__(self, line: int, message: Words) -> None:
        self.line = line
        super().__init__(message)


def parse(text: bytes) -> Parsed:
    """The values of a text. Raises NotReadableError."""
    if text.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] in {b"{", b"["}:
        try:
            return Parsed(json.loads(text), yaml=False)
        except (ValueError, RecursionError):
            pass  # a flow mapping of YAML looks the same; its error has the better place
    try:
        return _Builder(text).document()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        raise NotReadableError(mark.line + 1 if mark else 1, _("this is no YAML: {reason}", reason=reason)) from None
    except yaml.YAMLError as error:
        reason = " ".join(str(error).split())
        raise NotReadableError(1, _("this is no YAML: {reason}", reason=reason)) from None


_NOTHING = object()


@dataclass(slots=True)
class _Open:
    """A mapping or a list that is being filled."""

    value: dict[str, Any] | list[Any]
    anchor: str | None
    line: int
    key: Any = _NOTHING
    size: int = 1
    merged: list[Any] = field(default_factory=list)

    @property
    def wants_key(self) -> bool:
        return isinstance(self.value, dict) and self.key is _NOTHING


class _Builder:
    """Fills containers as events come; a stack takes the place of recursion."""

    def __init__(self, text: bytes) -> None:
        self._parser = CParser(text)
        self._stack: list[_Open] = []
        self._anchors: dict[str, tuple[Any, int]] = {}
        self._parsed = Parsed(None)

    def document(self) -> Parsed:
        take = self._parser.get_event
        while (event := take()) is not None:
            kind = type(event)
            if kind is ScalarEvent:
                self._scalar(event)
            elif kind is DocumentEndEvent:
                break
            elif kind in _STEPS:
                _STEPS[kind](self, event)
        return self._parsed

    def _scalar(self, event: Any) -> None:
        top = self._stack[-1] if self._stack else None
        if top is not None and top.wants_key:
            self._key(top, event)
            return
        value = _value(event)
        if event.anchor:
            self._anchors[event.anchor] = (value, 1)
        self._place(value, 1)

    def _key(self, top: _Open, event: Any) -> None:
        """Keys are texts: 200 and no are "200" and "no"."""
        key, line = str(event.value), event.start_mark.line + 1
        if key == "<<" and event.implicit[0]:
            top.key = _MERGE
            return
        if event.anchor:
            self._anchors[event.anchor] = (key, 1)
        if key in top.value:
            self._parsed.repeated.append((key, line))
        top.key = key
        if len(self._stack) <= LINES_TO_DEPTH:
            self._parsed.lines[*(str(one.key) for one in self._stack)] = line

    def _open(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if self._stack and self._stack[-1].wants_key:
            raise NotReadableError(line, _("a key is a text, not a list or a mapping"))
        if len(self._stack) >= MAX_DEPTH:
            raise NotReadableError(line, _("the file is nested more than {limit} levels deep", limit=MAX_DEPTH))
        value: dict[str, Any] | list[Any] = {} if type(event) is MappingStartEvent else []
        self._stack.append(_Open(value, event.anchor, line))

    def _close(self, _event: Any) -> None:
        done = self._stack.pop()
        for origin in done.merged:
            for key, value in origin.items():
                done.value.setdefault(key, value)  # type: ignore[union-attr]
        if done.anchor:
            self._anchors[done.anchor] = (done.value, done.size)
        self._place(done.value, done.size)

    def _alias(self, event: Any) -> None:
        line = event.start_mark.line + 1
        if event.anchor not in self._anchors:
            message = _("the alias *{name} stands before its anchor, or inside of it", name=event.anchor)
            raise NotReadableError(line, message)
        value, size = self._anchors[event.anchor]
        top = self._stack[-1] if self._stack else None
        if top is not None and top.wants_key:
            top.key = str(value)
            return
        self._place(value, size)

    def _place(self, value: Any, size: int) -> None:
        if not self._stack:
            self._parsed.value = value
            return
        top = self._stack[-1]
        top.size += size
        if top.size > MAX_VALUES:
            raise NotReadableError(top.line, _("the file holds more than {limit} values", limit=MAX_VALUES))
        if isinstance(top.value, list):
            top.value.append(value)
        elif top.key is _MERGE:
            top.merged += [one for one in (value if isinstance(value, list) else [value]) if isinstance(one, dict)]
            top.key = _NOTHING
        else:
            top.value[top.key] = value
            top.key = _NOTHING


_MERGE = object()
_STEPS = {
    MappingStartEvent: _Builder._open,  # noqa: SLF001 - a table of the class's own steps
    SequenceStartEvent: _Builder._open,  # noqa: SLF001
    MappingEndEvent: _Builder._close,  # noqa: SLF001
    SequenceEndEvent: _Builder._close,  # noqa: SLF001
    AliasEvent: _Builder._alias,  # noqa: SLF001
}


def _value(event: Any) -> Any:
    text = event.value
    if not (event.implicit[0] or event.tag in _TYPED):
        return text
    value = scalar(text)
    if isinstance(value, float) and value - value != 0:
        return text  # .inf and .nan, which JSON does not have
    if isinstance(value, int | float) and not isinstance(value, bool) and str(value) != text:
        return written(value, text)
    return value
