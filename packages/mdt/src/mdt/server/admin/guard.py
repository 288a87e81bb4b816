"""Who may use the admin API."""

import hmac
from dataclasses import dataclass
from urllib.parse import urlsplit

from mdt.language import _
from mdt.server.addresses import host_of, is_loopback
from mdt.server.admin.errors import AdminError
from mdt.server.headers import Headers

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
            raise AdminError(
                401, "token-needed", _("This needs the token that the server printed: Authorization: Bearer <token>")
            )

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
        where = origin or _("another site")
        raise AdminError(403, "foreign-page", _("Pages of other sites may not use this API: {origin}", origin=where))


def _check_name(host: str) -> None:
    """A name that somebody else made point to loopback is not ours (DNS rebinding)."""
    if not is_loopback(host_of(host)):
        raise AdminError(
            403,
            "foreign-host",
            _(
                "{host} is not this machine. Use 127.0.0.1 or localhost, or start with a token",
                host=host or _("No host"),
            ),
        )
