"""The tokens of a request, settled whenever a stream ends: complete, broken, or left by its caller."""

from dataclasses import fields, replace

from balancer.proxy.record import RequestRecord
from balancer.proxy.request import CallerRequest
from balancer.wire.counting import count_tokens, text_tokens
from balancer.wire.reading import StreamReader
from balancer.wire.usage import Usage


def settle_stream(record: RequestRecord, request: CallerRequest, reader: StreamReader) -> None:
    """Add what a stream cost. An interrupted one has not said all: then its text and the request are estimated."""
    usage = reader.usage
    if not reader.complete:
        usage = replace(
            usage,
            input_tokens=usage.input_tokens or count_tokens(request.body.values),
            output_tokens=max(usage.output_tokens, text_tokens(reader.text)),
        )
        record.usage_estimated = True
    record.usage = added(record.usage, usage)


def added(one: Usage, other: Usage) -> Usage:
    return Usage(*(getattr(one, field.name) + getattr(other, field.name) for field in fields(Usage)))
