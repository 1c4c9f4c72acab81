"""The tables. Every key of customer data leads with customer_id: no sequences, no constraint across customers.

They live in a metadata of their own, so that a host's migrations never touch them. Quantities are scaled 64-bit integers,
times microseconds since the epoch (UTC).
"""

# SQLModel's own way to name a table is at odds with the type that it declares for the name.
# pyright: reportAssignmentType=false

from __future__ import annotations

from sqlalchemy import BigInteger, Index, String, Text, text
from sqlalchemy.orm import registry
from sqlmodel import AutoString, Field, SQLModel

# Rows are found by their key only, and they are small: without a row id SQLite keeps them in the key's own tree.
_BY_KEY = {"sqlite_with_rowid": False}


class BillingTable(SQLModel, registry=registry()):
    """Base of the tables; `BillingTable.metadata` holds them all."""


class MetaRow(BillingTable, table=True):
    """Facts about this database, such as its environment."""

    __tablename__ = "billing_meta"
    __table_args__ = _BY_KEY

    key: str = Field(primary_key=True)
    value: str


class CatalogRow(BillingTable, table=True):
    """One version of the catalog; the highest is in force."""

    __tablename__ = "billing_catalog"

    version: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    checksum: str
    source: str = Field(sa_type=Text)
    created_us: int = Field(sa_type=BigInteger)


class ApiKeyRow(BillingTable, table=True):
    """A secret key, known only by its hash."""

    __tablename__ = "billing_api_key"
    __table_args__ = _BY_KEY

    key_hash: str = Field(primary_key=True)
    hint: str
    name: str
    environment: str
    created_us: int = Field(sa_type=BigInteger)
    revoked_us: int | None = Field(default=None, sa_type=BigInteger)


class SessionTokenRow(BillingTable, table=True):
    """A customer's token for a browser, known only by its hash. One past `expires_us` opens nothing."""

    __tablename__ = "billing_session_token"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    token_hash: str = Field(primary_key=True)
    user_id: str | None = None
    created_us: int = Field(sa_type=BigInteger)
    expires_us: int = Field(sa_type=BigInteger)


class CustomerRow(BillingTable, table=True):
    """A customer. On PostgreSQL `version` moves with every change of the customer's books: what a process remembers of them
    is true while it stands."""

    __tablename__ = "billing_customer"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    name: str | None = None
    email: str | None = None
    timezone: str
    locale: str
    created_us: int = Field(sa_type=BigInteger)
    version: int = Field(default=0, sa_type=BigInteger, sa_column_kwargs={"server_default": "0"})


class SubscriptionRow(BillingTable, table=True):
    """From `starts_us` on, this plan and status hold, until the customer's next row: a timeline, read as a function of time."""

    __tablename__ = "billing_subscription"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    starts_us: int = Field(primary_key=True, sa_type=BigInteger)
    plan_key: str
    status: str
    anchor_us: int = Field(sa_type=BigInteger)


class EventRow(BillingTable, table=True):
    """One line of the ledger. Revision 0 is the event itself, later ones are its corrections, each a difference.

    `requested` and `timestamp_given` belong to the payload that a repeated key is compared with. The four receipt columns
    are the binding window right after the event, so that a replay gives the first receipt again.
    """

    __tablename__ = "billing_event"
    __table_args__ = (
        Index("billing_event_by_time", "customer_id", "feature_key", "event_us", "idempotency_key", "revision"),
        _BY_KEY,
    )

    customer_id: str = Field(primary_key=True)
    idempotency_key: str = Field(primary_key=True)
    revision: int = Field(primary_key=True)
    feature_key: str
    operation: str
    quantity: int = Field(sa_type=BigInteger)
    requested: int = Field(sa_type=BigInteger)
    event_us: int = Field(sa_type=BigInteger)
    recorded_us: int = Field(sa_type=BigInteger)
    timestamp_given: bool
    backfilled: bool
    receipt_used: int = Field(sa_type=BigInteger)
    receipt_held: int = Field(sa_type=BigInteger)
    receipt_limit: int | None = Field(sa_type=BigInteger)
    receipt_start_us: int = Field(sa_type=BigInteger)
    receipt_end_us: int = Field(sa_type=BigInteger)
    details: str | None = Field(default=None, sa_type=Text)


class CounterRow(BillingTable, table=True):
    """The sum of the ledger's events in one window, and what holds reserve there."""

    __tablename__ = "billing_counter"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    window_kind: str = Field(primary_key=True)
    start_us: int = Field(primary_key=True, sa_type=BigInteger)
    end_us: int = Field(primary_key=True, sa_type=BigInteger)
    used: int = Field(sa_type=BigInteger)
    held: int = Field(sa_type=BigInteger)


class RollupRow(BillingTable, table=True):
    """The sum of the ledger's events in one UTC quarter hour: one series serves every zone's hours, days and months."""

    __tablename__ = "billing_rollup"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    bucket_us: int = Field(primary_key=True, sa_type=BigInteger)
    quantity: int = Field(sa_type=BigInteger)


class HoldRow(BillingTable, table=True):
    """A reservation: `quantity` stays held until it is committed, released or expires.

    `status` is "held", "committed", "released" or "expired". One that is past `expires_us` is over, also while its status
    still says "held" and its quantity is in the counters: the write path sweeps it when it gets there.
    """

    __tablename__ = "billing_hold"
    __table_args__ = (
        # Live holds only: those that ended are kept for their keys, and nobody searches them by time.
        Index(
            "billing_hold_live",
            "customer_id",
            "feature_key",
            "expires_us",
            sqlite_where=text("status = 'held'"),
            postgresql_where=text("status = 'held'"),
        ),
        _BY_KEY,
    )

    customer_id: str = Field(primary_key=True)
    hold_id: str = Field(primary_key=True)
    feature_key: str
    quantity: int = Field(sa_type=BigInteger)
    event_us: int = Field(sa_type=BigInteger)
    expires_us: int = Field(sa_type=BigInteger)
    status: str


class ThresholdRow(BillingTable, table=True):
    """A threshold that was reached in a window: written once, in the usage's own transaction."""

    __tablename__ = "billing_threshold"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    window_kind: str = Field(primary_key=True)
    start_us: int = Field(primary_key=True, sa_type=BigInteger)
    end_us: int = Field(primary_key=True, sa_type=BigInteger)
    threshold: int = Field(primary_key=True)
    reached_us: int = Field(sa_type=BigInteger)


class NudgeEventRow(BillingTable, table=True):
    """What one user of a customer ("" for the customer as a whole) was shown or did, once for each trigger and period.

    Of a level `start_us` is when it was last below the threshold, once it was shown before. A nudge that is about no feature or no
    window has "" there, one without a threshold 0.
    """

    __tablename__ = "billing_nudge_event"
    __table_args__ = (
        Index("billing_nudge_event_by_user", "customer_id", "user_id", "event_us"),
        Index("billing_nudge_event_by_time", "customer_id", "event_us"),
        _BY_KEY,
    )

    customer_id: str = Field(primary_key=True)
    user_id: str = Field(primary_key=True)
    trigger: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    window_kind: str = Field(primary_key=True)
    start_us: int = Field(primary_key=True, sa_type=BigInteger)
    threshold: int = Field(primary_key=True)
    action: str = Field(primary_key=True)
    event_us: int = Field(sa_type=BigInteger)


class BrowserMinuteRow(BillingTable, table=True):
    """How often browsers tracked a feature for a customer in one minute."""

    __tablename__ = "billing_browser_minute"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    minute_us: int = Field(primary_key=True, sa_type=BigInteger)
    calls: int


class RefusalRow(BillingTable, table=True):
    """How often usage of a feature was refused to a customer in one UTC day, by reason; apart from usage."""

    __tablename__ = "billing_refusal"
    __table_args__ = _BY_KEY

    customer_id: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    day_us: int = Field(primary_key=True, sa_type=BigInteger)
    reason: str = Field(primary_key=True)
    refused: int = Field(sa_type=BigInteger)


# In the order of its code points, as Python and SQLite compare: PostgreSQL's default is the order of some language.
_KEY = String().with_variant(String(collation="C"), "postgresql")
for _table in BillingTable.metadata.tables.values():
    for _column in _table.primary_key:
        if isinstance(_column.type, AutoString):
            _column.type = _KEY
