"""What stands in a document and not in the form of `mdt.openapi`: extensions, security."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from mdt.openapi import Document, Operation


def raw_operation(document: Document, operation: Operation) -> Mapping[str, Any]:
    """The operation as it is written, for what the form of `mdt.openapi` leaves out."""
    return raw_at(document, operation.pointer)


def raw_at(document: Document, pointer: str) -> Mapping[str, Any]:
    node: Any = document.raw
    for key in pointer.removeprefix("#/").split("/"):
        node = node.get(key.replace("~1", "/").replace("~0", "~")) if isinstance(node, Mapping) else None
    return node if isinstance(node, Mapping) else {}


def sunset(raw: Mapping[str, Any]) -> date | None:
    """The day of `x-sunset`; None if there is none, or one that is no date."""
    return as_date(raw.get("x-sunset", ""))


def as_date(written: Any) -> date | None:
    """A day, or the day of a moment, as ISO 8601 writes it."""
    try:
        return date.fromisoformat(str(written)[:10])
    except ValueError:
        return None
