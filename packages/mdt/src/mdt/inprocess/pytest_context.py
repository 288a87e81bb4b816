"""What the pytest plugin says about the test that runs; a module of its own, because it costs nothing to import."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mdt.inprocess.active_block import ActiveBlock


@dataclass(slots=True)
class PytestContext:
    """`name` begins the ids of sessions and is their seed; `strict` is the default; `opened` hears of each block."""

    name: str = ""
    strict: bool = False
    opened: "Callable[[ActiveBlock], None] | None" = None


PYTEST = PytestContext()
