"""Every query about sessions and refresh tokens."""

from datetime import datetime
from functools import cache

from sqlalchemy import Select, bindparam, select, update
from sqlalchemy.orm import Session, joinedload, load_only

from backend.core.db.purging import purge
from backend.core.db.repository import Repository, affected
from backend.core.pagination import Slice
from backend.modules.auth.model import AuthSession, RefreshToken

ALIVE = AuthSession.revoked_at.is_(None)


class SessionRepository(Repository[AuthSession]):
    model = AuthSession
    sortable = ("id",)
    filterable = ("user_id",)

    def find_alive_with_user(self, session_id: int, user_id: int) -> AuthSession | None:
        """The user of a living session, in one query, because every request with a token needs it."""
        return self.session.scalar(_alive_with_user(), {"session_id": session_id, "user_id": user_id})

    def list_alive(self, user_id: int, now: datetime, page: int, per_page: int) -> Slice[AuthSession]:
        """The user's sessions that can still be used, the newest first."""
        query = select(AuthSession).where(AuthSession.user_id == user_id, ALIVE, AuthSession.expires_at > now)
        return self._page(query, page, per_page, "-id")

    def revoke(self, session_id: int, user_id: int, now: datetime, because: str) -> bool:
        """End one of the user's sessions; False if there is no such living session."""
        mine = (AuthSession.id == session_id, AuthSession.user_id == user_id)
        return revoke_where(self.session, now, because, *mine) == 1

    def revoke_all(self, user_id: int, now: datetime, because: str) -> int:
        return revoke_where(self.session, now, because, AuthSession.user_id == user_id)

    def revoke_beyond(self, user_id: int, keep: int, now: datetime) -> int:
        """End the user's oldest living sessions but for the `keep` newest; gives the number of those that ended."""
        oldest = self.session.scalars(_beyond(), {"user_id": user_id, "now": now, "keep": keep}).all()
        return revoke_where(self.session, now, "limit", AuthSession.id.in_(oldest)) if oldest else 0

    def purge(self, before: datetime) -> int:
        """Delete sessions that ended before that moment, with their tokens; gives their number. Commits in steps."""
        return purge(AuthSession, (AuthSession.expires_at < before) | (AuthSession.revoked_at < before), rows=200)


class RefreshTokenRepository(Repository[RefreshToken]):
    model = RefreshToken

    def find_with_session(self, token_hash: str) -> RefreshToken | None:
        """The token with its session and user, as they are in the database now."""
        query = select(RefreshToken).options(
            joinedload(RefreshToken.session, innerjoin=True).joinedload(AuthSession.user, innerjoin=True)
        )
        return self.session.scalar(
            query.where(RefreshToken.token_hash == token_hash).execution_options(populate_existing=True)
        )

    def purge(self, before: datetime) -> int:
        """Delete tokens that were exchanged before that moment; gives their number. Commits in steps."""
        return purge(RefreshToken, RefreshToken.used_at < before)

    def use(self, token: RefreshToken, now: datetime) -> bool:
        """Compare and swap: True for exactly one of those who present the token at the same moment."""
        unused = update(RefreshToken).where(RefreshToken.id == token.id, RefreshToken.used_at.is_(None))
        result = self.session.execute(unused.values(used_at=now).execution_options(synchronize_session=False))
        return affected(result) == 1


def revoke_where(session: Session, now: datetime, because: str, *conditions: object) -> int:
    """End the living sessions that fulfil the conditions, in `session`'s transaction; gives their number."""
    statement = update(AuthSession).where(*conditions, ALIVE).values(revoked_at=now, revoked_because=because)  # type: ignore[arg-type]
    result = session.execute(statement.execution_options(synchronize_session=False))
    return affected(result)


@cache
def _beyond() -> Select[int]:
    living = (AuthSession.user_id == bindparam("user_id"), ALIVE, AuthSession.expires_at > bindparam("now"))
    newest_first = select(AuthSession.id).where(*living).order_by(AuthSession.id.desc())
    return newest_first.offset(bindparam("keep")).limit(1000)


@cache
def _alive_with_user() -> Select[AuthSession]:
    """Built at the first call and kept: at import the users are not mapped yet."""
    wanted = (load_only(AuthSession.id), joinedload(AuthSession.user, innerjoin=True))
    mine = (AuthSession.id == bindparam("session_id"), AuthSession.user_id == bindparam("user_id"))
    return select(AuthSession).options(*wanted).where(*mine, ALIVE)
