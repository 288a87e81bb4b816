"""The balancer, broken on purpose in one way each: every variant has to be caught by the matrix or by a probe."""

import dataclasses
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from balancer.proxy import attempts, exchange, failures, request
from balancer.proxy.circuit import Circuit
from balancer.proxy.classification import AttemptFailedError, of_fault
from balancer.proxy.exchange import AnswerBrokenError
from balancer.proxy.relay import Piece, StreamRelay
from balancer.proxy.retry_budget import RetryBudget
from balancer.proxy.upstream import UpstreamAnswer

type Break = Callable[[pytest.MonkeyPatch], None]


@dataclass(frozen=True)
class Variant:
    """`rows`: those of the matrix that show it, by name; none means that a probe does. `found`: what is said then."""

    name: str
    breaks: Break
    found: str
    rows: tuple[str, ...] = ()
    all_fail: bool = False


def _eof_is_success(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(StreamRelay, "_end", lambda _: Piece(b"", 0, content=True, ended=True))


def _cooldown_is_ignored(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(Circuit, "usable", lambda _self, _now: True)


def _retry_after_is_shortened(patch: pytest.MonkeyPatch) -> None:
    whole = Circuit.postpone
    patch.setattr(Circuit, "postpone", lambda self, now, wait: whole(self, now, wait / 10))


def _failover_after_content(patch: pytest.MonkeyPatch) -> None:
    visit = attempts._visit

    async def forgiving(*args: Any) -> Any:
        try:
            return await visit(*args)
        except AnswerBrokenError as broken:
            return broken.failure

    patch.setattr(attempts, "_visit", forgiving)


def _tenants_share(patch: pytest.MonkeyPatch) -> None:
    signature = request.CallerRequest.signature.func
    patch.setattr(
        request.CallerRequest, "signature", property(lambda self: signature(dataclasses.replace(self, tenant="")))
    )


def _patterns_read_the_answer(patch: pytest.MonkeyPatch) -> None:
    checked = exchange._checked

    def suspicious(attempt: Any, got: Any, raw: bytes) -> Any:
        words = json.dumps(checked(attempt, got, raw)["content"])
        if re.search("insufficient credits|rate limit", words):
            raise AttemptFailedError(of_fault("body_pattern", attempt.settings))
        return checked(attempt, got, raw)

    patch.setattr(exchange, "_checked", suspicious)


def _error_event_without_abort(patch: pytest.MonkeyPatch) -> None:
    break_off = failures.break_off

    async def gentle(asked: Any, answer: Any) -> None:
        answer.abort = answer.finish
        await break_off(asked, answer)

    patch.setattr(failures, "break_off", gentle)


def _commit_at_the_first_event(patch: pytest.MonkeyPatch) -> None:
    async def hasty(attempt: Any, relay: StreamRelay, _: Any) -> tuple[bytes, bool]:
        piece = await relay.next(attempt.provider.timeouts.first_token, "timeout_first_token")
        return piece.data, piece.ended

    patch.setattr(exchange, "hold", hasty)


def _budget_forgets(patch: pytest.MonkeyPatch) -> None:
    patch.setattr(RetryBudget, "spent", lambda _self, _request: 0)
    patch.setattr(RetryBudget, "left", lambda _self, _request: 6)


def _silence_is_endless(patch: pytest.MonkeyPatch) -> None:
    read = UpstreamAnswer.read
    patch.setattr(UpstreamAnswer, "read", lambda self, _seconds, reason="timeout_idle": read(self, 1000, reason))


VARIANTS = (
    Variant("EOF passes for success", _eof_is_success, "TRUNCATED SUCCESS", ("stream_truncated-after-content",)),
    Variant("the cooldown is ignored", _cooldown_is_ignored, "hammering", ("overloaded-before-headers",)),
    Variant("the cooldown is ignored, by a probe", _cooldown_is_ignored, "cooldown_is_kept"),
    Variant("Retry-After is shortened", _retry_after_is_shortened, "retry_after_is_kept"),
    Variant("failover after content", _failover_after_content, "TWO STARTS", ("stream_cut-after-content",)),
    Variant("duplicates without their tenant", _tenants_share, "tenants_share_no_answer"),
    Variant("patterns read the answer", _patterns_read_the_answer, "an_answer_may_speak_of_errors"),
    Variant("an error event, and a good end", _error_event_without_abort, "UNCLEAN", ("stream_cut-after-content",)),
    Variant(
        "the first event commits",
        _commit_at_the_first_event,
        "the contract says next",
        ("stream_error_event-before-content",),
    ),
    Variant(
        "repetitions of SDKs cost nothing",
        _budget_forgets,
        "upstream calls, 6 are allowed",
        ("internal_server_error-before-headers", "connection_error-before-headers"),
        all_fail=True,
    ),
    Variant("silence is endless", _silence_is_endless, "HANG", ("stream_stall-after-content",)),
)
