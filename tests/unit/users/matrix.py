"""What the generated tests are told of users."""

from tests.framework.routes import Knowledge

MATRIX = Knowledge(
    objects={"user_id": lambda api, owner: owner.id},
    rows={"users.list_users": lambda api, actor: api.login()},
)
