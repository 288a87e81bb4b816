"""How long to wait before something is tried again."""

import random


def growing(first: float, attempt: int) -> float:
    """Seconds to wait after the try number `attempt`: `first`, doubled each time, more or less by half, so that those who
    failed together do not come back together.
    """
    seconds: float = first * 2**attempt * random.uniform(0.5, 1.5)  # noqa: S311 - jitter, not a secret
    return seconds
