"""A pytest plugin that writes down what requests is answered in tests, one JSON line a call. `mdt mock import fixtures` uses it."""

import base64
import json
import os
from datetime import UTC, datetime
from functools import wraps
from pathlib import Path
from typing import Any

SETTING = "MDT_FIXTURES"  # variable: the file
DROPPED = ("content-encoding", "content-length")  # the body is decoded


def _body(body: Any) -> bytes:
    if body is None:
        return b""
    return body.encode() if isinstance(body, str) else body if isinstance(body, bytes) else b""


def line_of(test: str, request: Any, response: Any) -> str:
    """One call."""
    answered = [(name.lower(), str(value)) for name, value in response.headers.items()]
    return json.dumps(
        {
            "test": test,
            "at": datetime.now(UTC).isoformat(),
            "method": request.method,
            "url": request.url,
            "headers": [(name.lower(), str(value)) for name, value in request.headers.items()],
            "body": base64.b64encode(_body(request.body)).decode(),
            "status": response.status_code,
            "answerHeaders": [one for one in answered if one[0] not in DROPPED],
            "answerBody": base64.b64encode(response.content).decode(),
        }
    )


def install(path: Path) -> None:
    """Listens in Session.send, above the place where responses answers. requests-mock keeps the method that it finds when it is
    imported, so this has to come first.
    """
    import requests

    real = requests.Session.send

    @wraps(real)
    def send(self: Any, prepared: Any, **options: Any) -> Any:
        response = real(self, prepared, **options)
        test = os.environ.get("PYTEST_CURRENT_TEST", "").partition(" ")[0]
        with path.open("a", encoding="utf-8") as file:
            file.writelines(f"{line_of(test, one.request, one)}\n" for one in (*response.history, response))
        return response

    requests.Session.send = send  # type: ignore[assignment, method-assign]


if SETTING in os.environ:  # pytest imports this before the plugins of other packages
    install(Path(os.environ[SETTING]))
