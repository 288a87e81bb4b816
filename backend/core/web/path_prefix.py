"""The path below which the application is reached: URL_PREFIX, or what a believed proxy says in X-Forwarded-Prefix."""

import re
from collections.abc import Iterable
from typing import Any

from flask import Flask, request

from backend.core.settings import Settings, SettingsError

SEGMENTS = re.compile(r"(/(?!\.{1,2}(/|$))[A-Za-z0-9._~-]+)+")  # `.` and `..` are not places but ways


class PathPrefix:
    """WSGI middleware: takes `prefix` off the path, where the proxy has left it on, and notes it as SCRIPT_NAME."""

    def __init__(self, wsgi_app: Any, prefix: str) -> None:
        self._wsgi_app = wsgi_app
        self._prefix = prefix

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path[len(self._prefix) :] or "/"
        environ["SCRIPT_NAME"] = self._prefix
        answer: Iterable[bytes] = self._wsgi_app(environ, start_response)
        return answer


def init_app(app: Flask, settings: Settings) -> None:
    """Call it when all routes are there: a prefix that a route begins with would swallow that route."""
    prefix = settings.url_prefix
    if not prefix:
        return
    taken = next((rule.rule for rule in app.url_map.iter_rules() if f"{rule.rule}/".startswith(f"{prefix}/")), None)
    if taken:
        raise SettingsError([f"URL_PREFIX={prefix}: the route {taken} begins with it; take another one"])
    app.wsgi_app = PathPrefix(app.wsgi_app, prefix)  # type: ignore[method-assign]


def path_prefix() -> str:
    """The prefix of this request, such as `/mini`; empty if there is none, or none that could be a path."""
    prefix = request.script_root
    return prefix if SEGMENTS.fullmatch(prefix) else ""
