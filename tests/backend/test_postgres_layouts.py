"""PostgreSQL as others lay it out: tables in partitions, and a database in the order of some language."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta
from typing import Any

import pytest

from billing_ui_backend import Billing, BillingError, schema
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock
from tests.support.partitions import PARTITIONS, make_partitioned
from tests.support.schemas import make_version, transaction
from tests.support.tampering import tampering

# By code point, which is the order of no language.
IN_ORDER = ["Berlin", "Zürich", "athens", "zagreb", "Äthiopien", "Ωmega"]


@pytest.fixture
def partitioned_url(postgres_url: str) -> str:
    """Every table that belongs to customers is hash-partitioned by customer_id; the others are plain."""
    make_partitioned(postgres_url)
    return postgres_url


def live(billing: Billing, clock: Clock) -> list[Any]:
    """A month in the life of twenty customers; everything that was answered."""
    said: list[Any] = []

    def ask(method: str, *args: Any, **kwargs: Any) -> Any:
        try:
            answer = getattr(billing, method)(*args, **kwargs)
        except BillingError as error:
            answer = (error.code, error.message)
        said.append((method, answer))
        return answer

    customers = [f"cus_{number}" for number in range(20)]
    for customer_id in customers:
        ask("create_customer", customer_id, name=customer_id.title())
    ask("track_usage_batch", [_event(who, turn, "emails", 1 + turn) for turn in range(5) for who in customers])
    for number, who in enumerate(customers):
        ask("track_usage", **_event(who, "late", "api_calls", 9, timestamp=NOON - timedelta(days=number)))
        ask("track_usage", **_event(who, "late", "api_calls", 9, timestamp=NOON - timedelta(days=number)))
        ask("track_usage", **_event(who, "much", "api_calls", 100))
        ask("set_usage", **_event(who, "level", "team", number % 4))
        ask("correct_usage", customer_id=who, idempotency_key="0", quantity=number, reason="counted again")
        ask("reserve_usage", **_event(who, "hold", "emails", 5))
        ask("reserve_usage", **_event(who, "lost", "emails", 5), ttl=60)
    clock.advance(minutes=2)
    for who in customers[::2]:
        ask("commit_hold", who, "hold", 3)
        ask("release_hold", who, "lost")
        ask("change_plan", who, "pro")
        ask("update_customer", who, timezone="Asia/Kolkata")
        ask("track_usage", **_event(who, "files", "files", 7))
        ask("browser_track", who, "no_such")
    clock.advance(days=20)
    for who in customers:
        ask("get_usage_metrics", who)
        ask("list_usage_events", who)
        ask("get_usage_history", who, "emails", start=NOON - timedelta(days=1), end=clock.now)
        ask("list_reached_thresholds", who)
        ask("list_refusals", who)
        ask("get_nudge", who)
    ask("list_customers", limit=7)
    ask("verify")
    assert billing.verify(), billing.verify().problems
    return said


def _event(customer_id: str, key: object, feature_key: str, quantity: int, **rest: Any) -> dict[str, Any]:
    event = {"customer_id": customer_id, "feature_key": feature_key, "quantity": quantity, "idempotency_key": str(key)}
    return {**event, **rest}


def test_partitioned_tables_answer_as_plain_ones_do(
    partitioned_url: str, copied_url: str, catalog: dict[str, Any]
) -> None:
    answers = []
    for url in (partitioned_url, copied_url):
        clock = Clock()
        with Billing(url, catalog=catalog, clock=clock) as billing:
            answers.append([(method, _plain(answer)) for method, answer in live(billing, clock)])
    assert answers[0] == answers[1]
    with tampering(partitioned_url) as execute:
        for table in ("billing_customer", "billing_event", "billing_counter", "billing_rollup", "billing_hold"):
            (held,) = execute(f"select count(distinct tableoid) from {table}")
            assert held == (PARTITIONS,), table


def _plain(answer: Any) -> Any:
    # A hold knows the engine that it is of.
    return asdict(answer.held) if hasattr(answer, "held") and hasattr(answer, "commit") else answer


@pytest.mark.parametrize("how", ["new", "upgraded"])
def test_every_key_is_in_the_order_of_code_points_whatever_the_databases_language(postgres_url: str, how: str) -> None:
    """A column that names its collation does not look at the database's."""
    if how == "upgraded":
        make_version(postgres_url, schema.VERSION)
    else:
        with transaction(postgres_url) as connection:
            schema.prepare(connection)
    with tampering(postgres_url) as execute:
        rows = execute(
            "select c.relname, a.attname, l.collname from pg_index i join pg_class c on c.oid = i.indrelid "
            "join pg_attribute a on a.attrelid = c.oid and a.attnum = any(i.indkey) "
            "join pg_collation l on l.oid = a.attcollation "
            "where i.indisprimary and starts_with(c.relname, 'billing') and c.relname <> 'billing_schema_version'"
        )
    assert ("billing_event", "idempotency_key", "C") in rows
    assert {collation for _, _, collation in rows} == {"C"}


def test_pages_follow_code_points(open_billing: OpenBilling) -> None:
    billing = open_billing()
    for name in reversed(IN_ORDER):
        billing.create_customer(name)
        billing.track_usage(customer_id=IN_ORDER[-1], feature_key="emails", idempotency_key=name)
    customers: list[str] = []
    keys: list[str] = []
    cursor = None
    while cursor is not None or not customers:
        page = billing.list_customers(cursor=cursor, limit=1)
        customers += [customer.customer_id for customer in page.customers]
        cursor = page.next_cursor
    while cursor is not None or not keys:
        events = billing.list_usage_events(IN_ORDER[-1], cursor=cursor, limit=1)
        keys += [event.idempotency_key for event in events.events]
        cursor = events.next_cursor
    assert customers == keys[::-1] == IN_ORDER == sorted(IN_ORDER)
