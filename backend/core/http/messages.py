"""A call to a service and its reply. The log shows no bodies, and paths as their templates."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import structlog
from pydantic import ValidationError

from backend.core.headers import RETRY_AFTER
from backend.core.http import retries
from backend.core.http.errors import BadAnswerError, StatusError
from backend.core.inbound import Inbound
from backend.core.numbers import rounded

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Call:
    """A call, the same in every try; a reply whose status is in `expected` is a good one."""

    method: str
    path: str
    url: str
    headers: Mapping[str, str]
    json: Any
    expected: Collection[int]

    @property
    def repeatable(self) -> bool:
        return retries.is_repeatable(self.method, self.headers)


@dataclass(frozen=True, slots=True)
class ServiceReply:
    """The reply of a service."""

    service: str
    path: str
    status: int
    body: bytes

    def read[M: Inbound](self, model: type[M]) -> M:
        """The body as `model`; raises `BadAnswerError` if it is something else."""
        try:
            return model.model_validate_json(self.body, context=rounded(self.body))
        except ValidationError as error:
            wrong = [f"{'.'.join(map(str, item['loc']))}: {item['type']}" for item in error.errors(include_input=False)]
            log.error("service.unreadable", service=self.service, path=self.path, problems=wrong)  # noqa: TRY400
            raise BadAnswerError from None


def check(reply: ServiceReply, call: Call, headers: Mapping[str, str]) -> ServiceReply:
    """The reply, if its status is expected; raises `StatusError` otherwise."""
    if reply.status in call.expected:
        return reply
    raise StatusError(
        reply.status,
        again=reply.status in retries.TRANSIENT,
        pause=retries.retry_after(headers.get(RETRY_AFTER)),
    )


def filled(path: str, places: Mapping[str, str]) -> str:
    """The path with its `{places}` filled in, each as one segment whatever it holds. Raises `ValueError` for `.` and `..`."""
    for name, value in places.items():
        if value in ("", ".", ".."):
            raise ValueError(f"{{{name}}} of {path} would be {value!r}, which is another path")
        path = path.replace(f"{{{name}}}", quote(value, safe=""))
    return path
