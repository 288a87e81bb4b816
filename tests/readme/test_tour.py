"""docs/mdt.md tells the truth: its commands are run as they stand there, and print what it says."""

import re
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "mdt.md").read_text(encoding="utf-8")
MDT = str(Path(sys.executable).with_name("mdt"))
STEP = re.compile(r"```sh\n(.*?)```(?:\n```text\n(.*?)```)?", re.DOTALL)
LINK = re.compile(r"\]\((?!https?://)([^)#]+)\)")
SERVER = ".venv/bin/mdt mock serve --port 3002"
ELSEWHERE = {
    "make run": "needs a folder of its own: tests/readme serves in one, with the stand-in for WeChat",
    "mdt test integration": "needs a database: tests/integration/orders runs against the same server",
}
PATIENCE = 60  # seconds for one command


def shell(command: str, port: int) -> subprocess.CompletedProcess[str]:
    here = command.replace(".venv/bin/mdt", MDT).replace("3002", str(port))
    if "mdt mock use" in here or "mdt mock monitor" in here:
        here += f" --server http://127.0.0.1:{port}"
    return subprocess.run(
        here, shell=True, cwd=ROOT, env=environment(), capture_output=True, text=True, timeout=PATIENCE, check=False
    )


def environment() -> dict[str, str]:
    return {"PATH": "/usr/local/bin:/usr/bin:/bin", "MDT_LANG": "en", "PYTHONUTF8": "1"}


@pytest.fixture
def port() -> Iterator[int]:
    """Where the tour's server runs, which is started as the page starts it."""
    with closing(socket.create_server(("127.0.0.1", 0))) as probe:
        number = probe.getsockname()[1]
    command = SERVER.replace(".venv/bin/mdt", MDT).replace("3002", str(number))
    with subprocess.Popen(
        command.split(), cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as server:
        assert server.stdout is not None
        started = [server.stdout.readline() for _ in range(2)]
        assert f"http://127.0.0.1:{number}" in started[0], started
        yield number
        server.terminate()


def test_commands_print_what_the_page_says(port):
    checked = 0
    for commands, said in STEP.findall(PAGE):
        lines = [line for line in commands.splitlines() if line != SERVER]
        if not lines or any(word in commands for word in ELSEWHERE):
            continue
        printed = ""
        for line in lines:
            done = shell(line, port)
            assert done.returncode == 0, f"{line}\n{done.stdout}{done.stderr}"
            printed += done.stdout if done.stdout.endswith("\n") else done.stdout + "\n"
        if said:
            assert printed == said
            checked += 1

    assert checked == 2
    assert all(word in PAGE for word in ELSEWHERE)


def test_page_of_the_server_is_there(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/_mdt/", timeout=PATIENCE) as answer:
        assert answer.headers["content-type"].startswith("text/html")


def test_links_lead_somewhere():
    links = LINK.findall(PAGE)

    assert links
    assert [link for link in links if not (ROOT / "docs" / link).resolve().exists()] == []


def test_example_in_the_page_is_what_the_file_says():
    shown = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert shown is not None
    real = (ROOT / "mocks/internal/inventory/service.yaml").read_text(encoding="utf-8")

    assert [line for line in shown[1].splitlines() if line not in real.splitlines()] == []
