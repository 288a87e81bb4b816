"""Binds the database to an application: its address, its timeouts, its monitor."""

from pathlib import Path

from flask import Flask

from backend.core.db import db
from backend.core.db.engine import engine_options, prepare_engine
from backend.core.db.monitor import EXTENSION, Monitor
from backend.core.settings import Settings


def init_app(app: Flask, settings: Settings) -> None:
    """Bind `db` to the application, with the settings' timeouts."""
    url = settings.sqlalchemy_url
    if url.get_backend_name() == "sqlite" and url.database:
        _make_folder(url.database)
    app.config["SQLALCHEMY_DATABASE_URI"] = url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = engine_options(settings, url)
    db.init_app(app)
    with app.app_context():
        prepare_engine(db.engine, settings, add_monitor(app, settings))


def _make_folder(path: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)


def add_monitor(app: Flask, settings: Settings) -> Monitor:
    """One monitor an application; it starts with the first request, after any fork."""
    monitor = Monitor(settings.sqlalchemy_url, settings.db_monitor_interval)
    app.extensions[EXTENSION] = monitor
    if not settings.testing:
        app.before_request(monitor.start)
    return monitor
