"""Runs a server in a container by compose.yaml beside this file, and removes it with its data."""

import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL

from testdb import guard, mysql, postgresql
from testdb.language import _
from testdb.ports import free_port
from testdb.server import (
    DatabaseUnavailableError,
    Kind,
    ProviderFailedError,
    ProviderUnavailableError,
    Say,
    Server,
    tail,
)
from testdb.server_process import Ready

ANSWER_SECONDS = 10
COMMAND_SECONDS = 60


def docker(
    *words: str,
    seconds: float = COMMAND_SECONDS,
    folder: Path | None = None,
    env: Mapping[str, str] | None = None,
    errors: int = subprocess.PIPE,
) -> str:
    """The output of a docker command; raises `ProviderFailedError` with its error output if it fails or times out."""
    try:
        done = subprocess.run(  # noqa: S603 - docker alone
            ["docker", *words],  # noqa: S607 - as people call it
            cwd=folder,
            env=env,
            stdin=subprocess.DEVNULL,
            check=False,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise ProviderFailedError(
            _("docker {command} did not answer within {seconds:.0f} s", command=words[0], seconds=seconds)
        ) from error
    if done.returncode:
        raise ProviderFailedError(
            _(
                "docker {command} failed:\n{output}",
                command=" ".join(words[:4]),
                output=tail(done.stderr or done.stdout),
            )
        )
    return done.stdout.strip()


def why_unavailable() -> str:
    """Why no Docker engine is usable; empty if one is."""
    if shutil.which("docker") is None:
        return str(_("docker is not installed"))
    try:
        docker("info", "--format", "{{.ServerVersion}}", seconds=ANSWER_SECONDS)
    except ProviderUnavailableError as reason:
        return str(reason)
    return ""


COMPOSE_FILE = Path(__file__).with_name("compose.yaml")
FETCH_SECONDS = 600
START_SECONDS = 120
ADMINISTRATORS: dict[Kind, tuple[str, str]] = {  # driver and account
    "mysql": (mysql.DRIVER, "root"),
    "mariadb": (mysql.DRIVER, "root"),
    "postgresql": (postgresql.DRIVER, "postgres"),
}


@contextmanager
def provide(kind: Kind, say: Say, image: str = "") -> Iterator[Server]:
    """A running container with `control`. `image` overrides `TESTDB_MYSQL_IMAGE` and its like, which override compose.yaml."""
    if closed := why_unavailable():
        raise ProviderUnavailableError(closed)
    driver, name = ADMINISTRATORS[kind]
    url = URL.create(driver, name, secrets.token_hex(16), "127.0.0.1", free_port())
    container = Container(kind, f"testdb-{kind}-{secrets.token_hex(4)}", url, image)
    say(str(_("a container of {image} (the first start fetches the image)", image=container.image())))
    with guard.at_end("docker", *container.words("down", "--volumes", "--timeout", "0"), env=container.env()):
        container.compose("up", "--detach", kind, seconds=FETCH_SECONDS)
        version = container.wait_ready(START_SECONDS)
        yield Server(url.render_as_string(hide_password=False), "docker", version, container)


@dataclass(frozen=True)
class Container:
    """`Control` of a container."""

    kind: Kind
    project: str
    url: URL
    chosen: str = ""

    def kill(self) -> None:
        """Send SIGKILL to every process of the container."""
        self.resume()
        self.compose("kill", self.kind)

    def stop(self) -> None:
        """Shut the server down; SIGKILL after 30 s."""
        self.resume()
        self.compose("stop", self.kind)

    def start(self) -> None:
        """Restart it at the same port."""
        self.compose("start", self.kind)

    def pause(self) -> None:
        """Freeze every process of the container."""
        if self._state() == "running":
            self.compose("pause", self.kind)

    def resume(self) -> None:
        """Resume the processes."""
        if self._state() == "paused":
            self.compose("unpause", self.kind)

    def wait_ready(self, timeout: float = START_SECONDS) -> str:
        """The version, once a query is answered; raises `DatabaseUnavailableError` with the end of the log."""
        flavour = postgresql if self.kind == "postgresql" else mysql
        wait: Ready = lambda seconds, runs: flavour.wait_ready(self.url, seconds, runs)  # noqa: E731
        try:
            return wait(timeout, lambda: self._state() in ("running", "paused"))
        except DatabaseUnavailableError as error:
            log = self.compose("logs", "--tail", "15", "--no-log-prefix", self.kind, errors=subprocess.STDOUT)
            raise DatabaseUnavailableError(
                _("{server}: {reason}; the end of its log:\n{log}", server=self.image(), reason=error, log=tail(log))
            ) from error

    def image(self) -> str:
        return self.compose("config", "--images", self.kind)

    def compose(self, *words: str, seconds: float = 60, errors: int = subprocess.PIPE) -> str:
        """The output of a docker compose command for this container."""
        return docker(*self.words(*words), env=self.env(), seconds=seconds, errors=errors)

    def words(self, *words: str) -> list[str]:
        return ["compose", "--project-name", self.project, "--file", str(COMPOSE_FILE), *words]

    def env(self) -> Mapping[str, str]:
        """The variables that compose.yaml reads."""
        chosen = {f"TESTDB_{self.kind.upper()}_IMAGE": self.chosen} if self.chosen else {}
        return (
            os.environ
            | chosen
            | {
                "TESTDB_PORT": str(self.url.port),
                "TESTDB_PASSWORD": str(self.url.password),
            }
        )

    def _state(self) -> str:
        return self.compose("ps", "--all", "--format", "{{.State}}", self.kind)
