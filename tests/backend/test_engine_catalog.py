"""The catalog in the database: the newest version is in force for everybody, and what is in use keeps its meaning."""

from __future__ import annotations

import copy
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import (
    Billing,
    Catalog,
    CatalogError,
)
from tests.backend.conftest import OpenBilling
from tests.support.engine import Clock, put, small_catalog

TOML = """
default_plan = "free"
[features.calls]
type = "usage_quota"
[plans.free]
rank = 10
features.calls = { limit = 1000, period = "month" }
"""


def test_a_mistake_is_raised_on_the_first_call_and_gone_when_it_is_corrected(tmp_path: Path, database_url: str) -> None:
    file = tmp_path / "billing.toml"
    file.write_text(TOML.replace("rank = 10", "rnak = 10"), encoding="utf-8")
    with Billing(database_url, catalog=file) as billing:
        with pytest.raises(CatalogError, match=r"plans\.free\.rnak"):
            billing.create_customer("cus_1")
        file.write_text(TOML, encoding="utf-8")
        assert billing.create_customer("cus_1").plan_key == "free"


def test_without_a_catalog_the_stored_one_is_used(open_billing: OpenBilling) -> None:
    with pytest.raises(CatalogError, match=r"pass .*Billing\(catalog='billing.toml'\)"):
        open_billing(catalog=None).catalog()
    open_billing().create_customer("cus_1")
    stored = open_billing(catalog=None)
    assert stored.catalog() == Catalog.load(small_catalog())
    assert stored.get_customer("cus_1").plan_key == "free"


def test_limits_titles_and_prices_take_effect_at_once_for_all(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    """Parity, "9. Limits still old after paying"."""
    older = open_billing(catalog=copy.deepcopy(catalog))
    older.create_customer("cus_1")
    catalog["plans"]["free"]["title"] = "Starter"
    catalog["plans"]["free"]["features"]["emails"] = {"limit": 5, "period": "day"}
    catalog["features"]["emails"]["title"] = "Mails"
    catalog["plans"]["trial"]["prices"][0]["amount"] = "12"
    newer = open_billing(catalog=catalog)
    newer.track_usage(customer_id="cus_1", feature_key="emails", quantity=5)
    for billing in (older, newer):
        metric = billing.get_usage_metrics("cus_1")["emails"]
        assert (metric.feature_title, metric.product_name, metric.limit) == ("Mails", "Starter", 5)
        assert not billing.check_entitlement("cus_1", "emails").has_access
        nudge = billing.get_nudge("cus_1")
        assert nudge is not None
        assert nudge.suggested_price == 12
        assert billing.catalog() == Catalog.load(catalog)
    (item,) = older.track_usage_batch([{"customer_id": "cus_1", "feature_key": "emails"}])
    assert item.error is not None
    assert item.error.code == "quota_exceeded"


def test_a_feature_and_a_plan_can_be_added_while_others_run(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    older = open_billing(catalog=copy.deepcopy(catalog))
    older.create_customer("cus_1")
    catalog["features"]["minutes"] = {"type": "usage_quota", "scale": 2}
    catalog["plans"]["free"]["features"]["minutes"] = {"limit": 10, "period": "month"}
    catalog["plans"]["team"] = {"rank": 25, "features": {"minutes": {"limit": 100, "period": "month"}}}
    newer = open_billing(catalog=catalog)
    newer.track_usage(customer_id="cus_1", feature_key="minutes", quantity="0.25")
    assert older.get_usage_metrics("cus_1")["minutes"].consumed == Decimal("0.25")
    older.change_plan("cus_1", "team")
    older.track_usage(customer_id="cus_1", feature_key="minutes", quantity=50)
    assert newer.verify()


def test_an_older_catalog_never_overwrites_a_newer_one(
    open_billing: OpenBilling, catalog: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    old = copy.deepcopy(catalog)
    open_billing(catalog=old).catalog()
    catalog["plans"]["free"]["features"]["emails"]["limit"] = 500
    newer = open_billing(catalog=catalog)
    newer.catalog()
    # A worker with the old file starts again in the middle of a deployment.
    late = open_billing(catalog=old)
    assert late.catalog() == newer.catalog() == Catalog.load(catalog)
    assert "replaced by version 2" in caplog.text


def test_to_go_back_on_purpose_the_catalog_gets_a_new_version(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    old = copy.deepcopy(catalog)
    open_billing(catalog=old).catalog()
    catalog["plans"]["free"]["features"]["emails"]["limit"] = 500
    open_billing(catalog=catalog).catalog()
    back = open_billing(catalog={**old, "version": 3})
    back.create_customer("cus_1")
    assert back.get_usage_metrics("cus_1")["emails"].limit == 100


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        ("features/emails/scale", 2, "features.emails: it has usage"),
        ("features/emails/type", "numeric_limit", "features.emails: it has usage"),
        ("plans/trial", ..., "plans.trial: customer 'cus_2' has or had it"),
    ],
)
def test_what_is_in_use_keeps_its_meaning(
    open_billing: OpenBilling, catalog: dict[str, Any], path: str, value: Any, named: str
) -> None:
    billing = open_billing(catalog=copy.deepcopy(catalog))
    billing.create_customer("cus_1")
    billing.create_customer("cus_2", plan="trial")
    billing.change_plan("cus_2", "pro", at="period_end")
    billing.track_usage(customer_id="cus_1", feature_key="emails")
    if path == "features/emails/type":
        for plan in catalog["plans"].values():
            plan["features"]["emails"] = {"limit": 5}
    put(path, value)(catalog)
    with pytest.raises(CatalogError, match=re.escape(named)):
        open_billing(catalog=catalog).catalog()
    assert open_billing(catalog=None).catalog() == billing.catalog()
    assert billing.get_usage_metrics("cus_1")["emails"].consumed == 1


def test_a_feature_with_usage_can_leave_the_plans_but_not_the_catalog(
    open_billing: OpenBilling, catalog: dict[str, Any]
) -> None:
    billing = open_billing(catalog=copy.deepcopy(catalog))
    billing.create_customer("cus_1")
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=7)
    for plan in catalog["plans"].values():
        del plan["features"]["emails"]
    removed = copy.deepcopy(catalog)
    del removed["features"]["emails"]
    with pytest.raises(CatalogError, match=re.escape("features.emails: it has usage")):
        open_billing(catalog=removed).catalog()
    open_billing(catalog=catalog).catalog()
    assert billing.check_entitlement("cus_1", "emails").reason == "feature_not_in_plan"
    assert [event.quantity for event in billing.list_usage_events("cus_1", feature_key="emails").events] == [7]


def test_what_nobody_used_can_change_and_go(open_billing: OpenBilling, catalog: dict[str, Any]) -> None:
    open_billing(catalog=copy.deepcopy(catalog)).create_customer("cus_1")
    catalog["features"]["emails"]["scale"] = 3
    del catalog["features"]["files"], catalog["plans"]["trial"]
    for plan in ("pro", "enterprise"):
        del catalog["plans"][plan]["features"]["files"]
    changed = open_billing(catalog=catalog)
    changed.track_usage(customer_id="cus_1", feature_key="emails", quantity="0.125")
    assert changed.get_usage_metrics("cus_1")["emails"].consumed == Decimal("0.125")


def test_a_past_plan_is_in_use(open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock) -> None:
    """Late events are decided under the plan of their time."""
    billing = open_billing(catalog=copy.deepcopy(catalog))
    billing.create_customer("cus_1", plan="pro")
    clock.advance(days=1)
    billing.change_plan("cus_1", "free")
    del catalog["plans"]["pro"]
    with pytest.raises(CatalogError, match=r"plans\.pro"):
        open_billing(catalog=catalog).catalog()


def test_a_new_period_opens_with_what_the_ledger_has_in_it(
    open_billing: OpenBilling, catalog: dict[str, Any], clock: Clock
) -> None:
    billing = open_billing(catalog=copy.deepcopy(catalog))
    billing.create_customer("cus_1")
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=70)
    clock.advance(days=1)
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=20)
    catalog["plans"]["free"]["features"]["emails"] = [{"limit": 100, "period": "week"}, {"limit": 30, "period": "day"}]
    open_billing(catalog=catalog).catalog()
    used = {window.window: window.used for window in billing.get_usage_metrics("cus_1")["emails"].windows}
    assert used == {"week": 90, "day": 20}
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=10)
    assert billing.check_entitlement("cus_1", "emails").reason == "quota_exceeded"
    # Back to days only: the week's counter goes on moving with it.
    catalog["plans"]["free"]["features"]["emails"] = {"limit": 100, "period": "day"}
    catalog["version"] = 3
    open_billing(catalog=catalog).catalog()
    billing.track_usage(customer_id="cus_1", feature_key="emails", quantity=5)
    assert billing.verify()
