"""What a test expects to happen in its session, such as that a callback is delivered. The end of its block asks whether it did.

What was never met makes the test void: it proves less than it says. The pytest plugin hears of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from mdt.language import Words


@dataclass(frozen=True, slots=True)
class Expectation:
    """`met` tells whether it happened; if not, the test proves less than it says, and `why` is told."""

    name: str
    met: Callable[[], bool]
    why: Words


@dataclass(slots=True)
class RunningTest:
    """Hears what the running test never met, each thing with the reason; nobody hears it outside of a test."""

    hear: Callable[[dict[str, str]], None] | None = None

    def tell_void(self, unmet: Mapping[str, Words]) -> None:
        if unmet and self.hear:
            self.hear({name: str(why) for name, why in unmet.items()})


RUNNING_TEST = RunningTest()
