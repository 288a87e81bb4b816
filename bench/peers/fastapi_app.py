"""The four routes as FastAPI's own tutorials write them: `def` for what waits, a Session dependency, PyJWT, pydantic models.

https://fastapi.tiangolo.com/tutorial/sql-databases/ and https://fastapi.tiangolo.com/tutorial/security/oauth2-jwt/
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Annotated

import jwt
from fastapi import Depends, FastAPI, HTTPException, Query, status
from fastapi.security import OAuth2PasswordBearer
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, create_engine, func, select
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column

SECRET_KEY = os.environ["JWT_SECRET"]
ALGORITHM = "HS256"
ACCESS_TOKEN_LIFE = timedelta(minutes=15)
SESSION_LIFE = timedelta(days=30)

engine = create_engine(os.environ["DATABASE_URL"], pool_size=8)
app = FastAPI()
oauth2_scheme = OAuth2PasswordBearer(tokenUrl="/api/v1/auth/wechat/login")


def now() -> datetime:
    return datetime.now(UTC).replace(tzinfo=None)


class Base(DeclarativeBase):
    pass


class User(Base):
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

    @property
    def status(self) -> str:
        return "disabled" if self.disabled_at else "active"


class AuthSession(Base):
    __tablename__ = "auth_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    device: Mapped[str] = mapped_column(default="")
    address: Mapped[str] = mapped_column(default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    last_used_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


class RefreshToken(Base):
    __tablename__ = "refresh_tokens"

    id: Mapped[int] = mapped_column(primary_key=True)
    session_id: Mapped[int] = mapped_column(ForeignKey("auth_sessions.id"))
    token_hash: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(default=now)


class UserPublic(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    nickname: str
    avatar_url: str
    phone: str | None
    role: str
    status: str
    created_at: datetime
    updated_at: datetime


class UsersPublic(BaseModel):
    items: list[UserPublic]
    page: int
    per_page: int
    pages: int
    total: int


class LoginCode(BaseModel):
    code: str


class Login(BaseModel):
    access_token: str
    refresh_token: str
    token_type: str
    expires_in: int
    user: UserPublic


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


SessionDep = Annotated[Session, Depends(get_session)]


def get_current_user(session: SessionDep, token: Annotated[str, Depends(oauth2_scheme)]) -> User:
    refused = HTTPException(
        status.HTTP_401_UNAUTHORIZED, "Could not validate credentials", {"WWW-Authenticate": "Bearer"}
    )
    try:
        payload = jwt.decode(token, SECRET_KEY, algorithms=[ALGORITHM])
        user_id, session_id = int(payload["sub"]), int(payload["sid"])
    except (jwt.InvalidTokenError, KeyError, ValueError):
        raise refused from None
    alive = (AuthSession.id == session_id, AuthSession.revoked_at.is_(None))
    user = session.scalar(
        select(User).join(AuthSession, AuthSession.user_id == User.id).where(User.id == user_id, *alive)
    )
    if user is None or user.disabled_at:
        raise refused
    return user


CurrentUser = Annotated[User, Depends(get_current_user)]


def get_current_admin(user: CurrentUser) -> User:
    if user.role != "admin":
        raise HTTPException(status.HTTP_403_FORBIDDEN, "Not enough permissions")
    return user


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "ok"}


@app.get("/api/v1/users/me")
def read_me(user: CurrentUser) -> UserPublic:
    return user


@app.get("/api/v1/users", dependencies=[Depends(get_current_admin)])
def read_users(
    session: SessionDep,
    page: Annotated[int, Query(ge=1)] = 1,
    per_page: Annotated[int, Query(ge=1, le=100)] = 20,
) -> UsersPublic:
    total = session.scalar(select(func.count()).select_from(User))
    users = session.scalars(select(User).order_by(User.id).offset((page - 1) * per_page).limit(per_page)).all()
    return UsersPublic(items=users, page=page, per_page=per_page, pages=-(-total // per_page), total=total)


@app.post("/api/v1/auth/wechat/login")
def login(session: SessionDep, body: LoginCode) -> Login:
    openid = "dev-" + hashlib.sha256(body.code.encode()).hexdigest()[:24]
    user = session.scalar(select(User).where(User.openid == openid))
    if user is None:
        user = User(openid=openid)
        session.add(user)
        session.flush()
    auth_session = AuthSession(user_id=user.id, expires_at=now() + SESSION_LIFE)
    session.add(auth_session)
    session.flush()
    refresh_token = secrets.token_urlsafe(32)
    digest = hashlib.sha256(refresh_token.encode()).hexdigest()
    session.add(RefreshToken(session_id=auth_session.id, token_hash=digest))
    claims = {"sub": str(user.id), "sid": str(auth_session.id), "exp": datetime.now(UTC) + ACCESS_TOKEN_LIFE}
    answer = Login(
        access_token=jwt.encode(claims, SECRET_KEY, algorithm=ALGORITHM),
        refresh_token=refresh_token,
        token_type="bearer",
        expires_in=int(ACCESS_TOKEN_LIFE.total_seconds()),
        user=UserPublic.model_validate(user),
    )
    session.commit()
    return answer
