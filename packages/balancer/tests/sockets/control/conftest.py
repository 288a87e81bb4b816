"""The command `balancer serve` as a process of its own, and providers that answer as a test says."""

import contextlib
import http.client
import json
import os
import queue
import shutil
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from redis import Redis

COMMAND = [sys.executable, "-c", "from balancer.cli import main; main()"]
PATIENCE = 20.0


class Provider:
    """Answers chat completions; `status` other than 200 is an error. Counts what it was asked."""

    def __init__(self) -> None:
        self.status = 200
        self.asked = 0
        self.headers: dict[str, str] = {}
        self.gate = threading.Event()
        self.gate.set()
        provider = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["content-length"]))
                provider.asked += 1
                provider.gate.wait(PATIENCE)
                body = json.dumps(provider.body()).encode()
                self.send_response(provider.status)
                for name, value in {
                    "content-type": "application/json",
                    "content-length": str(len(body)),
                    **provider.headers,
                }.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.handle_error = lambda *_: None  # a balancer that left
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02})
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"

    def body(self) -> dict[str, Any]:
        if self.status != 200:
            return {"error": {"message": "no", "type": "server_error", "param": None, "code": None}}
        choice = {
            "index": 0,
            "message": {"role": "assistant", "content": "hello", "refusal": None},
            "finish_reason": "stop",
            "logprobs": None,
        }
        usage = {"prompt_tokens": 3, "completion_tokens": 2, "total_tokens": 5}
        return {
            "id": "chatcmpl-1",
            "object": "chat.completion",
            "created": 1,
            "model": "m",
            "choices": [choice],
            "usage": usage,
        }

    def stop(self) -> None:
        self.gate.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class Process:
    """`balancer serve`. `lines` are its log so far."""

    def __init__(
        self, config: str, *options: str, env: dict[str, str] | None = None, pass_fds: tuple[int, ...] = ()
    ) -> None:
        self.lines: list[dict[str, Any]] = []
        self.text = ""
        self.process = subprocess.Popen(
            [*COMMAND, "serve", "--config", config, *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            env=os.environ | (env or {}),
            pass_fds=pass_fds,
            text=True,
        )
        self._changed: queue.Queue[None] = queue.Queue()
        self._reader = threading.Thread(target=self._read)
        self._reader.start()
        try:
            self.url = self.logged("The balancer listens.")["url"]
        except BaseException:
            self.stop()
            raise
        self.port = int(self.url.rpartition(":")[2])

    def _read(self) -> None:
        for line in self.process.stdout:
            self.text += line
            with contextlib.suppress(ValueError):
                self.lines.append(json.loads(line))
            self._changed.put(None)
        self._changed.put(None)

    def logged(self, message: str, count: int = 1) -> dict[str, Any]:
        """The line with this message, when it comes; the last of `count`."""
        found = self.until(lambda: [one for one in self.lines if one["message"] == message][count - 1 : count])
        return found[0]

    def until(self, condition: Callable[[], Any]) -> Any:
        """What the condition gives, once it holds; it is asked again with each line of the log, and ten times a second."""
        ends = time.monotonic() + PATIENCE
        while not (found := condition()):
            assert time.monotonic() < ends, self.text
            assert self.process.poll() is None, self.text
            with contextlib.suppress(queue.Empty):
                self._changed.get(timeout=0.1)
        return found

    def exchange(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, str, dict[str, str]]:
        """Status, body and headers of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        data = None if body is None else json.dumps(body)
        sent = {"content-type": "application/json"} if data else {}
        try:
            connection.request(
                method, path, data, sent | {name.replace("_", "-"): value for name, value in headers.items()}
            )
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), {name.lower(): value for name, value in answer.getheaders()}
        finally:
            connection.close()

    def call(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """Status and body, read as JSON if it is that; `answer_headers` has the rest."""
        status, text, self.answer_headers = self.exchange(method, path, body, **headers)
        return status, json.loads(text) if self.answer_headers.get("content-type") == "application/json" else text

    def ask(self, model: str = "m") -> tuple[int, Any]:
        return self.call(
            "POST", "/v1/chat/completions", {"model": model, "messages": [{"role": "user", "content": "hi"}]}
        )

    def provider(self, name: str) -> dict[str, Any]:
        return next(one for one in self.call("GET", "/providers")[1]["providers"] if one["name"] == name)

    def stop(self) -> int:
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.process.kill()
            raise
        finally:
            self._reader.join(PATIENCE)
            self.process.stdout.close()


@pytest.fixture
def provider() -> Iterator[Callable[[], Provider]]:
    with contextlib.ExitStack() as stack:

        def start() -> Provider:
            one = Provider()
            stack.callback(one.stop)
            return one

        yield start


def config_text(*providers: Provider | str, settings: str = "") -> str:
    """p1, p2, … by priority; the first failure takes a provider out unless `settings` says otherwise."""
    rows = "".join(
        f"  - {{name: p{number}, type: openai, base_url: '{getattr(one, 'url', one)}', auth_value: '${{TEST_KEY}}', priority: {number}}}\n"
        for number, one in enumerate(providers, 1)
    )
    targets = ", ".join(f"{{provider: p{number}}}" for number in range(1, len(providers) + 1))
    lines = f"  unhealthy_threshold: 1\n  sticky_provider_duration: 0\n  retry: {{same_provider: 0}}\n{settings}"
    return f"providers:\n{rows}model_routes: {{'*': [{targets}]}}\nsettings:\n{lines}"


@pytest.fixture
def serve(tmp_path) -> Iterator[Callable[..., Process]]:
    """`serve(text, *options, **env)` writes the text as balancer.yaml and starts a balancer with it."""
    with contextlib.ExitStack() as stack:

        def start(text: str, *options: str, pass_fds: tuple[int, ...] = (), **env: str) -> Process:
            path = tmp_path / "balancer.yaml"
            path.write_text(text)
            port = () if "--fd" in options else ("--port", "0")
            one = Process(
                str(path),
                *port,
                *options,
                env={"TEST_KEY": "sk-test-secret", "REDIS_URL": "", **env},
                pass_fds=pass_fds,
            )
            stack.callback(one.stop)
            return one

        yield start


def free_address() -> str:
    """A port on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


class RedisServer:
    """A private redis-server on a free port, without files."""

    def __init__(self) -> None:
        command = shutil.which("redis-server")
        assert command, "These tests need redis-server: apt-get install redis-server"
        self._command = command
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._client = Redis(port=self.port)
        self.start()

    def start(self) -> None:
        options = ("--port", str(self.port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no")
        self._process = subprocess.Popen(
            [self._command, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        ends = time.monotonic() + PATIENCE
        while not self._answers():
            assert time.monotonic() < ends
            assert self._process.poll() is None

    def _answers(self) -> bool:
        try:
            with socket.create_connection(("127.0.0.1", self.port), timeout=1) as connection:
                connection.sendall(b"PING\r\n")
                return connection.recv(7) == b"+PONG\r\n"
        except OSError:
            return False

    def count(self, pattern: str) -> int:
        return len(self._client.keys(pattern))

    def delete(self, pattern: str) -> None:
        self._client.delete(*self._client.keys(pattern))

    def readers(self) -> int:
        """How many replicas wait for an answer of another one."""
        return sum(1 for one in self._client.client_list() if one["cmd"] == "xread")

    def stop(self) -> None:
        self._client.close()
        self._process.kill()
        self._process.wait()


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    server = RedisServer()
    yield server
    server.stop()
