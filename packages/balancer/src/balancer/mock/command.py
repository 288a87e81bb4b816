"""`mdt llm serve` and `tests/run_mock_server.py`: the mock server as a program, with reload."""

import json
import shlex
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from balancer.mock.context import context_of, scenario_of
from balancer.mock.server import PORT, MockServer, main

LEVELS = ("debug", "info", "warning", "error")
__all__ = ["LEVELS", "PORT", "serve", "serve_reloading"]


def serve(
    host: str, port: int, *, token: str | None = None, log_level: str = "info", spool: Path | None = None
) -> None:
    """Serves until SIGINT or SIGTERM. The contexts of `spool` are set at the start, and written there at the end."""
    import logging

    logging.basicConfig(level=log_level.upper(), format="%(levelname)s %(name)s: %(message)s")

    def ready(server: MockServer) -> None:
        if spool is not None:
            restore(server, spool)
        print(announcement(server), flush=True)  # noqa: T201 - this is what it is for

    main(host, port, token=token, ready=ready, stopping=None if spool is None else lambda server: keep(server, spool))


def announcement(server: MockServer) -> str:
    lines = [f"Mock LLM providers on {server.url}   documentation: {server.url}/docs"]
    if server.token:
        lines.append(f"token of the control routes: {server.token}")
    return "\n".join(lines)


def serve_reloading(
    host: str, port: int, watched: Sequence[Path], *, token: str | None = None, log_level: str = "info"
) -> None:
    """Serves in a process that is started anew when a file changes. Contexts stay; attempts and journals begin anew."""
    from watchfiles import PythonFilter, run_process

    with tempfile.TemporaryDirectory(prefix="mock-llm-") as folder:
        spool = Path(folder, "contexts.json")
        options: list[Any] = [sys.executable, "-m", "balancer.mock.command", host, port, log_level, spool, token or ""]
        print(f"Reloads when files change below {', '.join(map(str, watched))}", flush=True)  # noqa: T201
        run_process(
            *watched,
            target=shlex.join(map(str, options)),
            target_type="command",
            watch_filter=PythonFilter(extra_extensions=[".html"]),
            callback=lambda changes: print(f"{len(changes)} files changed; starting anew", flush=True),  # noqa: T201
        )


def keep(server: MockServer, spool: Path) -> None:
    """Writes every context, so that a test which is running finds its own again."""
    contexts = {one.name: context_of(one.scenario) for one in server.namespaces.every() if one.scenario is not None}
    spool.write_text(json.dumps(contexts))


def restore(server: MockServer, spool: Path) -> None:
    """Contexts that the changed code no longer takes are left out."""
    if not spool.exists():
        return
    for name, context in json.loads(spool.read_text()).items():
        try:
            server.namespaces.set(name, scenario_of(context))
        except ValueError as error:
            print(f"The context of {name} is gone: {error}", file=sys.stderr, flush=True)  # noqa: T201


if __name__ == "__main__":
    _host, _port, _level, _spool, _token = sys.argv[1:]
    serve(_host, int(_port), token=_token or None, log_level=_level, spool=Path(_spool))
