"""Fixtures of the auth tests: WeChat's real client in front of requests-mock, clocks that can be moved, every log line."""

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
import requests_mock
from flask import Flask
from pydantic import SecretStr
from werkzeug.test import TestResponse

from backend.core import cache, clock
from backend.core.db import db
from backend.modules.auth import service, wechat, wechat_api
from backend.modules.auth.model import AuthSession
from backend.settings import Settings
from tests.framework.api import Api
from tests.unit.auth.fake_wechat import APP_ID, APP_SECRET, FakeWeChat
from tests.unit.core.http_support import FakeTime, fake_time  # noqa: F401 - a fixture


@pytest.fixture
def stored_session(app: Flask) -> Callable[[int], AuthSession | None]:
    """A session as it is on disk."""

    def read(session_id: int) -> AuthSession | None:
        with app.app_context():
            return db.session.get(AuthSession, session_id)

    return read


@pytest.fixture
def time_passes(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """`time_passes(seconds=31)`: the rules of auth believe that it is later."""

    def move(**later: float) -> None:
        monkeypatch.setattr(service, "utcnow", lambda: clock.utcnow() + timedelta(**later))

    return move


@pytest.fixture
def refresh(api: Api) -> Callable[[str], TestResponse]:
    """Exchange a refresh token."""
    return lambda token: api.post("/api/v1/auth/refresh", json={"refresh_token": token})


@pytest.fixture
def login(api: Api) -> Callable[[], TestResponse]:
    return lambda: api.post("/api/v1/auth/wechat/login", json={"code": "a-code"})


@pytest.fixture
def fake_wechat(
    app: Flask,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    fake_time: FakeTime,  # noqa: F811
) -> Iterator[FakeWeChat]:
    """The application with the real client; what WeChat answers is up to the test."""
    real = settings.model_copy(update={"wechat_app_id": APP_ID, "wechat_app_secret": SecretStr(APP_SECRET)})
    client = wechat_api.WeChatApi(real, app.extensions[cache.EXTENSION])
    monkeypatch.setitem(app.extensions, wechat.EXTENSION, client)
    with requests_mock.Mocker() as mocker:
        yield FakeWeChat(mocker, client)
