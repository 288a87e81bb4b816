"""Makes a list: as long as the mode wants and the schema allows, with what it must contain, each item once where that is asked."""

from dataclasses import dataclass, field, replace
from typing import Any

from mdt.generate.demands import Demands, same
from mdt.generate.expansion import CutError
from mdt.generate.spots import ImpossibleError, Making, Spot, is_small

LONGEST = 20  # items; a larger maxItems is not filled
_SHIFTS = 60


def make_array(making: Making, demands: Demands, spot: Spot, turn: int) -> list[Any]:
    """Raises CutError or ImpossibleError if an item that must be there cannot be made."""
    low, high = demands.largest("minItems"), demands.lowest("maxItems")
    items = _Items(making, demands, spot, _contained(demands))
    size = max(low, min(_size(making, demands, high, small=is_small(making, spot, turn)), _limit(high)))
    if turn > 1 and demands.nots:  # what must not fit may be a shorter list
        size = max(size, min(turn, _limit(high)))
    while len(items.value) < size or (items.missing and len(items.value) < _limit(high)):
        if not items.add(optional=len(items.value) >= low and not items.missing):
            break
    return items.value


def _limit(high: int | None) -> int:
    return 100_000 if high is None else high


def _size(making: Making, demands: Demands, high: int | None, *, small: bool) -> int:
    if small or not making.mode.items:
        return 0
    wanted = making.mode.items
    if making.mode.extreme and high is not None and high <= LONGEST:
        wanted = high
    return max(wanted, _first(demands))


def _first(demands: Demands) -> int:
    """How many items have a schema of their own."""
    return max((len(one) for one in demands.each("prefixItems")), default=0)


@dataclass(slots=True)
class _Contained:
    """A `contains`: its schema, and how often it must and may fit."""

    schema: Any
    low: int
    high: int | None


def _contained(demands: Demands) -> list[_Contained]:
    return [
        _Contained(part["contains"], part.get("minContains", 1), part.get("maxContains"))
        for part in demands.parts
        if "contains" in part
    ]


@dataclass(slots=True)
class _Items:
    """The items made so far. `rules` are what the list must contain."""

    making: Making
    demands: Demands
    spot: Spot
    rules: list[_Contained]
    value: list[Any] = field(default_factory=list)

    @property
    def missing(self) -> bool:
        return any(rule.low > 0 for rule in self.rules)

    def add(self, *, optional: bool) -> bool:
        """Makes the next item. False if there can be no more."""
        index = len(self.value)
        spot = self.spot.inner(index, optional=optional)
        for rule in [one for one in self.rules if one.low > 0]:
            if self._made([*self.demands.item(index), rule.schema], spot):
                rule.low -= 1
                return True
        if self.missing and index >= _first(self.demands):
            raise ImpossibleError(self.spot.path)
        others = [{"not": rule.schema} for rule in self.rules if rule.high is not None]
        try:
            return self._made([*self.demands.item(index), *others], spot, strict=True)
        except (CutError, ImpossibleError):
            if not optional:
                raise
            return False

    def _made(self, schemas: list[Any], spot: Spot, *, strict: bool = False) -> bool:
        try:
            item = self._item(schemas, spot)
        except ImpossibleError:
            if strict:
                raise
            return False
        self.value.append(item)
        return True

    def _item(self, schemas: list[Any], spot: Spot) -> Any:
        if not any(self.demands.each("uniqueItems")):
            return self.making.value(schemas, spot)
        for shift in range(len(self.value), len(self.value) + _SHIFTS):
            item = self.making.value(schemas, replace(spot, shift=spot.shift + shift))
            if not any(same(item, other) for other in self.value):
                return item
        raise ImpossibleError(spot.path)
