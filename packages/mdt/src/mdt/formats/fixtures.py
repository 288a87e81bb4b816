"""Answers that tests register with responses or requests-mock: plays the tests, and takes what they were answered."""

import base64
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mdt.errors import MdtError
from mdt.formats.calls import RawCall
from mdt.formats.fixture_plugin import SETTING
from mdt.language import _

PLUGIN = "mdt.formats.fixture_plugin"
WITHOUT = ("-p", "no:cacheprovider", "-p", "no:randomly")  # the same answers in the same order each time


def played(tests: list[Path]) -> Iterator[RawCall]:
    """Runs pytest on the files with this Python. Raises MdtError if no test ran, or none made a call."""
    with tempfile.TemporaryDirectory(prefix="mdt-") as folder:
        out = Path(folder, "calls.jsonl")
        command = [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, *WITHOUT, *map(str, tests)]
        env = {**os.environ, SETTING: str(out), "PYTEST_ADDOPTS": ""}
        result = subprocess.run(command, env=env, capture_output=True, text=True, check=False)  # noqa: S603 - the user's own tests
        lines = out.read_text(encoding="utf-8").splitlines() if out.exists() else []
    if not lines:
        last = "\n".join(result.stdout.splitlines()[-5:])
        raise MdtError(_("These tests were answered nothing by responses or requests-mock.\n{output}", output=last))
    yield from (_call(json.loads(line)) for line in lines)


def _call(told: dict[str, Any]) -> RawCall:
    return RawCall(
        told["test"],
        told["at"],
        told["method"],
        told["url"],
        tuple(map(tuple, told["headers"])),
        base64.b64decode(told["body"]),
        told["status"],
        tuple(map(tuple, told["answerHeaders"])),
        base64.b64decode(told["answerBody"]),
        0.0,
    )
