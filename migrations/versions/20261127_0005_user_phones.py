"""users: a phone number is one user's, and nicknames are searched without regard to case and accents.

Revision: 0005, after 0004.
"""

import sqlalchemy as sa
from alembic import context, op
from alembic.util import CommandError

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

accepted = {
    "blocking-index": "no installation had many users when this was written",
    "type-change": "a collation changes how text is compared, and not what is stored; users are few when this runs",
    "unique": "it looks for numbers that several users share first, and changes nothing if there are any",
}

UNIQUE, BEFORE = "uq_users_phone", "ix_users_phone"
USERS = sa.table("users", sa.column("phone"))
SHARED = sa.select(USERS.c.phone).where(USERS.c.phone.is_not(None)).group_by(USERS.c.phone).having(sa.func.count() > 1)
ADVICE = (
    "{number} phone numbers belong to several users; each must be one user's before this migration. Nothing was changed. "
    "List them with `flask users shared-phones`, take one from a user with `flask users unbind-phone USER_ID`, and upgrade again."
)


def upgrade() -> None:
    """Refuses while numbers are shared: which user keeps one is for a person to decide."""
    if not context.is_offline_mode() and (shared := op.get_bind().execute(SHARED).all()):
        raise CommandError(ADVICE.format(number=len(shared)))
    _collate("nickname", 64, "utf8mb4_unicode_520_ci", nullable=False)
    _collate("phone", 32, "utf8mb4_bin", nullable=True)
    op.create_index(UNIQUE, "users", ["phone"], unique=True)
    op.drop_index(BEFORE, table_name="users")


def downgrade() -> None:
    op.create_index(BEFORE, "users", ["phone"])
    op.drop_index(UNIQUE, table_name="users")
    _collate("phone", 32, None, nullable=True)
    _collate("nickname", 64, None, nullable=False)


def _collate(name: str, length: int, collation: str | None, *, nullable: bool) -> None:
    """Other databases compare text by rules of the whole database."""
    if op.get_context().dialect.name in ("mysql", "mariadb"):
        kind = sa.String(length=length, collation=collation)
        op.alter_column("users", name, existing_type=sa.String(length=length), type_=kind, existing_nullable=nullable)
