"""The configuration: the env file, the settings, WeChat, Redis, the files that are made from the code."""

import os
import re
import socket
import stat
from typing import Any
from urllib.parse import urlsplit

import redis

from backend.core.settings import Settings, SettingsError
from backend.core.settings_loading import env_file_of_process
from backend.core.web import docs
from tools import env_example
from tools.doctor.findings import SECONDS, Finding, Situation, needs_settings, ok, problem, warning
from tools.project import DOCUMENT, EXAMPLE

APP_ID = re.compile(r"wx[0-9a-f]{16}")


def env_file(situation: Situation) -> list[Finding]:
    """The file that is read in this environment; `settings` checks its contents."""
    name = env_file_of_process().name
    path = situation.root / name
    if not path.exists():
        return [ok(f"no {name}; the environment and the defaults hold (cp .env.example .env to change that)")]
    if not os.access(path, os.R_OK):
        return [problem(f"{name} cannot be read by this user", f"chmod u+r {name}, or give the file to the user")]
    if name == ".env" and path.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH):
        return [warning(f"{name} holds secrets and others may read it", f"chmod 600 {name}")]
    return [ok(f"{name} is read")]


def settings(situation: Situation) -> list[Finding]:
    """Every problem of the settings, each with its own mend."""
    error = situation.error
    if isinstance(error, SettingsError):
        return [problem(text, "see .env.example") for text in error.problems]
    if error is not None:
        return [problem(f"the application does not start: {type(error).__name__}: {error}", "read `flask routes`")]
    values = situation.settings
    return [ok(f"usable, APP_ENV={values.app_env}" if values else "usable")]


@needs_settings
def wechat(_: Situation, settings: Any) -> list[Finding]:
    """Whether login can work."""
    if settings.wechat_gateway == "stand-in":
        return [ok("stand-in: any code logs somebody in; production needs WECHAT_GATEWAY=wechat")]
    found = [] if APP_ID.fullmatch(settings.wechat_app_id) else [warning("WECHAT_APP_ID does not look like one", _PAGE)]
    if not settings.wechat_app_secret.get_secret_value():
        found.append(problem("WECHAT_APP_SECRET is empty", _PAGE))
    return [*found, _reachable(settings.wechat_base_url)]


_PAGE = "copy it from the mini-program's settings page: wx and 16 digits or letters a-f, and its AppSecret"


def _reachable(url: str) -> Finding:
    parts = urlsplit(url)
    place = (parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80))
    try:
        socket.create_connection(place, SECONDS).close()
    except OSError as error:
        return warning(f"{place[0]} port {place[1]}: {error}", "look at DNS, firewall and proxy of this machine")
    return ok(f"{place[0]} is reachable")


@needs_settings
def redis_servers(_: Situation, settings: Settings) -> list[Finding]:
    """What CACHE_URL and RATELIMIT_STORAGE_URL name."""
    urls = {"CACHE_URL": settings.cache_url, "RATELIMIT_STORAGE_URL": settings.ratelimit_storage_url}
    return [_redis(name, url, settings) for name, url in urls.items()]


def _redis(name: str, url: str, settings: Settings) -> Finding:
    if not url.startswith("redis"):
        if settings.production:
            return warning(f"{name} counts in each worker for itself", f"{name}=redis://host:6379/0 for all of them")
        return ok(f"{name} in memory")
    try:
        with redis.Redis.from_url(url, socket_connect_timeout=SECONDS, socket_timeout=SECONDS) as client:
            client.ping()
    except (redis.RedisError, ValueError) as error:
        return problem(f"{name}: {error}", "start Redis, or correct host, port and password; memory:// does without")
    return ok(f"{name} answers")


def documents(situation: Situation) -> list[Finding]:
    """docs/openapi.json and .env.example, as the code would write them."""
    found = [_compare(situation, EXAMPLE, env_example.render().encode(), "flask settings write")]
    if situation.settings is not None:
        found.append(_compare(situation, DOCUMENT, docs.render(situation.app), "flask openapi write"))
    return found


def _compare(situation: Situation, name: str, wanted: bytes, mend: str) -> Finding:
    path = situation.root / name
    if not path.is_file():
        return warning(f"{name} is not there", mend)
    return ok(f"{name} is up to date") if path.read_bytes() == wanted else problem(f"{name} is out of date", mend)
