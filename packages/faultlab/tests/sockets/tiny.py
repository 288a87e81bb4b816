"""A service as small as can be, for tests of whatever starts, kills and asks services.

`python tiny.py PORT HOW...`: answers 200, 503 at /away, and what was sent at /echo; at /cut it hangs up without an answer, at /once it
answers and hangs up. HOW: `dies` ends at once, `mute` answers nothing, `workers` has a child whose number it prints, `deaf` does
not hear SIGTERM.
"""

import json
import os
import signal
import subprocess
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def say(*words):
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        self._answer()

    def do_POST(self):
        self._answer()

    def _answer(self):
        say(f"asked {self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0))).decode()
        if self.path == "/cut":
            self.close_connection = True
            return
        seen = {"body": body, "key": self.headers.get("Idempotency-Key"), "type": self.headers.get("Content-Type")}
        answer = json.dumps({"code": 1, "data": seen | {"port": self.client_address[1]}, "msg": "success"}).encode()
        self.send_response(503 if self.path == "/away" else 302 if self.path == "/moved" else 200)
        self.send_header("Content-Length", str(len(answer)))
        self.send_header("Retry-After", "1")
        self.send_header("Location", "/echo")
        self.end_headers()
        self.wfile.write(answer)
        self.close_connection = self.path == "/once"

    def log_message(self, *_):
        pass


class Server(ThreadingHTTPServer):
    def handle_error(self, *_):
        """Whoever asks may go before it hears the answer; the log is for what was asked."""


def serve(port: int, how: list[str]) -> None:
    say(f"starting {' '.join(how)} in {os.environ.get('TINY', 'no')} at {Path.cwd().name}")
    if "deaf" in how:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
    if "workers" in how:
        say("worker", subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]).pid)
    if "dies" in how:
        sys.exit("there is no such setting")
    if "mute" in how:
        time.sleep(600)
    Server(("127.0.0.1", port), Handler).serve_forever()


if __name__ == "__main__":
    serve(int(sys.argv[1]), sys.argv[2:])
