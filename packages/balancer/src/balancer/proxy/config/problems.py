"""What is wrong in a configuration file: every problem with its line, and what to write instead."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from difflib import get_close_matches

type Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Problem:
    """`line` counts from 1; `where` is the key as people write it, `providers[0].base_url`; it never holds a value of the file."""

    line: int
    where: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        hint = f". {self.hint}" if self.hint else ""
        return f"line {self.line}: {where}{self.message}{hint}"

    def as_dict(self) -> dict[str, object]:
        return asdict(self)


class ConfigError(Exception):
    """The file cannot be used. `problems` has all that is wrong, in the order of the lines."""

    def __init__(self, path: str, problems: Iterable[Problem]) -> None:
        self.path = path
        self.problems: Sequence[Problem] = sorted(problems, key=lambda one: (one.line, one.where, one.message))
        super().__init__("\n".join(f"{path}: {one}" for one in self.problems))


def dotted(path: Path) -> str:
    """`("providers", 0, "name")` as `providers[0].name`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """A hint with the closest name, or with all names if none is close."""
    names = sorted(known)
    if found := get_close_matches(word.casefold(), names, 1, cutoff=0.6):
        return f"Did you mean {found[0]!r}?"
    return f"Known: {', '.join(names)}" if names else ""
