"""The key of a payment for a change of plan: one for each wish, whatever else moves meanwhile."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from billing_ui_backend import AsyncBilling
from billing_ui_components.plan_policy import PlanChange
from tests.components.test_plan_state import allow, ask, confirm
from tests.support.tabs import CATALOG, Host, with_host

Meanwhile = Callable[[AsyncBilling], Awaitable[None]]


def catalog(*, amount: str = "29", builds: int = 5) -> dict[str, Any]:
    """Two plans, where a level and a quota of the customer's can pass the limits of the one that is chosen."""
    free = CATALOG["plans"]["free"]
    pro = {
        "title": "Pro",
        "rank": 20,
        "prices": [{"amount": amount, "currency": "USD", "interval": "month"}],
        "features": {"builds": {"limit": builds, "period": "month"}, "storage": {"limit": 5}},
    }
    return {
        "default_plan": "free",
        "features": {**CATALOG["features"], "storage": {"title": "Storage", "type": "numeric_limit", "unit": "GB"}},
        "plans": {"free": {**free, "features": {**free["features"], "storage": {"limit": 100}}}, "pro": pro},
    }


async def more_is_stored(billing: AsyncBilling) -> None:
    await billing.set_usage(customer_id="acme", feature_key="storage", quantity="6.1")


async def a_quota_passes_the_new_limit(billing: AsyncBilling) -> None:
    await billing.track_usage(customer_id="acme", feature_key="builds", quantity=8)


async def it_is_paused_and_resumed(billing: AsyncBilling) -> None:
    await billing.pause_subscription("acme")
    await billing.resume_subscription("acme")


async def an_end_is_scheduled(billing: AsyncBilling) -> None:
    await billing.cancel_subscription("acme", at="period_end")


async def another_plan_is_in_force_for_a_while(billing: AsyncBilling) -> None:
    await billing.change_plan("acme", "pro")
    await billing.change_plan("acme", "free", at="now")


async def it_ends_and_starts_again(billing: AsyncBilling) -> None:
    await billing.cancel_subscription("acme", at="now")
    await billing.change_plan("acme", "free")


@pytest.mark.parametrize(
    ("meanwhile", "same"),
    [
        (more_is_stored, True),
        (a_quota_passes_the_new_limit, True),
        (it_is_paused_and_resumed, True),
        (an_end_is_scheduled, True),
        (another_plan_is_in_force_for_a_while, False),
        (it_ends_and_starts_again, False),
    ],
)
def test_a_retry_after_an_error_has_the_key_of_the_first_try(
    monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile, same: bool
) -> None:
    """The payment was taken before the error: under a new key it would be taken again."""
    first, second = keys_of_two_tries(monkeypatch, meanwhile)
    assert (first == second) is same


@pytest.mark.parametrize(
    ("changed", "same"),
    [(catalog(builds=50), True), (catalog(amount="29.00"), True), (catalog(amount="39"), False)],
    ids=["a limit is raised", "the price is written differently", "the price is another one"],
)
def test_of_the_catalog_only_the_price_makes_another_key(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, changed: dict[str, Any], same: bool
) -> None:
    url = f"sqlite:///{tmp_path}/billing.db"

    async def meanwhile(_: AsyncBilling) -> None:
        async with AsyncBilling(url, catalog=changed) as other:
            await other.get_customer("acme")

    first, second = keys_of_two_tries(monkeypatch, meanwhile, url)
    assert (first == second) is same


def keys_of_two_tries(monkeypatch: pytest.MonkeyPatch, meanwhile: Meanwhile, url: str = "sqlite://") -> list[str]:
    """The keys that the host's policy is told, the first time it fails."""
    for key, value in catalog().items():
        monkeypatch.setitem(CATALOG, key, value)
    told: list[PlanChange] = []

    async def policy(change: PlanChange) -> str:
        told.append(change)
        if len(told) == 1:
            raise RuntimeError("the payment was taken, and the answer was lost")
        return "Paid already."

    async def scenario(host: Host) -> None:
        allow(host, policy)
        tab = await host.open().ready()
        await host.billing.set_usage(customer_id="acme", feature_key="storage", quantity=6)
        await ask(tab)
        await confirm(tab)
        await meanwhile(host.billing)
        await ask(tab)
        await confirm(tab)

    with_host(monkeypatch, scenario, url=url)
    return [change.idempotency_key for change in told]
