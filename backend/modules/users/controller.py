"""Users over HTTP."""

from backend.core.pagination import Page
from backend.core.security.principal import Principal
from backend.modules.users import service
from backend.modules.users.schemas import ProfilePatch, RoleChange, UserOut, UserQuery


def get_me(principal: Principal) -> UserOut:
    """The user who is logged in"""
    return UserOut.model_validate(service.get(principal.user_id))


def update_me(principal: Principal, body: ProfilePatch) -> UserOut:
    """Change one's own profile

    Only what is sent changes.
    """
    return UserOut.model_validate(service.update_profile(principal.user_id, body.model_dump(exclude_unset=True)))


def list_users(query: UserQuery) -> Page[UserOut]:
    """Users by page, with filters and search"""
    return Page[UserOut].model_validate(service.find(**query.model_dump()))


def get_user(user_id: int) -> UserOut:
    """One user"""
    return UserOut.model_validate(service.get(user_id))


def change_role(principal: Principal, user_id: int, body: RoleChange) -> UserOut:
    """Give a user another role

    It holds from the user's next request on.
    """
    return UserOut.model_validate(service.change_role(user_id, body.role, by=principal.user_id))


def disable_user(principal: Principal, user_id: int) -> UserOut:
    """Shut a user out

    All their sessions end at once.
    """
    return UserOut.model_validate(service.disable(user_id, by=principal.user_id))


def enable_user(principal: Principal, user_id: int) -> UserOut:
    """Let a user in again

    They have to log in anew.
    """
    return UserOut.model_validate(service.enable(user_id, by=principal.user_id))
