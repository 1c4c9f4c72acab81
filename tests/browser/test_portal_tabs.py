"""The tab of a portal that somebody has chosen: a reload and the way back find it, and the address stays the host's."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_plans import Open, new_customer, open_page
from tests.support.live_app import LiveApp, expect_connected

__all__ = ["open_page"]

PAGE = "/drawer"
OPENERS = ("Billing", "Usage")
"""Of two portals on one page; the first one begins with the plans, the second one with the usage."""


def opened(page: Page, opener: str) -> Locator:
    expect_connected(page)
    page.get_by_role("button", name=opener, exact=True).click()
    dialog = page.locator("dialog[open]")
    expect(dialog).to_be_visible()
    return dialog


def expect_tabs(page: Page, *chosen: str) -> None:
    for opener, name in zip(OPENERS, chosen, strict=True):
        expect(opened(page, opener).get_by_role("tab", name=name)).to_have_attribute("aria-selected", "true")
        page.keyboard.press("Escape")
        expect(page.locator("dialog[open]")).to_have_count(0)


def test_each_portal_of_a_page_shows_its_tab_again_and_the_hosts_hash_is_kept(
    live_app: LiveApp, open_page: Open
) -> None:
    page = open_page(PAGE, new_customer(live_app))
    page.goto(f"{live_app.url}{PAGE}#hosts/own?place=1")
    expect_tabs(page, "Plans", "Usage")
    for opener, other in zip(OPENERS, ("Usage", "Plans"), strict=True):
        dialog = opened(page, opener)
        dialog.get_by_role("tab", name=other).click()
        page.keyboard.press("Escape")
    address = page.url
    assert address.endswith("#hosts/own?place=1")
    page.reload()
    expect_tabs(page, "Usage", "Plans")
    assert page.url == address

    page.goto(f"{live_app.url}/quiet")
    page.go_back()
    expect_tabs(page, "Usage", "Plans")
    page.goto(f"{live_app.url}{PAGE}")
    expect_tabs(page, "Plans", "Usage")


def test_a_reload_shows_the_tab_again_where_the_server_leads_to_another_address(
    live_app: LiveApp, open_page: Open
) -> None:
    """Reflex answers /drawer with /drawer/, which the browser takes for a page that it has not been to."""
    page = open_page("/quiet", new_customer(live_app))
    link = page.get_by_role("link", name="To the drawer")
    link.click()
    opened(page, "Billing").get_by_role("tab", name="Usage").click()
    page.keyboard.press("Escape")
    assert page.url == f"{live_app.url}{PAGE}"
    page.reload()
    expect_tabs(page, "Usage", "Usage")
    assert page.url == f"{live_app.url}{PAGE}/"
    # A visit that is no reload begins as the host has it, also in the same tab of the browser.
    page.go_back()
    link.click()
    expect_tabs(page, "Plans", "Usage")
    page.reload()
    expect_tabs(page, "Plans", "Usage")
