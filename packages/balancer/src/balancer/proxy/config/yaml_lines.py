"""Reads a YAML document and remembers the line of every key and item."""

from collections.abc import Callable
from typing import Any

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from balancer.proxy.config.problems import Path, Problem, dotted

MAX_VALUES = 100_000  # with aliases expanded, so that a file of nested aliases cannot fill the memory
MAX_DEPTH = 50
TOO_LARGE = "this is too large for a configuration, or refers to itself"


class TooMuchError(Exception):
    """The document holds more than a configuration can."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


class _Loader(yaml.SafeLoader):
    """PyYAML composes recursively, so a deep file has to be stopped while it is read."""

    depth = 0

    def descend_resolver(self, current_node: Node | None, current_index: Any) -> None:
        self.depth += 1
        if self.depth > MAX_DEPTH and current_node is not None:
            raise TooMuchError(current_node.start_mark.line + 1, TOO_LARGE)

    def ascend_resolver(self) -> None:
        self.depth -= 1


class Document:
    """`data` is what the file says, `lines` the line of each path in it, `problems` what YAML lets pass and we do not.

    Raises yaml.YAMLError if the text is no YAML, TooMuchError if it is too large or refers to itself.
    `text_of` may change each text: it gets the text and its path.
    """

    def __init__(self, text: str, text_of: Callable[[str, Path], str]) -> None:
        self.lines: dict[Path, int] = {(): 1}
        self.problems: list[Problem] = []
        self._text_of = text_of
        self._values = 0
        self._loader = _Loader(text)
        try:
            node = self._loader.get_single_node()
            self.data = None if node is None else self._value(node, ())
        finally:
            self._loader.dispose()

    def line(self, path: Path) -> int:
        """The line of the path, or of the nearest part above that stands in the file."""
        while path not in self.lines:
            path = path[:-1]
        return self.lines[path]

    def _value(self, node: Node, path: Path) -> Any:
        self._values += 1
        if self._values > MAX_VALUES or len(path) > MAX_DEPTH:
            raise TooMuchError(node.start_mark.line + 1, TOO_LARGE)
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        if isinstance(node, SequenceNode):
            return [self._item(item, (*path, index)) for index, item in enumerate(node.value)]
        return self._scalar(node, path)

    def _item(self, node: Node, path: Path) -> Any:
        self.lines[path] = node.start_mark.line + 1
        return self._value(node, path)

    def _mapping(self, node: MappingNode, path: Path) -> dict[Any, Any]:
        self._refuse_twins(node, path)
        self._loader.flatten_mapping(node)
        table = {}
        for key_node, value_node in node.value:
            key = self._loader.construct_object(key_node) if isinstance(key_node, ScalarNode) else str(key_node.value)
            self.lines[*path, key] = key_node.start_mark.line + 1
            table[key] = self._value(value_node, (*path, key))
        return table

    def _refuse_twins(self, node: MappingNode, path: Path) -> None:
        """YAML takes the last of two equal keys without a word."""
        first: dict[str, int] = {}
        for key_node, _ in node.value:
            name, line = str(key_node.value), key_node.start_mark.line + 1
            if name in first and name != "<<":
                where = dotted((*path, name))
                self.problems.append(Problem(line, where, f"this key stands in line {first[name]} already"))
            first.setdefault(name, line)

    def _scalar(self, node: Node, path: Path) -> Any:
        value = self._loader.construct_object(node)
        return self._text_of(value, path) if isinstance(value, str) else value
