"""How to reach WeChat, whether to believe its ingress, and how long and how many sessions live."""

from typing import Literal, override

from pydantic import Field, SecretStr

from backend.core.settings import Seconds, Settings, current_as
from backend.core.settings_checks import is_placeholder


class WeChatSettings(Settings):
    """Core's settings with those of this module."""

    wechat_gateway: Literal["wechat", "stand-in"] = Field(
        "stand-in",
        description="stand-in turns any code into a user and is refused in production; wechat calls the real API.",
    )
    wechat_app_id: str = Field("", description="AppID of the mini-program.")
    wechat_app_secret: SecretStr = Field(SecretStr(""), description="AppSecret of the mini-program.")
    wechat_base_url: str = Field(
        "https://api.weixin.qq.com",
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*[^\s?#/])?$",
        description="Where WeChat's API is; a mock of it may be below a path.",
    )
    wechat_connect_timeout: Seconds = Field(2, description="Seconds to connect to WeChat.")
    wechat_read_timeout: Seconds = Field(3, description="Seconds to wait for WeChat's reply.")
    wechat_deadline: Seconds = Field(6, description="Seconds for a call to WeChat with all its retries.")
    wechat_cloud_run: bool = Field(
        False,
        description="Believe X-WX-OPENID. Only where WeChat Cloud Run's ingress is the sole way in: anyone else can forge it.",
    )

    session_max_seconds: int = Field(
        15_552_000,
        ge=60,
        description="Life of a session however much it is used (180 days); then the user logs in again.",
    )
    sessions_per_user: int = Field(
        20, ge=0, description="Living sessions of one user; a login beyond that ends the oldest. 0 sets no limit."
    )

    @override
    def problems(self) -> list[str]:
        checks = {
            "WECHAT_GATEWAY=stand-in lets anyone in; set WECHAT_GATEWAY=wechat": self.wechat_gateway != "wechat",
            "WECHAT_APP_ID is empty; it stands on the mini-program's settings page": not self.wechat_app_id,
            "WECHAT_APP_SECRET is empty or a placeholder; it stands on the mini-program's settings page": is_placeholder(
                self.wechat_app_secret.get_secret_value()
            ),
        }
        dangers = [problem for problem, present in checks.items() if present] if self.production else []
        return [*super().problems(), *dangers]


SETTINGS = WeChatSettings


def current() -> WeChatSettings:
    """The settings of the running application."""
    return current_as(WeChatSettings)
