"""Runs the seven test files of the guide: python tests/run_tests.py [options of pytest]"""

import subprocess
import sys
from pathlib import Path

TESTS = Path(__file__).parent


def main() -> int:
    files = sorted(map(str, TESTS.glob("test_*.py")))
    command = [sys.executable, "-m", "pytest", *files, *(sys.argv[1:] or ["-v"])]
    return subprocess.run(command, cwd=TESTS.parent, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
