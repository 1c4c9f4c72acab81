"""A key that the catalog does not know is told in the log, once, while the page is made."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

import billing_ui as bui
from billing_ui_backend import AsyncBilling
from billing_ui_components import runtime as runtimes
from billing_ui_components import unknown_keys
from tests.support.tabs import CATALOG, Host

FEATURES = ", ".join(CATALOG["features"])


@pytest.fixture(autouse=True)
def install(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Installs an engine with this catalog; nothing has been told before."""
    monkeypatch.setattr(unknown_keys, "_told", set())
    monkeypatch.setattr(unknown_keys, "_unchecked", {})

    def installed(catalog: object) -> None:
        billing = AsyncBilling("sqlite:////nowhere/at/all.db", catalog=catalog)  # pyright: ignore[reportArgumentType]
        runtime = asyncio.run(_runtime(billing))
        monkeypatch.setattr(runtimes, "_installed", [runtime])

    return installed


async def _runtime(billing: AsyncBilling) -> runtimes.Runtime:
    return Host(billing).runtime


def test_a_key_that_is_misspelt_is_told_once_with_the_right_one(
    install: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    install(CATALOG)
    for _ in range(2):
        bui.usage_display("api_cals")
        bui.feature_gate("api_calls", "known")
        bui.pricing_table(plan_ids=["free", "typo"])
    assert [record.getMessage() for record in caplog.records] == [
        f"billing_ui: usage_display: feature_key: the catalog has no feature 'api_cals': did you mean 'api_calls'? It has {FEATURES}",
        "billing_ui: pricing_table: plan_ids: the catalog has no plan 'typo': it has free, pro",
    ]


@pytest.mark.parametrize("catalog", [None, "/no/such/catalog.toml"])
def test_where_the_catalog_is_not_known_yet_nothing_is_told(
    install: Callable[..., None], caplog: pytest.LogCaptureFixture, catalog: object
) -> None:
    bui.usage_bar("api_cals")
    install(catalog)
    bui.usage_bar("api_cals")
    assert caplog.records == []


def test_what_was_written_before_the_engine_was_installed_is_told_then(
    install: Callable[..., None], caplog: pytest.LogCaptureFixture
) -> None:
    bui.feature_gate("typo_key", "in a variable of a module")
    bui.usage_bar("api_calls")
    install(CATALOG)
    unknown_keys.check_installed()
    unknown_keys.check_installed()
    assert [record.getMessage() for record in caplog.records] == [
        f"billing_ui: feature_gate: feature: the catalog has no feature 'typo_key': it has {FEATURES}"
    ]
