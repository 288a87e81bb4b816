"""A service's url: environment variables filled in, split into what the engine looks up."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

from mdt.engine.paths import decoded
from mdt.language import _

_VARIABLE = re.compile(r"\$\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}", re.ASCII)
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Address:
    url: str
    host: str  # lower case, ":port" unless it is the scheme's own
    base_path: str  # "" or "/api"


def address(written: str, env: Mapping[str, str]) -> Address:
    """Fills in ${NAME} and ${NAME:-default}. Raises ValueError when a variable is missing, or when it is no http url."""
    url = _VARIABLE.sub(lambda found: _value(found[1], found[2], env), written)
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ValueError(_("{url!r} is no url: {error}", url=url, error=error)) from None
    if parts.scheme not in _PORTS or not parts.hostname or parts.query or parts.fragment or "${" in url:
        raise ValueError(_("{url!r} is no url of a service: write http://host or https://host/base", url=url))
    return Address(url.rstrip("/"), _host(parts.scheme, parts.hostname, port), decoded(parts.path).rstrip("/"))


def _value(name: str, default: str | None, env: Mapping[str, str]) -> str:
    """As in a shell: an empty variable counts as missing when there is a default."""
    value = env.get(name)
    if value or (value is not None and default is None):
        return value
    if default is None:
        raise ValueError(_("the environment has no {name}; set it, or write ${{{name}:-http://…}}", name=name))
    return default


def _host(scheme: str, name: str, port: int | None) -> str:
    shown = f"[{name}]" if ":" in name else name
    return shown if port in {None, _PORTS[scheme]} else f"{shown}:{port}"
