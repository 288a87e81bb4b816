"""The proxies that bench/proxies.py measures: how each is configured and started, and which headers its callers need."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import yaml

from balancer.testing.litellm_gateway import free_port

PEERS = Path(os.environ.get("BALANCER_PEERS", "/tmp/balancer-peers"))
KEY = "sk-bench-0123456789abcdef-not-a-secret"
START = 180.0  # seconds
type Urls = Mapping[str, str]  # of the mock providers, without /v1


@dataclass(frozen=True)
class Contender:
    """`command` takes folder and port; `headers` are added to the requests for a provider."""

    name: str
    command: Callable[[Path, int], list[str]]
    write: Callable[[Path, Urls], None] = lambda *_: None
    headers: Callable[[str, Urls], dict[str, str]] = lambda *_: {}
    env: dict[str, str] = field(default_factory=dict)


@dataclass
class Running:
    contender: Contender
    port: int
    pid: int
    start: float = 0.0  # seconds to the first right answer
    rss_idle: float = 0.0


def _balancer_config(folder: Path, urls: Urls) -> None:
    types = {"anthropic": "", "openai": "/v1"}
    config = {
        "providers": [
            {"name": name, "type": name, "base_url": urls[name] + end, "auth_type": "api_key", "auth_value": "${BENCH_KEY}"}
            for name, end in types.items()
        ],
        "model_routes": {
            "chat-m": [{"provider": "openai", "model": "m"}],
            "messages-m": [{"provider": "anthropic", "model": "m"}],
            "translated-m": [{"provider": "openai", "model": "m"}],
        },
    }  # fmt: skip
    (folder / "balancer.yaml").write_text(yaml.safe_dump(config))


def _litellm_config(folder: Path, urls: Urls) -> None:
    def model(name: str, provider: str, end: str) -> dict[str, object]:
        return {
            "model_name": name,
            "litellm_params": {"model": f"{provider}/m", "api_base": urls[provider] + end, "api_key": KEY},
        }

    models = [
        model("chat-m", "openai", "/v1"),
        model("messages-m", "anthropic", ""),
        model("translated-m", "openai", "/v1"),
    ]
    (folder / "litellm.yaml").write_text(yaml.safe_dump({"model_list": models}))


def _portkey_headers(provider: str, urls: Urls) -> dict[str, str]:
    return {"x-portkey-provider": provider, "x-portkey-custom-host": f"{urls[provider]}/v1"}


BALANCER = Contender(
    "balancer",
    lambda folder, port: [
        *(sys.executable, "-m", "balancer", "serve"),
        *("--config", str(folder / "balancer.yaml"), "--port", str(port)),
    ],
    _balancer_config,
    env={"BENCH_KEY": KEY},
)
PORTKEY = Contender(
    "Portkey",
    lambda _, port: [
        "node",
        str(PEERS / "node_modules/@portkey-ai/gateway/build/start-server.js"),
        f"--port={port}",
        "--headless",
    ],
    headers=_portkey_headers,
)
LITELLM = Contender(
    "LiteLLM",
    lambda folder, port: [
        *(str(PEERS / "litellm/bin/litellm"), "--config", str(folder / "litellm.yaml")),
        *("--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"),
    ],
    _litellm_config,
    env={"LITELLM_MASTER_KEY": KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"},
)
ALL = (BALANCER, PORTKEY, LITELLM)


def versions() -> dict[str, str]:
    """What is measured, as its own files say."""
    import json
    from importlib.metadata import version

    package = PEERS / "node_modules/@portkey-ai/gateway/package.json"
    script = "from importlib.metadata import version; print(version('litellm'))"
    litellm = subprocess.run(
        [PEERS / "litellm/bin/python", "-I", "-c", script], capture_output=True, text=True, check=True
    )
    return {
        "balancer": f"aiohttp {version('aiohttp')}, uvicorn {version('uvicorn')}",
        "Portkey": json.loads(package.read_text())["version"],
        "LiteLLM": litellm.stdout.strip(),
    }


@contextmanager
def running(
    contender: Contender, folder: Path, urls: Urls, answers: Callable[[Contender, int], bool]
) -> Iterator[Running]:
    """The contender from its start to its end. `answers` asks it for a whole answer; what it prints goes to a file."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    if contender is not BALANCER:
        env.pop("PYTHONPATH", None)
    contender.write(folder, urls)
    began = time.perf_counter()
    with (folder / f"{contender.name}.log").open("ab") as log:
        process = subprocess.Popen(
            contender.command(folder, port),
            env=env | contender.env,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    try:
        while not answers(contender, port):
            if process.poll() is not None or time.perf_counter() - began > START:
                tail = (folder / f"{contender.name}.log").read_text(errors="replace")[-2000:]
                raise SystemExit(f"{contender.name} does not answer:\n{tail}")
            time.sleep(0.002)
        yield Running(contender, port, process.pid, time.perf_counter() - began)
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
