"""The models of logins: a refresh token is stored once, and has one successor."""

from backend.modules.auth.model import AuthSession, RefreshToken
from tests.framework.models import unique


def test_what_is_there_once():
    assert unique(AuthSession, RefreshToken) == {"refresh_tokens: parent_id", "refresh_tokens: token_hash"}
