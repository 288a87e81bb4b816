"""Beside tools that replace the same methods, in every order of start and stop, no call reaches the network in silence."""

import subprocess
import sys
from contextlib import contextmanager
from unittest.mock import patch

import httpx
import pytest
import requests
import responses
import vcr
from opentelemetry.instrumentation.httpx import HTTPXClientInstrumentor
from opentelemetry.instrumentation.requests import RequestsInstrumentor
from opentelemetry.instrumentation.urllib3 import URLLib3Instrumentor
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pytest_httpx import HTTPXMock
from requests.adapters import HTTPAdapter

from mdt import mock_scenario
from mdt.inprocess import patching
from mdt.inprocess.patching import PatchLostError
from tests.unit.inprocess.conftest import CHECK

pytestmark = pytest.mark.may_be_void("about other tools, which answer in the place of mdt")


@pytest.fixture(params=[True, False], ids=["installed", "not installed"])
def early(request):
    """As the pytest plugin does it at the beginning, and as a program without the plugin has it."""
    patching.uninstall()
    if request.param:
        patching.install()
    yield request.param
    patching.uninstall()
    patching.install()


@contextmanager
def with_responses():
    with responses.RequestsMock(assert_all_requests_are_fired=False):
        yield


@contextmanager
def with_pytest_httpx():
    """What its fixture does: a replaced method that is put back."""
    from pytest_httpx._options import _HTTPXMockOptions

    mock, patch = HTTPXMock(_HTTPXMockOptions()), pytest.MonkeyPatch()

    def handle_request(transport, request):
        return mock._handle_request(transport, request)

    patch.setattr(httpx.HTTPTransport, "handle_request", handle_request)
    yield
    patch.undo()


@contextmanager
def with_vcr(tmp_path):
    with vcr.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="none"):
        yield


TOOLS = {
    "responses": (lambda _: with_responses(), requests.post),
    "pytest-httpx": (lambda _: with_pytest_httpx(), httpx.post),
    "vcr with requests": (with_vcr, requests.post),
    "vcr with httpx": (with_vcr, httpx.post),
}


@pytest.fixture(params=TOOLS)
def tool(request, tmp_path):
    make, post = TOOLS[request.param]
    return make(tmp_path), post


def answered(post):
    return post(CHECK, json={"productId": "p"}).json() == {"productId": "p", "available": False, "quantity": 0}


def test_a_block_inside_the_tool_answers_and_so_does_the_next_block(early, tool):
    other, post = tool
    with other, mock_scenario("inventory.outOfStock"):
        assert answered(post)
    with mock_scenario("inventory.outOfStock"):
        assert answered(post)


def test_a_tool_inside_a_block_leaves_the_block_answering(early, tool):
    other, post = tool
    with mock_scenario("inventory.outOfStock"):
        with other:
            pass
        assert answered(post)


def test_a_tool_that_outlives_the_block_leaves_the_next_one_answering(early, tool):
    other, post = tool
    with mock_scenario("inventory.outOfStock"):
        other.__enter__()
    other.__exit__(None, None, None)
    with mock_scenario("inventory.outOfStock"):
        assert answered(post)


def test_a_tool_that_ends_inside_the_block_is_harmless_or_told(early, tool):
    other, post = tool
    other.__enter__()
    block = mock_scenario("inventory.outOfStock")
    block.__enter__()
    other.__exit__(None, None, None)
    if patching._in_place(HTTPAdapter, "send") and patching._in_place(httpx.HTTPTransport, "handle_request"):
        assert answered(post)
        block.__exit__(None, None, None)
    else:
        with pytest.raises(PatchLostError, match="may have reached the network"):
            block.__exit__(None, None, None)
    with mock_scenario("inventory.outOfStock"):
        assert answered(post)


def test_a_failing_block_keeps_its_error_and_notes_the_lost_patch():
    patching.uninstall()
    own = HTTPAdapter.send
    block = mock_scenario("inventory.outOfStock")
    block.__enter__()
    HTTPAdapter.send = own
    failed = KeyError()
    block.__exit__(KeyError, failed, None)
    assert "requests.adapters.HTTPAdapter.send" in failed.__notes__[0]


def test_a_wrapper_between_two_layers_of_ours_asks_the_session_once(monkeypatch):
    """Without `__wrapped__` nobody sees that the session stands behind it already."""
    inner = HTTPAdapter.send

    def send(*args, **options):
        return inner(*args, **options)

    monkeypatch.setattr(HTTPAdapter, "send", send)
    with mock_scenario("inventory.outOfStock", allow_hosts="127.0.0.1") as m:
        with pytest.raises(Exception, match="socket"):
            requests.get("http://127.0.0.1:9/")
        assert answered(requests.post)
        m.inventory.called(times=1)


@pytest.mark.parametrize(
    "options", [{}, {"autospec": True}, {"new": lambda *_, **__: None}], ids=["mock", "autospec", "function"]
)
def test_unittest_mock_may_replace_a_method_around_and_inside_a_block(options):
    with patch.object(HTTPAdapter, "send", **options), mock_scenario("inventory.outOfStock"):
        assert answered(requests.post)
    with mock_scenario("inventory.outOfStock"):
        mock = patch.object(HTTPAdapter, "send", **options)
        mock.start()
    mock.stop()
    with mock_scenario("inventory.outOfStock"):
        assert answered(requests.post)


def test_the_plugin_patches_before_a_test_begins():
    code = "import sys, pytest; pytest.main(['--version'], plugins=['mdt.pytest_plugin'])"
    assert subprocess.run([sys.executable, "-c", code], check=False, capture_output=True).returncode == 0
    assert patching._in_place(HTTPAdapter, "send")


INSTRUMENTORS = {
    "requests": (RequestsInstrumentor, requests.post),
    "urllib3": (URLLib3Instrumentor, requests.post),
    "httpx": (HTTPXClientInstrumentor, httpx.post),
}


@pytest.mark.parametrize("first", [True, False], ids=["traced first", "patched first"])
@pytest.mark.parametrize("library", INSTRUMENTORS)
def test_opentelemetry_sees_each_call(library, first):
    make, post = INSTRUMENTORS[library]
    spans = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(spans))
    patching.uninstall()
    if not first:
        patching.install()
    make().instrument(tracer_provider=provider)
    try:
        with mock_scenario("inventory.outOfStock"):
            assert answered(post)
    finally:
        make().uninstrument()
    assert [span.attributes["http.url"] for span in spans.get_finished_spans()] == [CHECK]
    with mock_scenario("inventory.outOfStock"):
        assert answered(post)


SENTRY = """
import sys
first, library = sys.argv[1] == "first", sys.argv[2]
import requests, httpx, sentry_sdk
from mdt import mock_scenario
from mdt.inprocess import patching
if not first: patching.install()
seen = []
sentry_sdk.init(dsn="http://k@127.0.0.1:9/1", traces_sample_rate=1.0, before_send_transaction=lambda e, _: seen.append(e))
with sentry_sdk.start_transaction(name="t"), mock_scenario("inventory.outOfStock"):
    getattr(__import__(library), "post")(%r, json={"productId": "p"})
print([span["op"] for event in seen for span in event["spans"]])
"""


@pytest.mark.parametrize("first", ["first", "second"])
@pytest.mark.parametrize("library", ["requests", "httpx"])
def test_sentry_sees_each_call(library, first):
    ran = subprocess.run(
        [sys.executable, "-c", SENTRY % CHECK, first, library], check=True, capture_output=True, text=True
    )
    assert ran.stdout.strip() == "['http.client']"
