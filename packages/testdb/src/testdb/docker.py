"""A server in a container of our own, by compose.yaml beside this file; removed with its data at the end."""

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
    """The output of one docker command; raises `ProviderFailedError` with what it said if it fails or takes too long."""
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
    """Why there is no engine to use; empty if there is one."""
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
    """A running container with `control`. Without `image`, the one that `TESTDB_MYSQL_IMAGE` and the like name, or compose.yaml's."""
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
    """`Control` of a container that nobody else uses."""

    kind: Kind
    project: str
    url: URL
    chosen: str = ""

    def kill(self) -> None:
        """SIGKILL to every process in it."""
        self.resume()
        self.compose("kill", self.kind)

    def stop(self) -> None:
        """Shut it down; SIGKILL after 30 s."""
        self.resume()
        self.compose("stop", self.kind)

    def start(self) -> None:
        """Start it again, at the same port."""
        self.compose("start", self.kind)

    def pause(self) -> None:
        """Freeze every process in it."""
        if self._state() == "running":
            self.compose("pause", self.kind)

    def resume(self) -> None:
        """Let them go on."""
        if self._state() == "paused":
            self.compose("unpause", self.kind)

    def wait_ready(self, timeout: float = START_SECONDS) -> str:
        """The version, once a query is answered; with the end of the log if it is not."""
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
        """The output of one docker compose command about it."""
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
