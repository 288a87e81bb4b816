"""Tells `core.running` where Flask keeps the running application and its request."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from flask import current_app, g, has_request_context, request

from backend.core import running


class FlaskSurroundings:
    """The application and the request of Flask's contexts."""

    def extensions(self) -> Mapping[str, Any]:
        return current_app.extensions

    def request_state(self) -> MutableMapping[str, Any]:
        return vars(g._get_current_object()) if has_request_context() else {}  # noqa: SLF001 - a proxy has no vars

    def request_headers(self) -> running.Headers:
        return request.headers if has_request_context() else {}


def init_app() -> None:
    """One for all applications of this process: Flask's contexts tell which one runs."""
    running.use(FlaskSurroundings())
