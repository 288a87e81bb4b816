"""The packages in a project of somebody else: wheels in an empty environment, a service without Flask, tests with a mock."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clone.conftest import PATIENCE
from tools import project_detach
from tools.project import Project

HERE = Project.here()
FOLDERS = ("packages/testdb", "packages/faultlab", "packages/mdt")
PROJECT = {
    "prices.py": '''"""What something costs, at a service of somebody else."""

import requests


def price(product: str) -> int:
    """In fen; raises `LookupError` for a product that nobody sells."""
    answer = requests.get(f"http://shop.internal/prices/{product}", timeout=2)
    if answer.status_code == 404:
        raise LookupError(product)
    return int(answer.json()["price"])
''',
    "test_prices.py": """import pytest
from mdt import mock_scenario

from prices import price


def test_price_is_known():
    with mock_scenario("shop.open"):
        assert price("tea") == 1200


def test_product_that_nobody_sells():
    with mock_scenario("shop.soldOut"), pytest.raises(LookupError):
        price("tea")
""",
    "mocks/external/shop.yaml": """service: shop
url: http://shop.internal
default: open
routes:
  GET /prices/{product}:
    open: {json: {price: 1200}}
    soldOut: {status: 404, json: {error: unknown}}
""",
    "pytest.ini": "[pytest]\npythonpath = .\n",
}

pytestmark = pytest.mark.clone


class Elsewhere:
    """A folder of somebody else with an environment of its own."""

    def __init__(self, root: Path) -> None:
        self.root = root
        for path, text in PROJECT.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text)

    def run(self, *words: str) -> str:
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST", "COVERAGE"))}
        done = subprocess.run(
            words, cwd=self.root, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
        )
        assert done.returncode == 0, f"{words}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
        return done.stdout

    def here(self, name: str, *words: str) -> str:
        """A command of the environment."""
        return self.run(str(self.root / ".venv" / "bin" / name), *words)


def test_downstream_project_uses_them_from_wheels(tmp_path: Path):
    project = Elsewhere(tmp_path / "elsewhere")
    wheels = project_detach.build(HERE.root, [*FOLDERS], tmp_path / "wheels")
    project.run(sys.executable, "-m", "venv", ".venv")
    project.here("python", "-m", "pip", "install", "-q", "requests", "pytest", *map(str, wheels.values()))

    assert "2 passed" in project.here("pytest", "-q")
    project.here("mdt", "mock", "lint")
    assert "run" in project.here("faultlab", "--help")
    assert "run" in project.here("mdt", "fault", "--help")
    assert project.here("python", "-c", "import importlib.util as u; print(u.find_spec('flask'))") == "None\n"
