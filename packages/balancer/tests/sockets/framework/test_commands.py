"""The mock server as a program: `mdt llm serve`, reload, and a plugin beside mdt's."""

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from balancer.testing.http_calls import call

PACKAGE = Path(__file__).parents[3]


@contextmanager
def running(*command: str):
    """The program, ended with SIGTERM: SIGINT is ignored by whatever a shell starts in the background. Its lines come one by one."""
    process = subprocess.Popen(
        [sys.executable, *command], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd=PACKAGE
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        finally:
            process.kill()
            process.stdout.close()


def url_in(process) -> str:
    """The URL that it announces."""
    for line in process.stdout:
        if found := re.search(r"Mock LLM providers on (\S+)", line):
            return found[1]
    pytest.fail("it did not start")


@pytest.mark.parametrize(
    "command", [["-m", "mdt", "llm", "serve"], ["tests/run_mock_server.py"]], ids=["mdt", "script"]
)
def test_the_server_starts_and_ends(command):
    with running(*command, "--port", "0") as process:
        url = url_in(process)
        assert call("GET", f"{url}/health")["service"] == "test-mock-provider"

    assert process.returncode == 0


def test_a_taken_port_is_told_without_a_traceback():
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        for command in (["-m", "mdt", "llm", "serve"], ["tests/run_mock_server.py"]):
            done = subprocess.run(
                [sys.executable, *command, "--port", port], capture_output=True, text=True, cwd=PACKAGE, check=False
            )

            assert done.returncode != 0
            assert f"port {port}" in done.stderr
            assert "Traceback" not in done.stderr


def test_contexts_survive_a_reload(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    code = f"from balancer.mock.command import *; from pathlib import Path; serve_reloading('127.0.0.1', {port}, [Path({str(tmp_path)!r})])"
    context = {"name": "kept", "providers": [{"name": "p", "behavior": "overloaded"}]}
    with running("-c", code) as process:
        url = url_in(process)
        call("POST", f"{url}/ns/mine/mock-set-context", context)
        (tmp_path / "changed.py").write_text(f"now = {time.time()}")
        assert url_in(process) == url  # it has started again

        shown = call("GET", f"{url}/ns/mine/mock-test-context")["context"]
        assert (shown["scenario_name"], shown["providers"][0]["behavior"]) == ("kept", "overloaded")


SERVICE = """
service: inventory
url: http://inventory.test
default: ok
routes:
  GET /stock:
    ok:
      json: {left: 3}
"""
BESIDE = """
import httpx2, pytest
from balancer.testing import ProviderConfig, Scenario

@pytest.mark.scenario("inventory.ok", allow_hosts=["127.0.0.1"])
def test_both(mocks, llm_env):
    env = llm_env(Scenario("beside", [ProviderConfig("p1")]))
    asked = {"model": env.model_name, "max_tokens": 5, "messages": [{"role": "user", "content": "hi"}]}
    assert env.anthropic().messages.create(**asked).content[0].text == "Mock response from p1"
    assert httpx2.get("http://inventory.test/stock").json() == {"left": 3}
"""


def test_an_environment_lives_beside_scenarios_of_mdt(tmp_path):
    """Which refuse every call of this process that no scenario plays, unless its host is allowed."""
    mocks = tmp_path / "mocks" / "external"
    mocks.mkdir(parents=True)
    (mocks / "inventory.yaml").write_text(SERVICE)
    (tmp_path / "test_beside.py").write_text(BESIDE)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:randomly", "test_beside.py"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)

    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_the_plugin_loads_nothing_until_it_is_asked():
    code = (
        "import sys, balancer.pytest_plugin\n"
        "print([one for one in sys.modules if one.startswith(('balancer.mock', 'balancer.testing', 'balancer.proxy', 'aiohttp', 'starlette'))])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )

    assert done.stdout.strip() == "[]"
