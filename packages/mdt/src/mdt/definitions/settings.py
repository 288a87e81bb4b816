"""Loads mdt.yaml: a table has the field and the check of each key."""

from collections.abc import Callable
from types import MappingProxyType
from typing import Any

from mdt.definitions.durations import latency, seconds
from mdt.definitions.files import Folder
from mdt.definitions.recording_settings import recording_settings
from mdt.definitions.source import Source, Table, kind, line_of
from mdt.engine.catalog import Settings
from mdt.engine.datasets import SHARED, Environment
from mdt.engine.session_keys import MARK, SHORTEST, SessionKey
from mdt.errors import UnknownEnvironmentError
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


def _url(value: Any) -> str:
    if not isinstance(value, str) or not value.startswith(("http://", "https://")):
        raise ValueError(_("the address of your application: http://127.0.0.1:5000"))
    return value.rstrip("/")


def _duration(value: Any) -> float:
    try:
        return seconds(value)
    except ValueError:
        raise ValueError(_("a duration: 30m, or a number of seconds")) from None


def _session_keys(value: Any) -> tuple[SessionKey, ...]:
    if not isinstance(value, list):
        raise ValueError(_("a list of keys, each {{header: x-api-key, prefix: sk-mdt-}}"))  # noqa: TRY004
    return tuple(map(_session_key, value))


def _session_key(value: Any) -> SessionKey:
    if not isinstance(value, dict) or set(value) != {"header", "prefix"}:
        raise ValueError(_("a list of keys, each {{header: x-api-key, prefix: sk-mdt-}}"))
    header, prefix = str(value["header"]).lower(), str(value["prefix"])
    scheme, _space, rest = prefix.partition(" ")
    if scheme.lower() in {"bearer", "basic"}:  # as it stands in the header
        prefix = rest
    if MARK not in prefix or len(prefix) < SHORTEST:
        wanted = _(
            "a prefix of {length} characters or more with `{mark}` in it, which no real key has",
            length=SHORTEST,
            mark=MARK,
        )
        raise ValueError(wanted)
    return SessionKey(header, prefix)


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
    "prefer": ("prefer", _truth),
    "sessionKeys": ("session_keys", _session_keys),
    "environment": ("environment", _text),
    "recording": ("recording", recording_settings),
    "consumer": ("consumer", _text),
    "callbacksTo": ("callbacks_to", _url),
}


ENVIRONMENT_KEYS = ("description", "dataset", "latency", "strict")


def _environments(table: Table, source: Source) -> dict[str, Environment]:
    if "environments" not in table:
        return {}
    written = source.table(table["environments"], line_of(table, "environments"), "`environments`")
    return {name: _environment(name, value, line_of(written, name), source) for name, value in written.items()}


def _environment(name: str, value: Any, line: int, source: Source) -> Environment:
    table = source.table(value, line, _("the environment {name!r}", name=name))
    source.known_keys(table, ENVIRONMENT_KEYS, _("an environment"))
    return Environment(
        name,
        dataset=source.text(table, "dataset", SHARED),
        latency=_checked(table, "latency", latency, source),
        strict=_checked(table, "strict", _truth, source),
        description=source.text(table, "description"),
        line=line_of(table, "dataset") if "dataset" in table else line,
    )


def _checked(table: Table, key: str, check: Callable[[Any], Any], source: Source) -> Any:
    """The checked value; None if the key is missing, or wrong, which is reported."""
    if key not in table:
        return None
    try:
        return check(table[key])
    except ValueError as error:
        text = _("{key!r} is {wanted}, not {kind}", key=key, wanted=words_of(error), kind=kind(table[key]))
        source.wrong(line_of(table, key), words_of(error) if check is latency else text)
        return None


def load_settings(folder: Folder) -> Settings:
    """The settings, with defaults for keys that are missing."""
    path = folder.path / "mdt.yaml"
    if not path.exists():
        return Settings()
    source, document = folder.yaml(path)
    table = source.table(document, 1, "mdt.yaml") if document is not None else Table(1)
    source.known_keys(table, (*SETTINGS, "environments"), "mdt.yaml")
    checked = {field: _checked(table, key, check, source) for key, (field, check) in SETTINGS.items()}
    values = {field: value for field, value in checked.items() if value is not None}
    environments = _environments(table, source)
    if (chosen := values.get("environment")) and chosen not in environments:
        source.wrong(line_of(table, "environment"), words_of(UnknownEnvironmentError(chosen, environments)))
    return Settings(**values, environments=MappingProxyType(environments))
