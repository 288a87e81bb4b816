"""Roles: each is a set of permissions, in code, so that a change of rights is a change that somebody reviews."""

from typing import Literal

Role = Literal["member", "support", "admin"]

USERS_READ = "users:read"
USERS_WRITE = "users:write"

ROLES: dict[str, frozenset[str]] = {
    "member": frozenset(),
    "support": frozenset({USERS_READ}),
    "admin": frozenset({USERS_READ, USERS_WRITE}),
}


def permissions_of(role: str) -> frozenset[str]:
    """What a role may do; a role that was taken out of the code may do nothing."""
    return ROLES.get(role, frozenset())
