"""The libraries are patched once, also those that are imported later; it can be undone."""

import subprocess
import sys
import types

import httpx
import httpx2
import pytest
import requests
from requests.adapters import HTTPAdapter
from requests_mock import NoMockAddress

from mdt import mock_scenario
from mdt.engine.routes import allowed
from mdt.inprocess import patching
from mdt.inprocess.dispatch import split
from mdt.inprocess.patching import ImportWatch
from tests.unit.inprocess.conftest import CHECK, MOCKS

pytestmark = pytest.mark.may_be_void("about the patch after a block")

TARGETS = [
    (HTTPAdapter, "send"),
    (httpx.HTTPTransport, "handle_request"),
    (httpx.AsyncHTTPTransport, "handle_async_request"),
    (httpx2.HTTPTransport, "handle_request"),
    (httpx2.AsyncHTTPTransport, "handle_async_request"),
]


@pytest.fixture
def clean():
    patching.uninstall()
    yield
    patching.uninstall()


def methods():
    return [owner.__dict__[name] for owner, name in TARGETS]


def test_installing_twice_patches_once_and_uninstalling_takes_it_back(clean):
    before, paths = methods(), list(sys.meta_path)
    patching.install()
    patched = methods()
    patching.install()
    assert methods() == patched
    assert all(one is not other for one, other in zip(before, patched, strict=True))
    assert [patching.original_of(owner, name) for owner, name in TARGETS] == before
    patching.uninstall()
    patching.uninstall()
    assert methods() == before
    assert sys.meta_path == paths
    assert patching.original_of(HTTPAdapter, "send") is before[0]


def test_what_somebody_else_patched_in_the_meantime_stays(clean):
    before = HTTPAdapter.send
    patching.install()
    others = lambda *_: None
    HTTPAdapter.send = others
    patching.uninstall()
    assert HTTPAdapter.send is others
    HTTPAdapter.send = before


def test_a_patch_that_somebody_put_back_is_not_patched_again(clean):
    before = HTTPAdapter.send
    patching.install()
    ours = HTTPAdapter.send
    patching.uninstall()
    HTTPAdapter.send = ours
    with mock_scenario("inventory.outOfStock") as m:
        requests.post(CHECK, json={"productId": "p"})
        m.inventory.called(times=1)
    patching.uninstall()
    assert HTTPAdapter.send is before


def test_the_patch_is_in_place_after_a_block_and_inactive():
    with mock_scenario("inventory.available"):
        pass
    before = methods()
    with mock_scenario("inventory.available"):
        assert methods() == before


def test_a_module_that_comes_later_is_called_back(monkeypatch, tmp_path):
    (tmp_path / "late_library.py").write_text("VALUE = 1\n")
    monkeypatch.syspath_prepend(tmp_path)
    seen = []
    watch = ImportWatch({"late_library": lambda module: seen.append(module.VALUE), "no_such_library": seen.append})
    watch.start()
    try:
        with pytest.raises(ImportError):
            __import__("no_such_library")
        module = __import__("late_library")
        assert seen == [1]
        assert type(module.__loader__).__name__ == type(module.__spec__.loader).__name__ == "SourceFileLoader"
    finally:
        watch.stop()
        sys.modules.pop("late_library", None)


def test_one_that_is_there_already_is_called_back_at_once(monkeypatch):
    module = types.ModuleType("early_library")
    monkeypatch.setitem(sys.modules, "early_library", module)
    seen = []
    watch = ImportWatch({"early_library": seen.append})
    watch.start()
    watch.stop()
    assert seen == [module]


@pytest.mark.parametrize("library", ["requests", "httpx", "httpx2"])
def test_a_library_first_imported_inside_a_block_is_answered(library):
    program = f"""
import sys
from mdt import mock_scenario
with mock_scenario("inventory.outOfStock", mocks={str(MOCKS)!r}):
    assert not {{"requests", "httpx", "httpx2"}} & set(sys.modules), "mdt itself imports no client"
    import {library}
    print({library}.post({CHECK!r}, json={{"productId": "p"}}).json()["available"])
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60)
    assert (done.stdout.strip(), done.stderr) == ("False", "")


@pytest.mark.parametrize(
    ("url", "host", "path"),
    [
        ("http://A.example.com", "a.example.com", "/"),
        ("http://a.example.com:80/x%20y?q", "a.example.com", "/x y"),
        ("https://a.example.com:443/", "a.example.com", "/"),
        ("https://a.example.com:80/", "a.example.com:80", "/"),
        ("http://[::1]:8000/", "[::1]:8000", "/"),
        ("http://[::1]/", "[::1]", "/"),
    ],
)
def test_hosts_of_urls(url, host, path):
    assert split(url)[1:3] == (host, path)


@pytest.mark.parametrize(
    ("host", "listed", "expected"),
    [
        ("127.0.0.1:80", {"127.0.0.1"}, True),
        ("127.0.0.1:80", {"127.0.0.1:81"}, False),
        ("127.0.0.1:80", {"127.0.0.1:80"}, True),
        ("a.b.c", {"*.c"}, True),
        ("a.b.c:1", {"*.b.c"}, True),
        ("b.c", {"*.b.c"}, False),
        ("[::1]", {"[::1]"}, True),
        ("[::1]:8000", {"[::1]"}, True),
        ("localhost", set(), False),
    ],
)
def test_lists_of_allowed_hosts(host, listed, expected):
    assert allowed(host, listed) is expected


def test_requests_mock_comes_before_and_can_ask_the_session(requests_mock):
    from mdt import as_requests_mock

    requests_mock.get("http://elsewhere.example.com/", text="theirs")
    assert as_requests_mock(requests_mock) is requests_mock
    with mock_scenario("inventory.outOfStock") as m:
        answer = requests.post(CHECK, json={"productId": "p"})
        assert (answer.json()["available"], requests.get("http://elsewhere.example.com/").text) == (False, "theirs")
        m.inventory.called(times=1)
        assert requests_mock.call_count == 2
        m.switch("broken.reset")
        with pytest.raises(requests.ConnectionError):
            requests.get("https://broken.example.com/thing")
    with pytest.raises(NoMockAddress):
        requests.post(CHECK)
    requests_mock.reset()
