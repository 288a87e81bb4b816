"""The callbacks and webhooks of a document as a callbacks.yaml, in the document's order."""

import json
import re
from collections.abc import Iterable

from mdt.generate.bodies import body, rank
from mdt.generate.modes import SUCCESS
from mdt.generate.names import MAX_NAME, unique
from mdt.generate.scenarios import Scenario
from mdt.generate.service_text import answer, scalar
from mdt.generate.values import NOTHING, Values
from mdt.openapi import Callback, Document

NAME = "callbacks.yaml"
_UNSAFE = re.compile(r"[^A-Za-z0-9]+")
_EXPRESSION = re.compile(r"\{\$[^}]*\}")
_TARGET = "${APP_URL}"


def callbacks_of(document: Document) -> list[Callback]:
    """The callbacks of all operations, each once, and the webhooks."""
    found: dict[tuple[str, str, str], Callback] = {}
    for one in (*(one for operation in document.operations for one in operation.callbacks), *document.webhooks):
        found.setdefault((one.name, one.expression, one.operation.method), one)
    return list(found.values())


def callback_text(
    callbacks: Iterable[Callback], values: Values, head: str
) -> tuple[str, dict[str, bytes], tuple[str, ...]]:
    """The text of the file, the bodies that are files, and the names of the callbacks."""
    names: list[str] = []
    lines = [head]
    files: dict[str, bytes] = {}
    for one in callbacks:
        name = unique(_name(one.name), names)
        names.append(name)
        written, more = _entry(one, name, values)
        lines.append(written)
        files |= more
    return "\n".join(lines) + "\n", files, tuple(names)


def _entry(one: Callback, name: str, values: Values) -> tuple[str, dict[str, bytes]]:
    keys: dict[str, object] = {"callback": f"{one.operation.method} {_TARGET}{_path(one)}"}
    contents = one.operation.request_body.contents if one.operation.request_body else {}
    content = min(contents.values(), key=rank, default=None)
    files: dict[str, bytes] = {}
    if content is not None:
        where = f"{one.operation.method} {one.name}"
        examples = values.examples(content, where)
        value = next(iter(examples.values())) if examples else values.made(content, SUCCESS, where)
        if value is not NOTHING:
            found, files = answer(Scenario(name, body=body(content, value)), f"callback.{name}")
            keys |= found
    return f"{_key(name)}: {scalar(keys)}", files


def _name(written: str) -> str:
    """A name of a callback: it begins with a letter and has at most 64 characters."""
    name = _UNSAFE.sub("-", written).strip("-")
    return (name if name[:1].isalpha() else f"callback-{name}").strip("-")[:MAX_NAME].rstrip("-")


def _key(name: str) -> str:
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_-]*", name) else json.dumps(name)


def _path(one: Callback) -> str:
    """What follows the URL that the caller gives; of a webhook, or where nothing follows, its name."""
    rest = _EXPRESSION.sub("", one.expression)
    rest = re.sub(r"^[a-z]+://[^/]*", "", rest).partition("?")[0]
    bare = "/".join(_UNSAFE.sub("-", part) for part in rest.split("/")).rstrip("/-")
    return bare if bare.startswith("/") else f"/webhooks/{_UNSAFE.sub('-', one.name).strip('-')}"
