"""The users routes."""

from backend.core.security.access import permission, user
from backend.core.web.route import Route
from backend.modules.users import controller
from backend.modules.users.errors import OwnAccountError
from backend.modules.users.roles import USERS_READ, USERS_WRITE

ROUTES = [
    Route("GET", "/api/v1/users/me", controller.get_me, user),
    Route("PATCH", "/api/v1/users/me", controller.update_me, user, rate="60/minute"),
    Route("DELETE", "/api/v1/users/me/phone", controller.unbind_phone, user),
    Route("GET", "/api/v1/users", controller.list_users, permission(USERS_READ)),
    Route("GET", "/api/v1/users/<id:user_id>", controller.get_user, permission(USERS_READ)),
    Route(
        "PUT",
        "/api/v1/users/<id:user_id>/role",
        controller.change_role,
        permission(USERS_WRITE),
        raises=[OwnAccountError],
    ),
    Route(
        "POST",
        "/api/v1/users/<id:user_id>/disable",
        controller.disable_user,
        permission(USERS_WRITE),
        raises=[OwnAccountError],
        replay=True,
    ),
    Route(
        "POST",
        "/api/v1/users/<id:user_id>/enable",
        controller.enable_user,
        permission(USERS_WRITE),
        raises=[OwnAccountError],
        replay=True,
    ),
]
