"""Unit tests, which block sockets, and tests with sockets can be in one run, in any order."""

import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[2]
UNIT = "tests/unit/inprocess/test_socket_guard.py::test_a_host_that_is_played_is_refused"
SOCKETS = "tests/sockets/server/test_languages.py::test_a_language_that_nobody_speaks_is_refused"


def test_a_unit_test_that_patches_sockets_leaves_them_to_the_next_test() -> None:
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:randomly", "-p", "no:cacheprovider", UNIT, SOCKETS]
    ran = subprocess.run(command, cwd=PACKAGE, capture_output=True, text=True, check=False)

    assert ran.returncode == 0, ran.stdout
