"""The rules about users."""

from typing import Any

import structlog
from blinker import Signal

from backend.core.clock import utcnow
from backend.core.errors import DuplicateError
from backend.core.pagination import Slice
from backend.modules.users import settings
from backend.modules.users.errors import OwnAccountError, PhoneTakenError
from backend.modules.users.model import User
from backend.modules.users.repository import UserRepository
from backend.modules.users.roles import permissions_of

log = structlog.get_logger(__name__)
users = UserRepository()

user_disabled = Signal("Sent with the user's id, in the transaction that disables the user.")
phone_moved = Signal(
    "Sent with the id of the user who loses a phone number, in the transaction that gives it to another."
)


def permissions(user: User) -> frozenset[str]:
    """What the user may do."""
    return permissions_of(user.role)


def get(user_id: int) -> User:
    """The user, or `NotFoundError`."""
    return users.get(user_id)


def find(
    *, page: int, per_page: int, sort: str, role: str | None = None, status: str | None = None, q: str | None = None
) -> Slice[User]:
    """A page of users."""
    filters = {"role": role, "status": status}
    if q is None:
        return users.list(page, per_page, sort, filters)
    return users.search(q, page, per_page, sort, filters)


def get_or_create(openid: str, unionid: str | None = None) -> User:
    """The user with this openid; new ones are stored, and two logins at the same moment make one user."""
    known = users.find_by(openid=openid) or _create(openid, unionid)
    if unionid and known.unionid != unionid:
        users.update(known, unionid=unionid)
    return known


def _create(openid: str, unionid: str | None) -> User:
    try:
        return users.create(openid=openid, unionid=unionid)
    except DuplicateError:  # a twin was quicker; READ COMMITTED shows us its row
        found = users.find_by(openid=openid)
        if found is None:
            raise
        return found


def update_profile(user_id: int, changes: dict[str, Any]) -> User:
    """Change what is in `changes` (nickname, avatar_url)."""
    return users.update(users.get(user_id), **changes)


def bind_phone(user_id: int, phone: str) -> User:
    """Make the number this user's alone. If it is another's, PHONE_CONFLICT decides: `PhoneTakenError`, or that user loses it."""
    user = users.get(user_id)
    if settings.current().phone_conflict == "move":
        _take_phone(phone, user)
    try:
        return users.update(user, phone=phone)
    except DuplicateError:
        raise PhoneTakenError from None


def _take_phone(phone: str, taker: User) -> None:
    holder = users.lock_by(phone=phone)
    if holder is None or holder.id == taker.id:
        return
    unbind_phone(holder.id)
    phone_moved.send(holder.id)
    log.warning("users.phone_moved", from_user=holder.id, to_user=taker.id)


def unbind_phone(user_id: int) -> User:
    """Take the number from the user; no number is nothing to do."""
    return users.update(users.get(user_id), phone=None)


def shared_phones() -> list[tuple[str, list[int]]]:
    """Numbers that several users have, with these users' ids: what an older version has let in."""
    return users.shared_phones()


def change_role(user_id: int, role: str, *, by: int | None) -> User:
    """Give the user a role. `by` is the acting user, who cannot change themselves; None is the command line."""
    return users.update(_someone_else(user_id, by), role=role)


def disable(user_id: int, *, by: int) -> User:
    """Shut the user out; every session ends at once. Doing it twice changes nothing."""
    user = _someone_else(user_id, by)
    if user.disabled_at is None:
        users.update(user, disabled_at=utcnow())
    user_disabled.send(user.id)
    return user


def enable(user_id: int, *, by: int) -> User:
    """Let the user log in again; old sessions stay ended."""
    return users.update(_someone_else(user_id, by), disabled_at=None)


def _someone_else(user_id: int, by: int | None) -> User:
    if user_id == by:
        raise OwnAccountError
    return users.get(user_id)
