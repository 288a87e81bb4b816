"""Starts the mock LLM providers: python tests/run_mock_server.py [--reload]"""

import argparse
import sys
from pathlib import Path

from mdt.errors import MdtError

from balancer.mock.command import LEVELS, PORT, serve, serve_reloading

TESTS = Path(__file__).parent


def main() -> int:
    parser = argparse.ArgumentParser(description="Mock LLM providers that fail on purpose.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=PORT, help=f"default: {PORT}; 0 is any free one")
    parser.add_argument("--log-level", choices=LEVELS, default="info")
    parser.add_argument("--token", help="what control routes need; without one they need a name of this machine")
    parser.add_argument(
        "--reload", action="store_true", help="start anew when a file of the tests or the framework changes"
    )
    given = parser.parse_args()
    try:
        if given.reload:
            watched = [TESTS, *sources()]
            serve_reloading(given.host, given.port, watched, token=given.token, log_level=given.log_level)
        else:
            serve(given.host, given.port, token=given.token, log_level=given.log_level)
    except MdtError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


def sources() -> list[Path]:
    """The framework and the mock providers, wherever they are installed from."""
    import balancer

    package = Path(balancer.__file__).parent
    return [package / "mock", package / "testing", package / "wire"]


if __name__ == "__main__":
    sys.exit(main())
