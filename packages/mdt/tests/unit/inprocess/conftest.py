"""The definitions of these tests, and a way to ask the same of each client library."""

from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

import httpx
import httpx2
import pytest
import requests

from mdt.inprocess import active_block

MOCKS = Path(__file__).parent / "mocks"
CHECK = "http://inventory.internal/internal/inventory/check"
LIBRARIES = {"requests": requests, "httpx": httpx, "httpx2": httpx2}


@dataclass(frozen=True)
class Client:
    """requests.request, httpx.request and httpx2.request with one signature."""

    package: ModuleType

    def __call__(self, method: str, url: str, **options: Any) -> Any:
        follow = options.pop("follow", False)
        options["allow_redirects" if self.package is requests else "follow_redirects"] = follow
        return self.package.request(method, url, **options)

    def check(self, product: str = "p1", **options: Any) -> Any:
        return self("POST", CHECK, json={"productId": product}, **options)


@pytest.fixture(params=LIBRARIES)
def client(request: pytest.FixtureRequest) -> Client:
    return Client(LIBRARIES[request.param])


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch):
    """mock_scenario finds these definitions; and no test leaves a session behind."""
    monkeypatch.setenv("MDT_MOCKS", str(MOCKS))
    yield
    assert not active_block.ACTIVE
    assert active_block.CURRENT.get() is None
