"""The tour of the README works as it is written, in both languages."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.sockets.cli.support import SECONDS, environment, mdt

PACKAGE = Path(__file__).resolve().parents[3]
READMES = {"en": PACKAGE / "README.md", "zh": PACKAGE / "README.zh-CN.md"}


def blocks(language: str, kind: str) -> list[str]:
    return re.findall(rf"```{kind}\n(.*?)```", READMES[language].read_text(encoding="utf-8"), re.DOTALL)


@pytest.mark.parametrize("kind", ["yaml", "python", "sh"])
def test_both_languages_show_the_same_code(kind: str) -> None:
    without_comments = [[re.sub(r" +#.*", "", one) for one in blocks(language, kind)] for language in READMES]

    assert without_comments[0] == without_comments[1] != []


def test_the_tests_of_the_tour_pass_with_the_example(tmp_path: Path) -> None:
    assert mdt("mock", "create", cwd=tmp_path).returncode == 0
    (tmp_path / "test_stock.py").write_text(blocks("en", "python")[0], encoding="utf-8")

    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    done = subprocess.run(
        command, cwd=tmp_path, env=environment(), capture_output=True, text=True, timeout=SECONDS, check=False
    )

    assert "2 passed" in done.stdout, done.stdout + done.stderr


@pytest.mark.parametrize("language", READMES)
def test_commands_print_what_the_tour_shows(tmp_path: Path, language: str) -> None:
    mdt("mock", "create", cwd=tmp_path)
    linted = mdt("mock", "lint", cwd=tmp_path, MDT_LANG=language).stdout
    names = mdt("mock", "list", cwd=tmp_path).stdout
    shown = blocks(language, "text")[0].splitlines()

    assert linted.strip() == shown[0]
    assert set(shown[1:]) - {"…"} <= set(names.splitlines())


def test_the_definition_of_the_tour_stands_in_the_example() -> None:
    example = (PACKAGE / "src/mdt/cli/example/backend/internal/inventory/service.yaml").read_text(encoding="utf-8")
    lines = [" ".join(line.split()) for line in example.splitlines()]

    assert [line for line in blocks("en", "yaml")[0].splitlines() if " ".join(line.split()) not in lines] == []
