"""Who may call a route: `public`, `user`, `permission("users:write")` or `signature("metrics")`, stated in the route table."""

from collections.abc import Callable
from dataclasses import dataclass

from flask import Flask, Request, current_app, g, request

from backend.core.errors import ForbiddenError, InvalidTokenError, UnauthorizedError
from backend.core.security import tokens
from backend.core.security.principal import Principal
from backend.core.texts import _

LOADER = "principal_loader"
SIGNATURES = "signatures"


PrincipalLoader = Callable[[tokens.Claims], Principal | None]
SignatureCheck = Callable[[Request], bool]


@dataclass(frozen=True, slots=True)
class Access:
    """An access word. `kind` is public, user, permission or signature; `name` is the permission's or the scheme's."""

    kind: str
    name: str = ""

    def check(self) -> Principal | None:
        """Let the request pass or raise 401 or 403; gives the principal where the word asks for one."""
        return _CHECKS[self.kind](self.name)

    @property
    def reads(self) -> bool:
        """Whether the check reads the database."""
        return self.kind in ("user", "permission")

    def __str__(self) -> str:
        return f"{self.kind}({self.name})" if self.name else self.kind


public = Access("public")
user = Access("user")


def permission(name: str) -> Access:
    """Only users whose role holds the permission `name`."""
    return Access("permission", name)


def signature(scheme: str) -> Access:
    """Only requests that prove themselves by `scheme`, registered with `use_signature`."""
    return Access("signature", scheme)


def use_principal_loader(app: Flask, loader: PrincipalLoader) -> None:
    """Register the function that turns a token's claims into a principal; None means that the session is over."""
    app.extensions[LOADER] = loader


def use_signature(app: Flask, scheme: str, check: SignatureCheck) -> None:
    """Register the function that checks whether a request carries the proof called `scheme`."""
    app.extensions.setdefault(SIGNATURES, {})[scheme] = check


def can_be_checked(app: Flask, access: Access) -> bool:
    """False for a signature whose scheme was never registered."""
    return access.kind != "signature" or access.name in app.extensions.get(SIGNATURES, {})


def _check_public(_: str) -> None:
    return None


def _check_user(_name: str) -> Principal:
    scheme, _space, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise UnauthorizedError
    principal: Principal | None = current_app.extensions[LOADER](tokens.verify(token.strip()))
    if principal is None:
        raise InvalidTokenError(_("The session has ended; log in again."))
    g.principal = principal
    return principal


def _check_permission(name: str) -> Principal:
    principal = _check_user("")
    if name not in principal.permissions:
        raise ForbiddenError(_("This needs the permission {name}.", name=name))
    return principal


def _check_signature(scheme: str) -> None:
    if not current_app.extensions[SIGNATURES][scheme](request):
        raise UnauthorizedError(_("The request's proof of origin is missing or wrong."), challenge=scheme)


_CHECKS: dict[str, Callable[[str], Principal | None]] = {
    "public": _check_public,
    "user": _check_user,
    "permission": _check_permission,
    "signature": _check_signature,
}
