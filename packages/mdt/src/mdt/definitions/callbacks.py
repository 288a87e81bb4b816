"""Compiles the callbacks of a service: callbacks.yaml beside its service.yaml, or `callbacks:` in its file."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mdt.callbacks.model import Callback
from mdt.definitions.callback_parts import Parts, Setting
from mdt.definitions.extends import NO_CALLBACK, flattened
from mdt.definitions.files import SUFFIXES, Folder
from mdt.definitions.source import Table, line_of
from mdt.language import _
from mdt.suggest import did_you_mean

SET_KEYS = ("callback", "sign", "retry", "description")
CALLBACK_KEYS = (
    *("json", "form", "text", "base64", "file", "headers"),
    *(
        "after",
        "repeat",
        "every",
        "concurrent",
        "sequence",
        "tamper",
        "sign",
        "retry",
        "callback",
        "extends",
        "description",
    ),
)
OTHER_WORDS = {
    "delay": "after",
    "times": "repeat",
    "body": "json",
    "url": "callback",
    "signature": "sign",
    "retries": "retry",
}
NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}", re.ASCII)


def load_callbacks(path: Path, table: Table, place: Setting) -> dict[str, Callback]:
    """The callbacks by name ("payment.success"); reports problems."""
    written: Any = table.get("callbacks")
    line = line_of(table, "callbacks")
    beside = _beside(path, place.folder)
    if beside is not None:
        own, document = place.folder.yaml(beside)
        if written is not None:
            place.source.wrong(line, _("callbacks stand here and in {file}", file=beside.name), _("Keep one of them"))
        place = Setting(place.service, own, place.folder, place.directory, place.env)
        written, line = document, 1
    if written is None:
        return {}
    return _Compiler(place, place.source.table(written, line, _("the callbacks"))).callbacks()


def _beside(path: Path, folder: Folder) -> Path | None:
    if path.stem != "service":
        return None
    return next((file for suffix in SUFFIXES if folder.has(file := path.with_name(f"callbacks{suffix}"))), None)


class _Compiler:
    def __init__(self, place: Setting, table: Table) -> None:
        self._place = place
        self._source = place.source
        self._set = table
        self._parts = Parts(place, table)
        self._source.text(table, "description")

    def callbacks(self) -> dict[str, Callback]:
        tables = {name: self._named(name) for name in self._set if name not in SET_KEYS}
        flat = flattened(tables, self._source, NO_CALLBACK).items()
        found = {f"{self._place.service}.{name}": self._callback(name, table) for name, table in flat}
        self._check_names(found)
        return found

    def _named(self, name: str) -> Table:
        line = line_of(self._set, name)
        if not NAME.fullmatch(name):
            self._source.wrong(
                line, _("{name!r} is no name of a callback", name=name), _("Use letters, digits, - and _")
            )
        if name in CALLBACK_KEYS:
            self._source.wrong(
                line,
                _("{name!r} is a key of a callback, not its name", name=name),
                _("Write the callback's name before it: success: {{json: …}}"),
            )
        table = self._source.table(self._set[name], line, _("the callback {name!r}", name=name))
        self._source.known_keys(table, CALLBACK_KEYS, _("a callback"), OTHER_WORDS)
        return table

    def _callback(self, name: str, table: Table) -> Callback:
        line = line_of(self._set, name)
        address = self._parts.address(table)
        names, at_once = self._parts.names(table)
        signer = self._parts.signer(table)
        tamper = self._parts.tamper(table, signer)
        repeat, parallel = self._parts.count(table, "repeat"), 1 if at_once else self._parts.count(table, "concurrent")
        self._parts.refuse_contradictions(table, names)
        return Callback(
            name=f"{self._place.service}.{name}",
            service=self._place.service,
            method=address[0],
            url=address[1],
            make=self._parts.maker(table, line),
            signer=signer,
            tamper=tamper,
            after=self._parts.seconds(table, "after"),
            repeat=repeat,
            every=self._parts.seconds(table, "every"),
            parallel=parallel,
            names=tuple(f"{self._place.service}.{one}" for one in names),
            at_once=at_once,
            retry=self._parts.retry(table),
            description=self._source.text(table, "description"),
            file=self._source.file,
            line=line,
        )

    def _check_names(self, found: Mapping[str, Callback]) -> None:
        for one in found.values():
            for name in one.names:
                short = name.partition(".")[2]
                if name not in found:
                    known = [other.partition(".")[2] for other in found]
                    self._source.wrong(
                        one.line, _("there is no callback {name!r} here", name=short), did_you_mean(short, known)
                    )
                elif found[name].names:
                    self._source.wrong(one.line, _("{name!r} names others itself; name those", name=short))
