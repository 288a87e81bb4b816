"""Which of the many instances of a schema is made: small, usual, whole, at the limits, or with empty lists."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Mode:
    """`depth` is how many levels below the root optional members are made; `nodes` how many values in all, roughly."""

    name: str
    optional: bool = True
    depth: int = 5
    nodes: int = 250
    examples: bool = True  # of objects and lists; those of scalars are taken unless limits are wanted
    items: int = 1
    extreme: bool = False


SUCCESS = Mode("success")
MINIMAL = Mode("minimal", optional=False, examples=False)
FULL = Mode("full", depth=12, nodes=1_500, examples=False, items=2)
BOUNDARY = Mode("boundary", examples=False, extreme=True, items=2)
EMPTY = Mode("empty", optional=False, examples=False, items=0)
