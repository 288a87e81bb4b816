"""What the pytest plugin tells about the running test. A module of its own, because it is cheap to import."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdt.inprocess.active_block import ActiveBlock


@dataclass(slots=True)
class PytestContext:
    """`name` is the seed of sessions and the start of their ids, `strict` the default, `opened` is called with each block."""

    name: str = ""
    strict: bool = False
    env: str | None = None
    dataset: str | None = None
    opened: "Callable[[ActiveBlock], None] | None" = None


PYTEST = PytestContext()
