"""Whatever JSON a provider's events hold, the relay passes it on or calls it a failure; nothing else gets out."""

from contextlib import suppress

import anyio
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from balancer.proxy.classification import AttemptFailedError
from balancer.proxy.config import ProviderSettings, Settings
from balancer.proxy.relay import StreamRelay
from balancer.proxy.splice import ODD_VALUES, SentSoFar, joined, splice_for
from balancer.wire import anthropic, json_text, openai
from balancer.wire.assembly import assemble
from balancer.wire.formats import Format
from balancer.wire.sse import Event, encode
from balancer.wire.translation import StreamTranslator

SETTINGS = Settings()
OTHER = {Format.ANTHROPIC: Format.OPENAI, Format.OPENAI: Format.ANTHROPIC}
MESSAGE = anthropic.message([anthropic.text("Hello there"), anthropic.tool_use("look", {"at": 1})], model="m")
COMPLETION = openai.chat_completion("Hello", model="m", tool_calls=[openai.tool_call("look", {})])
STREAMS = {
    Format.ANTHROPIC: anthropic.stream(MESSAGE),
    Format.OPENAI: openai.stream(COMPLETION, include_usage=True),
}
ODD = st.sampled_from([None, 0, -1, 1e9, "", "x", [], [None], ["x"], {}, {"type": []}, True])


class Chunks:
    def __init__(self, events):
        self._chunks = iter([encode(event) for event in events])

    async def read(self, seconds, reason=""):
        return next(self._chunks, b"")


def paths(value, at=()):
    """The places of all values in a JSON value."""
    yield at
    members = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, member in members:
        yield from paths(member, (*at, key))


def replaced(value, path, odd):
    if not path:
        return odd
    changed = dict(value) if isinstance(value, dict) else list(value)
    changed[path[0]] = replaced(value[path[0]], path[1:], odd)
    return changed


@st.composite
def odd_streams(draw):
    own = draw(st.sampled_from(list(Format)))
    events = list(STREAMS[own])
    for _ in range(draw(st.integers(1, 3))):
        index = draw(st.integers(0, len(events) - 1))
        if events[index].data == "[DONE]":
            continue
        data = json_text.loads(events[index].data)
        path = draw(st.sampled_from(list(paths(data))))
        events[index] = Event(events[index].name, json_text.dumps(replaced(data, path, draw(ODD))))
    return own, events


async def read(relay):
    data = b""
    while True:
        piece = await relay.next(1)
        data += piece.data
        if piece.ended:
            return data


@pytest.mark.parametrize("translates", [False, True])
@settings(max_examples=150, deadline=None)
@given(odd=odd_streams())
def test_odd_values(translates, odd):
    own, events = odd
    provider = ProviderSettings(name="p", type=own, base_url="http://x", auth_type="none")
    translator = StreamTranslator(own, OTHER[own]) if translates else None
    relay = StreamRelay(Chunks(events), own, provider, SETTINGS, translator=translator, strip_usage=True)
    with suppress(AttemptFailedError):
        anyio.run(read, relay)


@settings(max_examples=150, deadline=None)
@given(odd=odd_streams(), identical=st.booleans())
def test_odd_values_at_a_seam(odd, identical):
    own, events = odd
    sent = SentSoFar(own)
    for event in events[:5]:
        sent.feed(event)
    splice = splice_for(sent, identical=identical)
    with suppress(AttemptFailedError):
        for event in events:
            joined(splice, event)


@settings(max_examples=150, deadline=None)
@given(odd=odd_streams())
def test_odd_values_in_a_stream_that_becomes_a_whole_answer(odd):
    own, events = odd
    with suppress(*ODD_VALUES):
        assert isinstance(assemble(own, events), dict)
