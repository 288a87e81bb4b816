"""Answers one request: from the first provider that can, and from the next one where a stream may be continued."""

import time
from dataclasses import replace

from balancer.proxy import failures
from balancer.proxy.answer import Answer
from balancer.proxy.attempts import ask_in_turn
from balancer.proxy.classification import Failure
from balancer.proxy.continuation import ContinuedAnswer, TrackedAnswer, continued_request
from balancer.proxy.exchange import AnswerBrokenError
from balancer.proxy.pursuit import Pursuit
from balancer.proxy.record import RequestRecord
from balancer.proxy.request import CallerRequest
from balancer.proxy.runtime import Runtime
from balancer.wire import anthropic, json_text


async def serve(runtime: Runtime, request: CallerRequest, answer: Answer, record: RequestRecord) -> None:
    """Every outcome is an answer; only cancellation gets out."""
    if not request.route.targets:
        await _estimate(request, answer, record)
        return
    retry = request.config.settings.retry
    left = retry.max_attempts - runtime.budget.spent(request)
    pursuit = Pursuit(runtime, request, answer, record, left, time.monotonic() + retry.deadline)
    if request.stream and request.config.settings.stream.on_break != "error":
        pursuit.answer = TrackedAnswer(answer, request)
    try:
        failure = await ask_in_turn(pursuit)
    except AnswerBrokenError as broken:
        await _broken(pursuit, broken)
    else:
        await _ended(pursuit, failure)


async def _estimate(request: CallerRequest, answer: Answer, record: RequestRecord) -> None:
    """The tokens of a request whose providers do not count."""
    body = json_text.encode(anthropic.count_tokens(request.body.values))
    note = (b"x-balancer-warning", b"no provider of this model counts tokens: this is an estimate")
    record.outcome = "ok"
    await answer.whole(200, [note, (b"content-type", b"application/json")], body)


async def _ended(pursuit: Pursuit, failure: Failure | None) -> None:
    if failure is None:
        pursuit.record.outcome = "ok"
        return
    pursuit.record.outcome, pursuit.record.reason = "failed", failure.reason
    pursuit.runtime.budget.spend(pursuit.request, len(pursuit.record.attempts))
    await failures.give_up(pursuit.runtime, pursuit.request, pursuit.answer, failure, pursuit.failures)


async def _broken(pursuit: Pursuit, broken: AnswerBrokenError) -> None:
    record = pursuit.record
    record.reason = broken.failure.reason
    record.continued = await _carry_on(pursuit)
    record.outcome = "ok" if record.continued else "broken"
    if not record.continued:
        await failures.break_off(pursuit.request, pursuit.answer)


async def _carry_on(pursuit: Pursuit) -> bool:
    """Whether another provider brought the stream to its end."""
    tracked = pursuit.answer
    if not isinstance(tracked, TrackedAnswer):
        return False
    identical = pursuit.request.config.settings.stream.on_break == "resume_identical"
    while tracked.sent.can_go_on and pursuit.may_go_on:
        request = pursuit.request if identical else continued_request(pursuit.request, tracked.sent.text)
        again = replace(
            pursuit,
            request=request,
            answer=ContinuedAnswer(tracked, identical=identical),
            skipped=pursuit.skipped | pursuit.asked,
            asked=set(pursuit.asked),
            failures=[],
        )
        try:
            return await ask_in_turn(again) is None
        except AnswerBrokenError:
            pursuit.left, pursuit.asked = again.left, again.asked
    return False
