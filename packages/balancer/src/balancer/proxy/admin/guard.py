"""Who may use the admin paths: this machine, or whoever has the admin token; never a page of another site."""

import hmac
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlsplit

FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip")
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
    if is_loopback(client) and not any(name in headers for name in FORWARDED):
        return _check_name(headers)
    if token is None:
        return Refusal(
            403, "This path answers on this machine only. Set settings.admin_token to use it from elsewhere."
        )
    return Refusal(401, "This path needs the admin token: Authorization: Bearer <token>.")


def _is_foreign_page(headers: Mapping[str, str]) -> bool:
    """Browsers send these headers, programs do not."""
    origin = headers.get("origin")
    foreign = origin is not None and _netloc(origin) != headers.get("host", "").lower()
    return foreign or headers.get("sec-fetch-site") in FOREIGN_SITES


def _check_name(headers: Mapping[str, str]) -> Refusal | None:
    """Another site may have pointed its own name to 127.0.0.1 (DNS rebinding)."""
    host = _hostname(headers.get("host", ""))
    return (
        None
        if is_loopback(host)
        else Refusal(403, "Call this machine 127.0.0.1 or localhost, or show the admin token.")
    )


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
