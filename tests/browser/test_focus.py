"""The focus after a press of what is gone then: it stays where the person was, and does not begin again at the top of the page."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_plans import WAIT_MS, Open, new_customer, open_page
from tests.support.live_app import LiveApp

__all__ = ["open_page"]


@pytest.mark.parametrize(("tab", "part"), [("Usage", ".bui-display"), ("Plans", ".bui-pricing-table")])
def test_where_another_try_succeeds_the_focus_stays_in_that_part(
    live_app: LiveApp, open_page: Open, tab: str, part: str
) -> None:
    customer = new_customer(live_app)
    live_app.answer(customer, "raise")
    page = open_page("/portals", customer)
    portal = page.locator("main > div.bui-portal")
    portal.get_by_role("tab", name=tab).click()
    retry = portal.get_by_role("button", name="Try again")
    expect(retry).to_be_visible(timeout=WAIT_MS)
    live_app.answer(customer, customer)
    retry.focus()
    page.keyboard.press("Enter")
    expect(retry).to_have_count(0, timeout=WAIT_MS)
    expect(portal.locator(part)).to_be_focused()


def dismiss(page: Page) -> None:
    quiet = page.get_by_role("button", name="Not now")
    quiet.focus()
    page.keyboard.press("Enter")
    expect(quiet).to_have_count(0, timeout=WAIT_MS)


def test_where_a_nudge_is_dismissed_in_a_dialog_the_focus_stays_in_it(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "80")
    page = open_page("/drawer", customer)
    page.get_by_role("button", name="Usage", exact=True).click()
    dialog = page.locator("dialog[open]")
    expect(dialog.get_by_role("button", name="Not now")).to_be_visible(timeout=WAIT_MS)
    dismiss(page)
    expect(dialog).to_be_focused()
    page.keyboard.press("Tab")
    expect(dialog.get_by_role("button", name="Close")).to_be_focused()


def test_where_a_toast_is_dismissed_the_focus_stays_where_it_was_put(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "90")
    page = open_page("/nudges", customer)
    expect(page.locator(".bui-toast")).to_contain_text("Emails", timeout=WAIT_MS)
    dismiss(page)
    expect(page.locator(".bui-nudge-place")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("button", name="Help")).to_be_focused()
