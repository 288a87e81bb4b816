"""Users over HTTP."""

from backend.core.pagination import Page
from backend.core.security.principal import Principal
from backend.modules.users import service
from backend.modules.users.schemas import ProfilePatch, RoleChange, UserOut, UserQuery


def get_me(principal: Principal) -> UserOut:
    """Get your profile"""
    return UserOut.model_validate(service.get(principal.user_id))


def update_me(principal: Principal, body: ProfilePatch) -> UserOut:
    """Change your profile

    Only the fields that are sent change.
    """
    return UserOut.model_validate(service.update_profile(principal.user_id, body.model_dump(exclude_unset=True)))


def unbind_phone(principal: Principal) -> UserOut:
    """Remove your phone number

    It can then be bound to another account.
    """
    return UserOut.model_validate(service.unbind_phone(principal.user_id))


def list_users(query: UserQuery) -> Page[UserOut]:
    """List and search users"""
    return Page[UserOut].model_validate(service.find(**query.model_dump()))


def get_user(user_id: int) -> UserOut:
    """Get a user"""
    return UserOut.model_validate(service.get(user_id))


def change_role(principal: Principal, user_id: int, body: RoleChange) -> UserOut:
    """Change a user's role

    The new role applies from the user's next request.
    """
    return UserOut.model_validate(service.change_role(user_id, body.role, by=principal.user_id))


def disable_user(principal: Principal, user_id: int) -> UserOut:
    """Disable a user

    All their sessions end at once.
    """
    return UserOut.model_validate(service.disable(user_id, by=principal.user_id))


def enable_user(principal: Principal, user_id: int) -> UserOut:
    """Enable a user

    The user must log in again.
    """
    return UserOut.model_validate(service.enable(user_id, by=principal.user_id))
