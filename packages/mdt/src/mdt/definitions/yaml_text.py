"""Reads one YAML 1.2 document with line numbers, up to a size. Scalars follow the core schema.

PyYAML (libyaml) parses the structure. Its YAML 1.1 rules for scalars are not used: `no`, `on` and dates stay text.
"""

import math
import re
from collections.abc import Callable
from typing import Any

import yaml
from yaml._yaml import CParser
from yaml.nodes import MappingNode, Node, ScalarNode

from mdt.definitions.source import Rows, Source, Table
from mdt.language import Words, _, words_of

MAX_NODES = 500_000  # with all aliases expanded
MAX_DEPTH = 60
_TEXT, _PLAIN = "tag:yaml.org,2002:str", "?"
_TAGS = frozenset({_TEXT, "tag:yaml.org,2002:map", "tag:yaml.org,2002:seq", "!"})
_FIRST = frozenset("0123456789-+.tTfFnN~")
_WORDS: dict[str, Any] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_NUMBERS: tuple[tuple[re.Pattern[str], Callable[[str], Any]], ...] = (
    (re.compile(r"[-+]?[0-9]{1,4000}", re.ASCII), int),
    (re.compile(r"0o[0-7]{1,4000}", re.ASCII), lambda text: int(text, 0)),
    (re.compile(r"0x[0-9a-fA-F]{1,4000}", re.ASCII), lambda text: int(text, 0)),
    (re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?", re.ASCII), lambda text: _finite(text)),  # noqa: PLW0108 - defined below
)


class _TooMuchError(Exception):
    """The document exceeds a limit."""

    def __init__(self, line: int, message: Words, hint: Words = "") -> None:
        self.line = line
        self.hint = hint
        super().__init__(message)


def _too_deep(node: Node) -> _TooMuchError:
    return _TooMuchError(
        node.start_mark.line + 1,
        _("the file is nested more than {limit} levels deep, or refers to itself", limit=MAX_DEPTH),
    )


class _Parser(CParser):
    """libyaml's composer, which notes only whether a scalar is plain. It recurses in C, so its depth is limited here."""

    def __init__(self, stream: bytes) -> None:
        super().__init__(stream)
        self._depth = 0

    def resolve(self, kind: type[Node], value: Any, implicit: Any) -> str:
        return _PLAIN if kind is ScalarNode and implicit[0] else _TEXT

    def descend_resolver(self, current: Node | None, index: Any) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH + 1 and current is not None:
            raise _too_deep(current)

    def ascend_resolver(self) -> None:
        self._depth -= 1


def read_yaml(text: bytes, source: Source) -> Any:
    """The document as Table, Rows and scalars; None and a problem if it is empty or cannot be read."""
    try:
        node = _Parser(text).get_single_node()
        if node is None:
            source.wrong(1, _("the file is empty"))
            return None
        return _Builder(source).value(node, 0)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        reason = " ".join(filter(None, (error.context, error.problem)))
        source.wrong(
            mark.line + 1 if mark else 1, _("this is no YAML: {reason}", reason=reason), _tab_hint(error.problem)
        )
    except yaml.YAMLError as error:
        source.wrong(
            1, _("this is no YAML: {reason}", reason=" ".join(str(error).split())), _("Save the file as UTF-8")
        )
    except _TooMuchError as error:
        source.wrong(error.line, words_of(error), error.hint)
    return None


def _tab_hint(problem: str | None) -> Words:
    return _("YAML is indented with spaces, not tabs") if problem and "cannot start any token" in problem else ""


class _Builder:
    """Turns nodes into values. It expands and counts aliases."""

    def __init__(self, source: Source) -> None:
        self._source = source
        self._nodes = 0

    def value(self, node: Node, depth: int) -> Any:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise _TooMuchError(
                node.start_mark.line + 1,
                _("the file holds more than {limit} values", limit=MAX_NODES),
                _("Aliases count as often as they are used"),
            )
        if isinstance(node, ScalarNode):
            return self._scalar(node)
        self._refuse_tag(node)
        if depth == MAX_DEPTH:
            raise _too_deep(node)
        return self._table(node, depth + 1) if isinstance(node, MappingNode) else self._rows(node, depth + 1)

    def _scalar(self, node: ScalarNode) -> Any:
        if node.tag == _PLAIN:
            return scalar(node.value)
        self._refuse_tag(node)
        return node.value

    def _refuse_tag(self, node: Node) -> None:
        if node.tag not in _TAGS:
            self._source.wrong(
                node.start_mark.line + 1, _("the tag {tag!r} is not used here", tag=node.tag), _("Remove it")
            )

    def _table(self, node: MappingNode, depth: int) -> Table:
        table = Table(node.start_mark.line + 1)
        for key_node, value_node in node.value:
            line = key_node.start_mark.line + 1
            key = self._key(key_node, line)
            if key in table:
                self._source.wrong(
                    line,
                    _("the key {key!r} stands here twice", key=key),
                    _("First in line {line}", line=table.lines[key]),
                )
            table[key] = self.value(value_node, depth)
            table.lines[key] = line
        return table

    def _key(self, node: Node, line: int) -> str:
        """Keys are always text: 200 and no are "200" and "no"."""
        if not isinstance(node, ScalarNode):
            self._source.wrong(
                line, _("a key is a text, not a list or a mapping"), _("Templates go in quotes: '{{{{ … }}}}'")
            )
            return ""
        if node.value == "<<" and node.tag == _PLAIN:
            self._source.wrong(
                line, _("the merge key `<<` is not part of YAML 1.2"), _("Write the keys, or use `extends`")
            )
        return str(node.value)

    def _rows(self, node: Node, depth: int) -> Rows:
        rows = Rows(node.start_mark.line + 1)
        for item in node.value:
            rows.append(self.value(item, depth))
            rows.lines.append(item.start_mark.line + 1)
        return rows


def scalar(text: str) -> Any:
    """A plain scalar by YAML 1.2's core schema: null, true, false, a number, else text."""
    if text and text[0] not in _FIRST:
        return text
    if text in _WORDS:
        return _WORDS[text]
    for pattern, read in _NUMBERS:
        if pattern.fullmatch(text):
            return read(text)
    return _infinite(text)


def _finite(text: str) -> float | str:
    """The number, or the text if it is too large for a float."""
    number = float(text)
    return number if math.isfinite(number) else text


def _infinite(text: str) -> Any:
    folded = text.lstrip("+-").lower()
    if folded not in {".inf", ".nan"} or text.lstrip("+-") not in {".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN"}:
        return text
    return float(text.replace(".", ""))
