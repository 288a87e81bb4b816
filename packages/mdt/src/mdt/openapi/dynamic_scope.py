"""Where dynamic references lead: to the anchor in the outermost resource on the way there (JSON Schema 2020-12, 8.2.3.2; 2019-09, 8.2.4.2.2).

A scope binds each name to the first place on the way that has it as its `$dynamicAnchor`; "" is the root of a resource with
`$recursiveAnchor`. A schema that is reached in two scopes is two schemas.
"""

from collections.abc import Mapping
from typing import Any

from mdt.openapi.places import Place, Pointer, SourceFile, mappings

type Scope = frozenset[tuple[str, Place]]

OUTSIDE: Scope = frozenset()


def dynamic_anchors(file: SourceFile) -> Mapping[Pointer, Mapping[str, Pointer]]:
    """By resource, the places that dynamic references into it may lead to, by name."""
    found: dict[Pointer, dict[str, Pointer]] = {}
    for pointer, node in mappings(file.root):
        if (name := _name(node)) is not None:
            found.setdefault(file.resource(pointer), {})[name] = pointer
    return found


def _name(node: Mapping[str, Any]) -> str | None:
    if isinstance(node.get("$dynamicAnchor"), str):
        return str(node["$dynamicAnchor"])
    return "" if node.get("$recursiveAnchor") is True else None


def entered(scope: Scope, place: Place) -> Scope:
    """The scope within the resource of this place: what is bound already stays bound."""
    if not place.file.dynamic:
        return scope
    bound = {name for name, _place in scope}
    anchors = place.file.dynamic.get(place.file.resource(place.pointer), {})
    return scope | {(name, Place(place.file, at)) for name, at in anchors.items() if name not in bound}


def outermost(scope: Scope, found: Place, node: Any, fragment: str) -> Place:
    """Where a dynamic reference leads that finds `node` at first. Without an anchor of that name there, it is a plain reference."""
    if not isinstance(node, dict) or _name(node) != fragment:
        return found
    return dict(scope).get(fragment, found)
