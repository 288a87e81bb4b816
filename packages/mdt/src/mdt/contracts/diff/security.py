"""Which credentials an operation asks for: requirements that came and went."""

from collections.abc import Iterator, Mapping
from typing import Any

from mdt.contracts.diff.changes import Change, Spot
from mdt.contracts.diff.rules import change


def security_changes(prefix: str, spot: Spot, old: Any, new: Any) -> Iterator[Change]:
    """`old` and `new` hold `security`: an operation, or a document, as they are written."""
    olds, news = _requirements(old), _requirements(new)
    for verb, found, others in (("removed", olds, news), ("added", news, olds)):
        for one in found:
            if one not in others:
                values = (one, None) if verb == "removed" else (None, one)
                yield change(f"{prefix}-{verb}", spot, *values)


def _requirements(raw: Any) -> list[str]:
    """Each requirement by the names of its schemes; scopes are not compared."""
    given = raw.get("security") if isinstance(raw, Mapping) else None
    return [" AND ".join(sorted(one)) for one in given or () if isinstance(one, Mapping)]
