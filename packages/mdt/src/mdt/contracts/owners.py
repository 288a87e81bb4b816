"""`owners.yaml` beside a contract: who provides it, who uses it, how they are told, and what they have confirmed.

    provider: {name: inventory-team}
    consumers:
      order-service: {notify: {kind: dingtalk, url: "${ORDER_WEBHOOK}", secret: "${ORDER_SECRET}"}}
    confirmations:
      - {version: 1.0.0, hash: sha256-…, by: order-service, person: 李雷, at: 2026-11-27T10:00:00+08:00}

Confirmations are only ever added, so the file tells who agreed to what and when; `revoked: true` takes one back.
"""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mdt.definitions.source import Rows, Source, Table, kind, line_of, plain
from mdt.definitions.yaml_text import read_yaml
from mdt.errors import DefinitionError, MdtError
from mdt.language import _
from mdt.suggest import did_you_mean

FILE = "owners.yaml"
KEYS = ("provider", "consumers", "confirmations")
PARTY_KEYS = ("name", "notify", "description")
NOTIFY_KEYS = ("kind", "url", "secret")
KINDS = ("json", "wecom", "dingtalk", "feishu", "slack")
CONFIRMATION_KEYS = ("version", "hash", "by", "person", "at", "revoked")
PROVIDER, CONSUMER = "provider", "consumer"
MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Target:
    """Where a party is told; `url` and `secret` may hold ${NAME} of the environment."""

    kind: str
    url: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Party:
    """Somebody who agrees to a contract: its provider, or a consumer."""

    name: str
    role: str
    notify: Target | None = None


@dataclass(frozen=True, slots=True)
class Confirmation:
    """`by`, a party, agrees to the version with this hash. `person` did it, `at` a time of ISO 8601."""

    version: str
    hash: str
    by: str
    person: str = ""
    at: str = ""
    revoked: bool = False

    def as_json(self) -> dict[str, Any]:
        revoked = {"revoked": True} if self.revoked else {}
        return {key: getattr(self, key) for key in CONFIRMATION_KEYS[:-1]} | revoked


@dataclass(frozen=True, slots=True)
class Owners:
    """The parties of the contracts of one service."""

    file: Path
    parties: tuple[Party, ...]
    confirmations: tuple[Confirmation, ...] = ()

    def party(self, name: str) -> Party:
        """Raises MdtError for an unknown name."""
        found = next((one for one in self.parties if one.name == name), None)
        if found is None:
            known = [one.name for one in self.parties]
            hint = did_you_mean(name, known) or ", ".join(known)
            raise MdtError(_("{file} names no {name!r}. {hint}", file=self.file, name=name, hint=hint))
        return found

    def confirmed(self, version: str, digest: str, party: str) -> Confirmation | None:
        """The confirmation that holds; None if there is none, or if it was revoked."""
        mine = [one for one in self.confirmations if (one.version, one.by) == (version, party) and one.hash == digest]
        return mine[-1] if mine and not mine[-1].revoked else None

    def missing(self, version: str, digest: str) -> list[Party]:
        """The parties who have not confirmed this content of the version."""
        return [one for one in self.parties if self.confirmed(version, digest, one.name) is None]

    def stale(self, version: str, digest: str, party: str) -> Confirmation | None:
        """What the party confirmed of this version when it had other content."""
        mine = [one for one in self.confirmations if (one.version, one.by) == (version, party) and not one.revoked]
        return mine[-1] if mine and mine[-1].hash != digest else None


def read_owners(folder: Path) -> Owners | None:
    """The owners of a folder of contracts; None if it has no owners.yaml. Raises DefinitionError."""
    path = folder / FILE
    if not path.is_file():
        return None
    source = Source(_shown(path))
    if path.stat().st_size > MAX_BYTES:
        source.wrong(1, _("{file} is larger than {limit} MB", file=path.name, limit=MAX_BYTES // 1_000_000))
        raise DefinitionError(source.problems)
    owners = _owners(path, read_yaml(path.read_bytes(), source), source)
    if source.problems:
        raise DefinitionError(source.problems)
    return owners


def _shown(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here) if path.is_absolute() and path.is_relative_to(here) else path)


def _owners(path: Path, document: Any, source: Source) -> Owners:
    table = Table(1) if document is None else source.table(document, 1, FILE)
    source.known_keys(table, KEYS, FILE)
    parties = [*_provider(table, source), *_consumers(table, source)]
    names = [one.name for one in parties]
    if not parties and not source.problems:
        source.wrong(1, _("it names neither a provider nor a consumer"))
    for name in {one for one in names if names.count(one) > 1}:
        source.wrong(line_of(table, "consumers"), _("{name!r} stands here twice", name=name))
    return Owners(path, tuple(parties), tuple(_confirmations(table, source)))


def _provider(table: Table, source: Source) -> Iterator[Party]:
    given = table.get("provider")
    if isinstance(given, str) and given:
        yield Party(given, PROVIDER)
    elif given is not None:
        line = line_of(table, "provider")
        written = source.table(given, line, "`provider`")
        name = source.text(written, "name")
        if not name and isinstance(given, Table):
            source.wrong(line, _("the provider has no name"), _("Write provider: {{name: …}}"))
        yield _party(name, PROVIDER, written, source)


def _consumers(table: Table, source: Source) -> Iterator[Party]:
    given = table.get("consumers", Table(table.line))
    line = line_of(table, "consumers")
    if isinstance(given, Rows):
        yield from (Party(str(name), CONSUMER) for name in given)
        return
    written = source.table(given, line, "`consumers`")
    for name, one in written.items():
        own = (
            Table(line)
            if one is None
            else source.table(one, line_of(written, name), _("the consumer {name!r}", name=name))
        )
        yield _party(name, CONSUMER, own, source)


def _party(name: str, role: str, written: Table, source: Source) -> Party:
    source.known_keys(written, PARTY_KEYS, _("a party"))
    return Party(name, role, _target(written, source) if "notify" in written else None)


def _target(written: Table, source: Source) -> Target | None:
    line = line_of(written, "notify")
    given = source.table(written["notify"], line, "`notify`")
    source.known_keys(given, NOTIFY_KEYS, "`notify`")
    wanted = source.text(given, "kind", "json")
    if wanted not in KINDS:
        message = _("there is no way to notify {kind!r}", kind=wanted)
        source.wrong(line_of(given, "kind"), message, did_you_mean(wanted, KINDS) or ", ".join(KINDS))
    return Target(wanted, source.text(given, "url"), source.text(given, "secret"))


def _confirmations(table: Table, source: Source) -> Iterator[Confirmation]:
    given = table.get("confirmations")
    if given is None:
        return
    line = line_of(table, "confirmations")
    if not isinstance(given, Rows):
        source.wrong(line, _("`confirmations` is a list, not {kind}", kind=kind(given)))
        return
    for at, one in enumerate(given):
        written = source.table(one, line_of(given, at), _("a confirmation"))
        source.known_keys(written, CONFIRMATION_KEYS, _("a confirmation"))
        values = {key: str(value) for key, value in plain(written).items() if key in CONFIRMATION_KEYS[:-1]}
        if not {"version", "hash", "by"} <= values.keys():
            source.wrong(line_of(given, at), _("a confirmation has version, hash and by"))
            continue
        yield Confirmation(**values, revoked=written.get("revoked") is True)


def add_confirmation(owners: Owners, added: Confirmation) -> Owners:
    """Writes a line at the end of the file, which keeps its comments. Raises MdtError if the file has another form."""
    text = owners.file.read_text(encoding="utf-8")
    head = "" if owners.confirmations else "confirmations:\n"
    pairs = ", ".join(f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in added.as_json().items())
    temporary = owners.file.with_name(f".{FILE}.{os.getpid()}")
    temporary.write_text(f"{text.rstrip()}\n{head}  - {{{pairs}}}\n", encoding="utf-8")
    try:
        source = Source(_shown(owners.file))
        written = _owners(owners.file, read_yaml(temporary.read_bytes(), source), source)
        if source.problems or written.confirmations != (*owners.confirmations, added):
            raise MdtError(
                _(
                    "{file} was not changed: `confirmations` must be its last key, a list with a line for each",
                    file=source.file,
                )
            )
        temporary.replace(owners.file)
    finally:
        temporary.unlink(missing_ok=True)
    return written
