"""MySQL from Docker: the development database of docker-compose.dev.yml, or a container of one's own."""

import json
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL

from tests.framework import database_guard, database_server
from tests.framework.database_process import free_port
from tests.framework.database_server import DatabaseUnavailableError, Say, Server, WayClosedError, WayFailedError, tail

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = "docker-compose.dev.yml"
COMPOSE = ("compose", "-f", COMPOSE_FILE)
SERVICE = "mysql"
IMAGE = "mysql:8.4.3"
ANSWER_SECONDS = 10
FETCH_SECONDS = 600
START_SECONDS = 120
OPTIONS = ("mysqld", "--skip-log-bin", "--innodb-flush-log-at-trx-commit=2", "--performance-schema=OFF", "--mysqlx=OFF")


def look() -> str:
    """The engine that would be used, or nothing."""
    return f"{SERVICE} of {COMPOSE_FILE}" if (ROOT / COMPOSE_FILE).is_file() and not why_closed() else ""


def why_closed() -> str:
    """Why there is no engine to use, or nothing."""
    if shutil.which("docker") is None:
        return "docker is not installed"
    try:
        docker("info", "--format", "{{.ServerVersion}}", seconds=ANSWER_SECONDS)
    except WayClosedError as reason:
        return str(reason)
    return ""


def docker(*words: str, seconds: float = 60, errors: int = subprocess.PIPE) -> str:
    """The output of one docker command; raises `WayClosedError` with what it said if it fails or takes too long."""
    try:
        done = subprocess.run(
            ["docker", *words],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            check=False,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            timeout=seconds,
        )
    except subprocess.TimeoutExpired as error:
        raise WayFailedError(f"docker {words[0]} did not answer within {seconds:.0f} s") from error
    if done.returncode:
        raise WayFailedError(f"docker {' '.join(words[:4])} failed:\n{tail(done.stderr or done.stdout)}")
    return done.stdout.strip()


@contextmanager
def provide_compose(say: Say) -> Iterator[Server]:
    """The development database, started if it is not running, and left running: developers use it too, so no `control`."""
    if closed := why_closed():
        raise WayClosedError(closed)
    if not (ROOT / COMPOSE_FILE).is_file():
        raise WayClosedError(f"there is no {COMPOSE_FILE}")
    say(f"Integration database: {SERVICE} of {COMPOSE_FILE} (the first start fetches the image; `make down` stops it)")
    docker(*COMPOSE, "up", "--detach", "--wait", "--wait-timeout", str(START_SECONDS), SERVICE, seconds=FETCH_SECONDS)
    url = compose_url()
    yield Server(url.render_as_string(hide_password=False), "docker", _answer(url))


def compose_url() -> URL:
    """Address and root password, read from the compose file, which stays the one place for them."""
    service: dict[str, Any] = json.loads(docker(*COMPOSE, "config", "--format", "json"))["services"][SERVICE]
    host, _, port = docker(*COMPOSE, "port", SERVICE, "3306").rpartition(":")
    password = service["environment"]["MYSQL_ROOT_PASSWORD"]
    return URL.create("mysql+pymysql", "root", password, host.replace("0.0.0.0", "127.0.0.1"), int(port))


@contextmanager
def provide_container(say: Say) -> Iterator[Server]:
    """A container of one's own with `control`, removed with its data at the end."""
    if closed := why_closed():
        raise WayClosedError(closed)
    say(f"Private database: a container of {IMAGE}")
    name = f"mysql-for-tests-{secrets.token_hex(4)}"
    url = URL.create("mysql+pymysql", "root", secrets.token_hex(16), "127.0.0.1", free_port())
    with database_guard.at_end("docker", "rm", "--force", "--volumes", name):
        _run(name, url)
        container = Container(name, url)
        yield Server(
            url.render_as_string(hide_password=False), "docker", container.wait_ready(START_SECONDS), container
        )


def _run(name: str, url: URL) -> None:
    place = f"127.0.0.1:{url.port}:3306"
    secret = f"MYSQL_ROOT_PASSWORD={url.password}"
    docker(
        "run", "--detach", "--name", name, "--publish", place, "--env", secret, IMAGE, *OPTIONS, seconds=FETCH_SECONDS
    )


def _answer(url: URL) -> str:
    """The version; an engine whose ports cannot be reached from here closes this way."""
    try:
        return database_server.wait_ready(url, START_SECONDS)
    except DatabaseUnavailableError as error:
        raise WayFailedError(f"{SERVICE} is up, but {url.host}:{url.port}: {error}") from error


class Container:
    """`Control` of a container that is nobody else's."""

    def __init__(self, name: str, url: URL) -> None:
        self._name, self._url = name, url

    def kill(self) -> None:
        """SIGKILL."""
        docker("kill", self._name)

    def stop(self) -> None:
        """SIGTERM; SIGKILL after half a minute."""
        docker("stop", "--time", "30", self._name)

    def start(self) -> None:
        """Start it again, at the same port."""
        docker("start", self._name)

    def pause(self) -> None:
        """Freeze every process in it."""
        docker("pause", self._name)

    def resume(self) -> None:
        """Let them go on."""
        docker("unpause", self._name)

    def wait_ready(self, timeout: float = START_SECONDS) -> str:
        """The version, once a query is answered; with the end of the log if it is not."""
        try:
            return database_server.wait_ready(self._url, timeout, self._runs)
        except DatabaseUnavailableError as error:
            log = docker("logs", "--tail", "15", self._name, errors=subprocess.STDOUT)
            raise DatabaseUnavailableError(f"{IMAGE}: {error}; the end of its log:\n{tail(log)}") from error

    def _runs(self) -> bool:
        return docker("inspect", "--format", "{{.State.Running}}", self._name) == "true"
