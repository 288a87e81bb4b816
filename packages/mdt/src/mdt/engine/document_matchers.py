"""Matchers for whole documents: JSONPath (RFC 9535), JSON Schema, lists in any order, XPath 1.0, equal XML.

JSONPath needs the package `python-jsonpath`, JSON Schema `jsonschema-rs`, XPath `elementpath`; the extra `matchers`
installs them. The functions that compile raise ValueError with the reason, also if a package is missing.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from typing import Any

from mdt.engine.matchers import Matcher, Test, shown
from mdt.engine.messages import MISSING
from mdt.language import Words, _

EXTRA = "matchers"
REASONS = 3  # of a schema that a mismatch shows


def needed(module: str, package: str, what: str) -> Any:
    """Imports a module of the extra. Raises ValueError that says what to install."""
    try:
        return import_module(module)
    except ImportError:
        raise ValueError(
            _(
                "`{what}` needs the package {package}: install it, or mdt with the extra `{extra}`",
                what=what,
                package=package,
                extra=EXTRA,
            )
        ) from None


@cache
def jsonpath_environment() -> Any:
    return needed("jsonpath", "python-jsonpath", "jsonPath").JSONPathEnvironment(strict=True)


def json_path(expression: str) -> tuple[Callable[[Any], Any], bool]:
    """How to read it, and whether it may select several values; one that cannot reads the value itself."""
    environment = jsonpath_environment()
    try:
        path = environment.compile(expression)
    except Exception as error:  # noqa: BLE001 - the library raises errors of several kinds
        reason = str(error).partition("\n")[0]
        raise ValueError(_("{expression!r} is no JSONPath: {reason}", expression=expression, reason=reason)) from None

    def selected(value: Any) -> list[Any]:
        try:
            return list(path.findall(value)) if isinstance(value, dict | list) else []
        except (ValueError, TypeError, RecursionError, import_module("jsonpath").JSONPathError):
            return []

    if not getattr(path, "singular_query", bool)():
        return selected, True
    return lambda value: next(iter(selected(value)), MISSING), False


@dataclass(frozen=True, slots=True)
class SchemaMatcher:
    """A value that is valid against a JSON Schema; `title` is the schema's."""

    validator: Any
    title: Words
    size: int = 1

    def matches(self, value: Any) -> bool:
        try:
            return value is not MISSING and bool(self.validator.is_valid(value))
        except ValueError:  # nested too deep, or a number that is none
            return False

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if self.matches(value):
            return
        wrong = list(self._reasons(value, at)) if value is not MISSING else []
        if not wrong:
            yield _("{at} expected {expected}, got {got}", at=at, expected=self.title, got=shown(value))
        yield from wrong[:REASONS]
        if len(wrong) > REASONS:
            yield _("and {count} more", count=len(wrong) - REASONS)

    def _reasons(self, value: Any, at: Words) -> Iterator[Words]:
        try:
            for error in self.validator.iter_errors(value):
                steps = "".join(f"[{one}]" if isinstance(one, int) else f".{one}" for one in error.instance_path)
                place = f"{at}{steps}"
                yield _("{at}: {reason}", at=place, reason=error.message)
        except ValueError as error:
            yield _("{at}: {reason}", at=at, reason=error)

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield from ()

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches


def json_schema(schema: Any, *, text: bool) -> SchemaMatcher:
    """Compiles a schema. References lead inside it; nothing is fetched."""
    if text:
        raise ValueError(_("`jsonSchema` is for JSON; a value here is a text"))
    if not isinstance(schema, Mapping | bool):
        given = shown(schema)
        raise ValueError(_("`jsonSchema` is a schema or the file of one, not {given}", given=given))  # noqa: TRY004 - of the definition
    library = needed("jsonschema_rs", "jsonschema-rs", "jsonSchema")
    try:
        validator = library.validator_for(schema, retriever=_not_fetched)
    except ValueError as error:
        reason = getattr(error, "message", str(error))
        raise ValueError(_("`jsonSchema` is no JSON Schema: {reason}", reason=reason)) from None
    named = schema.get("title") if isinstance(schema, Mapping) else None
    return SchemaMatcher(
        validator, _("what the schema {title} allows", title=shown(named)) if named else _("what the schema allows")
    )


def _not_fetched(uri: str) -> Any:
    raise ValueError(str(_("{uri} is not in the schema, and nothing is fetched", uri=uri)))


@dataclass(frozen=True, slots=True)
class Unordered:
    """A list of the same length in which each matcher has an item of its own."""

    items: tuple[Matcher, ...]

    @property
    def size(self) -> int:
        return sum(matcher.size for matcher in self.items) or 1

    def matches(self, value: Any) -> bool:
        return isinstance(value, list) and len(value) == len(self.items) and not self._left(value)

    def _left(self, values: list[Any]) -> list[int]:
        """The matchers that find no item when each takes one: a maximum bipartite matching by augmenting paths."""
        owner: dict[int, int] = {}
        fits = [[at for at, value in enumerate(values) if matcher.matches(value)] for matcher in self.items]
        return [index for index in range(len(fits)) if not _placed(index, fits, owner)]

    def mismatches(self, value: Any, at: Words) -> Iterator[Words]:
        if not isinstance(value, list) or len(value) != len(self.items):
            wanted = _("a list of {count}", count=len(self.items))
            yield _("{at} expected {expected}, got {got}", at=at, expected=wanted, got=shown(value))
            return
        for index in self._left(value):
            yield _("{at} has no item of its own for number {number} of the wanted ones", at=at, number=index + 1)

    def choices(self, at: str) -> Iterator[tuple[str, tuple[Any, ...]]]:
        yield from ()

    def tests(self, at: str) -> Iterator[tuple[str, Test]]:
        yield at, self.matches


def _placed(index: int, fits: list[list[int]], owner: dict[int, int]) -> bool:
    """Finds an item for this matcher; matchers that have one move on if they can. Works without recursion."""
    came_from: dict[int, tuple[int, int | None]] = {}  # item: the matcher that wants it, and the item that it has now
    waiting: list[tuple[int, int | None]] = [(index, None)]
    while waiting:
        matcher, has = waiting.pop()
        for item in fits[matcher]:
            if item in came_from:
                continue
            came_from[item] = matcher, has
            if item not in owner:
                _moved(item, came_from, owner)
                return True
            waiting.append((owner[item], item))
    return False


def _moved(item: int | None, came_from: dict[int, tuple[int, int | None]], owner: dict[int, int]) -> None:
    while item is not None:
        owner[item], item = came_from[item]
