"""Makes one value of a schema. The result is a proposal: who asks validates it, and asks again with other choices."""

import random
from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import dataclass, replace
from typing import Any

from mdt.generate.arrays import make_array
from mdt.generate.demands import Demands
from mdt.generate.expansion import Expansion
from mdt.generate.heights import Heights
from mdt.generate.modes import Mode
from mdt.generate.objects import make_object
from mdt.generate.quantities import number
from mdt.generate.spots import ImpossibleError, Making, Path, Spot
from mdt.generate.texts import text
from mdt.openapi.special_keywords import Value

MAX_DEPTH = 60


@dataclass(slots=True)
class Maker(Making):
    """`numbers` are the choices by path; a path that is not there takes the first of each."""

    defs: Mapping[str, Value]
    heights: Heights
    mode: Mode
    numbers: dict[Path, int]
    skip: str = ""  # optional properties with this flag are left out: writeOnly in answers
    nodes: int = 0

    def value(self, schemas: list[Any], spot: Spot) -> Any:
        """Raises CutError at a circle that an optional member can cut, ImpossibleError where nothing fits."""
        self.nodes += 1
        expansion = Expansion(self.defs, self.heights, spot.open, spot.edges, self.numbers.get(spot.path, 0), spot.leaf)
        demands = expansion.expand(schemas)
        if demands.impossible or spot.level > MAX_DEPTH:
            raise ImpossibleError(spot.path)
        spot = _entered(spot, demands, leaf=expansion.leaf)
        turn = expansion.turn
        if turn == 0 and (example := self._example(demands, spot)) is not None:
            return example
        if (values := demands.values()) is not None:
            return self._one_of(values, demands, spot, turn)
        kinds = demands.types()
        if not kinds:
            raise ImpossibleError(spot.path)
        return self._of_type(self._kind(kinds, demands, spot, turn), demands, spot, turn)

    def _kind(self, kinds: list[str], demands: Demands, spot: Spot, turn: int) -> str:
        """Turn 1 varies what is optional, those after it the type."""
        if spot.leaf and "null" in kinds:
            return "null"
        if len(kinds) == 7 and not demands.parts and spot.path:
            kinds = ["string", *(one for one in kinds if one != "string")]
        return kinds[max(turn - 1, 0) % len(kinds)]

    def _example(self, demands: Demands, spot: Spot) -> Any:
        """The document's own example, else its default; of objects and lists only in the modes that take them."""
        if self.mode.extreme or spot.prefer is not None:
            return None
        given = [one for examples in demands.each("examples") for one in examples]
        given = given or (list(demands.each("default")) if self.mode.examples else [])
        one = given[spot.shift] if spot.shift < len(given) else None
        if one is None or (
            isinstance(one, dict | list) and not (self.mode.examples and spot.level > 0 and not spot.leaf)
        ):
            return None
        return deepcopy(one)

    def _one_of(self, values: list[Any], demands: Demands, spot: Spot, turn: int) -> Any:
        kinds = demands.types()
        fitting = [one for one in values if _type(one) in kinds] or values
        if not fitting:
            raise ImpossibleError(spot.path)
        if spot.prefer in fitting:
            return spot.prefer
        fitting.sort(key=lambda one: one is None)
        first = len([one for one in fitting if one is not None]) - 1 if self.mode.extreme and turn == 0 else 0
        return deepcopy(fitting[(max(first, 0) + turn + spot.shift) % len(fitting)])

    def _of_type(self, kind: str, demands: Demands, spot: Spot, turn: int) -> Any:
        return _MAKERS[kind](self, demands, spot, turn)

    def widened(self, demands: Demands, schemas: list[Any], spot: Spot) -> Demands:
        """The demands with more schemas, such as those that depend on a property."""
        expansion = Expansion(self.defs, self.heights, spot.open, spot.edges, 0, spot.leaf, demands)
        widened = expansion.expand(schemas)
        if widened.impossible:
            raise ImpossibleError(spot.path)
        return widened

    def random(self, spot: Spot, turn: int) -> random.Random:
        seed = f"{spot.key}|{spot.shift}|{turn}"
        return random.Random(seed)  # noqa: S311 - repeatable on purpose


def _entered(spot: Spot, demands: Demands, *, leaf: bool) -> Spot:
    """The spot within the definitions that were gone through; the last one names the seed."""
    if not demands.refs:
        return spot if spot.leaf == leaf else replace(spot, leaf=leaf)
    opened = {**spot.open, **{name: spot.open.get(name, spot.edges) for name in demands.refs}}
    return replace(spot, open=opened, leaf=leaf, key=demands.refs[0])


def _type(value: Any) -> str:
    kinds: dict[type, str] = {
        dict: "object",
        list: "array",
        str: "string",
        bool: "boolean",
        int: "integer",
        type(None): "null",
    }
    return kinds.get(type(value), "number")


def _text(maker: Maker, demands: Demands, spot: Spot, turn: int) -> str:
    demand = demands.text()
    if spot.prefer is not None and demand.holds(spot.prefer):
        return spot.prefer
    found = text(demand, maker.random(spot, turn), spot.name, longest=maker.mode.extreme and turn == 0)
    if found is None:
        raise ImpossibleError(spot.path)
    return found


def _number(whole: bool) -> Callable[[Maker, Demands, Spot, int], int | float]:
    def make(maker: Maker, demands: Demands, spot: Spot, turn: int) -> int | float:
        bounds = replace(demands.bounds(whole=whole), broken=not whole and "integer" not in demands.types())
        extreme = maker.mode.extreme and turn == 0 and spot.shift == 0
        found = number(bounds, maker.random(replace(spot, shift=0), 0), extreme=extreme, offset=turn + spot.shift)
        if found is None:
            raise ImpossibleError(spot.path)
        return found

    return make


_MAKERS: Mapping[str, Callable[[Maker, Demands, Spot, int], Any]] = {
    "object": make_object,
    "array": make_array,
    "string": _text,
    "integer": _number(whole=True),
    "number": _number(whole=False),
    "boolean": lambda _maker, _demands, spot, turn: (turn + spot.shift) % 2 == 0,
    "null": lambda *_arguments: None,
}
