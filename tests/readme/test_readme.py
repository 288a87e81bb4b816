"""README.md tells the truth: its commands are run as they stand there, in a fresh copy, and its links lead somewhere."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from testdb.ports import free_port

from tests.framework.waiting import eventually

ROOT = Path(__file__).resolve().parents[2]
BLOCK = re.compile(r"```sh\n(.*?)```", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)\)")
PATIENCE = 400  # seconds for one command

RUN = (
    "flask doctor",
    "flask db upgrade",
    "python3.12 -m venv venv_py312",
    "venv_py312/bin/pip install -r requirements.txt -r requirements-test.txt",
    "venv_py312/bin/pytest tests/unit/ --cov=backend --cov-report=html",
    "venv_py312/bin/pytest tests/unit/test_models.py::test_user_exists -v",
    "venv_py312/bin/pytest tests/integration/",
)
PARTS = {  # command: what of the suite is enough to see that it works; `make test`, beside this, runs all of it
    "venv_py312/bin/pytest tests/unit/ --cov=backend --cov-report=html": "--ignore=tests/unit/generated --ignore=tests/unit/tools",
    "venv_py312/bin/pytest tests/integration/": "-k 'user_journey or isolation or migrations'",
}
SERVED = ("make run", "flask run", "python run.py 0.0.0.0 80")
ELSEWHERE = {
    "make test": "what .ci/run calls",
    "venv_py312/bin/pytest tests/unit/": "what `make test` calls, and the next line with coverage",
    "flask project rename shop": "tests/clone runs it, and the whole suite after it",
    "flask module new invoices": "tests/clone runs it, and the whole suite after it",
    "docker compose -f docker-compose.dev.yml up": "needs a Docker engine: docs/deployment.md",
    "docker build -t touchstone .": "needs a Docker engine: docs/deployment.md",
}


def commands(name: str) -> list[str]:
    """The lines of the shell blocks of a README."""
    blocks = BLOCK.findall((ROOT / name).read_text(encoding="utf-8"))
    return [line for block in blocks for line in block.strip().splitlines()]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a clone would hold: the tracked files, as they are now."""
    target = tmp_path_factory.mktemp("clone")
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, check=True, capture_output=True, text=True).stdout
    for name in tracked.splitlines():
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


@pytest.fixture(scope="module")
def environment(copy: Path) -> dict[str, str]:
    """A shell without our settings, in which `flask` and `python` are those of the copy."""
    ours = {"APP_ENV", "DATABASE_URL", "RATELIMIT_ENABLED", "JWT_SECRET", "LOG_LEVEL", "LOG_FORMAT", "VIRTUAL_ENV"}
    kept = {
        name: value for name, value in os.environ.items() if name not in ours and not name.startswith(("PYTEST", "COV"))
    }
    path = f"{copy / '.venv' / 'bin'}{os.pathsep}{os.environ['PATH']}"
    return kept | {"PATH": path, "PYTHON": sys.executable, "PYTEST_ADDOPTS": "-n 2"}


@pytest.fixture(scope="module")
def first_login(copy: Path, environment: dict[str, str]) -> str:
    """What the README's curl prints while the README's `make run` runs, in a copy that was never set up."""
    port = free_port()
    curl = next(command for command in commands("README.md") if command.startswith("curl"))
    with served("make run", copy, environment, port):
        return shell(curl.replace("5000", str(port)), copy, environment).stdout


def test_every_command_is_run_here_or_said_where():
    listed = [*RUN, *SERVED, *ELSEWHERE]

    unknown = [command for command in commands("README.md") if command not in listed and not command.startswith("curl")]

    assert unknown == []
    assert [command for command in listed if command not in commands("README.md")] == []


def test_chinese_readme_has_the_same_commands():
    assert commands("README.zh-CN.md") == commands("README.md")


@pytest.mark.parametrize("name", ["README.md", "README.zh-CN.md"])
def test_links_lead_somewhere(name):
    links = LINK.findall((ROOT / name).read_text(encoding="utf-8"))

    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_make_run_serves_and_the_curl_logs_in(first_login):
    answer = json.loads(first_login)

    assert (answer["code"], answer["msg"]) == (1, "success")
    assert answer["data"]["user"]["role"] == "member"


@pytest.mark.usefixtures("first_login")
def test_make_run_takes_changes_over_and_keeps_the_last_version_that_starts(copy, environment):
    port = free_port()
    source = copy / "backend" / "modules" / "health" / "schemas.py"
    working = source.read_text()
    log = copy / "server.log"

    with served("make run", copy, environment, port):
        source.write_text(working.replace('"alive"', '"changed"'))
        eventually(lambda: b'"changed"' in fetch(port), "the change is served")
        source.write_text("this is no Python")
        eventually(lambda: "does not start" in log.read_text(), "the mistake is told")
        answer = fetch(port)
        source.write_text(working)
        eventually(lambda: b'"alive"' in fetch(port), "the mended version is served")

    assert b'"changed"' in answer
    assert "SyntaxError" in log.read_text()


@pytest.mark.usefixtures("first_login")
@pytest.mark.parametrize("command", SERVED[1:])
def test_the_other_servers_serve(command, copy, environment):
    port = free_port()

    with served(command.replace(" 80", f" {port}"), copy, environment, port):
        answer = fetch(port)

    assert b'"alive"' in answer


@pytest.mark.usefixtures("first_login")
def test_the_other_commands_work(copy, environment):
    for command in [command for command in commands("README.md") if command in RUN]:
        part = {"PYTEST_ADDOPTS": f"{environment['PYTEST_ADDOPTS']} {PARTS.get(command, '')}"}

        done = shell(command.replace("python3.12", sys.executable), copy, environment | part)

        assert done.returncode == 0, f"{command}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"


def shell(command: str, copy: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command, shell=True, cwd=copy, env=environment, capture_output=True, text=True, timeout=PATIENCE, check=False
    )


@contextmanager
def served(command: str, copy: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    """A server that runs while the block does, started as the README says."""
    log = copy / "server.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command,
            shell=True,
            cwd=copy,
            env={**environment, "PORT": str(port), "FLASK_RUN_PORT": str(port)},
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for_answer(process, port, log)
        yield
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=30)


def wait_for_answer(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        try:
            fetch(port)
        except OSError:  # nobody listens yet, or whoever does is still at the migrations
            time.sleep(0.5)
        else:
            return
    raise AssertionError(f"no answer on port {port}:\n{log.read_text()}")


def fetch(port: int) -> bytes:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/health/live", timeout=5) as answer:
        return answer.read()
