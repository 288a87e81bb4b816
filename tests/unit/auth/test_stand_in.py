"""The stand-in for WeChat: a login without an AppID while developing, and nowhere else."""

import pytest
from pydantic import SecretStr

from backend.core.settings import SettingsError
from backend.modules.auth import _gateway
from backend.modules.auth.errors import LoginCodeError
from backend.modules.auth.wechat_api import WeChatApi
from backend.modules.auth.wechat_stand_in import StandIn
from backend.settings import Settings
from tests.unit.core.support import PRODUCTION


class TestStandIn:
    def test_same_code_is_the_same_user(self):
        assert StandIn().identify("a") == StandIn().identify("a")
        assert StandIn().identify("a") != StandIn().identify("b")

    def test_gives_a_phone_number_that_looks_like_one(self):
        number = StandIn().phone_number("a")

        assert number.isdigit()
        assert len(number) == 11
        assert number == StandIn().phone_number("a")

    @pytest.mark.parametrize("ask", ["identify", "phone_number"])
    def test_refuses_the_code_invalid(self, ask):
        with pytest.raises(LoginCodeError):
            getattr(StandIn(), ask)("invalid")

    def test_binds_a_phone_number(self, api):
        actor = api.login()

        response = api.post("/api/v1/auth/wechat/phone", json={"code": "p"}, by=actor)

        assert response.status_code == 200
        assert api.get("/api/v1/users/me", by=actor).json["data"]["phone"] == response.json["data"]["phone"]


class TestChoice:
    @pytest.mark.parametrize(("name", "kind"), [("stand-in", StandIn), ("wechat", WeChatApi)])
    def test_is_the_settings(self, app, settings, name, kind):
        chosen = _gateway(app, settings.model_copy(update={"wechat_gateway": name}))

        assert type(chosen) is kind

    def test_production_starts_with_the_real_one(self):
        assert Settings(**PRODUCTION).production

    @pytest.mark.parametrize(
        ("change", "name"),
        [
            ({"wechat_gateway": "stand-in"}, "WECHAT_GATEWAY=stand-in lets anyone in"),
            ({"wechat_app_id": ""}, "WECHAT_APP_ID is empty"),
            ({"wechat_app_secret": SecretStr("")}, "WECHAT_APP_SECRET is empty or a placeholder"),
            ({"wechat_app_secret": "your-app-secret"}, "WECHAT_APP_SECRET is empty or a placeholder"),
        ],
    )
    def test_production_refuses_anything_less(self, change, name):
        with pytest.raises(SettingsError) as caught:
            Settings(**PRODUCTION | change)

        assert [problem for problem in caught.value.problems if problem.startswith(name)] == caught.value.problems
