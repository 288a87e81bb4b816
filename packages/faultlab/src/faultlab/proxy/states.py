"""What becomes of what comes over a connection."""

from enum import Enum, auto


class State(Enum):
    FLOWING = auto()
    STALLED = auto()  # it is swallowed
    HELD = auto()  # the client is cut off, and the server awaits a statement
    ENDED = auto()
