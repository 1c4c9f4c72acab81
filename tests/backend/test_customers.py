"""Customers are made once, and changed by what is given."""

from __future__ import annotations

from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    Customer,
    InvalidRequest,
    Subscription,
    UnknownCustomer,
    UnknownPlan,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import NOON, Clock


def track(billing: Billing, customer_id: str = "cus_1") -> None:
    billing.track_usage(customer_id=customer_id, feature_key="api_calls")


def test_a_new_customer_is_on_the_default_plan_in_utc(billing: Billing) -> None:
    assert billing.get_customer("cus_1") == Customer(
        customer_id="cus_1",
        name=None,
        email=None,
        timezone="UTC",
        locale="en-US",
        created_at=NOON,
        subscription=Subscription("free", "Free", "active", starts_at=NOON, anchor=NOON),
    )


def test_creating_again_updates_what_is_given_and_leaves_the_plan(billing: Billing, clock: Clock) -> None:
    billing.create_customer("cus_1", name="Ada", email="ada@example.com", timezone="Europe/Berlin", locale="de-DE")
    clock.advance(days=1)
    again = billing.create_customer("cus_1", plan="pro", name="Ada L.")
    assert (again.name, again.email, again.timezone, again.locale) == (
        "Ada L.",
        "ada@example.com",
        "Europe/Berlin",
        "de-DE",
    )
    assert (again.plan_key, again.created_at) == ("free", NOON)
    assert again == billing.get_customer("cus_1")


def test_a_customer_can_begin_on_any_plan(billing: Billing) -> None:
    assert billing.create_customer("cus_2", plan="pro").plan_key == "pro"


def test_without_a_plan_and_a_default_plan_there_is_no_customer(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    del catalog["default_plan"]
    billing = open_billing()
    with pytest.raises(UnknownPlan, match="default_plan"):
        billing.create_customer("cus_1")
    with pytest.raises(UnknownCustomer):
        billing.get_customer("cus_1")
    billing.create_customer("cus_1", plan="pro")


def test_an_unknown_plan_makes_no_customer(billing: Billing) -> None:
    with pytest.raises(UnknownPlan, match="free, pro"):
        billing.create_customer("cus_2", plan="prro")
    with pytest.raises(UnknownCustomer):
        billing.get_customer("cus_2")


@pytest.mark.parametrize(
    "profile",
    [
        {"timezone": "Mars/Olympus"},
        {"timezone": "../../etc/passwd"},
        {"timezone": "America"},
        {"timezone": ""},
        {"timezone": 7},
        {"locale": "xx-XX-XX-XX"},
        {"locale": "not a locale"},
        {"name": "a\x00b"},
        {"name": "x" * 256},
        {"email": b"a@b"},
    ],
    ids=repr,
)
def test_a_profile_that_cannot_be_is_refused_whole(billing: Billing, profile: dict[str, Any]) -> None:
    (name,) = profile
    for change in (billing.create_customer, billing.update_customer):
        with pytest.raises(InvalidRequest, match=name):
            change("cus_1", **({"name": "new"} | profile))
    assert billing.get_customer("cus_1").name is None


@pytest.mark.parametrize("customer_id", ["", "x" * 256, "a\nb", "\ud800", None, 7], ids=repr)
def test_an_id_is_a_plain_string(billing: Billing, customer_id: Any) -> None:
    for call in (billing.create_customer, billing.get_customer, billing.pause_subscription, billing.get_usage_metrics):
        with pytest.raises(InvalidRequest, match="customer_id"):
            call(customer_id)


@pytest.mark.parametrize("customer_id", ["a" * 255, "Ümläut 🚀", "' or 1=1 --", "../x", "a/b c"])
def test_any_other_string_is_an_id(billing: Billing, customer_id: str) -> None:
    billing.create_customer(customer_id)
    track(billing, customer_id)
    assert billing.get_usage_metrics(customer_id)["api_calls"].consumed == 1


def test_only_the_given_fields_are_updated(billing: Billing) -> None:
    billing.update_customer("cus_1", name="Ada", timezone="Asia/Tokyo")
    customer = billing.update_customer("cus_1", email="ada@example.com")
    assert (customer.name, customer.email, customer.timezone) == ("Ada", "ada@example.com", "Asia/Tokyo")


def test_who_is_not_there_can_not_be_changed(billing: Billing) -> None:
    for call in (
        billing.get_customer,
        billing.update_customer,
        billing.cancel_subscription,
        billing.pause_subscription,
        billing.resume_subscription,
        billing.get_nudge,
        billing.list_usage_events,
    ):
        with pytest.raises(UnknownCustomer, match="nobody"):
            call("nobody")
    with pytest.raises(UnknownCustomer, match="nobody"):
        billing.change_plan("nobody", "pro")


def test_pages_of_customers_are_in_order_of_id_and_complete(billing: Billing) -> None:
    for number in range(25):
        billing.create_customer(f"page_{number:02}")
    seen, cursor = [], None
    while True:
        page = billing.list_customers(cursor=cursor, limit=10)
        seen += [customer.customer_id for customer in page.customers]
        cursor = page.next_cursor
        if cursor is None:
            break
        assert len(page.customers) == 10
    assert seen == sorted(["cus_1", *(f"page_{number:02}" for number in range(25))])
    assert billing.list_customers(limit=26).next_cursor is None


@pytest.mark.parametrize("limit", [0, 1001, -1, True, "10", 1.5, None], ids=repr)
def test_a_page_has_1_to_1000_customers(billing: Billing, limit: Any) -> None:
    with pytest.raises(InvalidRequest, match="limit"):
        billing.list_customers(limit=limit)
