"""Who is compared, and on what: a table of servers and a table of routes."""

from dataclasses import dataclass, field

WORKERS = 2
THREADS = 8
CONNECTIONS = 16  # all of wrk's together: one for each thread
USERS = 2000
ADMIN = "bench-0"  # the code that logs the administrator in
MEMBER = "bench-1"
TARGETS = {"health": 1.0, "me": 3.0, "login": 2.0, "list": 2.0}  # times FastAPI's requests a second, at least
TARGET_CPU = 1.15  # times the processor time that a bare Flask on the same server needs for a request, at most
TARGET_P99 = 1.0  # times the 99th percentile of a bare Flask on the same server, at most
TARGET_LIMITED = 0.9  # of the requests a second without rate limits, at least

PLACE = "--host 127.0.0.1 --port {port}"
GRANIAN = f"granian --interface wsgi {PLACE} --workers {WORKERS} --blocking-threads {THREADS} --log-level warning"
UVICORN = f"uvicorn {PLACE} --workers {WORKERS} --no-access-log --log-level warning"
GUNICORN = (
    f"gunicorn --bind 127.0.0.1:{{port}} --workers {WORKERS} --threads {THREADS} --worker-class gthread "
    "--log-level warning --no-control-socket"
)


@dataclass(frozen=True)
class Route:
    """A request that is sent over and over. `login` is the code whose token it carries; `{n}` in the body counts up."""

    name: str
    method: str
    path: str
    login: str = ""
    body: str = ""


@dataclass(frozen=True)
class Candidate:
    """A server. `command` is the Python module to run and its words, `{port}` filled in; `routes` are those that it has."""

    name: str
    title: str
    command: str
    routes: tuple[str, ...] = ("health", "me", "login", "list")
    environment: dict[str, str] = field(default_factory=dict)


ROUTES = (
    Route("health", "GET", "/health"),
    Route("me", "GET", "/api/v1/users/me", login=MEMBER),
    Route("login", "POST", "/api/v1/auth/wechat/login", body='{{"code":"bench-{n}"}}'),
    Route("list", "GET", "/api/v1/users?page=3&per_page=20", login=ADMIN),
)

OURS = "touchstone"
LIMITED = "touchstone, limits on"
FASTAPI = "fastapi"
FLASK = "flask, same server"
FLASK_GUNICORN = "flask, gunicorn"
WSGI = "bare wsgi"

CANDIDATES = (
    Candidate(OURS, "this application, rate limits off", "backend.server.serve"),
    Candidate(
        LIMITED,
        "this application, rate limits on (counted in memory), every request from another address",
        "backend.server.serve",
        ("me", "login"),
        {"RATELIMIT_ENABLED": "true", "TRUSTED_PROXIES": "1"},
    ),
    Candidate(
        FASTAPI,
        "FastAPI, SQLAlchemy, PyJWT on uvicorn with uvloop and httptools",
        f"{UVICORN} bench.peers.fastapi_app:app",
    ),
    Candidate(FLASK, "bare Flask, Flask-SQLAlchemy, PyJWT on Granian", f"{GRANIAN} bench.peers.flask_app:app"),
    Candidate(
        FLASK_GUNICORN,
        "the same bare Flask on gunicorn with threads",
        f"{GUNICORN} bench.peers.flask_app:app",
    ),
    Candidate(
        WSGI, "a WSGI function without a framework on Granian", f"{GRANIAN} bench.peers.wsgi_app:app", ("health",)
    ),
)
