"""Compiles the texts where somebody changed them since the package was installed from its folder."""

from scripts.check_texts import TEXTS, compile_texts


def pytest_configure() -> None:
    compiled = TEXTS.with_suffix(".mo")
    if not compiled.exists() or compiled.stat().st_mtime < TEXTS.stat().st_mtime:
        compile_texts()
