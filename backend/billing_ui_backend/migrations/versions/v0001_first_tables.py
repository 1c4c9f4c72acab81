"""The tables of the first release."""

import sqlalchemy as sa
from alembic.operations import Operations

# In the order of its code points, as Python and SQLite compare.
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")

revision = "0001"
down_revision = None


def upgrade(op: Operations) -> None:
    """Makes all tables."""
    op.create_table(
        "billing_meta",
        sa.Column("key", KEY, nullable=False),
        sa.Column("value", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("key"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "billing_catalog",
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("checksum", sa.String(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_table(
        "billing_api_key",
        sa.Column("key_hash", KEY, nullable=False),
        sa.Column("hint", sa.String(), nullable=False),
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("environment", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("revoked_us", sa.BigInteger(), nullable=True),
        sa.PrimaryKeyConstraint("key_hash"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "billing_customer",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("name", sa.String(), nullable=True),
        sa.Column("email", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("locale", sa.String(), nullable=False),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "billing_subscription",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("starts_us", sa.BigInteger(), nullable=False),
        sa.Column("plan_key", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("anchor_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "starts_us"),
        sqlite_with_rowid=False,
    )
    _make_usage(op)
    _make_holds_and_thresholds(op)
    _make_browser_and_refusals(op)


def _make_usage(op: Operations) -> None:
    op.create_table(
        "billing_event",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("idempotency_key", KEY, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("feature_key", sa.String(), nullable=False),
        sa.Column("operation", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("requested", sa.BigInteger(), nullable=False),
        sa.Column("event_us", sa.BigInteger(), nullable=False),
        sa.Column("recorded_us", sa.BigInteger(), nullable=False),
        sa.Column("timestamp_given", sa.Boolean(), nullable=False),
        sa.Column("backfilled", sa.Boolean(), nullable=False),
        sa.Column("receipt_used", sa.BigInteger(), nullable=False),
        sa.Column("receipt_held", sa.BigInteger(), nullable=False),
        sa.Column("receipt_limit", sa.BigInteger(), nullable=True),
        sa.Column("receipt_start_us", sa.BigInteger(), nullable=False),
        sa.Column("receipt_end_us", sa.BigInteger(), nullable=False),
        sa.Column("details", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("customer_id", "idempotency_key", "revision"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "billing_event_by_time",
        "billing_event",
        ["customer_id", "feature_key", "event_us", "idempotency_key", "revision"],
    )
    op.create_table(
        "billing_counter",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("window_kind", KEY, nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "feature_key", "window_kind", "start_us", "end_us"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "billing_rollup",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("bucket_us", sa.BigInteger(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "feature_key", "bucket_us"),
        sqlite_with_rowid=False,
    )


def _make_holds_and_thresholds(op: Operations) -> None:
    op.create_table(
        "billing_hold",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("hold_id", KEY, nullable=False),
        sa.Column("feature_key", sa.String(), nullable=False),
        sa.Column("quantity", sa.BigInteger(), nullable=False),
        sa.Column("event_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "hold_id"),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "billing_hold_live",
        "billing_hold",
        ["customer_id", "feature_key", "expires_us"],
        sqlite_where=sa.text("status = 'held'"),
        postgresql_where=sa.text("status = 'held'"),
    )
    op.create_table(
        "billing_threshold",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("window_kind", KEY, nullable=False),
        sa.Column("start_us", sa.BigInteger(), nullable=False),
        sa.Column("end_us", sa.BigInteger(), nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("reached_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "feature_key", "window_kind", "start_us", "end_us", "threshold"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "billing_dismissal",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("user_id", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("window_kind", KEY, nullable=False),
        sa.Column("threshold", sa.Integer(), nullable=False),
        sa.Column("dismissed_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "user_id", "feature_key", "window_kind"),
        sqlite_with_rowid=False,
    )


def _make_browser_and_refusals(op: Operations) -> None:
    op.create_table(
        "billing_browser_minute",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("minute_us", sa.BigInteger(), nullable=False),
        sa.Column("calls", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "feature_key", "minute_us"),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "billing_refusal",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("feature_key", KEY, nullable=False),
        sa.Column("day_us", sa.BigInteger(), nullable=False),
        sa.Column("reason", KEY, nullable=False),
        sa.Column("refused", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "feature_key", "day_us", "reason"),
        sqlite_with_rowid=False,
    )
