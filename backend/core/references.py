"""Checks that what a record is to refer to exists, for the one who asks."""

from collections.abc import Callable, Mapping
from typing import Any

from backend.core.errors import NotFoundError, UnknownReferenceError


def check_reference(values: Mapping[str, Any], field: str, get: Callable[[int], object]) -> None:
    """Raise `UnknownReferenceError` if `values` has an id in `field` for which `get` raises `NotFoundError`."""
    if values.get(field) is None:
        return
    try:
        get(values[field])
    except NotFoundError:
        raise UnknownReferenceError(field) from None
