"""`make run` says where it is, or why it is not."""

import errno
import socket

import pytest

from backend.settings import Settings
from scripts import serve_dev


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:8000"),
        ("0.0.0.0", "http://127.0.0.1:8000"),
        ("::", "http://[::1]:8000"),
        ("::1", "http://[::1]:8000"),
        ("my.host", "http://my.host:8000"),
    ],
)
def test_the_welcome_gives_urls_that_open_here(host, url):
    text = serve_dev.welcome(Settings(host=host, port=8000))

    assert f"{url}/docs" in text
    assert f"curl -s {url}/api/v1/auth/wechat/login" in text


def test_a_stand_in_open_to_all_is_said_aloud():
    assert "log in as anyone" in serve_dev.welcome(Settings(host="0.0.0.0"))
    assert "log in as anyone" not in serve_dev.welcome(Settings(host="127.0.0.1"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (OSError(errno.EADDRINUSE, "in use"), "make run PORT=5001"),
        (OSError(errno.EADDRNOTAVAIL, "not available"), "no address of this machine"),
        (PermissionError(errno.EACCES, "denied"), "administrator's rights"),
        (socket.gaierror(-2, "unknown"), "no address of this machine"),
        (OSError(errno.ENOMEM, "no memory"), "no memory"),
    ],
)
def test_each_reason_not_to_listen_has_a_next_step(error, words):
    assert words in serve_dev.why_not(error, "1.2.3.4", 5000)
