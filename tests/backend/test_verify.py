"""verify() is true when ledger, counters, rollups and keys agree, and names what does not."""

from __future__ import annotations

import pytest

from billing_ui_backend import Billing
from tests.support.tampering import tampering


@pytest.fixture
def books(billing: Billing) -> Billing:
    """An engine with some usage in it."""
    for quantity in (1, 2, 3):
        billing.track_usage(
            customer_id="cus_1", feature_key="api_calls", quantity=quantity, idempotency_key=f"k{quantity}"
        )
    billing.track_usage(customer_id="cus_1", feature_key="team", quantity=2)
    return billing


def test_books_that_agree_say_how_much_was_compared(books: Billing) -> None:
    proof = books.verify()
    assert (proof.ok, proof.problems, bool(proof)) == (True, (), True)
    # Three calls in two windows each, one level in its one.
    assert (proof.events, proof.counters) == (4, 3)


def test_an_empty_database_agrees(billing: Billing) -> None:
    assert billing.verify()


@pytest.mark.parametrize(
    ("damage", "named"),
    [
        (
            "update billing_counter set used = used + 1000000 where window_kind = 'hour'",
            ["api_calls", "hour", "7", "6"],
        ),
        ("update billing_counter set used = used + 1 where window_kind = 'never'", ["team", "never", "3", "2"]),
        ("delete from billing_event where idempotency_key = 'k2'", ["counter", "api_calls", "rollup", "6", "4"]),
        ("update billing_event set quantity = quantity * 2 where idempotency_key = 'k3'", ["api_calls", "6", "9"]),
        ("update billing_event set event_us = event_us - 3600000000 where idempotency_key = 'k1'", ["hour", "rollup"]),
        (
            "update billing_rollup set quantity = quantity + 1000000 where feature_key = 'api_calls'",
            ["rollup", "7", "6"],
        ),
        ("delete from billing_rollup", ["rollup", "api_calls", "team"]),
        ("insert into billing_rollup values ('cus_1', 'team', 900000000, 5)", ["rollup", "team", "5", "0"]),
        ("delete from billing_counter", ["no counter", "k1", "k2", "k3"]),
        ("update billing_counter set used = -1, held = -2 where window_kind = 'never'", ["below 0", "team"]),
        ("update billing_event set revision = 1 where idempotency_key = 'k1'", ["correct", "k1"]),
        ("update billing_event set customer_id = 'cus_2' where idempotency_key = 'k1'", ["cus_1", "cus_2"]),
    ],
)
def test_what_does_not_agree_is_named(books: Billing, database_url: str, damage: str, named: list[str]) -> None:
    with tampering(database_url) as execute:
        execute(damage)
    proof = books.verify()
    assert not proof
    assert proof.problems
    text = "\n".join(proof.problems)
    for part in named:
        assert part in text, text


def test_a_damage_that_is_undone_is_gone(books: Billing, database_url: str) -> None:
    with tampering(database_url) as execute:
        execute("update billing_counter set used = used + 1")
        assert not books.verify()
        execute("update billing_counter set used = used - 1")
    assert books.verify()


def test_many_problems_are_cut_short(books: Billing, database_url: str) -> None:
    with tampering(database_url) as execute:
        rows = ", ".join(f"('cus_1', 'team', {900_000_000 * number}, 1)" for number in range(500))
        execute(f"insert into billing_rollup values {rows}")
    proof = books.verify()
    assert not proof
    assert len(proof.problems) == 100
