"""From bytes of a connection to a request that may go upstream, or to the error that says what is wrong with it."""

import asyncio
import hashlib
import hmac
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from contextlib import suppress
from typing import Any

from balancer.proxy.body import BadBodyError, Body, read
from balancer.proxy.config import Config, Route, Target
from balancer.proxy.headers import CREDENTIALS
from balancer.proxy.request import CallerRequest, RefusedError, Surface
from balancer.wire.checks import problems_at

LINGER_SECONDS = 1.0

type Scope = MutableMapping[str, Any]
type Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]


class ClientGoneError(Exception):
    """The caller closed its connection."""


def headers_of(scope: Scope) -> dict[str, str]:
    """Lower-case names; of several headers of one name the values are joined, as HTTP says."""
    found: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        found[name] = f"{found[name]}, {value}" if name in found else value
    return found


async def read_request(config: Config, surface: Surface, scope: Scope, receive: Receive) -> CallerRequest:
    """The whole request. Raises RefusedError for what may not pass, ClientGoneError if the caller leaves meanwhile."""
    headers = headers_of(scope)
    secret = authenticated(config, headers, scope["path"])
    check_media_type(headers)
    raw = await read_body(headers, receive, config.settings.limits.max_body)
    body = checked_body(surface, raw)
    pinned = body.values.get("provider")
    pinned = pinned if isinstance(pinned, str) else ""
    return CallerRequest(
        config=config,
        surface=surface,
        headers=_without_balancer_key(config, headers),
        raw=raw,
        body=body,
        route=route_for(config, surface, body.values["model"], pinned),
        tenant=tenant_of(secret, scope),
        stream=surface.streams and bool(body.values.get("stream")),
        pinned=pinned,
    )


def credential_of(headers: Mapping[str, str]) -> str:
    """What the caller shows: `x-api-key`, or the token of `authorization`."""
    if key := headers.get("x-api-key"):
        return key
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else ""


def authenticated(config: Config, headers: Mapping[str, str], path: str) -> str:
    """The caller's credential. RefusedError 401 if the balancer has keys and this is none of them."""
    secret = credential_of(headers)
    if not config.settings.auth.enabled or path in config.settings.auth.exempt_paths:
        return secret
    if not any([_same(secret, key.get_secret_value()) for key in config.settings.auth.keys]):  # noqa: C419 - always all keys
        raise RefusedError(401, "Invalid or missing API key. Send it as x-api-key, or as a bearer token.")
    return secret


def _same(one: str, other: str) -> bool:
    return hmac.compare_digest(one.encode(), other.encode())


def _without_balancer_key(config: Config, headers: dict[str, str]) -> dict[str, str]:
    """A key of the balancer is for nobody behind it, not even with `auth_type: passthrough`."""
    if not config.settings.auth.enabled:
        return headers
    keys = [key.get_secret_value() for key in config.settings.auth.keys]
    shown = {name: headers[name].rpartition(" ")[2] for name in CREDENTIALS if name in headers}
    mine = {name for name, value in shown.items() if any(_same(value, key) for key in keys)}
    return {name: value for name, value in headers.items() if name not in mine}


def tenant_of(secret: str, scope: Scope) -> str:
    """Who asks: a hash of the credential, or of the address of a caller without one."""
    client = scope.get("client") or ("",)
    return hashlib.sha256((secret or f"address {client[0]}").encode()).hexdigest()[:16]


def check_media_type(headers: Mapping[str, str]) -> None:
    media_type = headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json" and not media_type.endswith("+json"):
        raise RefusedError(415, f"The body must be JSON: send content-type: application/json, not {media_type[:80]!r}.")
    if headers.get("content-encoding", "identity").lower() != "identity":
        raise RefusedError(415, "The body must not be compressed: leave content-encoding out.")


async def read_body(headers: Mapping[str, str], receive: Receive, limit: int) -> bytes:
    """The body, at most `limit` bytes whether or not its length was announced."""
    announced = headers.get("content-length", "0")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    parts, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientGoneError
        parts.append(message.get("body", b""))
        size, more = size + len(parts[-1]), message.get("more_body", False)
        if size > limit:
            raise _too_large(limit)
    return b"".join(parts)


def _too_large(limit: int) -> RefusedError:
    error = RefusedError(413, f"The body is larger than {limit} bytes.")
    error.headers["connection"] = "close"  # the rest of the body is not read
    return error


async def linger(receive: Receive) -> None:
    """Take what the caller still sends, for a second: closing over unread bytes would reset what it has not read yet."""
    with suppress(TimeoutError):
        async with asyncio.timeout(LINGER_SECONDS):
            while (await receive()).get("more_body"):
                pass


def checked_body(surface: Surface, raw: bytes) -> Body:
    """The body as an object with all that its path needs."""
    try:
        body = read(raw)
    except BadBodyError as error:
        raise RefusedError(400, str(error)) from None
    if found := problems_at(surface.path, body.values):
        raise RefusedError(400, "; ".join(found[:5]))
    return body


def route_for(config: Config, surface: Surface, model: str, pinned: str) -> Route:
    """Where the model is served. RefusedError 404 for a model, or a pinned provider, that is not."""
    route = config.match(model)
    if route is None:
        raise RefusedError(404, f"No route for the model {model[:100]!r}.")
    if pinned:
        route = route.only(pinned)
        if not route.targets:
            raise RefusedError(404, f"The provider {pinned[:64]!r} does not serve the model {model[:100]!r}.")
    able = tuple(one for one in route.targets if _serves(config, surface, one))
    if not able and not surface.estimates:
        raise RefusedError(404, f"No provider of the model {model[:100]!r} serves {surface.path}.")
    return Route(route.pattern, able)


def _serves(config: Config, surface: Surface, target: Target) -> bool:
    return config.by_name[target.provider].type in surface.upstream
