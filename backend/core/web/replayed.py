"""Marks an answer as a replay."""

from flask import Response, after_this_request

from backend.core.headers import IDEMPOTENT_REPLAYED


def mark_replayed() -> None:
    """Mark the answer to this request as a replay: it was given before."""
    after_this_request(_marked)


def _marked(response: Response) -> Response:
    response.headers[IDEMPOTENT_REPLAYED] = "true"
    return response
