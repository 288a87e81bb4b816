"""Writes a value as XML by the `xml` objects of its schema: names, attributes, wrapped lists, namespaces (OpenAPI 3.1, 4.8.26)."""

import re
from collections.abc import Iterator
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from mdt.openapi import Schema
from mdt.openapi.written import views

_NAME = re.compile(r"[A-Za-z_][\w.-]*", re.ASCII)
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_text(schema: Schema | None, value: Any) -> str:
    """The document. The root is called like its schema where it has no `xml.name`, and `root` where that has no name."""
    defs = schema.among.defs if schema else {}
    node = schema.value if schema else True
    called = schema.name if schema and schema.is_named and _NAME.fullmatch(schema.name) else "root"
    name = _named(_xml_of(node, defs), called)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + "".join(_Writer(defs).element(name, node, value)) + "\n"


def _xml_of(node: Any, defs: Any) -> dict[str, Any]:
    """The `xml` objects of a schema and of what it is made of; the outermost wins."""
    found: dict[str, Any] = {}
    for view in views(node, defs):
        found = {**view.get("xml", {}), **found}
    return found


def _named(xml: dict[str, Any], name: str) -> str:
    shown = xml.get("name") if isinstance(xml.get("name"), str) else name
    shown = shown if _NAME.fullmatch(str(shown)) else "item"
    return f"{xml['prefix']}:{shown}" if xml.get("prefix") else str(shown)


class _Writer:
    """Writes elements as pieces of text."""

    def __init__(self, defs: Any) -> None:
        self._defs = defs

    def element(self, name: str, node: Any, value: Any) -> Iterator[str]:
        yield f"<{name}{_namespace(_xml_of(node, self._defs))}"
        if isinstance(value, dict):
            yield from self._members(node, value)
        elif isinstance(value, list):
            yield ">"
            yield from self._items(name, node, value)
        else:
            yield f">{escape(_text(value))}"
        yield f"</{name}>"

    def _members(self, node: Any, value: dict[str, Any]) -> Iterator[str]:
        """The attributes, the end of the opening tag, and the elements."""
        members = [(key, self._member(node, key), one) for key, one in value.items()]
        attributes = [one for one in members if _xml_of(one[1], self._defs).get("attribute")]
        for key, inner, one in attributes:
            yield f" {_named(_xml_of(inner, self._defs), key)}={quoteattr(_text(one))}"
        yield ">"
        for member in members:
            if member not in attributes:
                yield from self._property(*member)

    def _property(self, key: str, node: Any, value: Any) -> Iterator[str]:
        xml = _xml_of(node, self._defs)
        name = _named(xml, key)
        if not isinstance(value, list):
            yield from self.element(name, node, value)
        elif xml.get("wrapped"):
            yield f"<{name}{_namespace(xml)}>"
            yield from self._items(name, node, value)
            yield f"</{name}>"
        else:
            yield from self._items(name, node, value)

    def _items(self, name: str, node: Any, value: list[Any]) -> Iterator[str]:
        inner = self._item(node)
        xml = _xml_of(inner, self._defs)
        shown = _named(xml, name.partition(":")[2] or name) if "name" in xml else name
        for one in value:
            yield from self.element(shown, inner, one)

    def _member(self, node: Any, key: str) -> Any:
        for view in views(node, self._defs):
            if key in view.get("properties", {}):
                return view["properties"][key]
        return True

    def _item(self, node: Any) -> Any:
        return next((view["items"] for view in views(node, self._defs) if "items" in view), True)


def _namespace(xml: dict[str, Any]) -> str:
    if not isinstance(xml.get("namespace"), str):
        return ""
    prefix = f":{xml['prefix']}" if xml.get("prefix") else ""
    return f" xmlns{prefix}={quoteattr(xml['namespace'])}"


def _text(value: Any) -> str:
    """A scalar as XML Schema writes it."""
    if value is None:
        return ""
    shown = str(value).lower() if isinstance(value, bool) else str(value)
    return _NOT_XML.sub("", shown)
