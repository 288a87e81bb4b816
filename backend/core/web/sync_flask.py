"""Flask for functions that are not `async`: it asks each view and each hook at every call, and that costs more than most of them do."""

from collections.abc import Callable
from typing import Any, override

from flask import Flask


class SyncFlask(Flask):
    """An `async` controller or hook would not be awaited, and its request would fail with 500."""

    @override
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
