"""A PostgreSQL database whose customers' data lies in hash partitions, as Citus and its kin demand."""

from __future__ import annotations

from sqlalchemy import MetaData, text

from billing_ui_backend import schema
from billing_ui_backend.models import BillingTable
from tests.support.schemas import transaction

PARTITIONS = 4


def make_partitioned(url: str) -> None:
    """Makes the tables in an empty database: every one that belongs to customers is partitioned by customer_id."""
    tables = MetaData()
    for table in BillingTable.metadata.tables.values():
        copy = table.to_metadata(tables)
        if "customer_id" in table.columns:
            copy.dialect_options["postgresql"]["partition_by"] = "HASH (customer_id)"
    with transaction(url) as connection:
        # For the version's table.
        schema.prepare(connection)
        BillingTable.metadata.drop_all(connection)
        tables.create_all(connection)
        for table in tables.tables.values():
            if "customer_id" in table.columns:
                for part in range(PARTITIONS):
                    values = f"for values with (modulus {PARTITIONS}, remainder {part})"
                    connection.execute(text(f"create table {table}_{part} partition of {table} {values}"))
