"""What the users of a load test do, and how often: add a line for a route of yours."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Operation:
    """A request; `weight` is its share, `body` makes its JSON from the code with which the user logs in."""

    name: str
    weight: int
    method: str
    path: str
    body: Callable[[str], dict[str, Any]] | None = None


def nickname(code: str) -> dict[str, Any]:
    return {"nickname": f"{code[-8:]} {random.randrange(10**6)}"}


def another(code: str) -> dict[str, Any]:
    """A second account of the user: too many logins of the first would end the session that the test uses."""
    return {"code": f"{code}-again"}


LOGIN = Operation("login", 2, "POST", "/api/v1/auth/wechat/login", another)
OPERATIONS = (
    Operation("own profile", 70, "GET", "/api/v1/users/me"),
    Operation("own sessions", 15, "GET", "/api/v1/auth/sessions"),
    Operation("health", 8, "GET", "/health"),
    Operation("change profile", 5, "PUT", "/api/v1/users/me", nickname),
    LOGIN,
)
BY_NAME = {operation.name: operation for operation in OPERATIONS}
