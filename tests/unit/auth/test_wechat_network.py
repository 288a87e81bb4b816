"""Between us and WeChat: what is tried again, what never is, and how long anybody waits."""

from contextlib import suppress

import pytest
import requests

from backend.core.errors import AppError
from backend.modules.auth import wechat_http
from backend.modules.auth.errors import WeChatUnavailableError
from tests.unit.auth.fake_wechat import OK, error
from tests.unit.core.http_support import BROKEN_BODIES, NEVER_SENT, PERHAPS_SENT, DrippingBody, breaking_body

pytestmark = pytest.mark.usefixtures("session")


def identify(fake_wechat):
    with pytest.raises(WeChatUnavailableError) as caught:
        fake_wechat.client.identify("a-code")
    return caught.value


class TestNeverSent:
    @pytest.mark.parametrize("failure", NEVER_SENT.values(), ids=NEVER_SENT)
    def test_is_tried_again_and_given_up_at_last(self, fake_wechat, failure):
        fake_wechat.login_answers({"exc": failure}, OK, {"exc": failure})

        identity = fake_wechat.client.identify("a-code")

        assert identity.openid == OK["json"]["openid"]
        assert len(fake_wechat.calls()) == 2
        identify(fake_wechat)
        assert len(fake_wechat.calls()) == 2 + wechat_http.RETRIES.attempts


class TestPerhapsSent:
    """The code may be used up: a second call could only get 40163."""

    @pytest.mark.parametrize("failure", PERHAPS_SENT.values(), ids=PERHAPS_SENT)
    def test_is_never_tried_again(self, fake_wechat, fake_time, failure):
        fake_wechat.login_answers({"exc": failure}, OK)

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == 1
        assert fake_time.slept == []

    @pytest.mark.parametrize("failure", BROKEN_BODIES.values(), ids=BROKEN_BODIES)
    def test_failure_in_the_middle_of_the_reply_is_503(self, fake_wechat, failure):
        fake_wechat.login_answers({"body": breaking_body(failure)}, OK)

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == 1


def busy_after(seconds, fake_time):
    """A reply that takes so long, and says that WeChat is busy."""

    def reply(request, context):
        fake_time.now += seconds
        return error(-1)["json"]

    return reply


class TestDeadline:
    def test_each_call_has_the_timeouts_of_the_settings(self, fake_wechat, settings):
        fake_wechat.login_answers(OK)

        fake_wechat.client.identify("a-code")

        assert fake_wechat.calls()[0].timeout == (settings.wechat_connect_timeout, settings.wechat_read_timeout)

    def test_later_calls_have_only_what_is_left(self, fake_wechat, settings, fake_time):
        fake_wechat.login_answers({"json": busy_after(settings.wechat_deadline - 1, fake_time)}, OK)

        fake_wechat.client.identify("a-code")

        second = fake_wechat.calls()[1].timeout
        assert all(0 < part < 1 for part in second)

    def test_nothing_is_tried_that_could_not_start_before_it(self, fake_wechat, settings, fake_time):
        fake_wechat.login_answers({"json": busy_after(settings.wechat_deadline - 0.05, fake_time)})

        identify(fake_wechat)

        assert len(fake_wechat.calls()) == 1
        assert fake_time.slept == []

    def test_reply_that_drips_is_given_up(self, fake_wechat, settings, fake_time):
        fake_wechat.login_answers({"body": DrippingBody(fake_time)})
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
