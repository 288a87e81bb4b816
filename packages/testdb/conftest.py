"""Compiles the texts anew before the tests, so that an installation from this folder never shows old ones."""

from pathlib import Path

import pytest
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po


def pytest_configure(config: pytest.Config) -> None:
    """Once a run, before any worker of pytest-xdist."""
    if hasattr(config, "workerinput"):
        return
    for source in Path(__file__).parent.glob("src/*/locale/*/LC_MESSAGES/*.po"):
        with source.open("rb") as texts, source.with_suffix(".mo").open("wb") as compiled:
            write_mo(compiled, read_po(texts))
