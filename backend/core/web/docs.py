"""The documentation page `/docs` and the document `/openapi.json`; the page's scripts come from an installed package."""

from functools import lru_cache
from pathlib import Path

import orjson
import swagger_ui
from flask import Flask, Response, current_app, send_from_directory

from backend.core.errors import NotFoundError
from backend.core.security.access import public
from backend.core.settings import Settings
from backend.core.web import openapi
from backend.core.web.path_prefix import path_prefix
from backend.core.web.route import Route
from backend.core.web.routing import register

ASSETS = Path(swagger_ui.__file__).parent / "static"
SERVED_ASSETS = frozenset({"swagger-ui.css", "swagger-ui-bundle.js", "favicon-32x32.png"})
PAGE_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; "
    "frame-ancestors 'none'"
)
# Its addresses are relative, so that it works below any path.
PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Touchstone API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
</head>
<body>
<div id="page"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</body>
</html>
"""
START = """SwaggerUIBundle({
  url: "openapi.json", dom_id: "#page", deepLinking: true, persistAuthorization: true, validatorUrl: null,
  docExpansion: "list", defaultModelsExpandDepth: 0, tryItOutEnabled: true
});
"""


def page() -> Response:
    """The documentation page"""
    return Response(PAGE, headers={"Content-Security-Policy": PAGE_POLICY}, mimetype="text/html")


def start() -> Response:
    """The script that starts the documentation page"""
    return Response(START, mimetype="text/javascript")


def asset(name: str) -> Response:
    """A file of the documentation page"""
    if name not in SERVED_ASSETS:
        raise NotFoundError
    response = send_from_directory(ASSETS, name, conditional=False)
    response.headers["Cache-Control"] = "public, max-age=86400"
    return response


def openapi_document() -> Response:
    """The OpenAPI document"""
    app = current_app._get_current_object()  # type: ignore[attr-defined] # noqa: SLF001
    return Response(_rendered(app, path_prefix()), mimetype="application/json")


@lru_cache(maxsize=8)
def _rendered(app: Flask, prefix: str) -> bytes:
    """Built once for an application and a path prefix: routes do not change while it serves."""
    return render(app, prefix)


def render(app: Flask, prefix: str = "") -> bytes:
    """The document as the bytes that are served and, without a prefix, committed as docs/openapi.json."""
    return orjson.dumps(openapi.document(app, prefix), option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)


ROUTES = [
    Route("GET", "/docs", page, public),
    Route("GET", "/docs/start.js", start, public),
    Route("GET", "/docs/<name>", asset, public),
    Route("GET", "/openapi.json", openapi_document, public),
]


def init_app(app: Flask, settings: Settings) -> None:
    """Off in production unless DOCS_ENABLED says otherwise."""
    if settings.docs_served:
        register(app, "docs", ROUTES)
