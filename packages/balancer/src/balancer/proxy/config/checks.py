"""What no single key can tell: names that do not meet, addresses, credentials that lie open."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from balancer.proxy.config.explain import Finding
from balancer.proxy.config.problems import Path, did_you_mean

type Data = dict[str, Any]


def checked(data: Data) -> Iterator[Finding]:
    """Works on what the file says, whether or not its parts have the right types."""
    for check in (empty_parts, twin_providers, unknown_providers, twin_targets, twin_routes, addresses, credentials):
        yield from check(data)


def _providers(data: Data) -> Iterator[tuple[int, Data]]:
    rows = data.get("providers")
    yield from ((at, one) for at, one in enumerate(rows if isinstance(rows, list) else ()) if isinstance(one, dict))


def _routes(data: Data) -> Data:
    routes = data.get("model_routes")
    return routes if isinstance(routes, dict) else {}


def _targets(data: Data) -> Iterator[tuple[Path, Data]]:
    for pattern, rows in _routes(data).items():
        for at, one in enumerate(rows if isinstance(rows, list) else ()):
            if isinstance(one, dict):
                yield ("model_routes", pattern, at), one


def empty_parts(data: Data) -> Iterator[Finding]:
    for key in ("providers", "model_routes"):
        if key in data and not data[key]:
            yield (key,), "there is nothing in it", ""
    yield from (
        (("model_routes", one), "this route has no target", "") for one, rows in _routes(data).items() if rows == []
    )


def twin_providers(data: Data) -> Iterator[Finding]:
    first: dict[Any, int] = {}
    for at, one in _providers(data):
        name = str(one.get("name"))
        if "name" in one and first.setdefault(name, at) != at:
            yield ("providers", at, "name"), f"providers[{first[name]}] is called {name!r} already", ""


def unknown_providers(data: Data) -> Iterator[Finding]:
    names = {str(one["name"]) for _, one in _providers(data) if "name" in one}
    for path, one in _targets(data):
        if names and "provider" in one and str(one["provider"]) not in names:
            yield (
                (*path, "provider"),
                f"there is no provider {one['provider']!r}",
                did_you_mean(str(one["provider"]), names),
            )


def twin_targets(data: Data) -> Iterator[Finding]:
    """A provider may stand in a route twice with two models, not twice with the same."""
    first: dict[tuple[str, ...], Path] = {}
    for path, one in _targets(data):
        same = (str(path[1]), str(one.get("provider")), str(one.get("model", "passthrough")))
        if "provider" in one and first.setdefault(same, path) != path:
            yield (
                (*path, "provider"),
                f"this route has {one['provider']!r} with this model already",
                "Take one of them out",
            )


def twin_routes(data: Data) -> Iterator[Finding]:
    first: dict[str, Any] = {}
    for pattern in _routes(data):
        if first.setdefault(str(pattern).casefold(), pattern) != pattern:
            yield ("model_routes", pattern), "this is the same route as one above: case does not matter", ""


def addresses(data: Data) -> Iterator[Finding]:
    for at, one in _providers(data):
        if isinstance(url := one.get("base_url"), str) and (wrong := _wrong_address(url, one.get("type"))):
            yield ("providers", at, "base_url"), *wrong


def _wrong_address(url: str, kind: Any) -> tuple[str, str] | None:
    try:
        parts = urlsplit(url)
        complete = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        complete = False
    if not complete:
        return "this is no address", "Write it with scheme and host: https://api.example.com"
    if parts.query or parts.fragment or parts.username:
        return "an address here has no user, query or fragment", "Credentials go into `auth_value`"
    if kind == "anthropic" and parts.path.rstrip("/").endswith("/v1"):
        return "`/v1/messages` is appended to it, so that it would end in /v1/v1/messages", "Leave out the /v1"
    return None


def credentials(data: Data) -> Iterator[Finding]:
    for at, one in _providers(data):
        kind, value = one.get("auth_type", "api_key"), one.get("auth_value")
        if kind in {"api_key", "auth_token"} and value in {None, ""}:
            yield ("providers", at, "auth_value"), f"auth_type {kind} needs a value", "For example ${ANTHROPIC_API_KEY}"
        if kind in {"passthrough", "none"} and value is not None:
            yield ("providers", at, "auth_value"), f"auth_type {kind} sends no value of ours", "Leave it out"
    yield from _caller_keys(data.get("settings"))


def _caller_keys(settings: Any) -> Iterator[Finding]:
    auth = settings.get("auth") if isinstance(settings, dict) else None
    if isinstance(auth, dict) and auth.get("enabled") is True and not auth.get("keys"):
        yield ("settings", "auth", "keys"), "auth is enabled without a key: nobody could call", "Add `keys`"


def secret_paths(data: Data) -> Iterator[Path]:
    """Every place in the file that holds a credential."""
    yield from (("providers", at, "auth_value") for at, one in _providers(data) if one.get("auth_value"))
    settings = data.get("settings")
    if not isinstance(settings, dict):
        return
    if settings.get("admin_token"):
        yield ("settings", "admin_token")
    auth = settings.get("auth")
    keys = auth.get("keys") if isinstance(auth, dict) else None
    yield from (("settings", "auth", "keys", at) for at, _ in enumerate(keys if isinstance(keys, list) else ()))
