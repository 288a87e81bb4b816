"""The application for WSGI servers: `wsgi:app`."""

from backend import create_app
from backend.core.db import monitor as db_monitor

app = create_app()
app.extensions[db_monitor.EXTENSION].start()
