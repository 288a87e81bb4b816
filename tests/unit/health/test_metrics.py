"""GET /metrics: closed to everybody until METRICS_TOKEN opens it to those who know the token."""

import pytest
from pydantic import SecretStr

from backend.core.security import access
from backend.core.web import metrics_page

TOKEN = "metrics-token-0123456789"


@pytest.fixture
def opened(app, settings, monkeypatch):
    monkeypatch.setitem(app.extensions, access.SIGNATURES, dict(app.extensions[access.SIGNATURES]))
    metrics_page.init_app(app, settings.model_copy(update={"metrics_token": SecretStr(TOKEN)}))


class TestMetrics:
    @pytest.mark.parametrize("header", ["", "Bearer ", "Bearer", f"Bearer {TOKEN}"])
    def test_anonymous_is_refused_while_it_is_closed(self, api, header):
        response = api.get("/metrics", headers={"Authorization": header})

        assert response.status_code == 401
        assert response.headers["WWW-Authenticate"] == "metrics"

    @pytest.mark.usefixtures("opened")
    @pytest.mark.parametrize(
        "header", ["", "Bearer ", "Bearer wrong", f"Basic {TOKEN}", f"Bearer {TOKEN}x", "Bearer é"]
    )
    def test_wrong_token_is_refused(self, api, header):
        assert api.get("/metrics", headers={"Authorization": header}).status_code == 401

    @pytest.mark.usefixtures("opened")
    def test_administrator_without_the_token_is_refused(self, api):
        assert api.get("/metrics", by=api.login("admin")).status_code == 401

    @pytest.mark.usefixtures("opened")
    def test_right_token_shows_answers_by_route(self, api):
        api.get("/api/v1/users/999", by=api.login("admin"))

        response = api.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})

        assert response.status_code == 200
        assert response.mimetype == "text/plain"
        assert 'http_requests_total{method="GET",route="/api/v1/users/<id:user_id>",status="404"}' in response.text
        assert "/api/v1/users/999" not in response.text
