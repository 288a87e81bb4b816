"""YAML's mappings and lists as dicts and lists that know their lines."""

from typing import Any


class Table(dict[str, Any]):
    """A mapping; `line` is where it begins, `lines` where each key stands."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: dict[str, int] = {}


class Rows(list[Any]):
    """A list; `lines` is where each item stands."""

    __slots__ = ("line", "lines")

    def __init__(self, line: int) -> None:
        super().__init__()
        self.line = line
        self.lines: list[int] = []


def line_of(container: Table | Rows, key: str | int) -> int:
    """The line of a key or an item; of the container itself when it has none."""
    if isinstance(container, Table):
        return container.lines.get(str(key), container.line)
    return container.lines[int(key)]


def plain(value: Any) -> Any:
    """The same without lines."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value
