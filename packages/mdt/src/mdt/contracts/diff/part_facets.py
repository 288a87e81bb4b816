"""What a schema is made of: alternatives that came and went, and properties."""

from collections.abc import Callable, Iterator
from typing import Any

from mdt.contracts.diff import type_facets as kinds
from mdt.contracts.diff.pair import Found, Pair, branches, empty, names_of, properties, required, same


def compositions(pair: Pair) -> Iterator[Found]:
    for keyword, event in (("oneOf", "one-of"), ("anyOf", "any-of"), ("allOf", "all-of")):
        _both, removed, added = matched(pair, keyword)
        split = keyword == "allOf"
        for found, verb, side in ((added, "added", 1), (removed, "removed", 0)):
            idle = [one for one in found if split and empty(one, pair.sides[side])]
            busy = [one for one in found if one not in idle]
            for group, suffix in ((busy, ""), (idle, "-annotation-only")):
                if group:
                    text = names_of(group, pair.sides[side])
                    yield Found(f"{event}-{verb}{suffix}", *((None, text) if verb == "added" else (text, None)))


def matched(pair: Pair, keyword: str) -> tuple[list[tuple[Any, Any]], list[Any], list[Any]]:
    """The alternatives that are in both, only in the old, only in the new.

    Those with a `$ref` go together by its name, others by what they accept, then by their title; the last that is left on each
    side without a title goes with the other.
    """
    old, new = [*branches(pair.old, keyword)], [*branches(pair.new, keyword)]
    if not old or not new:
        return [], old, new
    both = [
        *_taken(old, new, lambda a, b: _ref(pair, 0, a) is not None and _ref(pair, 0, a) == _ref(pair, 1, b)),
        *_taken(old, new, lambda a, b: _inline(pair, a, b) and same(a, b, pair.sides)),
        *_taken(
            old, new, lambda a, b: _inline(pair, a, b) and bool(a.get("title")) and a.get("title") == b.get("title")
        ),
        *_taken(old, new, lambda a, b: keyword != "allOf" and same(a, b, pair.sides) and _crosses(pair, a, b)),
    ]
    inline = [[one for one in found if _ref(pair, side, one) is None] for side, found in enumerate((old, new))]
    if all(len(found) == 1 and not found[0].get("title") for found in inline):
        both.append((inline[0][0], inline[1][0]))
        old.remove(inline[0][0])
        new.remove(inline[1][0])
    return both, old, new


def _taken(old: list[Any], new: list[Any], fits: Callable[[Any, Any], bool]) -> list[tuple[Any, Any]]:
    """Takes the pairs that fit out of both lists."""
    found = []
    for one in [*old]:
        other = next((candidate for candidate in new if fits(one, candidate)), None)
        if other is not None:
            old.remove(one)
            new.remove(other)
            found.append((one, other))
    return found


def _ref(pair: Pair, side: int, schema: Any) -> str | None:
    return pair.sides[side].follow(schema)[0] or None


def _inline(pair: Pair, old: Any, new: Any) -> bool:
    return _ref(pair, 0, old) is None and _ref(pair, 1, new) is None


def _crosses(pair: Pair, old: Any, new: Any) -> bool:
    return (_ref(pair, 0, old) is None) != (_ref(pair, 1, new) is None)


def members(pair: Pair) -> Iterator[Found]:
    """Properties that came and went."""
    moved = kinds.one_of_wrapped(pair)
    olds, news = properties(pair.old), properties(pair.new)
    for name in [one for one in olds if one not in news and one not in moved]:
        schema = pair.sides[0].follow(olds[name])[1]
        yield from _member(pair, name, schema, is_new=False, needed=name in required(pair.old))
    for name in [one for one in news if one not in olds]:
        schema = pair.sides[1].follow(news[name])[1]
        yield from _member(pair, name, schema, is_new=True, needed=name in required(pair.new))


def _member(pair: Pair, name: str, schema: Any, *, is_new: bool, needed: bool) -> Iterator[Found]:
    verb = "added" if is_new else "removed"
    old, new = (None, name) if is_new else (name, None)
    if pair.response:
        mode = "-write-only" if schema.get("writeOnly") else ""
        yield Found(
            f"response-{'required' if needed else 'optional'}{mode}-property-{verb}", old, new, name, whole=True
        )
    elif schema.get("readOnly"):
        return
    elif not is_new:
        yield Found("request-property-removed", old, new, name, whole=True)
    else:
        suffix = "-with-default" if needed and "default" in schema else ""
        yield Found(f"new-{'required' if needed else 'optional'}-request-property{suffix}", old, new, name, whole=True)


def obligations(pair: Pair) -> Iterator[Found]:
    """Properties of both versions that became required or optional, or that are read-only or write-only now."""
    olds, news = properties(pair.old), properties(pair.new)
    for name in [one for one in olds if one in news]:
        old, new = pair.sides[0].follow(olds[name])[1], pair.sides[1].follow(news[name])[1]
        before, after = name in required(pair.old), name in required(pair.new)
        if before != after:
            yield from _obligation(pair, name, new, is_required=after)
        for mode, keyword in (("read-only", "readOnly"), ("write-only", "writeOnly")):
            if bool(old.get(keyword)) != bool(new.get(keyword)):
                place = f"{'response' if pair.response else 'request'}-{'required' if after else 'optional'}-property"
                yield Found(f"{place}-became-{'' if new.get(keyword) else 'not-'}{mode}", name=name, whole=True)


def _obligation(pair: Pair, name: str, schema: Any, *, is_required: bool) -> Iterator[Found]:
    verb = "became-required" if is_required else "became-optional"
    if pair.response:
        mode = "-write-only" if schema.get("writeOnly") else ""
        yield Found(f"response{mode}-property-{verb}", name=name, whole=True)
    elif not schema.get("readOnly"):
        suffix = "-with-default" if is_required and "default" in schema else ""
        yield Found(f"request-property-{verb}{suffix}", name=name, whole=True)
