"""Session tokens, and a version of each customer; the schema's own version moves from billing_meta to Alembic's table."""

import sqlalchemy as sa
from alembic.operations import Operations

# In the order of its code points, as Python and SQLite compare.
KEY = sa.String().with_variant(sa.String(collation="C"), "postgresql")

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Adds the table and the column, and drops the first release's note of its version."""
    op.add_column("billing_customer", sa.Column("version", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "billing_session_token",
        sa.Column("customer_id", KEY, nullable=False),
        sa.Column("token_hash", KEY, nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "token_hash"),
        sqlite_with_rowid=False,
    )
    op.execute("delete from billing_meta where key = 'schema_version'")
