"""One line of a route table: a path, its handler, who may call it, and who owns its transaction.

ROUTES = [Route("GET", "/api/v1/users/me", controller.me, user, rate="60/minute")]
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from backend.core.errors import AppError
from backend.core.security.access import Access

SAFE_METHODS = frozenset({"GET", "HEAD"})
Transaction = Literal["request", "steps"]


@dataclass(frozen=True, slots=True)
class Route:
    """One line of a route table.

    `rate` is a limit such as "60/minute", counted per user, or per address where nobody is logged in. `raises` are the
    errors of the handler itself, for the documentation. `transaction` says who owns it:

    * "request": the endpoint opens one, builds the answer, commits; services flush. `replay` says that the handler may run
      again when its transaction lost against another one; by default that holds for every method but POST.
    * "steps": the endpoint opens none. The handler calls partners in between and runs each step as a unit of its own
      (`run_unit`, `run_until_done`); it must leave none of them open.

    A PATCH answers to PUT as well; `copies_patch` marks that second route, which registration adds.
    """

    method: str
    path: str
    handler: Callable[..., Any]
    access: Access
    rate: str | None = None
    status: int = 200
    raises: Sequence[type[AppError]] = ()
    transaction: Transaction = "request"
    replay: bool | None = None
    copies_patch: bool = False

    @property
    def writes(self) -> bool:
        return self.method not in SAFE_METHODS

    @property
    def replayable(self) -> bool:
        return self.method != "POST" if self.replay is None else self.replay
