"""Flask without `async`: Flask checks every view and hook for it at every call, which costs more than most hooks do."""

from collections.abc import Callable
from typing import Any, override

from flask import Flask


class SyncFlask(Flask):
    """An `async` controller or hook would not be awaited, and its request would fail with 500."""

    @override
    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        return func
