"""The obvious code: what an application with SQLModel writes itself to count usage under a limit."""

# SQLModel's own way to name a table is at odds with the type that it declares for the name.
# pyright: reportAssignmentType=false

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.orm import registry
from sqlmodel import Field, Session, SQLModel, func, select

from tests.benchmarks.load import Call, Threads
from tests.benchmarks.workload import FEATURE, LIMIT, SPREAD, fresh_key, turns


class _Table(SQLModel, registry=registry()):
    """Apart from the engine's tables."""


class Usage(_Table, table=True):
    """What a customer used of a feature in a month."""

    __tablename__ = "usage"

    customer_id: str = Field(primary_key=True)
    feature_key: str = Field(primary_key=True)
    month: str = Field(primary_key=True)
    used: int = 0


class Event(_Table, table=True):
    """One usage event."""

    __tablename__ = "event"

    customer_id: str = Field(primary_key=True)
    idempotency_key: str = Field(primary_key=True)
    feature_key: str
    quantity: int
    created_at: datetime


class QuotaExceeded(Exception):
    """The limit is reached."""


def track(engine: Engine, customer_id: str, feature_key: str, quantity: int, idempotency_key: str) -> int:
    """Count once under a limit, and say how much is used."""
    now = datetime.now(UTC)
    with Session(engine) as session:
        usage = session.get_one(Usage, (customer_id, feature_key, f"{now:%Y-%m}"))
        if session.get(Event, (customer_id, idempotency_key)):
            return usage.used
        if usage.used + quantity > LIMIT:
            raise QuotaExceeded
        usage.used += quantity
        session.add(
            Event(
                customer_id=customer_id,
                idempotency_key=idempotency_key,
                feature_key=feature_key,
                quantity=quantity,
                created_at=now,
            )
        )
        used = usage.used
        session.commit()
        return used


class SessionThreads(Threads):
    """That code from one or more threads, a connection each, as durable as ours.

    Its transactions begin with `begin immediate`: left to the driver, threads lose each other's updates.
    """

    def __init__(self, file: Path, *, threads: int = 1) -> None:
        self._engine = create_engine(f"sqlite:///{file}", pool_size=threads, connect_args={"timeout": 60})
        event.listen(self._engine, "connect", _connected)
        event.listen(self._engine, "begin", _begun)
        _Table.metadata.create_all(self._engine)
        with Session(self._engine) as session:
            month = f"{datetime.now(UTC):%Y-%m}"
            session.add_all(Usage(customer_id=customer_id, feature_key=FEATURE, month=month) for customer_id in SPREAD)
            session.commit()
        super().__init__(lambda number: self._caller(turns(SPREAD, number, threads)), threads)

    def counted(self) -> int:
        with Session(self._engine) as session:
            events = session.exec(select(func.count()).select_from(Event)).one()
            used = session.exec(select(func.sum(Usage.used))).one()
        # Where updates were lost, the two differ, and neither is what was acknowledged.
        return min(events, used)

    def close(self) -> None:
        self._engine.dispose()

    def _caller(self, whose: Iterator[str]) -> Call:
        def call() -> int:
            track(self._engine, next(whose), FEATURE, 1, fresh_key())
            return 1

        return call


def _connected(driver: sqlite3.Connection, _record: object) -> None:
    driver.isolation_level = None
    driver.execute("pragma journal_mode=wal")
    driver.execute("pragma synchronous=full")


def _begun(connection: Connection) -> None:
    connection.exec_driver_sql("begin immediate")
