"""Limits what a template may do for one call: steps, characters and widths. Raises SecurityError beyond that."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sized
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from jinja2.exceptions import SecurityError

from mdt.language import Words, _

STEPS = 500_000  # turns of loops, and values that rows() makes
CHARACTERS = 8_000_000  # of all texts that are joined
WIDTH = 10_000  # of a padded text or number
_NUMBER = re.compile(r"\d+")
_PERCENT = re.compile(r"%(?:\([^)]*\))?[-+ #0]*(\*|\d*)(?:\.(\*|\d*))?")
_SPEC = re.compile(r"[:!][^{}]*(?:\{[^{}]*\}[^{}]*)*")


@dataclass(slots=True)
class Budget:
    """What is left for this call."""

    steps: int = STEPS
    characters: int = CHARACTERS

    def step(self, count: int = 1) -> None:
        self.steps -= count
        if self.steps < 0:
            raise refused(_("a template of more than {limit} steps is refused", limit=STEPS))

    def build(self, size: int) -> None:
        self.characters -= size
        if self.characters < 0:
            raise refused(_("a template that builds more than {limit} characters is refused", limit=CHARACTERS))


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


def check_sum(left: Any, right: Any) -> None:
    if isinstance(left, str | list | tuple) and isinstance(right, Sized):
        budget().build(len(left) + len(right))


def check_product(left: Any, right: Any) -> None:
    """Counts a text or a list times a number; a product of two numbers is free."""
    for items, times in ((left, right), (right, left)):
        if isinstance(items, str | list | tuple) and isinstance(times, int):
            budget().build(len(items) * max(0, times))


def check_percent(text: Any, values: Any) -> None:
    """Checks the widths of "%9d" % 1; the width of "%*d" is among the values."""
    if isinstance(text, str):
        written = [one for found in _PERCENT.findall(text) for one in found]
        given = _numbers(values) if "*" in written else []
        check_widths([*(int(one) for one in written if one.isdigit()), *given])


def check_format(text: str, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Checks the widths of "{:>9}".format(1); the width of "{:{}}" is among the values."""
    specs = _SPEC.findall(text)
    given = _numbers((*args, *named.values())) if any("{" in spec for spec in specs) else []
    check_widths([*(int(one) for spec in specs for one in _NUMBER.findall(spec)), *given])


def check_widths(widths: Iterable[Any]) -> None:
    for width in widths:
        if isinstance(width, int) and width > WIDTH:
            raise refused(_("a width of more than {limit} is refused", limit=WIDTH))
        budget().build(width if isinstance(width, int) and width > 0 else 0)


def _numbers(values: Any) -> list[int]:
    items = values.values() if isinstance(values, Mapping) else values if isinstance(values, tuple | list) else [values]
    return [item for item in items if isinstance(item, int)]


def check_method(function: Any, args: tuple[Any, ...], named: Mapping[str, Any]) -> None:
    """Checks methods of texts whose result may be longer than their input."""
    text = getattr(getattr(function, "__wrapped__", function), "__self__", None)
    name = getattr(function, "__name__", "")
    if not isinstance(text, str):
        return
    if name in {"center", "ljust", "rjust", "zfill", "expandtabs"}:
        check_widths((*args, *named.values()))
        budget().build(len(text) * (1 if name != "expandtabs" else max([8, *_numbers(args)])))
    elif name in {"format", "format_map"}:
        check_format(text, args if name == "format" else (), args[0] if name == "format_map" else named)
    elif name == "replace" and len(args) >= 2:
        check_replace(text, args[0], args[1])
    elif name == "translate":
        budget().build(len(text) * max((len(str(one)) for one in args[0].values()), default=1))


def check_replace(text: str, old: Any, new: Any) -> None:
    budget().build(len(text) + text.count(str(old)) * len(str(new)))
