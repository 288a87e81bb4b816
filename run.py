"""`python run.py [HOST] [PORT]`: Flask's own server, as the samples of WeChat Cloud Run start it.

Flask's documentation says not to use it in production; the image runs Granian (`python -m backend.server.serve`) instead.
"""

import sys

from backend import create_app
from backend.core.db import monitor as db_monitor
from backend.core.jobs import setup as jobs

app = create_app()
app.extensions[db_monitor.EXTENSION].start()
jobs.start(app, app.extensions["settings"])

if __name__ == "__main__":
    settings = app.extensions["settings"]
    host = sys.argv[1] if len(sys.argv) > 1 else settings.host
    port = int(sys.argv[2]) if len(sys.argv) > 2 else settings.port
    if settings.wechat_gateway == "stand-in" and host not in ("127.0.0.1", "localhost", "::1"):
        sys.stderr.write(f"Listening on {host} with WeChat's stand-in: whoever comes here can log in as anyone.\n")
    app.run(host=host, port=port, threaded=True)
