"""jobs, and the slots of periodic ones.

Revision: 0009, after 0008.
"""

import sqlalchemy as sa
from alembic import op
from backend.core.db import UtcDateTime

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def exact(length):
    """Text that is compared byte by byte."""
    binary = sa.String(length=length, collation="utf8mb4_bin")
    return sa.String(length=length).with_variant(binary, "mysql", "mariadb")


def big():
    return sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    op.create_table(
        "jobs",
        sa.Column("id", big(), nullable=False),
        sa.Column("kind", exact(64), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("job_key", exact(140), nullable=True),
        sa.Column("open_key", exact(140), nullable=True),
        sa.Column("group_key", exact(140), nullable=True),
        sa.Column("owner_id", sa.BigInteger(), nullable=True),
        sa.Column("turn", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("attempts_before", sa.Integer(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("request_id", sa.String(length=64), nullable=False),
        sa.Column("last_error", sa.String(length=500), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("started_at", UtcDateTime(), nullable=True),
        sa.Column("finished_at", UtcDateTime(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobs")),
        sa.UniqueConstraint("kind", "open_key", name=op.f("uq_jobs_kind_open_key")),
    )
    for columns in (["state", "kind", "turn", "id"], ["state", "due_at"], ["group_key", "state"]):
        op.create_index(op.f(f"ix_jobs_{'_'.join(columns)}"), "jobs", columns, unique=False)
    owner = ["owner_id", "state", "kind", "turn"]
    op.create_index(op.f(f"ix_jobs_{'_'.join(owner)}"), "jobs", owner, unique=False)
    op.create_table(
        "periodic_jobs",
        sa.Column("id", big(), nullable=False),
        sa.Column("name", exact(64), nullable=False),
        sa.Column("slot", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_periodic_jobs")),
        sa.UniqueConstraint("name", name=op.f("uq_periodic_jobs_name")),
    )


def downgrade() -> None:
    """What was to be done is known nowhere afterwards."""
    op.drop_table("periodic_jobs")
    op.drop_table("jobs")
