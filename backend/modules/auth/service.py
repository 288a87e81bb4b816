"""The rules of logging in, staying logged in and logging out."""

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog

from backend.core.clock import utcnow
from backend.core.db import monitor as db_monitor
from backend.core.db.transactions import independent_transaction, run_unit
from backend.core.pagination import Slice
from backend.core.security import tokens
from backend.core.security.principal import Principal
from backend.modules.auth import refresh_tokens, settings, wechat
from backend.modules.auth.errors import RefreshTokenError, SessionNotFoundError, UserDisabledError
from backend.modules.auth.model import AuthSession, RefreshToken
from backend.modules.auth.repository import RefreshTokenRepository, SessionRepository, revoke_where
from backend.modules.users import service as users
from backend.modules.users.schemas import UserOut

log = structlog.get_logger(__name__)
sessions = SessionRepository()
issued = RefreshTokenRepository()


@dataclass(frozen=True, slots=True)
class Issued:
    """The result of a login or a refresh."""

    access_token: str
    refresh_token: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class Device:
    """The device that logs in."""

    name: str
    address: str


def login_with_code(code: str, device: Device) -> tuple[Issued, UserOut]:
    """Exchange a code of `wx.login` for a session. WeChat is asked before the database is touched.

    While the database is known to be down WeChat is not asked: that would use up a code for nothing.
    """
    db_monitor.current().refuse_if_down()
    return login_with_identity(wechat.gateway().identify(code), device)


def login_with_identity(identity: wechat.Identity, device: Device) -> tuple[Issued, UserOut]:
    """Log in the user whom WeChat has identified. After a deadlock only this runs again: the code is used up."""
    return run_unit(lambda: _login(identity, device), commit=True, replay=True)


def _login(identity: wechat.Identity, device: Device) -> tuple[Issued, UserOut]:
    user = users.get_or_create(identity.openid, identity.unionid)
    if user.disabled_at is not None:
        raise UserDisabledError
    token = refresh_tokens.new()
    place = {"device": device.name, "address": device.address}
    session_id = sessions.insert(user_id=user.id, expires_at=_session_end(utcnow()), **place)
    issued.insert(session_id=session_id, token_hash=refresh_tokens.digest(token))
    _end_beyond_limit(user.id)
    log.info("auth.login", user_id=user.id, session_id=session_id)
    return _issue(user.id, session_id, token), UserOut.model_validate(user)


def _end_beyond_limit(user_id: int) -> None:
    """End the oldest sessions of a user who has more than SESSIONS_PER_USER; two logins at the same moment may leave one more."""
    limit = settings.current().sessions_per_user
    if limit and (ended := sessions.revoke_beyond(user_id, limit, utcnow())):
        log.info("auth.session_limit", user_id=user_id, ended=ended)


def refresh(token: str) -> Issued:
    """Exchange a refresh token for the next pair.

    A token works once. Within the grace period a repeat gets the same answer while the successor is unused; any other
    second use means that the token was stolen: the session ends, although the answer is an error, and `RefreshTokenError` is raised.
    """
    found = issued.find_with_session(refresh_tokens.digest(token))
    if found is None or not _alive(found.session):
        raise RefreshTokenError
    if found.used_at is None and issued.use(found, utcnow()):
        return _rotate(found, token)
    return _used_before(token)


def _alive(session: AuthSession) -> bool:
    return session.revoked_at is None and session.expires_at > utcnow() and session.user.disabled_at is None


def _rotate(used: RefreshToken, token: str) -> Issued:
    following = refresh_tokens.successor(token, settings.current().jwt_secret.get_secret_value())
    issued.insert(session_id=used.session_id, parent_id=used.id, token_hash=refresh_tokens.digest(following))
    sessions.update(used.session, last_used_at=utcnow(), expires_at=_session_end(used.session.created_at))
    return _issue(used.session.user_id, used.session_id, following)


def _used_before(token: str) -> Issued:
    """Handle a token that was used. Read it again first: a twin of this request may have used it a moment ago."""
    used = issued.find_with_session(refresh_tokens.digest(token))
    if used is None or used.used_at is None:
        raise RefreshTokenError
    following = _unused_successor(used, token)
    grace = timedelta(seconds=settings.current().refresh_grace_seconds)
    if following is not None and utcnow() - used.used_at <= grace:
        return _issue(used.session.user_id, used.session_id, following)
    _end_stolen(used.session_id, used.session.user_id)
    raise RefreshTokenError


def _unused_successor(used: RefreshToken, token: str) -> str | None:
    """The token that `token` was exchanged for, unless that one has been used as well."""
    stored = issued.find_by(parent_id=used.id)
    candidates = [refresh_tokens.successor(token, key) for key in settings.current().jwt_keys.values()]
    return next(
        (c for c in candidates if stored and stored.used_at is None and refresh_tokens.digest(c) == stored.token_hash),
        None,
    )


def _end_stolen(session_id: int, user_id: int) -> None:
    """End the session in an independent transaction: the error answer that follows rolls the request's back."""
    with independent_transaction() as session:
        revoke_where(session, utcnow(), "reuse", AuthSession.id == session_id)
    log.warning("auth.refresh_reuse", user_id=user_id, session_id=session_id)


def load_principal(claims: tokens.Claims) -> Principal | None:
    """The principal of a valid access token; None when the session has ended or the user is disabled."""
    session = sessions.find_alive_with_user(claims.session_id, claims.user_id)
    if session is None or session.user.disabled_at is not None:
        return None
    return Principal(claims.user_id, claims.session_id, users.permissions(session.user), session.user)


def logout(principal: Principal) -> None:
    sessions.revoke(principal.session_id, principal.user_id, utcnow(), "logout")


def list_sessions(principal: Principal, page: int, per_page: int) -> Slice[AuthSession]:
    """The user's living sessions."""
    return sessions.list_alive(principal.user_id, utcnow(), page, per_page)


def end_session(principal: Principal, session_id: int) -> None:
    """End one of the user's own sessions; raises `SessionNotFoundError` for any other."""
    if not sessions.revoke(session_id, principal.user_id, utcnow(), "ended"):
        raise SessionNotFoundError


def end_all_sessions(user_id: int) -> None:
    sessions.revoke_all(user_id, utcnow(), "disabled")


def purge_sessions(days: int) -> tuple[int, int]:
    """Delete what ended or was exchanged more than `days` days ago; gives the numbers of sessions and of tokens of living ones.

    A token that is gone is refused like one that never was: its second use ends no session any more.
    """
    now, age = utcnow(), timedelta(days=days)
    grace = timedelta(seconds=settings.current().refresh_grace_seconds)
    return sessions.purge(now - age), issued.purge(now - max(age, grace))


def bind_phone(principal: Principal, code: str) -> str:
    """Ask WeChat for the phone number behind `code` and store it with the user."""
    phone = wechat.gateway().phone_number(code)
    run_unit(lambda: users.bind_phone(principal.user_id, phone), commit=True, replay=True)
    return phone


def _issue(user_id: int, session_id: int, refresh_token: str) -> Issued:
    access_token = tokens.issue(user_id, session_id)
    return Issued(access_token, refresh_token, settings.current().access_token_seconds)


def _session_end(begun: datetime) -> datetime:
    """Where a session that began then ends if it is not used again: never later than SESSION_MAX_SECONDS after its beginning."""
    idle = utcnow() + timedelta(seconds=settings.current().refresh_token_seconds)
    return min(idle, begun + timedelta(seconds=settings.current().session_max_seconds))
