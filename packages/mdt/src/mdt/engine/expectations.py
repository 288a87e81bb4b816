"""What a test expects to happen in its session, such as that a callback is delivered. The end of its block asks whether it did."""

from collections.abc import Callable
from dataclasses import dataclass

from mdt.language import Words


@dataclass(frozen=True, slots=True)
class Expectation:
    """`met` tells whether it happened; if not, the test proves less than it says, and `why` is told."""

    name: str
    met: Callable[[], bool]
    why: Words
