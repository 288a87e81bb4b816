"""Instances of a schema that are valid: proposals are validated, and where one does not fit, made again with other choices.

Everything is decided by the schema alone: the same schema gives the same instance, in every run.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakKeyDictionary

from mdt.generate.expansion import CutError
from mdt.generate.heights import Heights
from mdt.generate.maker import Maker
from mdt.generate.modes import SUCCESS, Mode
from mdt.generate.spots import ImpossibleError, Path, Spot
from mdt.openapi import Schema, SchemaSet
from mdt.openapi.special_keywords import DEFS

ATTEMPTS = 160
_NUMBERS = 24  # combinations tried at one place before those around it change
_heights: WeakKeyDictionary[SchemaSet, Heights] = WeakKeyDictionary()


@dataclass(frozen=True, slots=True)
class Instance:
    """A valid value; or none, and the last reason why."""

    value: Any = None
    reason: str = ""

    @property
    def valid(self) -> bool:
        return not self.reason


def instance(schema: Schema, mode: Mode = SUCCESS, *, skip: str = "") -> Instance:
    """An instance of the schema, without the optional properties that carry the flag `skip` (writeOnly).

    Raises SchemaUnusableError and MissingValidatorError.
    """
    heights = _heights.setdefault(schema.among, Heights(schema.among.defs))
    validator = schema.validator()
    search = _Search()
    while search.attempts < ATTEMPTS:
        maker = Maker(schema.among.defs, heights, mode, search.numbers, skip)
        try:
            value = maker.value([{"$ref": DEFS + schema.name}], Spot())
        except ImpossibleError as impossible:
            search.change(impossible.path, f"nothing fits at {_shown(impossible.path)}")
            continue
        except CutError:
            search.change((), "every instance would be endless")
            continue
        error = next(validator.iter_errors(value), None)
        if error is None:
            return Instance(value)
        search.change(
            _path(error, deep=search.attempts % 2 == 1), f"{_shown(error.instance_path)}: {error.message}"[:300]
        )
    return Instance(reason=search.reason)


@dataclass(slots=True)
class _Search:
    """The choices by path, and how they change after a failure."""

    numbers: dict[Path, int] = field(default_factory=dict)
    attempts: int = 0
    reason: str = ""

    def change(self, path: Path, reason: str) -> None:
        """Takes the next choice at the path, or, when all were tried there, at the nearest place around it."""
        self.attempts += 1
        self.reason = reason
        while path and self.numbers.get(path, 0) >= _NUMBERS:
            path = path[:-1]
        for inner in [one for one in self.numbers if len(one) > len(path) and one[: len(path)] == path]:
            del self.numbers[inner]
        self.numbers[path] = self.numbers.get(path, 0) + 1


def _path(wrong: Any, *, deep: bool) -> Path:
    """Where to choose again: at the place of the error, or within it, at the deepest error of the choices there."""
    if not deep:
        return tuple(wrong.instance_path)
    return max((tuple(one.instance_path) for one in _within(wrong)), key=len)


def _within(error: Any) -> Iterator[Any]:
    yield error
    for branch in getattr(error.kind, "context", None) or ():
        for inner in branch:
            yield from _within(inner)


def _shown(path: Any) -> str:
    return "".join(f"/{one}" for one in path) or "the root"
