"""docs/mock-driven.sh runs to its end: from an OpenAPI document to the tests that a change of it breaks."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PATIENCE = 600  # seconds
ORDER = re.compile(r'^{"code":1,"data":{"id":\d+,.*"status":"reserved"', re.MULTILINE)
BROKEN = "tests/unit/orders/test_scenarios.py::TestNamedScenarios::test_whole_flow"


def files() -> dict[str, bytes]:
    """Everything that the script copies, as it is now."""
    return {
        str(path): path.read_bytes()
        for name in ("mocks", "contracts")
        for path in (ROOT / name).rglob("*.*")
        if path.is_file()
    }


def test_main_job():
    before = files()

    done = subprocess.run(
        ["/bin/sh", "docs/mock-driven.sh"], cwd=ROOT, capture_output=True, text=True, timeout=PATIENCE, check=False
    )

    assert files() == before
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(ORDER.findall(done.stdout)) == 2
    assert "inventory  first" in done.stdout
    assert "problems 0, warnings 0" in done.stdout.split("== 4.")[1]
    assert BROKEN in done.stdout.split("== 5.")[1]
