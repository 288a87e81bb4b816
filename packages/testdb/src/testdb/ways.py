"""The ways to a server of a kind, and taking the first that works."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from testdb import container, mysql_private, mysql_program, postgresql_private
from testdb.server import TITLES, DatabaseUnavailableError, Kind, Say, Server, WayClosedError, WayFailedError

Opener = Callable[[Say], AbstractContextManager[Server]]
INSTALL: dict[Kind, str] = {
    "mysql": "sudo apt install mysql-server (Ubuntu), or brew install mysql",
    "mariadb": "sudo apt install mariadb-server, or brew install mariadb",
    "postgresql": "sudo apt install postgresql, or brew install postgresql",
}


@contextmanager
def first_that_works(openers: Sequence[tuple[str, Opener]], say: Say, advice: str) -> Iterator[Server]:
    """Open the first way that works and close it at the end; without any, the advice and what was wrong with each."""
    reasons = []
    with ExitStack() as stack:
        for word, opener in openers:
            try:
                server = stack.enter_context(opener(say))
            except WayClosedError as reason:
                reasons.append(f"  {word}: {reason}")
                if isinstance(reason, WayFailedError):
                    say(f"not by {word}: {reason}")
                continue
            yield server
            return
    raise DatabaseUnavailableError("\n".join([advice, "What was tried:", *reasons]))


def openers(kind: Kind, way: str | None) -> list[tuple[str, Opener]]:
    """The ways to a server of one's own that a word leaves open: `local`, `docker`, or None for both."""
    ways: dict[str, Opener] = {
        "local": lambda say: local(kind, say),
        "docker": lambda say: container.provide(kind, say),
    }
    if way is not None and way not in ways:
        raise DatabaseUnavailableError(f"{way}: no such way to a server; take local, docker or a URL")
    return [(word, opener) for word, opener in ways.items() if way in (None, word)]


def advice(kind: Kind) -> str:
    """What to do where there is no server."""
    return (
        f"No {TITLES[kind]} could be had. Do one of these:\n"
        f"  - install a server, which need not run: {INSTALL[kind]}\n"
        "  - start Docker\n"
        "  - name a server for tests, with an account that may create databases and accounts: a URL"
    )


def local(kind: Kind, say: Say) -> AbstractContextManager[Server]:
    """A server from the programs of this machine."""
    return postgresql_private.provide(say) if kind == "postgresql" else mysql_private.provide(say, program(kind))


def program(kind: Kind) -> mysql_program.Program:
    """The installed server of this kind. MySQL and MariaDB are two kinds, and each may be installed as `mysqld`."""
    installed = mysql_program.installed()
    for found in installed:
        if found.mariadb == (kind == "mariadb"):
            return found
    if not installed:
        raise WayClosedError(f"no {TITLES[kind]} server is installed: {INSTALL[kind]}")
    other = installed[0]
    raise WayClosedError(
        f"{other.path} is {other.version}, and no {TITLES[kind]} is installed: "
        f"choose {'mariadb' if other.mariadb else 'mysql'}, or {INSTALL[kind]}"
    )
