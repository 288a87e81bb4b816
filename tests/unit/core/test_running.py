"""Where code that knows no web framework finds the running application, and what it finds where there is none."""

import pytest

from backend.core import running
from backend.core.running import Nowhere
from backend.core.web.flask_running import FlaskSurroundings


@pytest.fixture(params=["flask", "nowhere"])
def outside_of_requests(request, monkeypatch):
    """No request runs, whether an application was ever built in this process or not."""
    monkeypatch.setattr(running, "_surroundings", [])
    running.use(FlaskSurroundings() if request.param == "flask" else Nowhere())


@pytest.mark.usefixtures("outside_of_requests")
def test_outside_of_a_request_nothing_is_kept_and_no_header_sent():
    running.request_state()["name"] = "value"

    assert dict(running.request_state()) == {}
    assert running.request_headers().get("X-Request-ID", "none") == "none"


def test_without_an_application_nothing_is_found(monkeypatch):
    monkeypatch.setattr(running, "_surroundings", [Nowhere()])

    with pytest.raises(KeyError, match="settings"):
        running.extension("settings")


def test_inside_of_a_request_its_state_and_headers_are_found(app):
    with app.test_request_context(headers={"X-Request-ID": "id-0123456789"}):
        running.request_state()["name"] = "value"

        assert running.request_state()["name"] == "value"
        assert running.request_headers().get("x-request-id", "none") == "id-0123456789"
        assert running.extension("settings") is app.extensions["settings"]
