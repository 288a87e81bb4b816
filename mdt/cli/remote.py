"""A running server as commands see it; every failure is a CommandError with its exit code."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any, Protocol

from mdt.cli import loading
from mdt.definitions import Settings, load
from mdt.errors import MdtError


class Remote(Protocol):
    """What the commands ask of a server."""

    def services(self) -> list[dict[str, Any]]: ...

    def selected(self, session: str) -> list[str]: ...

    def select(self, session: str, names: Iterable[str]) -> list[str]: ...

    def open(self, session: str, names: Iterable[str]) -> None: ...

    def journal(self, session: str, since: int) -> list[dict[str, Any]]: ...


def connect(url: str, token: str | None) -> Remote:
    """The client is loaded when it is needed."""
    from mdt.cli.remote_client import Client

    return Client(url, token)


def address_of(server: str | None, mocks: Path | None) -> str:
    """What was given, else where `mdt mock serve` listens with these definitions."""
    if server:
        return server.rstrip("/")
    return f"http://127.0.0.1:{_settings(mocks).port}"


def _settings(mocks: Path | None) -> Settings:
    """The defaults when there are no definitions here, or when they have problems: the server may have others."""
    try:
        return load(loading.folder(mocks)).settings
    except MdtError:
        return Settings()
