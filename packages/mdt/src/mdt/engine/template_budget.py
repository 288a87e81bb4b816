"""What a template may use up for one call: steps, characters, and what it writes out. Raises SecurityError beyond that."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from jinja2.exceptions import SecurityError

from mdt.language import Words, _

STEPS = 500_000  # turns of loops, and values that rows() makes
CHARACTERS = 8_000_000  # of all texts that are made
WRITTEN = 64_000_000  # characters of the value that is written out, and of what rows() makes


@dataclass(slots=True)
class Budget:
    """What is left for this call."""

    steps: int = STEPS
    characters: int = CHARACTERS
    written: int = WRITTEN

    def step(self, count: int = 1) -> None:
        self.steps -= count
        if self.steps < 0:
            raise refused(_("a template of more than {limit} steps is refused", limit=STEPS))

    def build(self, size: int) -> None:
        self.characters -= size
        if self.characters < 0:
            raise refused(_("a template that builds more than {limit} characters is refused", limit=CHARACTERS))

    def write(self, size: int) -> None:
        self.written -= size
        if self.written < 0:
            raise refused(_("a template that builds more than {limit} characters is refused", limit=WRITTEN))


_current: ContextVar[Budget | None] = ContextVar("mdt-template-budget", default=None)


@contextmanager
def budgeted() -> Iterator[None]:
    """Starts a budget, unless a surrounding template has one."""
    if _current.get() is not None:
        yield
        return
    token = _current.set(Budget())
    try:
        yield
    finally:
        _current.reset(token)


def budget() -> Budget:
    return _current.get() or Budget()


def refused(why: Words) -> SecurityError:
    return SecurityError(why)  # type: ignore[arg-type] # only read when it is shown


def counted(items: Iterable[Any]) -> Iterator[Any]:
    """Counts the turns of a loop."""
    own = budget()
    for item in items:
        own.step()
        yield item


def joined(parts: Iterable[Any]) -> str:
    """Joins the output of a template, or the parts of `~`, and counts its characters."""
    own, texts = budget(), []
    for part in parts:
        text = str(part)
        own.build(len(text))
        texts.append(text)
    return "".join(texts)


def size(value: Any, most: int = CHARACTERS) -> int:
    """The characters of a value as it is written out, about, and not counted far beyond `most`.

    What stands in a list a thousand times counts a thousand times, although the memory has it once.
    """
    total, waiting = 0, [value]
    while waiting and total <= most:
        one = waiting.pop()
        total += len(one) if isinstance(one, str | bytes) else _digits(one)
        if isinstance(one, Mapping):
            waiting += one
            waiting += one.values()
        elif isinstance(one, list | tuple | set):
            waiting += one
    return total


def _digits(value: Any) -> int:
    return 1 + (value.bit_length() // 3 if isinstance(value, int) else 0)


def weigh(value: Any) -> None:
    """Counts a value that is about to become text."""
    budget().build(size(value))


def weigh_result(value: Any) -> None:
    """Counts the value of a template, which somebody is about to write out."""
    if isinstance(value, list | tuple | dict | str):
        budget().write(size(value, WRITTEN))
