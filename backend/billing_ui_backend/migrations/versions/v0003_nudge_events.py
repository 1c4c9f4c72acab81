"""What users were shown and did with nudges; the dismissals, of which only the last was kept, become part of it."""

import sqlalchemy as sa
from alembic.operations import Operations

# In the order of its code points, as Python and SQLite compare.
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")

revision = "0003"
down_revision = "0002"


def upgrade(op: Operations) -> None:
    """Makes the table, and takes over the dismissals; their period began at some instant before them."""
    op.create_table(
        "billing_nudge_event",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("trigger", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("window_kind", KEY, nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("action", KEY, nullable=False),
        sa.Column("event_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint(
            "customer_id", "user_id", "trigger", "feature_key", "window_kind", "start_us", "threshold", "action"
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("billing_nudge_event_by_user", "billing_nudge_event", ["customer_id", "user_id", "event_us"])
    op.create_index("billing_nudge_event_by_time", "billing_nudge_event", ["customer_id", "event_us"])
    for action in ("shown", "dismissed"):
        op.execute(
            "insert into billing_nudge_event select customer_id, user_id, 'limit', feature_key, window_kind, dismissed_us, "
            f"threshold, '{action}', dismissed_us from billing_dismissal"
        )
    op.drop_table("billing_dismissal")
