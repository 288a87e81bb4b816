"""What a process uses, a process on one processor, and the mock providers as a process of their own."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from callers import CASES, TEXT, body, headers
from contenders import Running, Urls

from balancer.mock.scenario import ProviderConfig, Scenario
from balancer.testing.errors import EnvironmentSetupError
from balancer.testing.litellm_gateway import free_port
from balancer.testing.mock_server import MockSpace

TICKS, PAGE = os.sysconf("SC_CLK_TCK"), os.sysconf("SC_PAGE_SIZE")


def tree(pid: int) -> Iterator[int]:
    """The process and those it started."""
    yield pid
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in (task / "children").read_text().split():
            yield from tree(int(child))


def _stat(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_seconds(pid: int) -> float:
    return sum(sum(map(int, _stat(one)[11:13])) for one in tree(pid)) / TICKS


def rss(pid: int) -> float:
    """MiB."""
    return sum(int(_stat(one)[21]) for one in tree(pid)) * PAGE / 2**20


@contextmanager
def pinned(pid: int, processors: set[int]) -> Iterator[None]:
    """The process and its threads on these processors alone."""
    tasks = [int(task.name) for one in tree(pid) for task in Path(f"/proc/{one}/task").iterdir()]
    before = os.sched_getaffinity(pid)
    for task in tasks:
        os.sched_setaffinity(task, processors)
    yield
    for task in tasks:
        os.sched_setaffinity(task, before)


def load(one: Running, urls: Urls, seconds: float, folder: Path) -> tuple[float, float]:
    """Requests a second with 32 connections, and the milliseconds of processor time that each took."""
    case = CASES[0]
    lines = [f'wrk.headers["{name}"] = "{value}"' for name, value in headers(one.contender, case, urls).items()]
    script = folder / "post.lua"
    script.write_text("\n".join(["wrk.method = 'POST'", f"wrk.body = [[{body(case).decode()}]]", *lines]))
    url = f"http://127.0.0.1:{one.port}{case.path}"
    with pinned(one.pid, {1}):
        before = cpu_seconds(one.pid)
        words = [
            "taskset",
            "-c",
            "0",
            "wrk",
            "-t1",
            "-c32",
            "--timeout",
            "30s",
            f"-d{seconds}s",
            "-s",
            str(script),
            url,
        ]
        said = subprocess.run(words, capture_output=True, text=True, check=True).stdout
        used = cpu_seconds(one.pid) - before
    count = int(next(line for line in said.splitlines() if "requests in" in line).split()[0])
    if not count or "Non-2xx" in said or "Socket errors" in said:
        raise SystemExit(f"{one.contender.name} under load:\n{said}")
    return count / seconds, used * 1000 / count


@contextmanager
def providers(folder: Path) -> Iterator[tuple[Urls, int]]:
    """The mock providers as a process of their own; their addresses and their process id."""
    port = free_port()
    with (folder / "providers.log").open("wb") as log:
        words = [sys.executable, "-c", "from balancer.cli import llm; llm()", "serve", "--port", str(port)]
        process = subprocess.Popen([*words, "--log-level", "warning"], stdout=log, stderr=log)
    try:
        yield _scenario(MockSpace(f"http://127.0.0.1:{port}", "bench")), process.pid
    finally:
        process.terminate()
        process.wait()


def _scenario(space: MockSpace) -> Urls:
    answer = {"content": TEXT}
    wanted = [ProviderConfig(name, provider_type=name, response_data=answer) for name in ("anthropic", "openai")]
    while True:
        try:
            return space.set(Scenario("bench", wanted))
        except EnvironmentSetupError:  # it does not listen yet
            time.sleep(0.05)
