"""The file beside a generated service that tells the next run what this one wrote: `.generated.json`."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mdt.generate.merge import Prints

NAME = ".generated.json"
_FORMAT = 1


@dataclass(slots=True)
class Lock:
    """`head` and `routes` are fingerprints; `files` the bodies that were written, with theirs."""

    document: str = ""
    everything: bool = False
    head: str = ""
    callbacks: str = ""
    routes: Prints = field(default_factory=dict)
    files: list[str] = field(default_factory=list)

    def text(self) -> str:
        """One line for each route, so that a small change is a small difference."""
        document = {
            "format": _FORMAT,
            "document": self.document,
            "all": self.everything,
            "head": self.head,
            "callbacks": self.callbacks,
        }
        lines = [f"  {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}," for key, value in document.items()]
        routes = [f"    {_dumped(key)}: {_dumped(prints)}" for key, prints in self.routes.items()]
        files = [f"    {_dumped(name)}" for name in sorted(self.files)]
        return "\n".join(["{", *lines, *_block("routes", "{}", routes), *_block("files", "[]", files), "}", ""])


def _block(name: str, brackets: str, lines: list[str]) -> list[str]:
    end = "," if name == "routes" else ""
    return [f'  "{name}": {brackets[0]}', *(f"{line}," for line in lines[:-1]), *lines[-1:], f"  {brackets[1]}{end}"]


def _dumped(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def read_lock(folder: Path) -> Lock | None:
    """The lock of a folder; None if there is none, or it is broken: then everything counts as edited."""
    path = folder / NAME
    if not path.is_file():
        return None
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return Lock(
            document=str(raw.get("document", "")),
            everything=raw.get("all") is True,
            head=str(raw.get("head", "")),
            callbacks=str(raw.get("callbacks", "")),
            routes={
                str(key): {str(name): str(one) for name, one in value.items()} for key, value in raw["routes"].items()
            },
            files=[str(name) for name in raw.get("files", [])],
        )
    except (OSError, ValueError, KeyError, AttributeError, TypeError):
        return Lock()
