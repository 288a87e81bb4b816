"""No framework at all: the most that a WSGI server can give on this machine."""

BODY = b'{"status":"ok"}'
HEADERS = [("Content-Type", "application/json"), ("Content-Length", str(len(BODY)))]


def app(_environ, start_response):
    start_response("200 OK", HEADERS)
    return [BODY]
