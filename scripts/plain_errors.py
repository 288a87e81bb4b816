"""Runs a program whose errors a person can put right: one message on standard error and exit 2 instead of a traceback."""

import sys
from collections.abc import Callable
from typing import NoReturn

from backend.core.settings import SettingsError


def run_plainly(main: Callable[[], None]) -> None:
    """Call `main`. Unusable settings and a file that cannot be used end with exit 2, Ctrl-C with 130."""
    try:
        main()
    except SettingsError as error:
        give_up(f"Cannot start: {error.message}")
    except OSError as error:
        give_up(
            f"Cannot start: {error.strerror}: {error.filename or 'no file'}. The project's folder must be yours to write to."
        )
    except KeyboardInterrupt:
        sys.exit(130)


def give_up(message: str) -> NoReturn:
    """One message, exit 2."""
    print(message, file=sys.stderr)
    sys.exit(2)
