"""What the generated tests are told of auth."""

from tests.framework.routes import Knowledge

MATRIX = Knowledge(
    objects={"session_id": lambda api, owner: owner.session_id},
    proofs={"wechat-cloud-run": lambda body: {"X-WX-SOURCE": "wx_client", "X-WX-OPENID": "oGenerated-0123456789"}},
    settings={"wechat_cloud_run": True},
)
