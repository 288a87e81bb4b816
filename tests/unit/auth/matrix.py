"""What the generated tests are told of auth."""

from datetime import timedelta

from backend.core.db import db
from backend.modules.auth import service
from tests.framework.api import Actor, Api
from tests.framework.routes import Knowledge


def another_session(api: Api, actor: Actor) -> None:
    """One more device of the actor's."""
    with api.app.app_context():
        service.sessions.create(user_id=actor.id, expires_at=service.utcnow() + timedelta(days=1))
        db.session.commit()


MATRIX = Knowledge(
    objects={"session_id": lambda api, owner: owner.session_id},
    proofs={"wechat-cloud-run": lambda body: {"X-WX-SOURCE": "wx_client", "X-WX-OPENID": "oGenerated-0123456789"}},
    settings={"wechat_cloud_run": True},
    rows={"auth.list_sessions": another_session},
    bodies={"auth.bind_phone": lambda api, actor: {"code": f"phone of {actor.id}"}},  # a number is one user's
)
