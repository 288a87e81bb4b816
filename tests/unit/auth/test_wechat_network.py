"""Between us and WeChat: what is tried again, what never is, and how long anybody waits."""

import io
from contextlib import suppress

import pytest
import requests
from urllib3.exceptions import MaxRetryError, NameResolutionError, NewConnectionError, ProtocolError, ReadTimeoutError

from backend.core.errors import AppError
from backend.modules.auth import wechat_http
from backend.modules.auth.errors import WeChatUnavailableError
from tests.unit.auth.fake_wechat import OK, error

pytestmark = pytest.mark.usefixtures("session")


def not_connected(reason):
    return requests.ConnectionError(MaxRetryError(None, "/sns/jscode2session", reason))


NEVER_SENT = {
    "connection refused": not_connected(NewConnectionError(None, "refused")),
    "no such host": not_connected(NameResolutionError("api.weixin.qq.com", None, OSError("unknown"))),
    "connect timeout": requests.ConnectTimeout(),
}
PERHAPS_SENT = {
    "read timeout": requests.ReadTimeout(),
    "connection reset": requests.ConnectionError(ProtocolError("reset", ConnectionResetError())),
    "connection without a reason": requests.ConnectionError(),
    "TLS": requests.exceptions.SSLError("bad certificate"),
    "broken chunks": requests.exceptions.ChunkedEncodingError(),
}


def identify(fake_wechat):
    with pytest.raises(WeChatUnavailableError) as caught:
        fake_wechat.client.identify("a-code")
    return caught.value


class TestNeverSent:
    @pytest.mark.parametrize("failure", NEVER_SENT.values(), ids=NEVER_SENT)
    def test_is_tried_again(self, fake_wechat, failure):
        fake_wechat.login_answers({"exc": failure}, OK)

        identity = fake_wechat.client.identify("a-code")

        assert identity.openid == OK["json"]["openid"]
        assert len(fake_wechat.calls()) == 2

    @pytest.mark.parametrize("failure", NEVER_SENT.values(), ids=NEVER_SENT)
    def test_for_ever_is_given_up(self, fake_wechat, failure):
        fake_wechat.login_answers({"exc": failure})

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == wechat_http.RETRIES.attempts


class TestPerhapsSent:
    """The code may be used up: a second call could only get 40163."""

    @pytest.mark.parametrize("failure", PERHAPS_SENT.values(), ids=PERHAPS_SENT)
    def test_is_never_tried_again(self, fake_wechat, fake_time, failure):
        fake_wechat.login_answers({"exc": failure}, OK)

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == 1
        assert fake_time.slept == []

    @pytest.mark.parametrize(
        "failure",
        [ReadTimeoutError(None, "/", "Read timed out."), ProtocolError("incomplete"), OSError("gone")],
        ids=lambda failure: type(failure).__name__,
    )
    def test_failure_in_the_middle_of_the_reply_is_503(self, fake_wechat, failure):
        class Broken(io.BytesIO):
            def read1(self, *_):
                raise failure

            read = read1

        fake_wechat.login_answers({"body": Broken()}, OK)

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == 1


class TestDeadline:
    def test_each_call_has_the_timeouts_of_the_settings(self, fake_wechat, settings):
        fake_wechat.login_answers(OK)

        fake_wechat.client.identify("a-code")

        assert fake_wechat.calls()[0].timeout == (settings.wechat_connect_timeout, settings.wechat_read_timeout)

    def test_later_calls_have_only_what_is_left(self, fake_wechat, settings, fake_time):
        def slow_and_busy(request, context):
            fake_time.now += settings.wechat_deadline - 1
            return error(-1)["json"]

        fake_wechat.login_answers({"json": slow_and_busy}, OK)

        fake_wechat.client.identify("a-code")

        second = fake_wechat.calls()[1].timeout
        assert all(0 < part < 1 for part in second)

    def test_nothing_is_tried_that_could_not_start_before_it(self, fake_wechat, settings, fake_time):
        def too_slow(request, context):
            fake_time.now += settings.wechat_deadline - 0.05
            return error(-1)["json"]

        fake_wechat.login_answers({"json": too_slow})

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == 1
        assert fake_time.slept == []

    def test_reply_that_drips_is_given_up(self, fake_wechat, settings, fake_time):
        class Dripping(io.BytesIO):
            def read1(self, *_):
                fake_time.now += 1
                return b" "

            def read(self, size, *_):
                return b"".join(self.read1() for _ in range(size))

        fake_wechat.login_answers({"body": Dripping()})
        started = fake_time.now

        identify(fake_wechat)

        assert fake_time.now - started <= settings.wechat_deadline + 1


class TestTooManyAtOnce:
    def test_is_refused_without_a_call(self, fake_wechat, monkeypatch):
        fake_wechat.login_answers(OK)
        monkeypatch.setattr(wechat_http, "SLOT_SECONDS", 0)
        while fake_wechat.client._http._slots.acquire(blocking=False):
            pass

        identify(fake_wechat)

        assert fake_wechat.calls() == []

    @pytest.mark.parametrize(
        "reply", [OK, error(40029), {"exc": requests.ReadTimeout()}], ids=["ok", "error", "timeout"]
    )
    def test_slot_is_given_back(self, fake_wechat, settings, reply):
        fake_wechat.login_answers(reply)

        for _ in range(settings.server_threads):
            with suppress(AppError):
                fake_wechat.client.identify("a-code")

        assert len(fake_wechat.calls()) == settings.server_threads
