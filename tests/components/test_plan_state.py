"""Plans in a tab: shown to whom they are for, changed only by the host's leave, once, and only as they were shown."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
import reflex as rx
from reflex.event import EventSpec

from billing_ui_backend import Billing
from billing_ui_components.identity import Identity
from billing_ui_components.plan_desk import PlanDesk
from billing_ui_components.plan_policy import PlanChange, check_policy
from billing_ui_components.state import UsageState, sign_out
from tests.support.tabs import CATALOG, Host, Tab, with_host

HOSTILE: list[Any] = [None, 7, True, float("nan"), "", "gold", "x" * 9999, [], ["pro"], {"key": "pro"}, "\ud800"]


@pytest.fixture(autouse=True)
def plans(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plan that people agree upon, and one that is for some customers only."""
    more = {
        "enterprise": {"title": "Enterprise", "rank": 30, "contact": "https://acme.example/sales"},
        "secret": {"title": "Secret", "rank": 40, "public": False},
    }
    monkeypatch.setitem(CATALOG, "plans", {**CATALOG["plans"], **more})


def allow(host: Host, policy: Any) -> None:
    host.desk.policy = policy


def allow_and_keep(host: Host) -> list[PlanChange]:
    """All is allowed; what the host was asked is in the list."""
    told: list[PlanChange] = []

    async def policy(change: PlanChange) -> bool:
        told.append(change)
        return True

    allow(host, policy)
    return told


async def plan_of(host: Host, customer_id: str = "acme") -> str | None:
    return (await host.billing.get_customer(customer_id)).plan_key


async def ask(tab: Tab, plan_key: Any = "pro", interval: Any = "month", place: Any = "table") -> Any:
    await tab.fire("ask_plan_change", plan_key, interval, place)
    return tab.browser["plan_change"]


async def confirm(tab: Tab, change_id: Any = None) -> Any:
    """What the server sends besides: an event, or nothing."""
    change_id = tab.browser["plan_change"].change_id if change_id is None else change_id
    event = await UsageState.event_handlers["confirm_plan_change"].fn(tab.usage, change_id)
    tab.deliver()
    return event


def test_a_tab_shows_the_plans_of_its_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = host.open()
        assert tab.hydrate()["pricing"].state == "loading"
        await tab.ready()
        pricing = tab.browser["pricing"]
        assert [(plan.key, plan.relation) for plan in pricing.plans] == [
            ("free", "current"),
            ("pro", "upgrade"),
            ("enterprise", "upgrade"),
        ]
        assert (pricing.state, pricing.changeable) == ("ready", False)
        await host.billing.change_plan("acme", "pro")
        await host.until(lambda: tab.browser["pricing"].plans[1].relation == "current")

    with_host(monkeypatch, scenario)


def test_somebody_who_is_not_signed_in_sees_the_public_plans_and_an_error_shows_none(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        tab = host.open("")
        await tab.fire("tick")
        assert (tab.browser["status"], tab.browser["pricing"].state) == ("signed_out", "signed_out")
        assert [plan.key for plan in tab.browser["pricing"].plans] == ["free", "pro", "enterprise"]
        host.answers["lost"] = RuntimeError("the login service is down")
        lost = host.open("who=lost")
        await lost.fire("tick")
        assert (lost.browser["pricing"].state, lost.browser["pricing"].plans) == ("error", [])

    with_host(monkeypatch, scenario)


def test_a_private_plan_reaches_nobody_but_its_customer(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        await host.billing.create_customer("partner", plan="secret")
        partner, other, nobody = host.open("who=partner"), host.open(), host.open("")
        await partner.ready()
        await other.ready()
        await nobody.fire("tick")
        assert "Secret" in str(partner.sent)
        assert "ecret" not in str(other.sent) + str(nobody.sent)
        thief = host.open("who=thief", token=partner.token)
        assert "ecret" not in str(thief.hydrate())

    with_host(monkeypatch, scenario)


def test_signing_out_shows_the_public_plans_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        await ask(tab)
        await sign_out(tab.usage)
        tab.deliver()
        assert tab.browser["plan_change"].visible is False
        assert [plan.relation for plan in tab.browser["pricing"].plans] == ["", "", ""]

    with_host(monkeypatch, scenario)


def test_without_a_policy_a_browser_changes_no_plan_and_is_asked_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        tab = await host.open().ready()
        for plan_key in ("pro", *HOSTILE):
            await tab.fire("ask_plan_change", plan_key)
            await tab.fire("confirm_plan_change", plan_key)
        assert tab.hydrate()["plan_change"].visible is False
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)


def test_a_change_is_asked_in_words_and_made_when_it_is_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab, other = await host.open().ready(), await host.open().ready()
        view = await ask(tab)
        assert (view.visible, view.title, view.place) == (True, "Upgrade to Pro?", "table")
        assert await plan_of(host) == "free", "asking changes nothing"
        assert other.browser["plan_change"].visible is False, "another tab is not asked"
        event = await confirm(tab)
        assert await plan_of(host) == "pro"
        assert tab.browser["plan_change"].visible is False
        assert tab.browser["plan_notice_text"] == "You are on Pro now."
        assert '{"place": "table", "planKey": "pro"}' in str(event)
        await host.until(lambda: other.browser["pricing"].plans[1].relation == "current")
        assert other.browser["plan_notice_text"] == ""

    with_host(monkeypatch, scenario)


def test_an_answer_counts_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two clicks, a click in each of two tabs, and an old question answered again make one change."""

    async def scenario(host: Host) -> None:
        allow(host, True)
        tab, other = await host.open().ready(), await host.open().ready()
        change_id = (await ask(tab)).change_id
        others = (await ask(other)).change_id
        clicks = (confirm(tab, change_id), confirm(tab, change_id), confirm(other, others))
        events = list(await asyncio.gather(*clicks))
        events.append(await confirm(tab, change_id))
        assert [event is None for event in events].count(False) == 1
        await host.billing.change_plan("acme", "free")
        await confirm(tab, change_id)
        await confirm(other, others)
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)


def test_a_question_belongs_to_its_tab_and_person(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab, other = await host.open().ready(), await host.open("who=globex").ready()
        change_id = (await ask(tab)).change_id
        await confirm(other, change_id)
        host.answers["acme"] = Identity("globex")
        await confirm(tab, change_id)
        assert [await plan_of(host, who) for who in ("acme", "globex")] == ["free", "free"]

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("plan_key", ["enterprise", "secret", *HOSTILE])
def test_plans_that_no_page_may_choose_are_refused(monkeypatch: pytest.MonkeyPatch, plan_key: Any) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        await tab.fire("ask_plan_change", plan_key, plan_key, plan_key)
        await tab.fire("confirm_plan_change", plan_key)
        assert tab.hydrate()["plan_change"].visible is False
        assert tab.hydrate()["plan_notice_text"] == "This plan can't be chosen here."
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)


def test_a_hostile_interval_or_place_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        for value in [*HOSTILE, "');alert(1)//", 'a"b']:
            view = await ask(tab, "pro", value, value)
            assert (view.visible, view.place in ("", "gold")) == (True, True)

    with_host(monkeypatch, scenario)


def test_the_host_is_asked_with_what_the_server_knows(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        told = allow_and_keep(host)
        host.answers["ada"] = Identity("acme", user_id="ada", roles=("owner",))
        tab = await host.open("who=ada").ready()
        await ask(tab, "pro", "year")
        assert told == [], "only what was confirmed"
        await confirm(tab)
        (change,) = told
        assert (change.customer_id, change.user_id, change.roles) == ("acme", "ada", ("owner",))
        assert (change.from_plan, change.to_plan, change.at, change.interval) == ("free", "pro", "now", "year")
        assert change.preview.features[0].after[0].limit == 50000

    with_host(monkeypatch, scenario)


def test_the_interval_is_the_one_of_the_price_that_was_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    """A price for a year in a currency that this customer is shown none of is not what they looked at."""
    prices = [{"amount": "29", "currency": "USD", "interval": "month"}]
    abroad = {"amount": "290", "currency": "EUR", "interval": "year"}
    plans = CATALOG["plans"]
    free, pro = {**plans["free"], "prices": prices}, {**plans["pro"], "prices": [*prices, abroad]}
    monkeypatch.setitem(CATALOG, "plans", {**plans, "free": free, "pro": pro})

    async def scenario(host: Host) -> None:
        told = allow_and_keep(host)
        tab = await host.open().ready()
        assert (await ask(tab, "pro", "year")).price_text == "$29 a month, the same as Free"
        await confirm(tab)
        assert [change.interval for change in told] == ["month"]

    with_host(monkeypatch, scenario)


def test_a_payments_key_is_of_one_choice_and_the_same_whenever_that_is_asked_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """$29 a month and $290 a year under one key would be one payment, of whichever was chosen first."""
    yearly = [{"amount": amount, "currency": "USD", "interval": "year"} for amount in ("290", "900")]
    monthly = [{"amount": amount, "currency": "USD", "interval": "month"} for amount in ("29", "90")]
    plans = CATALOG["plans"]
    pro, team = (
        {**plans["pro"], "title": title, "prices": [monthly[rank], yearly[rank]], "rank": 20 + rank}
        for rank, title in enumerate(("Pro", "Team"))
    )
    monkeypatch.setitem(CATALOG, "plans", {**plans, "pro": pro, "team": team})

    async def scenario(host: Host) -> None:
        told: list[PlanChange] = []

        async def policy(change: PlanChange) -> str:
            told.append(change)
            return "Not paid yet."

        allow(host, policy)
        tab = await host.open().ready()
        choices = [("pro", "month"), ("pro", "year"), ("team", "month"), ("team", "year")]
        for choice in choices * 2:
            await ask(tab, *choice)
            await confirm(tab)
        keys = [change.idempotency_key for change in told]
        assert keys[:4] == keys[4:]
        assert len(set(keys)) == 4
        await host.billing.change_plan("acme", "team")
        await host.billing.change_plan("acme", "free", at="now")
        await ask(tab, *choices[0])
        await confirm(tab)
        assert told[-1].idempotency_key not in keys, "who comes back and wishes the same again pays again"

    with_host(monkeypatch, scenario)


def test_a_plan_that_costs_nothing_is_of_the_interval_that_was_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    nothing, monthly, yearly = (
        {"amount": amount, "currency": "USD", "interval": interval}
        for amount, interval in [("0", "month"), ("19", "month"), ("190", "year")]
    )
    plans = CATALOG["plans"]
    free, pro = {**plans["free"], "prices": [nothing]}, {**plans["pro"], "prices": [monthly, yearly]}
    monkeypatch.setitem(CATALOG, "plans", {**plans, "free": free, "pro": pro})

    async def scenario(host: Host) -> None:
        told = allow_and_keep(host)
        await host.billing.create_customer("acme", plan="pro")
        tab = await host.open().ready()
        assert (await ask(tab, "free", "year")).price_text == "$0 a year, $190 less than Pro"
        await confirm(tab)
        assert [change.interval for change in told] == ["year"]

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize(
    ("answer", "notice"),
    [
        (False, "This plan can't be chosen here."),
        (None, "This plan can't be chosen here."),
        ([], "This plan can't be chosen here."),
        ("Only owners may do this.", "Only owners may do this."),
        (RuntimeError("down"), "Nothing was changed. Try again later."),
        (1, "Nothing was changed. Try again later."),
        ({"allowed": True}, "Nothing was changed. Try again later."),
    ],
)
def test_a_host_refuses_with_or_without_a_reason(monkeypatch: pytest.MonkeyPatch, answer: Any, notice: str) -> None:
    async def scenario(host: Host) -> None:
        async def policy(_change: PlanChange) -> Any:
            if isinstance(answer, Exception):
                raise answer
            return answer

        allow(host, policy)
        tab = await host.open().ready()
        await ask(tab)
        assert await confirm(tab) is None
        assert tab.browser["plan_notice_text"] == notice
        assert tab.browser["plan_change"].visible is False
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)


def test_a_policy_without_an_answer_is_told_to_its_developer(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """`return True` was forgotten."""

    async def scenario(host: Host) -> None:
        async def policy(_change: PlanChange) -> None:
            pass

        allow(host, policy)
        tab = await host.open().ready()
        await ask(tab)
        await confirm(tab)
        assert "allow_plan_change answered None for customer acme" in caplog.text

    with_host(monkeypatch, scenario)


def test_a_host_takes_over_with_an_event_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        async def policy(change: PlanChange) -> EventSpec:
            return rx.redirect(f"https://pay.example/{change.to_plan}")

        allow(host, policy)
        tab = await host.open().ready()
        await ask(tab)
        assert "https://pay.example/pro" in str(await confirm(tab))
        assert await plan_of(host) == "free"
        assert tab.browser.get("plan_notice_text", "") == ""

    with_host(monkeypatch, scenario)


def test_what_changed_meanwhile_is_shown_again_and_not_applied(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        await host.billing.create_customer("acme", plan="pro")
        tab = await host.open().ready()
        first = await ask(tab, "free")
        assert first.confirm_text.startswith("Change on")
        await host.billing.cancel_subscription("acme")
        assert await confirm(tab) is None
        again = tab.browser["plan_change"]
        assert (again.visible, again.change_id != first.change_id) == (True, True)
        assert again.notice_text == "Something changed in the meantime. This is how it is now."
        assert any("end of your subscription" in note for note in again.notes)
        customer = await host.billing.get_customer("acme")
        assert customer.subscription is not None
        assert customer.subscription.next_status == "ended"
        await confirm(tab)
        customer = await host.billing.get_customer("acme")
        assert customer.subscription is not None
        assert (customer.plan_key, customer.subscription.next_plan_key) == ("pro", "free")
        assert tab.browser["plan_notice_text"].startswith("Free begins ")

    with_host(monkeypatch, scenario)


def test_a_change_between_the_hosts_yes_and_the_engine_is_not_overwritten(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        async def policy(_change: PlanChange) -> bool:
            await host.billing.change_plan("acme", "secret")
            return True

        allow(host, policy)
        tab = await host.open().ready()
        await ask(tab)
        assert await confirm(tab) is None
        assert await plan_of(host) == "secret"
        assert tab.browser["plan_change"].title == "Change to Pro?"

    with_host(monkeypatch, scenario)


def test_a_change_that_the_host_itself_made_while_it_decided_is_told_as_made(monkeypatch: pytest.MonkeyPatch) -> None:
    """As by a payment's webhook that came before the policy's answer."""

    async def scenario(host: Host) -> None:
        async def policy(change: PlanChange) -> bool:
            await host.billing.change_plan("acme", change.to_plan)
            return True

        allow(host, policy)
        tab = await host.open().ready()
        await ask(tab)
        assert "bui-plan-changed" in str(await confirm(tab))
        assert tab.browser["plan_notice_text"] == "You are on Pro now."

    with_host(monkeypatch, scenario)


def test_a_scheduled_change_is_taken_back_and_asked_only_while_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        await host.billing.create_customer("acme", plan="pro")
        await host.billing.change_plan("acme", "free", at="period_end")
        tab = await host.open().ready()
        assert tab.browser["pricing"].plans[1].action == "keep"
        assert (await ask(tab, "pro")).title == "Keep Pro?"
        assert await confirm(tab) is not None
        customer = await host.billing.get_customer("acme")
        assert customer.subscription is not None
        assert customer.subscription.next_plan_key is None
        assert (await ask(tab, "pro")).visible is False
        assert tab.browser["plan_notice_text"] == "You keep Pro."

    with_host(monkeypatch, scenario)


def test_a_change_that_was_made_elsewhere_while_the_question_was_open_is_said_to_be_so(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        await ask(tab, "pro")
        await host.billing.change_plan("acme", "pro")
        await confirm(tab)
        assert tab.browser["plan_notice_text"] == "You are on Pro now."
        assert tab.browser["plan_notice_tone"] == "good"
        await ask(tab, "free")
        await host.billing.change_plan("acme", "free")
        await confirm(tab)
        assert tab.browser["plan_notice_text"] == "You are on Free now."

    with_host(monkeypatch, scenario)


def test_closing_changes_nothing_and_forgets_the_question(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        change_id = (await ask(tab)).change_id
        await tab.fire("close_plan_change")
        assert tab.browser["plan_change"].visible is False
        await confirm(tab, change_id)
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)


def test_a_question_of_a_server_that_was_started_anew_is_answered_honestly(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        await ask(tab)
        host.desk.forget(tab.token)
        await confirm(tab)
        assert tab.browser["plan_change"].visible is False
        assert tab.browser["plan_notice_text"] == "Nothing was changed. Try again later."
        assert await plan_of(host) == "free"

    with_host(monkeypatch, scenario)


def test_a_paused_subscription_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        allow(host, True)
        tab = await host.open().ready()
        await host.billing.pause_subscription("acme")
        await ask(tab)
        assert tab.browser["plan_notice_text"] == "Subscription is paused"
        assert tab.browser["plan_change"].visible is False

    with_host(monkeypatch, scenario)


def test_the_plans_of_a_customer_come_with_the_one_read(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        async def fail() -> Any:
            raise AssertionError("the catalog was asked for by itself")

        monkeypatch.setattr(host.billing, "catalog", fail)
        tab = await host.open().ready()
        assert [plan.key for plan in tab.browser["pricing"].plans if plan.relation == "current"] == ["free"]

    with_host(monkeypatch, scenario)


def test_the_public_plans_are_read_once_for_many_tabs(monkeypatch: pytest.MonkeyPatch) -> None:
    async def scenario(host: Host) -> None:
        read = 0
        catalog = host.billing.catalog

        async def counted() -> Any:
            nonlocal read
            read += 1
            return await catalog()

        monkeypatch.setattr(host.billing, "catalog", counted)
        for _ in range(20):
            await host.open("").fire("tick")
        assert read == 1

    with_host(monkeypatch, scenario)


@pytest.mark.parametrize("policy", [1, "yes", {}, []])
def test_what_is_no_policy_is_refused_at_once(policy: object) -> None:
    with pytest.raises(TypeError, match="allow_plan_change"):
        check_policy(policy)


def test_false_is_no_policy_at_all() -> None:
    check_policy(False)
    with Billing("sqlite://") as billing:
        assert PlanDesk(billing, None, False).policy is None  # type: ignore[arg-type]
