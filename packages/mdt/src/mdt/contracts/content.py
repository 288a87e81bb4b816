"""What the files of a contract say: their values, and the hash of all of them."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from mdt.errors import DefinitionError, Problem
from mdt.language import Words, _, words_of
from mdt.openapi.numbers import plain
from mdt.openapi.sources import shown
from mdt.openapi.yaml_values import NotReadableError, parse

MAX_FILES = 2_000  # that one contract may consist of


def raw_values(path: Path) -> Any:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise refused(path, _("{file} is larger than {limit} MB", file=path.name, limit=MAX_BYTES // 1_000_000))
        return plain(parse(path.read_bytes()).value)
    except OSError as error:
        raise refused(path, _("{file} cannot be read: {reason}", file=path.name, reason=error.strerror)) from None
    except NotReadableError as error:
        raise refused(path, words_of(error), error.line) from None


MAX_BYTES = 100_000_000


def refused(path: Path, message: Words, line: int = 1) -> DefinitionError:
    return DefinitionError([Problem(shown(path), line, message)])


def content_hash(path: Path, raw: Any) -> str:
    """Of the values of all its files: white space, comments and the order of keys do not count."""
    parts = {"": raw, **{str(at): raw_values(one) for at, one in enumerate(_referenced(path, raw))}}
    written = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return f"sha256-{hashlib.sha256(written.encode()).hexdigest()[:32]}"


def _referenced(path: Path, raw: Any) -> list[Path]:
    """The other files that it refers to, in the order in which they are met."""
    found: dict[Path, None] = {}
    waiting = [(path, raw)]
    while waiting and len(found) < MAX_FILES:
        here, value = waiting.pop()
        for name in dict.fromkeys(_files(value)):
            other = (here.parent / name).resolve()
            if other not in found and other != path.resolve() and other.is_file():
                found[other] = None
                waiting.append((other, raw_values(other)))
    return [*found]


def _files(value: Any) -> Iterator[str]:
    waiting = [value]
    while waiting:
        one = waiting.pop()
        ref = one.get("$ref") if isinstance(one, dict) else None
        if isinstance(ref, str) and (name := ref.partition("#")[0]) and "://" not in name:
            yield name
        waiting += [*one.values()] if isinstance(one, dict) else [*one] if isinstance(one, list) else []
