"""Settings of WeChat."""

import pytest
from pydantic import ValidationError

from backend.settings import Settings


class TestAddress:
    @pytest.mark.parametrize(
        "address", ["https://api.weixin.qq.com", "http://127.0.0.1:3002/wechat", "http://a/_s/s-1/w"]
    )
    def test_of_wechat_is_accepted(self, address):
        assert Settings(wechat_base_url=address).wechat_base_url == address

    @pytest.mark.parametrize(
        "address", ["", "api.weixin.qq.com", "http://a/", "http://a/w/", "http://u:p@a", "http://a?b"]
    )
    def test_that_is_none_of_wechat_is_refused(self, address):
        with pytest.raises(ValidationError):
            Settings(wechat_base_url=address)
