"""The requests that bench/proxies.py repeats, and the connections that they go over."""

import http.client
import json
import time
from collections.abc import Callable
from dataclasses import dataclass

from contenders import KEY, Contender, Urls

WORDS = 200
TEXT = " ".join(f"word{number}" for number in range(WORDS))
PATHS = {"anthropic": "/v1/messages", "openai": "/v1/chat/completions"}
END_MARKS = {"/v1/messages": b"message_stop", "/v1/chat/completions": b"[DONE]"}


@dataclass(frozen=True)
class Case:
    """`path` is what callers ask of a proxy, `provider` who answers; a path of the other format is translated."""

    name: str
    model: str
    path: str
    provider: str
    stream: bool = False


CASES = (
    Case("chat completion", "chat-m", "/v1/chat/completions", "openai"),
    Case("message", "messages-m", "/v1/messages", "anthropic"),
    Case("message from an OpenAI provider", "translated-m", "/v1/messages", "openai"),
    Case(f"chat completion, {WORDS} events", "chat-m", "/v1/chat/completions", "openai", stream=True),
    Case(f"message, {WORDS} events", "messages-m", "/v1/messages", "anthropic", stream=True),
)


def body(case: Case) -> bytes:
    asked = {"model": case.model, "max_tokens": 1000, "messages": [{"role": "user", "content": "Count the words."}]}
    return json.dumps(asked | {"stream": True} if case.stream else asked).encode()


def headers(contender: Contender | None, case: Case, urls: Urls) -> dict[str, str]:
    own = contender.headers(case.provider, urls) if contender else {}
    common = {"content-type": "application/json", "authorization": f"Bearer {KEY}", "anthropic-version": "2023-06-01"}
    return common | {"x-api-key": KEY} | own


class WrongAnswerError(Exception):
    """The status, and how the answer begins."""


class Caller:
    """One connection that stays open, and one request that is repeated."""

    def __init__(self, port: int, path: str, case: Case, sent: dict[str, str]) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
        self._request = ("POST", path, body(case), sent)
        self._ends = [f"word{WORDS - 1}".encode()]
        if case.stream:
            self._ends.append(END_MARKS["/v1/messages" if path.endswith("/v1/messages") else "/v1/chat/completions"])

    def ask(self) -> float:
        """Seconds from the request to the last byte of the answer. WrongAnswerError unless it is whole.

        A server closes a connection that was idle for a while: then the request goes over a new one.
        """
        try:
            return self._ask()
        except (BrokenPipeError, ConnectionResetError, http.client.RemoteDisconnected):
            self._connection.close()
            return self._ask()

    def _ask(self) -> float:
        began = time.perf_counter()
        self._connection.request(*self._request)
        answer = self._connection.getresponse()
        got = answer.read()
        took = time.perf_counter() - began
        if answer.status != 200 or any(end not in got for end in self._ends):
            raise WrongAnswerError(answer.status, got[:300])
        return took

    def close(self) -> None:
        self._connection.close()


def direct(case: Case, urls: Urls) -> Caller:
    host, _, path = urls[case.provider].removeprefix("http://").partition("/")
    port = int(host.rpartition(":")[2])
    return Caller(port, f"/{path}{PATHS[case.provider]}", case, headers(None, case, urls))


def through(contender: Contender, port: int, case: Case, urls: Urls) -> Caller:
    return Caller(port, case.path, case, headers(contender, case, urls))


def answers(urls: Urls) -> Callable[[Contender, int], bool]:
    def whole(contender: Contender, port: int) -> bool:
        caller = through(contender, port, CASES[0], urls)
        try:
            caller.ask()
        except (OSError, http.client.HTTPException, WrongAnswerError):
            return False
        finally:
            caller.close()
        return True

    return whole
