"""MySQL from Docker: the development database of docker-compose.dev.yml, or a container of one's own with the same image."""

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL
from testdb import mysql
from testdb.docker import docker as run_docker
from testdb.docker import provide, why_unavailable
from testdb.server import DatabaseUnavailableError, ProviderFailedError, ProviderUnavailableError, Say, Server

ROOT = Path(__file__).resolve().parents[2]
COMPOSE_FILE = "docker-compose.dev.yml"
COMPOSE = ("compose", "-f", COMPOSE_FILE)
SERVICE = "db"
IMAGE = "mysql:8.4.3"
FETCH_SECONDS = 600
START_SECONDS = 120

docker = partial(run_docker, folder=ROOT)


def look() -> str:
    """The engine that would be used, or nothing."""
    return f"{SERVICE} of {COMPOSE_FILE}" if (ROOT / COMPOSE_FILE).is_file() and not why_unavailable() else ""


@contextmanager
def provide_compose(say: Say) -> Iterator[Server]:
    """The development database, started if it is not running, and left running: developers use it too, so no `control`."""
    if closed := why_unavailable():
        raise ProviderUnavailableError(closed)
    if not (ROOT / COMPOSE_FILE).is_file():
        raise ProviderUnavailableError(f"there is no {COMPOSE_FILE}")
    say(f"{SERVICE} of {COMPOSE_FILE} (the first start fetches the image; `make down` stops it)")
    docker(*COMPOSE, "up", "--detach", "--wait", "--wait-timeout", str(START_SECONDS), SERVICE, seconds=FETCH_SECONDS)
    url = compose_url()
    yield Server(url.render_as_string(hide_password=False), "docker", _answer(url))


def compose_url() -> URL:
    """Address and root password, read from the compose file, which stays the one place for them."""
    service: dict[str, Any] = json.loads(docker(*COMPOSE, "config", "--format", "json"))["services"][SERVICE]
    host, _, port = docker(*COMPOSE, "port", SERVICE, "3306").rpartition(":")
    password = service["environment"]["MYSQL_ROOT_PASSWORD"]
    return URL.create("mysql+pymysql", "root", password, host.replace("0.0.0.0", "127.0.0.1"), int(port))


def provide_container(say: Say) -> AbstractContextManager[Server]:
    """A container of one's own with `control`, removed with its data at the end."""
    return provide("mysql", say, IMAGE)


def _answer(url: URL) -> str:
    """The version; an engine whose ports cannot be reached from here closes this way."""
    try:
        return mysql.wait_ready(url, START_SECONDS)
    except DatabaseUnavailableError as error:
        raise ProviderFailedError(f"{SERVICE} is up, but {url.host}:{url.port}: {error}") from error
