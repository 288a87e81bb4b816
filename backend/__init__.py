"""The application: `create_app()` reads from top to bottom like its story."""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from backend import modules
from backend.core import cache
from backend.core.db import migrations
from backend.core.db import setup as db
from backend.core.jobs import setup as jobs
from backend.core.observability import logging
from backend.core.security import tokens
from backend.core.settings import Settings
from backend.core.web import (
    cors,
    docs,
    error_handlers,
    flask_running,
    metrics_page,
    path_prefix,
    rate_limit,
    request_context,
    routing,
)
from backend.core.web.sync_flask import SyncFlask


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises `SettingsError` with every problem, or `RouteError` for a route without access."""
    settings = settings or modules.load_settings()
    logging.configure(settings)

    app = SyncFlask(__name__, static_folder=None)
    app.config.update(MAX_CONTENT_LENGTH=settings.max_body_bytes, TESTING=settings.testing)
    app.extensions["settings"] = settings
    if settings.trusted_proxies:
        hops, prefix_hops = settings.trusted_proxies, 0 if settings.url_prefix else settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops, x_prefix=prefix_hops)  # type: ignore[method-assign]

    flask_running.init_app()
    request_context.init_app(app, settings)
    error_handlers.init_app(app)
    cors.init_app(app, settings)
    routing.init_app(app)
    db.init_app(app, settings)
    migrations.init_app(app)
    cache.init_app(app, settings)
    tokens.init_app(app, settings)
    rate_limit.init_app(app, settings)
    metrics_page.init_app(app, settings)
    jobs.init_app(app)

    modules.init_app(app, settings)
    docs.init_app(app, settings)
    path_prefix.init_app(app, settings)
    routing.check_every_route(app)
    return app
