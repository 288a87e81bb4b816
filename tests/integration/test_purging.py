"""Housekeeping of a table after a year: many rows are deleted in steps, each shorter than the timeouts of a request."""

from datetime import timedelta

import pytest
from flask import Flask

from backend.core import clock
from backend.core.db import db
from backend.modules.auth.model import AuthSession, RefreshToken
from tests.framework.api import Actor
from tests.integration.support.applications import AS_IN_PRODUCTION, MakeApp
from tests.integration.support.many_rows import NUMBERS
from tests.integration.support.sql import Sql

SESSIONS, TOKENS = 10_000, 100_000


pytestmark = pytest.mark.usefixtures("real_commits")


def fill(sql: Sql, user_id: int) -> None:
    """Sessions that were used ten times each, half of which ended a month ago."""
    now = clock.utcnow().replace(tzinfo=None)
    used, ended, expires = (now + timedelta(days=days) for days in (-60, -30, 30))
    sql.run(
        "INSERT INTO auth_sessions (id, user_id, device, address, created_at, last_used_at, expires_at, revoked_at)"
        f" SELECT 1000000 + n, %s, '', '', %s, %s, %s, IF(n %% 2, %s, NULL) FROM {NUMBERS} WHERE n < {SESSIONS}",
        *(user_id, used, used, expires, ended),
    )
    sql.run(
        "INSERT INTO refresh_tokens (session_id, token_hash, created_at, used_at)"
        f" SELECT 1000000 + n %% {SESSIONS}, n, %s, %s FROM {NUMBERS} WHERE n < {TOKENS}",
        *(used, used),
    )


def test_a_year_of_sessions_and_tokens_goes_in_steps(actor: Actor, sql: Sql, make_app: MakeApp):
    ordinary: Flask = make_app(**AS_IN_PRODUCTION)
    fill(sql, actor.id)

    result = ordinary.test_cli_runner().invoke(args=["sessions", "purge"])

    assert result.output == f"deleted {SESSIONS // 2} ended sessions and {TOKENS // 2} used tokens of others\n"
    with ordinary.app_context():
        left = [
            db.session.scalar(db.select(db.func.count()).select_from(model)) for model in (AuthSession, RefreshToken)
        ]
    assert left == [SESSIONS // 2 + 1, 1]  # the actor's is among them
