"""A suggestion on a page without a pricing table: the plans open over the page, and a plan is changed from there."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_plans import WAIT_MS, Open, new_customer, open_page, plan, plan_of
from tests.support.live_app import LiveApp

__all__ = ["open_page"]

PAGE = "/suggestions"


def plans_dialog(page: Page) -> Locator:
    return page.get_by_role("dialog", name="Plans", exact=True)


def expect_pro_to_be_suggested(page: Page) -> None:
    expect(plans_dialog(page)).to_be_visible(timeout=WAIT_MS)
    expect(plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")).to_be_focused()
    assert page.evaluate("[...document.querySelectorAll('[data-suggested]')].map(e => e.dataset.plan)") == ["pro"]
    assert page.evaluate("document.querySelectorAll('[data-bui-plans]').length") == 1


def test_the_plans_open_from_a_banner_and_the_change_is_confirmed_there(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "80")
    page = open_page(PAGE, customer)
    action = page.locator(".bui-banner").get_by_role("button", name="See Pro, $29/month")
    expect(action).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("dialog[open]")).to_have_count(0)

    action.click()
    expect_pro_to_be_suggested(page)
    page.keyboard.press("Enter")
    confirmation = page.get_by_role("dialog", name="Upgrade to Pro?")
    expect(confirmation).to_be_visible(timeout=WAIT_MS)
    assert plan_of(live_app, customer) == "free"
    confirmation.get_by_role("button", name="Upgrade now").click()
    expect(confirmation).to_be_hidden(timeout=WAIT_MS)
    expect(plans_dialog(page).get_by_text("Your plan")).to_be_visible(timeout=WAIT_MS)
    assert plan_of(live_app, customer) == "pro"

    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    expect(page.locator(".bui-needs-plans")).to_have_count(0)


def test_every_suggestion_of_a_page_opens_the_one_dialog_and_gets_the_focus_back(
    live_app: LiveApp, open_page: Open
) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "80")
    page = open_page(PAGE, customer, width=390)
    for place in (".bui-banner", "#card", "#line"):
        action = page.locator(place).get_by_role("button", name="See Pro, $29/month")
        action.click()
        expect_pro_to_be_suggested(page)
        page.keyboard.press("Escape")
        expect(plans_dialog(page)).to_have_count(0)
        expect(action).to_be_focused()
    assert page.evaluate("document.documentElement.style.scrollbarGutter") == ""


def test_a_modal_nudge_gives_way_to_the_plans_and_is_not_dismissed(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    page = open_page(PAGE, customer)
    page.get_by_role("button", name="Work").focus()
    live_app.track(customer, "emails", "96")
    nudge = page.get_by_role("alertdialog")
    expect(nudge).to_be_visible(timeout=WAIT_MS)
    nudge.get_by_role("button", name="See Pro, $29/month").click()
    expect_pro_to_be_suggested(page)
    expect(nudge).to_be_hidden()
    page.keyboard.press("Escape")
    expect(plans_dialog(page)).to_have_count(0)
    expect(nudge).to_be_hidden()
    expect(page.get_by_role("button", name="Work")).to_be_focused()
    with live_app.engine() as engine:
        assert [event.action for event in engine.list_nudge_events(customer).events] == ["upgrade_clicked", "shown"]
