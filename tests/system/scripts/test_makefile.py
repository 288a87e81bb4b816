"""`make` alone lists every command."""

import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).resolve().parents[3]
TEXT = (ROOT / "Makefile").read_text()
TARGETS = re.findall(r"^([a-z-]+):", TEXT, re.MULTILINE)


def test_every_target_is_listed_with_its_purpose():
    listed = subprocess.run(["make", "-s"], cwd=ROOT, check=True, capture_output=True, text=True, timeout=30).stdout

    assert re.findall(r"^  make ([a-z-]+) +\S", listed, re.MULTILINE) == TARGETS


def test_every_target_is_phony():
    [phony] = re.findall(r"^\.PHONY: (.*)$", TEXT, re.MULTILINE)

    assert phony.split() == TARGETS
