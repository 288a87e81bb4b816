"""Checks of settings against each other, and of values that are fine on a laptop and dangerous in production."""

import re
from itertools import pairwise

from sqlalchemy.exc import ArgumentError

from backend.core.settings_fields import SettingsFields

MIN_SECRET_BYTES = 32
PLACEHOLDERS = re.compile(
    r"(?<![a-z0-9])(change(me|this|it)?|(my)?secret(key)?|example|placeholder|your[-_. ]?(own|secret|key|token|password|api|app|jwt)[a-z]*|x{5,}|(development|test)-only)\d*(?![a-z0-9])",
    re.IGNORECASE,
)
HOW_TO_MAKE_ONE = 'make one with python -c "import secrets; print(secrets.token_urlsafe(48))"'


def problems(settings: SettingsFields) -> list[str]:
    """Every reason why these settings must not be used, each saying what to do."""
    found = [*_url_problems(settings), *_key_problems(settings), *_size_problems(settings)]
    found += _production_problems(settings) if settings.production else []
    found += _test_problems(settings) if settings.testing and not found else []
    return found


def _url_problems(settings: SettingsFields) -> list[str]:
    try:
        settings.sqlalchemy_url  # noqa: B018 - reading it is the check
    except (ArgumentError, ValueError):
        name = "DATABASE_URL" if settings.database_url.get_secret_value() else "MYSQL_ADDRESS"
        return [f"{name}: not a database address; write mysql+pymysql://user:password@host:3306/name or host:port"]
    return []


def _key_problems(settings: SettingsFields) -> list[str]:
    short = [kid for kid, key in settings.jwt_keys.items() if len(key.encode()) < MIN_SECRET_BYTES]
    problems = [f"JWT key {kid!r}: shorter than {MIN_SECRET_BYTES} bytes; {HOW_TO_MAKE_ONE}" for kid in short]
    if settings.jwt_key_id in settings.jwt_previous_keys:
        problems.append("JWT_KEY_ID names a key of JWT_PREVIOUS_KEYS; give the new key a name of its own")
    return problems


def _size_problems(settings: SettingsFields) -> list[str]:
    order = ("db_lock_timeout", "db_statement_timeout", "db_read_timeout")
    pairs = pairwise(order)
    problems = [
        f"{low.upper()} must be smaller than {high.upper()}, so that the server gives up before the client"
        for low, high in pairs
        if getattr(settings, low) >= getattr(settings, high)
    ]
    if settings.db_pool_size >= settings.server_threads:
        problems.append(
            "DB_POOL_SIZE must be smaller than SERVER_THREADS, so that a hanging database leaves threads free"
        )
    return problems


def _production_problems(settings: SettingsFields) -> list[str]:
    """What is fine on a laptop and dangerous in production."""
    checks = {
        f"JWT key {kid!r}: a placeholder; {HOW_TO_MAKE_ONE}": is_placeholder(key)
        for kid, key in settings.jwt_keys.items()
    }
    url = settings.sqlalchemy_url if not _url_problems(settings) else None
    checks |= {
        "DATABASE_URL is SQLite or empty; give a MySQL URL, or MYSQL_ADDRESS, MYSQL_USERNAME, MYSQL_PASSWORD": (
            url is not None and url.get_backend_name() == "sqlite"
        ),
        "METRICS_TOKEN: shorter than 16 bytes; leave it empty to keep /metrics closed": (
            0 < len(settings.metrics_token.get_secret_value()) < 16
        ),
        "FORWARD_TEST_SESSION=true lets a caller choose what services answer; take it out": settings.forward_test_session,
        "CORS_ORIGINS=* opens the API to every site; list the origins": "*" in settings.cors_origins,
    }
    return [problem for problem, present in checks.items() if present]


def is_placeholder(secret: str) -> bool:
    """True for an empty secret, and for a placeholder that nobody has replaced."""
    return not secret or PLACEHOLDERS.search(secret) is not None or len(set(secret)) < 6


def is_weak(secret: str) -> bool:
    """True for a secret that is too short or a placeholder; an empty one is fine, it opens nothing."""
    return bool(secret) and (len(secret.encode()) < MIN_SECRET_BYTES or is_placeholder(secret))


def _test_problems(settings: SettingsFields) -> list[str]:
    url = settings.sqlalchemy_url
    in_memory = url.get_backend_name() == "sqlite" and not url.database
    if in_memory or "test" in (url.database or ""):
        return []
    return [f"tests would run on the database {url.database!r}; its name must carry 'test'"]
