"""The engine against a plain model of itself, in long random sequences, through two engines on one database."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from billing_ui_backend import Billing, BillingError, QuotaExceeded, UsageReceipt
from tests.support.engine import Clock
from tests.support.engine_model import EVER, OFFSETS, Grant, ModelCustomer, Phase, Plans
from tests.support.faults_databases import sqlite_databases
from tests.support.postgres import PostgresServer

ADatabase = Callable[[], AbstractContextManager[str]]

SCALES = {"calls": 2, "seats": 0, "extra": 6}
CUSTOMERS = ("ann", "bob")
FEATURES = ("calls", "calls", "calls", "seats", "extra")


def plans_of(factor: Decimal) -> Plans:
    """Three plans, with windows of their own; a new version of the catalog multiplies the limits."""

    def limit(number: int) -> Decimal:
        return number * factor

    return {
        "small": {
            "calls": (Grant(limit(40), "month"), Grant(limit(10), "hour")),
            "seats": (Grant(limit(4), "never"),),
        },
        "daily": {
            "calls": (Grant(limit(16), "day"), Grant(limit(60), "week", hard=False)),
            "seats": (Grant(limit(6), "never"),),
            "extra": (Grant(limit(20), "day"), Grant(limit(20), "never")),
        },
        "large": {
            "calls": (Grant(limit(100), "month", hard=False),),
            "seats": (Grant(None, "never"),),
            "extra": (Grant(limit(30), "hour"), Grant(None, "month")),
        },
    }


def catalog_of(plans: Plans, version: int) -> dict[str, Any]:
    kinds = {"calls": "usage_quota", "seats": "numeric_limit", "extra": "usage_quota"}
    features = {key: {"type": kind, "scale": SCALES[key]} for key, kind in kinds.items()}

    def granted(feature: str, grant: Grant) -> dict[str, Any]:
        limit = "unlimited" if grant.limit is None else str(grant.limit)
        period = {} if feature == "seats" else {"period": grant.period}
        return {"limit": limit, "enforcement": "hard" if grant.hard else "soft", **period}

    return {
        "default_plan": "small",
        "version": version,
        "features": features,
        "plans": {
            key: {
                "rank": rank,
                "features": {
                    feature: [granted(feature, grant) for grant in grants] for feature, grants in plan.items()
                },
            }
            for rank, (key, plan) in enumerate(plans.items())
        },
    }


quantities = st.sampled_from([Decimal(text) for text in ("1", "2", "3", "5", "9.5", "0.25", "11", "20")])
ages = st.sampled_from(
    [
        *(None, None, None, timedelta(0), timedelta(minutes=-4), timedelta(minutes=-6), timedelta(minutes=10)),
        *(
            timedelta(hours=1),
            timedelta(hours=5),
            timedelta(days=1),
            timedelta(days=9),
            timedelta(days=34),
            timedelta(days=36),
        ),
    ]
)
steps = st.sampled_from(
    [timedelta(minutes=1), timedelta(minutes=40), timedelta(hours=6), timedelta(days=2), timedelta(days=20)]
)
customers = st.sampled_from(CUSTOMERS)
plan_keys = st.sampled_from(["small", "daily", "large"])
engines = st.integers(0, 1)
amounts = st.sampled_from([Decimal(text) for text in ("0", "1", "2", "3", "5", "11")])
lives = st.sampled_from([timedelta(seconds=30), timedelta(minutes=30), timedelta(hours=5), timedelta(days=10)])


class EngineAgainstModel(RuleBasedStateMachine):
    """After each step the metrics are the model's; at the end the books agree and the ledger is the model's."""

    database: ADatabase

    def __init__(self) -> None:
        super().__init__()
        self.opened = ExitStack()

    @initialize()
    def open(self) -> None:
        self.url = self.opened.enter_context(self.database())
        self.clock = Clock()
        self.version = 1
        self.plans = plans_of(Decimal(1))
        catalog = catalog_of(self.plans, 1)
        self.engines = [
            self.opened.enter_context(Billing(self.url, catalog=catalog, clock=self.clock)) for _ in range(2)
        ]
        self.keys = 0
        self.model: dict[str, ModelCustomer] = {}
        for customer_id in CUSTOMERS:
            self.engines[0].create_customer(customer_id)
            phase = Phase(self.clock.now, "small", "active", self.clock.now)
            self.model[customer_id] = ModelCustomer("UTC", [phase])

    def new_key(self) -> str:
        self.keys += 1
        return f"key-{self.keys}"

    @rule(
        engine=engines,
        customer=customers,
        feature=st.sampled_from(FEATURES),
        quantity=quantities,
        age=ages,
        down=st.booleans(),
    )
    def track(
        self, engine: int, customer: str, feature: str, quantity: Decimal, age: timedelta | None, down: bool
    ) -> None:
        if feature == "seats":
            quantity = (quantity // 1 or Decimal(1)) * (-1 if down else 1)
        event = self.event(customer, feature, quantity, age)
        self.compare(customer, event, self.count(engine, event))

    @rule(
        engine=engines,
        events=st.lists(
            st.tuples(customers, st.sampled_from(("calls", "extra")), quantities, ages), min_size=1, max_size=8
        ),
    )
    def batch(self, engine: int, events: list[tuple[str, str, Decimal, timedelta | None]]) -> None:
        sent = [self.event(*event) for event in events]
        for event, item in zip(sent, self.engines[engine].track_usage_batch(sent), strict=True):
            self.compare(event["customer_id"], event, item.receipt or item.error)

    @rule(engine=engines, customer=customers, level=st.integers(0, 8))
    def set_level(self, engine: int, customer: str, level: int) -> None:
        event = {"customer_id": customer, "feature_key": "seats", "quantity": level, "idempotency_key": self.new_key()}
        try:
            answer: UsageReceipt | BillingError = self.engines[engine].set_usage(**event)
        except BillingError as error:
            answer = error
        self.compare(customer, {**event, "quantity": Decimal(level)}, answer, operation="set")

    @rule(engine=engines, customer=customers, data=st.data(), other=st.booleans())
    def repeat(self, engine: int, customer: str, data: st.DataObject, other: bool) -> None:
        known = self.model[customer].keys
        callers = sorted(key for key in known if not key.startswith("hold:"))
        if not callers:
            return
        key = data.draw(st.sampled_from(callers))
        (operation, feature, quantity, timestamp), _ = known[key]
        if operation == "set":
            return
        event = {
            "customer_id": customer,
            "feature_key": feature,
            "quantity": quantity + 1 if other else quantity,
            "idempotency_key": key,
            "timestamp": timestamp,
        }
        if event["quantity"]:
            self.compare(customer, event, self.count(engine, event))

    @rule(engine=engines, customer=customers, data=st.data(), quantity=amounts)
    def correct(self, engine: int, customer: str, data: st.DataObject, quantity: Decimal) -> None:
        model = self.model[customer]
        if not model.keys:
            return
        key = data.draw(st.sampled_from(sorted(model.keys)))
        expected = model.correct(key, quantity)
        try:
            answer: UsageReceipt | BillingError = self.engines[engine].correct_usage(
                customer_id=customer, idempotency_key=key, quantity=quantity, reason="counted again"
            )
        except BillingError as error:
            answer = error
        if isinstance(expected, BillingError):
            assert type(answer) is type(expected), (key, quantity, answer, expected)
        else:
            assert isinstance(answer, UsageReceipt), (key, quantity, answer, expected)
            assert answer.replayed == (not expected)
            assert answer.replayed or answer.quantity == expected

    @rule(engine=engines, customer=customers, feature=st.sampled_from(FEATURES), quantity=quantities, ttl=lives)
    def reserve(self, engine: int, customer: str, feature: str, quantity: Decimal, ttl: timedelta) -> None:
        if feature == "seats":
            quantity = quantity // 1 or Decimal(1)
        key = self.new_key()
        expected = self.model[customer].reserve(self.plans, self.clock.now, key, feature, quantity, ttl)
        answer: BillingError | None = None
        try:
            self.engines[engine].reserve_usage(
                customer_id=customer,
                feature_key=feature,
                quantity=quantity,
                ttl=ttl.total_seconds(),
                idempotency_key=key,
            )
        except BillingError as error:
            answer = error
        assert type(answer) is type(expected), (answer, expected)
        if isinstance(answer, QuotaExceeded):
            assert isinstance(expected, QuotaExceeded)
            assert answer.requested == expected.requested

    @rule(engine=engines, customer=customers, data=st.data(), quantity=amounts)
    def commit(self, engine: int, customer: str, data: st.DataObject, quantity: Decimal) -> None:
        model = self.model[customer]
        if not model.holds:
            return
        hold_id = data.draw(st.sampled_from(sorted(model.holds)))
        expected = model.commit(self.plans, self.clock.now, hold_id, quantity)
        try:
            answer: UsageReceipt | BillingError = self.engines[engine].commit_hold(customer, hold_id, quantity)
        except BillingError as error:
            answer = error
        if isinstance(expected, BillingError):
            assert type(answer) is type(expected), (hold_id, quantity, answer, expected)
        elif isinstance(expected, UsageReceipt):
            assert answer == replace(expected, replayed=True)
        else:
            assert isinstance(answer, UsageReceipt), (hold_id, quantity, answer, expected)
            assert answer.quantity == expected
            if quantity:
                assert not answer.replayed
                model.remember(answer, "track", model.holds[hold_id].feature, quantity, None)

    @rule(engine=engines, customer=customers, data=st.data())
    def release(self, engine: int, customer: str, data: st.DataObject) -> None:
        model = self.model[customer]
        if not model.holds:
            return
        hold_id = data.draw(st.sampled_from(sorted(model.holds)))
        expected = model.release(self.clock.now, hold_id)
        assert self.engines[engine].release_hold(customer, hold_id) is expected

    @rule(engine=engines, customer=customers, plan=plan_keys, at=st.sampled_from(["now", "now", "period_end"]))
    def change_plan(self, engine: int, customer: str, plan: str, at: Any) -> None:
        self.administer(
            lambda: self.engines[engine].change_plan(customer, plan, at=at),
            lambda: self.model[customer].change_plan(plan, self.clock.now, at),
        )

    @rule(engine=engines, customer=customers, what=st.sampled_from(["pause", "resume", "resume", "cancel"]))
    def change_status(self, engine: int, customer: str, what: str) -> None:
        billing, model, now = self.engines[engine], self.model[customer], self.clock.now
        if what == "pause":
            self.administer(lambda: billing.pause_subscription(customer), lambda: model.pause(now))
        elif what == "resume":
            self.administer(lambda: billing.resume_subscription(customer), lambda: model.resume(now))
        else:
            self.administer(lambda: billing.cancel_subscription(customer, at="now"), lambda: model.cancel(now))

    @rule(engine=engines, customer=customers, zone=st.sampled_from(sorted(OFFSETS)))
    def move(self, engine: int, customer: str, zone: str) -> None:
        self.engines[engine].update_customer(customer, timezone=zone)
        self.model[customer].zone = zone

    @rule(step=steps)
    def time_passes(self, step: timedelta) -> None:
        self.clock.now += step

    @rule(factor=st.sampled_from(["0.5", "1", "1", "2"]))
    def new_catalog(self, factor: str) -> None:
        self.version += 1
        self.plans = plans_of(Decimal(factor))
        with Billing(self.url, catalog=catalog_of(self.plans, self.version), clock=self.clock) as deployed:
            deployed.catalog()

    def event(self, customer: str, feature: str, quantity: Decimal, age: timedelta | None) -> dict[str, Any]:
        return {
            "customer_id": customer,
            "feature_key": feature,
            "quantity": quantity,
            "idempotency_key": self.new_key(),
            "timestamp": None if age is None else self.clock.now - age,
        }

    def count(self, engine: int, event: dict[str, Any]) -> UsageReceipt | BillingError:
        try:
            return self.engines[engine].track_usage(**event)
        except BillingError as error:
            return error

    def compare(
        self,
        customer: str,
        event: dict[str, Any],
        answer: UsageReceipt | BillingError | None,
        *,
        operation: str = "track",
    ) -> None:
        model = self.model[customer]
        payload = (operation, event["feature_key"], event["quantity"], event.get("timestamp"))
        expected = model.decide(
            self.plans,
            self.clock.now,
            operation=operation,
            feature=event["feature_key"],
            quantity=event["quantity"],
            timestamp=event.get("timestamp"),
            key=event["idempotency_key"],
        )
        if isinstance(expected, BillingError):
            assert type(answer) is type(expected), (event, answer, expected)
        elif isinstance(expected, UsageReceipt):
            assert answer == replace(expected, replayed=True)
        else:
            assert isinstance(answer, UsageReceipt), (event, answer, expected)
            assert (answer.quantity, answer.replayed) == (expected, False)
            model.remember(answer, *payload)

    def administer(self, real: Any, model: Any) -> None:
        outcomes = []
        for change in (real, model):
            try:
                change()
                outcomes.append(None)
            except BillingError as error:
                outcomes.append(type(error))
        assert outcomes[0] == outcomes[1]

    @invariant()
    def metrics_are_the_models(self) -> None:
        now = self.clock.now
        for number, (customer_id, model) in enumerate(self.model.items()):
            phase = model.phase(now)
            metrics = self.engines[(self.keys + number) % 2].get_usage_metrics(customer_id)
            subscription = metrics.customer.subscription
            assert subscription is not None
            assert (subscription.plan_key, subscription.status) == (phase.plan, phase.status)
            seen = {
                (metric.feature_key, window.window): (
                    window.limit,
                    window.used,
                    window.held,
                    window.period_start,
                    window.period_end,
                )
                for metric in metrics.metrics
                for window in metric.windows
            }
            expected = {}
            for feature, grants in self.plans[phase.plan].items():
                for grant in grants:
                    span = model.span(grant.period, now, phase.anchor)
                    ends = (None, None) if span == EVER else span
                    expected[feature, grant.period] = (
                        grant.limit,
                        model.used(feature, span),
                        model.held(feature, span, now),
                        *ends,
                    )
            assert seen == expected

    def teardown(self) -> None:
        with self.opened:
            for billing in self.engines:
                proof = billing.verify()
                assert proof, proof.problems
            for customer_id, model in self.model.items():
                ledger = self.engines[0].list_usage_events(customer_id, limit=1000).events
                assert sorted((event.feature_key, event.timestamp, event.quantity) for event in ledger) == sorted(
                    model.ledger
                )
                assert {event.idempotency_key for event in ledger} == set(model.keys)


@contextmanager
def sqlite_file() -> Iterator[str]:
    with sqlite_databases() as new:
        yield new()


@pytest.fixture(params=["sqlite", "postgresql"])
def a_database(request: pytest.FixtureRequest) -> ADatabase:
    """Makes an empty database for each sequence, and removes it."""
    if request.param == "sqlite":
        return sqlite_file
    server: PostgresServer = request.getfixturevalue("postgres")
    tables: str = request.getfixturevalue("made_tables")

    @contextmanager
    def postgres_copy() -> Iterator[str]:
        url = server.create_database(like=tables)
        yield url
        server.drop_database(url)

    return postgres_copy


def test_the_engine_is_its_model(a_database: ADatabase) -> None:
    sequences = settings().max_examples // 6
    if settings().derandomize and a_database is not sqlite_file:
        sequences //= 4

    class OnOneDatabase(EngineAgainstModel):
        database = staticmethod(a_database)

    run_state_machine_as_test(OnOneDatabase, settings=settings(max_examples=sequences, stateful_step_count=40))
