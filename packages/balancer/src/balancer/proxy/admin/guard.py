"""Who may use the admin paths: this machine, or whoever has the admin token; never a page of another site."""

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
LOCAL_ONLY = "This path answers on this machine only, as 127.0.0.1 or localhost. Set settings.admin_token to use it from elsewhere."
FOREIGN_SITES = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True)
class Refusal:
    status: int
    message: str

    def as_dict(self) -> dict[str, object]:
        return {"error": {"message": self.message}}


def is_loopback(host: str) -> bool:
    """Whether the name or address is this machine. Of names, only localhost counts."""
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def check(headers: Mapping[str, str], client: str, token: str | None) -> Refusal | None:
    """None if the request may pass. `client` is the address of the connection, `token` the admin token if there is one."""
    if _is_foreign_page(headers):
        return Refusal(403, "Pages of other sites may not use the admin paths.")
    if token and _shows(headers, token):
        return None
    if _is_local(headers, client):
        return None
    if token is None:
        return Refusal(403, LOCAL_ONLY)
    return Refusal(401, "This path needs the admin token: Authorization: Bearer <token>.")


def _is_foreign_page(headers: Mapping[str, str]) -> bool:
    """Browsers send these headers, programs do not."""
    origin = headers.get("origin")
    foreign = origin is not None and _netloc(origin) != headers.get("host", "").lower()
    return foreign or headers.get("sec-fetch-site") in FOREIGN_SITES


def _is_local(headers: Mapping[str, str], client: str) -> bool:
    """From this machine, not through a proxy on it, and by its own name: a site may point its name to 127.0.0.1 (DNS rebinding)."""
    forwarded = any(name in headers for name in FORWARDED)
    return is_loopback(client) and not forwarded and is_loopback(_hostname(headers.get("host", "")))


def _shows(headers: Mapping[str, str], token: str) -> bool:
    scheme, _, given = headers.get("authorization", "").partition(" ")
    return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), token.encode())


def _netloc(url: str) -> str:
    try:
        return urlsplit(url).netloc.lower()
    except ValueError:
        return ""


def _hostname(authority: str) -> str:
    try:
        return urlsplit(f"//{authority}").hostname or ""
    except ValueError:
        return ""
