"""What an operator changes while the balancer runs: the configuration, and the state of a provider."""

import logging
import os
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from balancer.proxy.admin.log import log_request
from balancer.proxy.admin.metrics import Metrics
from balancer.proxy.admin.recent import Recent
from balancer.proxy.background import background
from balancer.proxy.circuit import State, Transition
from balancer.proxy.config import Config, ConfigError, load
from balancer.proxy.runtime import Runtime

if TYPE_CHECKING:
    from watchfiles import Change

    from balancer.proxy.sharing import Sharing

log = logging.getLogger("balancer.control")
NEEDS_RESTART = ("host", "port", "shutdown_timeout")


class Control:
    """Stands beside a Runtime: hears of every request and every change of state, and reloads the configuration."""

    def __init__(self, runtime: Runtime, path: str, env: Mapping[str, str] = os.environ) -> None:
        self.runtime = runtime
        self.metrics = Metrics()
        self.recent = Recent()
        self.problems: list[dict[str, object]] = []
        self.sharing: Sharing | None = None
        self.path = Path(path).absolute()
        self._seen = _content(self.path)
        self._env = env
        runtime.observers += [self.metrics.observe, self.recent.observe, log_request]
        runtime.health.listeners.append(self._told)

    @property
    def shared(self) -> bool | None:
        """Whether other replicas hear of health now; None if this one shares nothing."""
        return self.sharing.connected if self.sharing else None

    def reload(self) -> list[dict[str, object]]:
        """Takes over the file as it is now. The problems, if it cannot be used: then the old configuration stays."""
        self._seen = _content(self.path)
        try:
            config = load(self.path, self._env)
        except ConfigError as error:
            self.problems = [one.as_dict() for one in error.problems]
            self.metrics.reloads["refused",] += 1
            log.error(  # noqa: TRY400 - the problems say it, a traceback adds nothing
                "The configuration was not reloaded; the old one stays.", extra={"fields": {"problems": self.problems}}
            )
            return self.problems
        self._swap(config)
        return []

    def _swap(self, config: Config) -> None:
        old, self.problems = self.runtime.config, []
        self.metrics.reloads["taken_over",] += 1
        self.runtime.reload(config)
        fields = {"providers": [one.name for one in config.providers]}
        log.info("The configuration was reloaded.", extra={"fields": fields})
        for name in NEEDS_RESTART:
            if getattr(old.settings, name) != getattr(config.settings, name):
                log.warning("settings.%s takes effect with the next start.", name)

    def watching(self) -> AbstractAsyncContextManager[None]:
        """Reloads when the file changes, as long as the block runs."""
        return background(self._watch())

    async def _watch(self) -> None:
        """Watches the folder: editors replace a file, and orchestrators swap a link that it stands behind.

        Once a second the file is looked at in any case: some file systems tell nobody of changes.
        """
        from watchfiles import awatch  # the balancer answers by now

        async for _ in awatch(
            self.path.parent,
            watch_filter=self._concerns,
            recursive=False,
            debounce=100,
            rust_timeout=1000,
            yield_on_timeout=True,
        ):
            now = _content(self.path)
            if now is not None and now != self._seen:
                self.reload()

    def _concerns(self, _: "Change", changed: str) -> bool:
        """The file itself, or the link that Kubernetes swaps when a ConfigMap changes."""
        return Path(changed).name in {self.path.name, "..data"}

    def _told(self, transition: Transition) -> None:
        self.metrics.transitions[transition.provider, transition.after.value] += 1
        fields = {
            "provider": transition.provider,
            "from": transition.before.value,
            "to": transition.after.value,
            "reason": transition.reason,
            "remaining": round(transition.remaining, 3),
            "remote": transition.remote,
        }
        level = logging.WARNING if transition.after is State.OPEN else logging.INFO
        log.log(level, "A provider's state changed.", extra={"fields": fields})

    def providers(self) -> list[dict[str, Any]]:
        """Every provider of the configuration with its health; no credential."""
        return [
            {
                "name": one.name,
                "type": one.type.value,
                "base_url": one.base_url,
                "enabled": one.enabled,
                "priority": one.priority,
                "weight": one.weight,
                "max_concurrency": one.max_concurrency,
                "latency_ms": _rounded(self.runtime.selector.latency(one.name)),
                **self.runtime.health.describe(one.name),
            }
            for one in self.runtime.config.providers
        ]


def _content(path: Path) -> bytes | None:
    """None while the file is not there: it is being replaced."""
    try:
        return path.read_bytes()
    except OSError:
        return None


def _rounded(seconds: float | None) -> float | None:
    return None if seconds is None else round(seconds * 1000, 1)
