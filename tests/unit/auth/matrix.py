"""What the generated tests are told of auth."""

from tests.framework.routes import Knowledge

MATRIX = Knowledge(
    objects={"session_id": lambda api, owner: owner.session_id},
    proofs={"wechat-cloud-run": lambda body: {"X-WX-SOURCE": "wx_client", "X-WX-OPENID": "oGenerated-0123456789"}},
    settings={"wechat_cloud_run": True},
    bodies={"auth.bind_phone": lambda api, actor: {"code": f"phone of {actor.id}"}},  # a number is one user's
)
