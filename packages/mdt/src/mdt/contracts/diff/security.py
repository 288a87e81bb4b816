"""Which credentials an operation asks for: requirements and their scopes that came and went."""

from collections.abc import Iterator, Mapping
from typing import Any

from mdt.contracts.diff.changes import Change, Spot
from mdt.contracts.diff.rules import change


def security_changes(prefix: str, spot: Spot, old: Any, new: Any) -> Iterator[Change]:
    """`old` and `new` hold `security`: an operation, or a document, as they are written."""
    olds, news = _requirements(old), _requirements(new)
    yield from _came_and_went(prefix, spot, list(olds), list(news))
    for name in olds:
        if name in news:
            yield from _came_and_went(f"{prefix}-scope", spot, olds[name], news[name])


def _came_and_went(prefix: str, spot: Spot, olds: list[str], news: list[str]) -> Iterator[Change]:
    yield from (change(f"{prefix}-removed", spot, one, None) for one in olds if one not in news)
    yield from (change(f"{prefix}-added", spot, None, one) for one in news if one not in olds)


def _requirements(raw: Any) -> dict[str, list[str]]:
    """The scopes of each requirement, by the names of its schemes: oauth:read."""
    given = raw.get("security") if isinstance(raw, Mapping) else None
    found = [one for one in given or () if isinstance(one, Mapping)]
    return {
        " AND ".join(sorted(one)): [f"{name}:{scope}" for name in one for scope in one[name] or ()] for one in found
    }
