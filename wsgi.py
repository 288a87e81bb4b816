"""The application for WSGI servers: `wsgi:app`."""

from backend import create_app
from backend.core import db_monitor

app = create_app()
app.extensions[db_monitor.EXTENSION].start()
