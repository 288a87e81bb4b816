"""The place at which a value is made, and what the makers of objects and lists need of the one that makes values."""

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from mdt.generate.demands import Demands
from mdt.generate.modes import Mode

type Path = tuple[str | int, ...]


class ImpossibleError(Exception):
    """No value was found for the schemas at `path`."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(path)


@dataclass(frozen=True, slots=True)
class Spot:
    """Where a value is made: its path, the definitions around it, and by what its random numbers are seeded."""

    path: Path = ()
    key: str = ""  # of the seed: the nearest definition, and the way from there, without the first item of lists
    open: Mapping[str, int] = field(default_factory=dict)  # definitions, with the optional edges when they were entered
    edges: int = 0  # optional edges on the way
    level: int = 0
    leaf: bool = False
    prefer: str | None = None  # what the discriminator wants here
    shift: int = 0  # makes the items of a list differ

    @property
    def name(self) -> str:
        """The property that this is, or is an item of."""
        return next((one for one in reversed(self.path) if isinstance(one, str)), "")

    def inner(self, step: str | int, *, optional: bool) -> "Spot":
        key = self.key if step == 0 else f"{self.key}/{step}"
        return Spot(
            (*self.path, step), key, self.open, self.edges + optional, self.level + 1, self.leaf, None, self.shift
        )


class Making(Protocol):
    """Makes values. The attributes are those of `maker.Maker`."""

    mode: Mode
    nodes: int
    skip: str
    defs: Mapping[str, Any]

    def value(self, schemas: list[Any], spot: Spot) -> Any: ...

    def widened(self, demands: Demands, schemas: list[Any], spot: Spot) -> Demands: ...

    def random(self, spot: Spot, turn: int) -> random.Random: ...


def is_small(making: Making, spot: Spot, turn: int) -> bool:
    """Whether nothing optional is made here any more."""
    mode = making.mode
    return not mode.optional or spot.leaf or turn > 0 or spot.level >= mode.depth or making.nodes > mode.nodes
