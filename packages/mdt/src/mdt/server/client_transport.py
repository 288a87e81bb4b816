"""The transport of the admin API's client; it needs only the standard library."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

from mdt.errors import MdtError
from mdt.language import Words, _, language


class ServerUnreachableError(MdtError):
    """No server answers at this address."""


class ServerRefusedError(MdtError):
    """The server answered with an error; `status` and `code` say which."""

    def __init__(self, status: int, code: str, message: Words) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


class ClientTransport:
    """Sends requests to the admin API."""

    def __init__(self, url: str, token: str | None = None, timeout: float = 5) -> None:
        self.url = url.rstrip("/")
        self._headers = {"authorization": f"Bearer {token}"} if token else {}
        self._timeout = timeout
        # ignores the proxy settings of this machine
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def _ask(
        self, method: str, path: str, body: dict[str, Any] | None = None, timeout: float | None = None
    ) -> dict[str, Any]:
        with self._response(method, path, body, timeout or self._timeout) as answer:
            value: dict[str, Any] = json.loads(answer.read())
            return value

    def _response(self, method: str, path: str, body: dict[str, Any] | None, timeout: float) -> Any:
        data = None if body is None else json.dumps(body).encode()
        headers = {"accept-language": language(), **self._headers}
        headers |= {"content-type": "application/json"} if data is not None else {}
        request = urllib.request.Request(f"{self.url}/_mdt{path}", data, headers, method=method)  # noqa: S310
        try:
            return self._opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            with error:
                raise _refusal(error.code, error.read()) from None
        except (OSError, http.client.HTTPException) as error:
            why = getattr(error, "reason", error)
            raise ServerUnreachableError(
                _("No mdt server answers at {url}: {error}. `mdt mock serve` starts one", url=self.url, error=why)
            ) from error


def _refusal(status: int, body: bytes) -> ServerRefusedError:
    try:
        plain = json.loads(body)
    except ValueError:
        plain = None
    if not isinstance(plain, dict):
        shown = body[:200].decode(errors="replace")
        return ServerRefusedError(
            status, "unknown", _("The server answered {status}: {body}", status=status, body=shown)
        )
    return ServerRefusedError(status, plain.get("error", "unknown"), plain.get("message", ""))
