"""PyPI's `credit-ledger`: a balance and an append-only ledger in PostgreSQL, `decrement` with a key for each charge."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence

from credit_ledger import metering
from sqlalchemy import create_engine, text

from tests.benchmarks.load import Call, Threads
from tests.benchmarks.workload import LIMIT, fresh_key, turns

# The tables that its README describes. Its row-level security is left out: it would cost it time, and change no row.
_TABLES = """
create table tenants (id uuid primary key, slug text, name text);
create table credit_balance (
    tenant_id uuid primary key references tenants (id) on delete cascade,
    credits numeric(18, 4) not null default 0,
    updated_at timestamptz not null default now()
);
create table credit_ledger (
    id uuid primary key,
    tenant_id uuid not null references tenants (id) on delete cascade,
    delta numeric(18, 4) not null,
    reason varchar(120) not null default 'usage',
    idempotency_key varchar(200),
    balance_after numeric(18, 4),
    created_at timestamptz not null default now(),
    unique (tenant_id, idempotency_key)
);
create index on credit_ledger (tenant_id);
"""


class CreditThreads(Threads):
    """`decrement` from one or more threads, with a pooled connection for each."""

    def __init__(self, url: str, *, threads: int, customers: Sequence[str]) -> None:
        self._engine = create_engine(url, pool_size=threads)
        tenants = [{"id": str(uuid.uuid4()), "name": name} for name in customers]
        with self._engine.begin() as connection:
            connection.execute(text(_TABLES))
            connection.execute(text("insert into tenants (id, slug, name) values (:id, :name, :name)"), tenants)
        for tenant in tenants:
            metering.grant(tenant["id"], LIMIT, engine=self._engine)
        ids = [tenant["id"] for tenant in tenants]
        super().__init__(lambda number: self._caller(turns(ids, number, threads)), threads)

    def counted(self) -> int:
        with self._engine.connect() as connection:
            return connection.execute(text("select count(*) from credit_ledger where delta < 0")).scalar_one()

    def close(self) -> None:
        self._engine.dispose()

    def _caller(self, whose: Iterator[str]) -> Call:
        def call() -> int:
            return int(metering.decrement(next(whose), 1, idempotency_key=fresh_key(), engine=self._engine).ok)

        return call
