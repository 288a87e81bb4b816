"""Who may use the admin API."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from mdt.server.addresses import host_of, is_loopback
from mdt.server.admin.errors import AdminError
from mdt.server.headers import Headers
from mdt.server.texts import said

FOREIGN_SITES = frozenset({"cross-site", "same-site"})


@dataclass(frozen=True, slots=True)
class Guard:
    """`token` None is a server on loopback that asks for none."""

    token: str | None

    def check(self, headers: Headers, host: str) -> None:
        """Raises AdminError for pages of other sites, for names that are not ours, and without the token."""
        _check_site(headers, host)
        if self.token is None:
            _check_name(host)
        elif not self.knows_token(headers):
            raise AdminError(401, "token-needed", said("admin.token"))

    def check_page(self, headers: Headers, host: str) -> None:
        """The page and the health's one word hold no secret: they need no token, but a name that is ours."""
        if self.token is None:
            _check_name(host)

    def knows_token(self, headers: Headers) -> bool:
        scheme, _, given = headers.get("authorization", "").partition(" ")
        right = (self.token or "").encode()
        return scheme.lower() == "bearer" and hmac.compare_digest(given.strip().encode(), right) and bool(right)


def _check_site(headers: Headers, host: str) -> None:
    """Browsers say where a request comes from, programs do not."""
    origin = headers.get("origin")
    foreign = origin is not None and urlsplit(origin).netloc.lower() != headers.get("host", host).lower()
    if foreign or headers.get("sec-fetch-site") in FOREIGN_SITES:
        where = origin or said("admin.another-site")
        raise AdminError(403, "foreign-page", said("admin.foreign-page", origin=where))


def _check_name(host: str) -> None:
    """A name that somebody else made point to loopback is not ours (DNS rebinding)."""
    if not is_loopback(host_of(host)):
        raise AdminError(403, "foreign-host", said("admin.foreign-host", host=host or said("admin.no-host")))
