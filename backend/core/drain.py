"""Whether this server is draining: the production server creates a file that every worker looks for."""

import os
from pathlib import Path

VARIABLE = "DRAIN_FILE"


def draining() -> bool:
    """True from the stop signal on: readiness is off, requests in flight are finished."""
    path = os.environ.get(VARIABLE)
    return bool(path) and Path(str(path)).exists()
