"""A real MySQL for the integration tests, by the first way that works here: given URL, docker compose, private server.

`provide()` yields the server that a whole run shares, `provide_private()` one that a test may kill and restart.
TEST_DATABASE=url|docker|private|auto chooses the way. There is no skipping: without any way, `DatabaseUnavailableError` names them all.
By hand: `python -m tests.framework.database --print` (which way would be taken) or `serve` (run one until Ctrl-C).
"""

import os
import signal
import sys
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass

from testdb import mysql_private, providers
from testdb.providers import Provider
from testdb.server import DatabaseUnavailableError, Say, Server

from tests.framework import database_docker, database_given, database_install


@dataclass(frozen=True)
class Way:
    """One way to a server: `word` of TEST_DATABASE, how to look for it, how to open it shared and as one's own."""

    word: str
    look: Callable[[], str]
    shared: Provider
    own: Provider | None


WAYS = (
    Way("url", database_given.look, database_given.provide, None),
    Way("docker", database_docker.look, database_docker.provide_compose, database_docker.provide_container),
    Way("private", mysql_private.look, mysql_private.provide, mysql_private.provide),
    Way("private", database_install.look, database_install.provide, database_install.provide),
)
WORDS = ("auto", "url", "docker", "private")
HELP = """No MySQL for the integration tests could be had. Do one of these:
  - start Docker: the suite starts `db` of docker-compose.dev.yml by itself
  - install a server, which need not run: sudo apt install mariadb-server, or brew install mysql
  - name one whose user may create databases: export INTEGRATION_DATABASE_URL=mysql+pymysql://user:password@host:3306/"""


def to_stderr(line: str) -> None:
    """Where progress goes unless the caller has a better place."""
    sys.stderr.write(line + "\n")


def provide(say: Say = to_stderr) -> AbstractContextManager[Server]:
    """The server of a run; its user may create databases. `control` is set only if nobody else uses the server."""
    return first_that_works([(way.word, way.shared) for way in open_ways()], say)


def provide_private(say: Say = to_stderr) -> AbstractContextManager[Server]:
    """A server of one's own; `control` is always set."""
    chosen = [way for way in open_ways() if way.own] or WAYS
    return first_that_works([(way.word, way.own) for way in chosen if way.own], say)


def open_ways() -> list[Way]:
    """The ways that TEST_DATABASE leaves open."""
    word = os.environ.get("TEST_DATABASE") or "auto"
    if word not in WORDS:
        raise DatabaseUnavailableError(f"TEST_DATABASE={word}: no such way; take one of {', '.join(WORDS)}")
    return [way for way in WAYS if word in ("auto", way.word)]


def first_that_works(openers: list[tuple[str, Provider]], say: Say) -> AbstractContextManager[Server]:
    """Open the first way that works and close it at the end; without any, tell what was wrong with each."""
    return providers.first_that_works(openers, lambda line: say(f"Integration database: {line}"), HELP)


def plan() -> str:
    """The way that `provide()` would begin with, without starting anything."""
    for way in open_ways():
        if found := way.look():
            return f"{way.word}: {found}"
    raise DatabaseUnavailableError(HELP)


def serve() -> None:
    """Run a server until Ctrl-C or SIGTERM and print its URL."""
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    with provide() as server:
        print(server.url, flush=True)  # noqa: T201
        to_stderr(f"{server.kind}, {server.version}; Ctrl-C stops it")
        stop.wait()


def main(words: list[str]) -> None:
    """The command line."""
    if words == ["--print"]:
        print(plan())  # noqa: T201
    elif words == ["serve"]:
        serve()
    else:
        sys.exit("usage: python -m tests.framework.database --print | serve")


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except DatabaseUnavailableError as error:
        sys.exit(str(error))
