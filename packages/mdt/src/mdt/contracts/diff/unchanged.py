"""Finds the named schemas that are the same in two documents, with all that they refer to: nothing below them needs to be compared."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from mdt.openapi import SchemaSet

DEFS = "#/$defs/"


@lru_cache(maxsize=4)  # the schemas of requests and those of answers, of one comparison
def unchanged_names(old: SchemaSet, new: SchemaSet) -> frozenset[str]:
    """The names under which both have the same schema, and whose references lead to such names alone."""
    same = {name for name, schema in old.defs.items() if name in new.defs and new.defs[name] == schema}
    users: dict[str, set[str]] = defaultdict(set)
    for name in same:
        for target in references(old.defs[name]):
            users[target].add(name)
    waiting = [target for target in users if target not in same]
    while waiting:
        for user in users[waiting.pop()] & same:
            same.discard(user)
            waiting.append(user)
    return frozenset(same)


def references(value: Any) -> Iterator[str]:
    """The names that a schema refers to."""
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Mapping):
            ref = one.get("$ref")
            if isinstance(ref, str):
                yield ref.removeprefix(DEFS)
            waiting += one.values()
        elif isinstance(one, list):
            waiting += one


def is_unchanged(old: Any, new: Any, names: frozenset[str]) -> bool:
    """Whether two parts are the same, with all that they refer to."""
    return bool(old == new) and all(name in names for name in references(old))
