"""The four routes in a bare Flask: Flask-SQLAlchemy, PyJWT, a decorator and `jsonify`, as their own quick starts write them.

https://flask.palletsprojects.com/quickstart/ and https://flask-sqlalchemy.readthedocs.io/en/stable/quickstart/
"""

import hashlib
import os
import secrets
from datetime import UTC, datetime, timedelta
from functools import wraps

import jwt
from flask import Flask, abort, g, jsonify, request
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

SECRET_KEY = os.environ["JWT_SECRET"]
ALGORITHM = "HS256"
ACCESS_TOKEN_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=30)


class Base(DeclarativeBase):
    pass


app = Flask(__name__)
app.config["SQLALCHEMY_DATABASE_URI"] = os.environ["DATABASE_URL"]
app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {"pool_size": 8}
db = SQLAlchemy(app, model_class=Base)


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class User(db.Model):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(primary_key=True)
    openid: Mapped[str] = mapped_column(unique=True)
    unionid: Mapped[str | None]
    nickname: Mapped[str] = mapped_column(default="")
    avatar_url: Mapped[str] = mapped_column(default="")
    phone: Mapped[str | None]
    role: Mapped[str] = mapped_column(default="member")
    disabled_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    def to_dict(self) -> dict:
        return {
            "id": self.id,
            "nickname": self.nickname,
            "avatar_url": self.avatar_url,
            "phone": self.phone,
            "role": self.role,
            "status": "disabled" if self.disabled_at else "active",
            "created_at": self.created_at.isoformat(),
            "updated_at": self.updated_at.isoformat(),
        }


class AuthSession(db.Model):
    __tablename__ = "auth_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    device: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(db.Model):
    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("auth_sessions.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


def current_user() -> User | None:
    token = request.headers.get("Authorization", "").removeprefix("Bearer ")
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
        user_id, session_id = int(payload["sub"]), int(payload["sid"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        return None
    alive = (AuthSession.id == session_id, AuthSession.revoked_at.is_(None))
    return db.session.scalar(
        db.select(User).join(AuthSession, AuthSession.user_id == User.id).where(User.id == user_id, *alive)
    )


def login_required(role: str | None = None):
    def decorate(view):
        @wraps(view)
        def wrapped(**arguments):
            g.user = current_user()
            if g.user is None or g.user.disabled_at:
                abort(401)
            if role and g.user.role != role:
                abort(403)
            return view(**arguments)

        return wrapped

    return decorate


@app.get("/health")
def health():
    return jsonify(status="ok")


@app.get("/api/v1/users/me")
@login_required()
def me():
    return jsonify(g.user.to_dict())


@app.get("/api/v1/users")
@login_required(role="admin")
def users():
    page = db.paginate(db.select(User).order_by(User.id), max_per_page=100)
    items = [user.to_dict() for user in page.items]
    return jsonify(items=items, page=page.page, per_page=page.per_page, pages=page.pages, total=page.total)


@app.post("/api/v1/auth/wechat/login")
def login():
    code = request.get_json().get("code")
    if not isinstance(code, str):
        abort(400)
    openid = "dev-" + hashlib.sha256(code.encode()).hexdigest()[:24]
    user = db.session.scalar(db.select(User).where(User.openid == openid))
    if user is None:
        user = User(openid=openid)
        db.session.add(user)
        db.session.flush()
    session = AuthSession(user_id=user.id, expires_at=now() + SESSION_LIFE)
    db.session.add(session)
    db.session.flush()
    refresh_token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(refresh_token.encode()).hexdigest()
    db.session.add(RefreshToken(session_id=session.id, token_hash=digest))
    claims = {"sub": str(user.id), "sid": str(session.id), "exp": datetime.now(UTC) + ACCESS_TOKEN_LIFE}
    answer = jsonify(
        access_token=jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM),
        refresh_token=refresh_token,
        token_type="bearer",
        expires_in=int(ACCESS_TOKEN_LIFE.total_seconds()),
        user=user.to_dict(),
    )
    db.session.commit()
    return answer
