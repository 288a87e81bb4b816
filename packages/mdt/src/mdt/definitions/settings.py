"""Loads mdt.yaml: a table has the field and the check of each key."""

from collections.abc import Callable
from typing import Any

from mdt.definitions.durations import seconds
from mdt.definitions.files import Folder
from mdt.definitions.source import Table, kind, line_of
from mdt.engine.catalog import Settings
from mdt.language import _, words_of


def _number(least: int, most: int) -> Callable[[Any], int]:
    def check(value: Any) -> int:
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise ValueError(_("a number from {least} to {most}", least=least, most=most))
        return value

    return check


def _truth(value: Any) -> bool:
    if not isinstance(value, bool):
        raise ValueError(_("true or false"))  # noqa: TRY004
    return value


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise ValueError(_("a text"))
    return value


def _seed(value: Any) -> int | str:
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise ValueError(_("a number or a text"))  # noqa: TRY004
    return value


def _hosts(value: Any) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
        raise ValueError(_("a list of hosts"))
    return tuple(value)


def _duration(value: Any) -> float:
    try:
        return seconds(value)
    except ValueError:
        raise ValueError(_("a duration: 30m, or a number of seconds")) from None


SETTINGS: dict[str, tuple[str, Callable[[Any], Any]]] = {
    "port": ("port", _number(0, 65535)),
    "tlsPort": ("tls_port", _number(0, 65535)),
    "host": ("host", _text),
    "strict": ("strict", _truth),
    "seed": ("seed", _seed),
    "token": ("token", _text),
    "sessionTtl": ("session_ttl", _duration),
    "sessionLimit": ("session_limit", _number(1, 1_000_000)),
    "journalLimit": ("journal_limit", _number(1, 1_000_000)),
    "allowHosts": ("allow_hosts", _hosts),
}


def load_settings(folder: Folder) -> Settings:
    """The settings, with defaults for keys that are missing."""
    path = folder.path / "mdt.yaml"
    if not path.exists():
        return Settings()
    source, document = folder.yaml(path)
    table = source.table(document, 1, "mdt.yaml") if document is not None else Table(1)
    source.known_keys(table, SETTINGS, "mdt.yaml")
    values: dict[str, Any] = {}
    for key in SETTINGS.keys() & table.keys():
        field, check = SETTINGS[key]
        try:
            values[field] = check(table[key])
        except ValueError as error:
            source.wrong(
                line_of(table, key),
                _("{key!r} is {wanted}, not {kind}", key=key, wanted=words_of(error), kind=kind(table[key])),
            )
    return Settings(**values)
