"""LiteLLM's proxy as the gateway of an environment: `Environment(scenario, gateway="litellm")`.

It has to be installed, best in a virtual environment of its own; $LITELLM names its command. Each provider is a model
group, and the groups are fallbacks of the first one, in the order of their priority.
"""

import os
import shutil
import socket
import subprocess
import time
from pathlib import Path
from typing import Any

import yaml

from balancer.testing.clients import KEY
from balancer.testing.errors import EnvironmentSetupError
from balancer.testing.gateways import Plan
from balancer.testing.http_calls import CallError, call
from balancer.testing.processes import end

COMMAND = "LITELLM"
START = 300.0  # seconds; on a busy machine it loads for a long time


class LiteLLMGateway:
    """Raises EnvironmentSetupError if the command is missing, or does not answer in time."""

    def start(self, plan: Plan) -> "RunningLiteLLM":
        command = os.environ.get(COMMAND) or shutil.which("litellm")
        if command is None:
            raise EnvironmentSetupError(
                f"LiteLLM is not there: pip install 'litellm[proxy]' into a virtual environment, and set ${COMMAND} to its "
                "command `litellm`"
            )
        path = plan.folder / "litellm.yaml"
        path.write_text(yaml.safe_dump(configuration(plan)))
        running = RunningLiteLLM(command, path, plan.folder / "litellm.log")
        running.wait()
        return running


class RunningLiteLLM:
    """The proxy takes no socket, so its port may be taken by another program before it listens; then it ends with an error."""

    def __init__(self, command: str, path: Path, log: Path) -> None:
        port = free_port()
        self.url = f"http://127.0.0.1:{port}"
        self._log = log
        # With no proxy of the environment between it and the mock providers, and without a look at the network.
        env = {**os.environ, "LITELLM_MASTER_KEY": KEY, "LITELLM_LOCAL_MODEL_COST_MAP": "True", "NO_PROXY": "127.0.0.1"}
        env.pop("PYTHONPATH", None)
        arguments = ["--config", str(path), "--host", "127.0.0.1", "--port", str(port), "--telemetry", "False"]
        with log.open("ab") as output:
            self._process = subprocess.Popen(  # noqa: S603 - the user's own command
                [command, *arguments], cwd=path.parent, env=env, stdin=subprocess.DEVNULL, stdout=output, stderr=output
            )

    def wait(self) -> None:
        deadline = time.monotonic() + START
        while self._process.poll() is None and time.monotonic() < deadline:
            try:
                call("GET", f"{self.url}/health/liveliness", timeout=5)
            except CallError:
                time.sleep(0.1)
            else:
                return
        self.stop()
        raise EnvironmentSetupError(f"LiteLLM did not start:\n{self.log()[-4000:]}")

    def stop(self) -> None:
        end(self._process)

    def log(self) -> str:
        return self._log.read_text(errors="replace") if self._log.exists() else ""


def configuration(plan: Plan) -> dict[str, Any]:
    """LiteLLM's configuration of the same providers."""
    ordered = sorted(plan.config["providers"], key=lambda one: one["priority"])
    names = [plan.model if place == 0 else f"{plan.model}-{place}" for place in range(len(ordered))]
    settings = {"fallbacks": [{names[0]: names[1:]}]} if len(names) > 1 else {}
    return {
        "model_list": [_model(name, plan.model, provider) for name, provider in zip(names, ordered, strict=True)],
        "litellm_settings": settings,
    }


def _model(name: str, model: str, provider: dict[str, Any]) -> dict[str, Any]:
    parameters = {
        "model": f"{provider['type']}/{model}",
        "api_base": provider["base_url"],
        "api_key": provider["auth_value"],
    }
    timeouts = provider["timeouts"]
    return {"model_name": name, "litellm_params": {**parameters, "timeout": timeouts["first_byte"]}}


def free_port() -> int:
    """A port of loopback that nobody had a moment ago."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        port: int = found.getsockname()[1]
        return port
