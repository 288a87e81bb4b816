"""The application for WSGI servers: `wsgi:app`."""

from backend import create_app
from backend.core.db import monitor as db_monitor
from backend.core.jobs import setup as jobs

app = create_app()
app.extensions[db_monitor.EXTENSION].start()
jobs.start(app, app.extensions["settings"])
