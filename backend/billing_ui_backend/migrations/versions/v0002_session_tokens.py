"""Session tokens, and a version of each customer; the schema's own version moves from billing_meta to Alembic's table."""

import sqlalchemy as sa
from alembic.operations import Operations

revision = "0002"
down_revision = "0001"


def upgrade(op: Operations) -> None:
    """Adds the table and the column, and drops the first release's note of its version."""
    op.add_column("billing_customer", sa.Column("version", sa.BigInteger(), server_default="0", nullable=False))
    op.create_table(
        "billing_session_token",
        sa.Column("customer_id", sa.String(), nullable=False),
        sa.Column("token_hash", sa.String(), nullable=False),
        sa.Column("user_id", sa.String(), nullable=True),
        sa.Column("created_us", sa.BigInteger(), nullable=False),
        sa.Column("expires_us", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("customer_id", "token_hash"),
        sqlite_with_rowid=False,
    )
    op.execute("delete from billing_meta where key = 'schema_version'")
