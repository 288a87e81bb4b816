"""A small application that takes callbacks, and clients to it. It checks signatures by itself, not with mdt."""

import hashlib
import hmac
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from werkzeug.test import Client
from werkzeug.wrappers import Request, Response

SECRET = "a secret of the tests"
PAYMENT = {
    "external/payment/service.yaml": "url: http://payment.internal\n",
    "external/payment/callbacks.yaml": """\
        callback: POST ${APP_URL}/webhook?from=payment
        sign: {scheme: hmac-sha256, header: X-Sig, timestamp: X-Time, secret_env: SECRET}
        success:   {json: {id: "{{ uuid() }}", order: "{{ data.order }}", amount: 198}}
        failed:    {extends: success, json: {id: "{{ uuid() }}", failed: true}}
        duplicate: {extends: success, repeat: 3}
        spread:    {extends: success, repeat: 3, every: 10s}
        delayed:   {extends: success, after: 15m}
        reordered: {sequence: [failed, success]}
        parallel:  {extends: success, concurrent: 4}
        mixed:     {concurrent: [success, failed]}
        retried:   {extends: success, retry: [15s, 1m]}
        forged:    {extends: success, tamper: signature}
        unsigned:  {extends: success, tamper: unsigned}
        changed:   {extends: success, tamper: body}
        stale:     {extends: success, tamper: timestamp}
        replayed:  {extends: success, tamper: replay}
        plain:     {extends: success, sign: none}
        tagged:    {extends: success, headers: {X-Shop: "1", X-Trace: a}}
        traced:    {extends: tagged, headers: {x-trace: b}}
        """,
}
ENV = {"SECRET": SECRET}


@dataclass
class Application:
    """Answers 200 to genuine callbacks, 401 to others; or what `answer` says."""

    answer: Callable[[Request], int] | None = None
    got: list[tuple[int, bytes, Mapping[str, str]]] = field(default_factory=list)
    most_at_once: int = 0
    _inside: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        with self._lock:
            self._inside += 1
            self.most_at_once = max(self.most_at_once, self._inside)
        body = request.get_data()
        status = self.answer(request) if self.answer else (200 if is_genuine(request.headers, body) else 401)
        with self._lock:
            self._inside -= 1
            self.got.append((status, body, dict(request.headers)))
        return Response(status=status)(environ, start)

    @property
    def statuses(self) -> list[int]:
        return [status for status, _body, _headers in self.got]

    def client(self) -> Client:
        return Client(self)


def is_genuine(headers: Mapping[str, str], body: bytes) -> bool:
    digest = hmac.new(SECRET.encode(), headers.get("X-Time", "").encode() + b"." + body, hashlib.sha256).hexdigest()
    return hmac.compare_digest(digest, headers.get("X-Sig", ""))
