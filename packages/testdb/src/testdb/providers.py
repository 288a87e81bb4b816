"""The providers of servers, and the choice of the first that works."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager

from testdb import docker, mysql_private, postgresql_private
from testdb.language import Joined, Message, _
from testdb.server import (
    TITLES,
    DatabaseUnavailableError,
    Kind,
    ProviderFailedError,
    ProviderUnavailableError,
    Say,
    Server,
)

Provider = Callable[[Say], AbstractContextManager[Server]]
INSTALL: dict[Kind, Message] = {
    "mysql": _("sudo apt install mysql-server (Ubuntu), or brew install mysql"),
    "mariadb": _("sudo apt install mariadb-server, or brew install mariadb"),
    "postgresql": _("sudo apt install postgresql, or brew install postgresql"),
}


@contextmanager
def first_that_works(providers: Sequence[tuple[str, Provider]], say: Say, advice: str | Message) -> Iterator[Server]:
    """The server of the first provider that works. Raises `DatabaseUnavailableError` with `advice` and all reasons."""
    reasons = []
    with ExitStack() as stack:
        for word, provide in providers:
            try:
                server = stack.enter_context(provide(say))
            except ProviderUnavailableError as reason:
                reasons.append(_("  {provider}: {reason}", provider=word, reason=reason))
                if isinstance(reason, ProviderFailedError):
                    say(str(_("not by {provider}: {reason}", provider=word, reason=reason)))
                continue
            yield server
            return
    raise DatabaseUnavailableError(Joined("\n", [advice, _("What was tried:"), *reasons]))


def named(kind: Kind, name: str | None) -> list[tuple[str, Provider]]:
    """The providers for a name: `local`, `docker`, or None for both."""
    providers: dict[str, Provider] = {
        "local": lambda say: local(kind, say),
        "docker": lambda say: docker.provide(kind, say),
    }
    if name is not None and name not in providers:
        raise DatabaseUnavailableError(_("{name}: no such way to a server; take local, docker or a URL", name=name))
    return [(word, provide) for word, provide in providers.items() if name in (None, word)]


def advice(kind: Kind) -> Message:
    """What to do where there is no server."""
    return _(
        "No {kind} could be had. Do one of these:\n"
        "  - install a server, which need not run: {install}\n"
        "  - start Docker\n"
        "  - name a server for tests, with an account that may create databases and accounts: a URL",
        kind=TITLES[kind],
        install=INSTALL[kind],
    )


def local(kind: Kind, say: Say) -> AbstractContextManager[Server]:
    """A private server from installed programs."""
    return postgresql_private.provide(say) if kind == "postgresql" else mysql_private.provide(say, program(kind))


def program(kind: Kind) -> mysql_private.MySqlProgram:
    """The installed server of this kind; MySQL and MariaDB may both be installed as `mysqld`."""
    installed = mysql_private.installed()
    for found in installed:
        if found.mariadb == (kind == "mariadb"):
            return found
    if not installed:
        raise ProviderUnavailableError(
            _("no {kind} server is installed: {install}", kind=TITLES[kind], install=INSTALL[kind])
        )
    other = installed[0]
    raise ProviderUnavailableError(
        _(
            "{program} is {version}, and no {kind} is installed: choose {other}, or {install}",
            program=other.path,
            version=other.version,
            kind=TITLES[kind],
            other="mariadb" if other.mariadb else "mysql",
            install=INSTALL[kind],
        )
    )
