"""How deep the smallest instance of a schema is, so that a recursion takes the way that ends."""

from collections.abc import Mapping
from typing import Any

from mdt.openapi.special_keywords import DEFS, Value

ENDLESS = 1_000_000
_ROUNDS = 60


class Heights:
    """The height of a schema; ENDLESS if no finite instance is known. Those of `defs` are found by iteration, all at once."""

    def __init__(self, defs: Mapping[str, Value]) -> None:
        self._defs = defs
        self._known: dict[str, int] = {}

    def of(self, schema: Any) -> int:
        if not self._known:
            self._known = dict.fromkeys(self._defs, ENDLESS)
            for _round in range(_ROUNDS):
                if not sum(self._improve(name) for name in self._defs):
                    break
        return self._height(schema)

    def _improve(self, name: str) -> bool:
        height = self._height(self._defs[name])
        better = height < self._known[name]
        self._known[name] = min(height, self._known[name])
        return better

    def _height(self, schema: Any) -> int:
        if not isinstance(schema, dict):
            return ENDLESS if schema is False else 0
        inner = [self._known.get(schema["$ref"].removeprefix(DEFS), 0)] if isinstance(schema.get("$ref"), str) else [0]
        inner += [self._height(one) for one in schema.get("allOf", ())]
        for key in ("oneOf", "anyOf"):
            if key in schema:
                inner.append(min(self._height(one) for one in schema[key]))
        if not _other_than_container(schema):
            inner += self._members(schema)
        return max(inner)

    def _members(self, schema: dict[str, Any]) -> list[int]:
        properties = schema.get("properties", {})
        found = [self._height(properties[name]) + 1 for name in schema.get("required", ()) if name in properties]
        first = schema.get("prefixItems", [])
        low = schema.get("minItems", 0)
        found += [self._height(one) + 1 for one in first[:low]]
        if low > len(first) and "items" in schema:
            found.append(self._height(schema["items"]) + 1)
        return [min(one, ENDLESS) for one in found]


def _other_than_container(schema: dict[str, Any]) -> bool:
    """Whether a value that is neither object nor array will do, such as null."""
    types = schema.get("type", [])
    types = [types] if isinstance(types, str) else types
    return any(one not in {"object", "array"} for one in types)
