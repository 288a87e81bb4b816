"""Whether this server is on its way out: the production server makes a file, and every worker sees it."""

import os
from pathlib import Path

VARIABLE = "DRAIN_FILE"


def draining() -> bool:
    """True from the stop signal on: readiness is off, requests in flight are finished."""
    path = os.environ.get(VARIABLE)
    return bool(path) and Path(str(path)).exists()
