"""The server's path: a host's own handlers, with UsageMixin."""

from pathlib import Path
from unittest.mock import AsyncMock

import pytest
import reflex as rx

from billing_ui_backend import Billing
from billing_ui_backend.errors import (
    AuthenticationError,
    QuotaExceeded,
    ServiceUnavailable,
    UnknownFeature,
)
from billing_ui_components.mixin import UsageMixin
from tests.support.tabs import Host, Tab, with_host


class Shop(UsageMixin, rx.State):
    """A host's state, with a login of its own."""

    basket: int = 0


def shop(tab: Tab) -> Shop:
    state = tab.root.get_substate(Shop.get_full_name().split("."))
    assert isinstance(state, Shop)
    return state


def test_it_adds_no_vars_and_no_endpoints() -> None:
    assert set(Shop.base_vars) == {"basket"}
    assert set(Shop.computed_vars) == set()
    assert set(Shop.event_handlers) <= {"setvar", "set_basket"}


def test_a_track_of_the_server_counts_and_moves_the_tab(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        # Not client_trackable: the server may all the same.
        receipt = await shop(tab)._track_usage("emails", 3, idempotency_key="mail 1", metadata={"to": "ann"})
        assert receipt.usage.consumed_units == 3
        again = await shop(tab)._track_usage("emails", 3, idempotency_key="mail 1", metadata={"to": "ann"})
        assert again.replayed
        await host.until(lambda: tab.consumed("emails") == 3)

    with_host(monkeypatch, scenario)


def test_a_customer_is_told_of_a_refusal_in_the_labels_words(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        state = shop(host.open())
        with pytest.raises(QuotaExceeded) as full:
            await state._track_usage("emails", 101)
        assert await state._refusal_text(full.value, "emails") == "Emails: limit reached. Nothing was counted."
        with monkeypatch.context() as away:
            gone = AsyncMock(side_effect=ServiceUnavailable("the database /srv/shop/billing.db is gone"))
            away.setattr(host.billing, "catalog", gone)
            assert await state._refusal_text(full.value, "emails") == "emails: limit reached. Nothing was counted."
        host.answers["nobody"] = None
        with pytest.raises(AuthenticationError) as nobody:
            await shop(host.open("who=nobody"))._track_usage("emails")
        assert await state._refusal_text(nobody.value, "emails") == "Sign in first. Nothing was counted."

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            ServiceUnavailable("the database /srv/shop/billing.db does not answer"),
            "Could not be counted now. Try again.",
        ),
        (UnknownFeature("/srv/shop/billing.toml has no feature 'emials'"), "Could not be counted. Try again later."),
        (ConnectionError("the mail server /srv/mail is away"), "Could not be counted. Try again later."),
    ],
)
def test_what_only_the_developer_can_mend_is_told_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, error: Exception, text: str
) -> None:
    async def scenario(host: Host) -> None:
        assert await shop(host.open())._refusal_text(error, "emails") == text
        assert str(error) in caplog.text

    with_host(monkeypatch, scenario)


def test_the_first_track_creates_the_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        receipt = await shop(host.open())._track_usage("emails")
        assert receipt.customer_id == "acme"

    with_host(monkeypatch, scenario)


def test_a_full_limit_raises_the_engines_error(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        with pytest.raises(QuotaExceeded) as refused:
            await shop(host.open())._track_usage("emails", 101)
        assert refused.value.limit == 100
        with pytest.raises(UnknownFeature):
            await shop(host.open())._track_usage("faxes")

    with_host(monkeypatch, scenario)


def test_a_refused_track_refreshes_the_tab_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/billing.db"

    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        with Billing(url) as another_process:
            another_process.track_usage(customer_id="acme", feature_key="emails", quantity=100)
        with pytest.raises(QuotaExceeded):
            await shop(tab)._track_usage("emails")
        await host.until(lambda: tab.consumed("emails") == 100)

    with_host(monkeypatch, scenario, url=url)


def test_an_entitlement_can_be_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        state = shop(host.open())
        assert (await state._check_entitlement("emails", 100)).has_access
        refused = await state._check_entitlement("emails", 101)
        assert not refused.has_access
        assert refused.reason == "quota_exceeded"

    with_host(monkeypatch, scenario)


def test_the_customer_is_the_one_that_identify_names(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        customer = await shop(host.open("who=globex"))._customer()
        assert customer.customer_id == "globex"
        assert customer.plan_key == "free"

    with_host(monkeypatch, scenario)


def test_nobody_signed_in_can_use_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        state = shop(host.open(""))
        for call in (state._track_usage("emails"), state._check_entitlement("emails"), state._customer()):
            with pytest.raises(AuthenticationError, match="nobody is signed in"):
                await call

    with_host(monkeypatch, scenario)
