"""Says with an answer that it was given before."""

from flask import Response, after_this_request

from backend.core.headers import IDEMPOTENT_REPLAYED


def mark_replayed() -> None:
    """Say with the answer to this request that it was given before."""
    after_this_request(_marked)


def _marked(response: Response) -> Response:
    response.headers[IDEMPOTENT_REPLAYED] = "true"
    return response
