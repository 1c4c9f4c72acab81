"""The ways to the plans and to a portal, where a page has several of them or hides some."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.test_plans import WAIT_MS, Open, new_customer, open_page
from tests.support.live_app import LiveApp

__all__ = ["open_page"]


def ways(live_app: LiveApp, open_page: Open) -> Page:
    """The page, once it answers."""
    page = open_page("/ways", new_customer(live_app))
    expect(page.locator("#first .bui-card[data-state=normal]").first).to_be_visible(timeout=WAIT_MS)
    return page


def chosen(page: Page, portal: str) -> str:
    return page.locator(f"{portal} [role=tab][aria-selected=true]").inner_text()


def test_of_several_tables_the_one_beside_what_was_pressed_is_brought_to_light(
    live_app: LiveApp, open_page: Open
) -> None:
    page = ways(live_app, open_page)
    page.set_viewport_size({"width": 1280, "height": 320})
    second = page.locator("#second")
    second.evaluate("portal => portal.scrollIntoView()")
    second.get_by_role("button", name="Compare").click()
    expect(second.locator("[data-bui-plans]")).to_be_focused()
    # What begins in sight is not moved: the tabs above it would go.
    expect(second.get_by_role("tablist")).to_be_in_viewport(ratio=1)
    assert [chosen(page, portal) for portal in ("#first", "#second")] == ["Usage", "Plans"]

    page.get_by_role("button", name="Choose Pro").click()
    expect(page.locator("details [data-plan=pro]").get_by_role("button")).to_be_focused()
    expect(page.locator("dialog[open]")).to_have_count(0)


def test_a_table_that_the_host_hides_is_no_way_to_the_plans(live_app: LiveApp, open_page: Open) -> None:
    page = ways(live_app, open_page)
    button = page.get_by_role("button", name="Choose Pro")

    def hide(*parts: str) -> None:
        page.evaluate(
            "parts => { for (const part of parts) document.querySelector(part).style.display = 'none' }", parts
        )

    hide("details")
    button.click()
    expect(page.locator("#first [data-plan=pro]").get_by_role("button")).to_be_focused()
    # One over the page comes after those that are part of it.
    hide("#first", "#second")
    button.click()
    over = page.get_by_role("dialog")
    expect(over.locator("[data-plan=pro]").get_by_role("button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(button).to_be_focused()
    hide("#above")
    expect(button).to_be_hidden()


def test_where_the_only_table_is_hidden_the_plans_open_over_the_page(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "85")
    page = open_page("/hidden", customer)
    see = page.locator("#own").get_by_role("button", name="See Pro, $29/month")
    see.click(timeout=WAIT_MS)
    dialog = page.get_by_role("dialog", name="Plans", exact=True)
    expect(dialog.locator("[data-plan=pro]").get_by_role("button")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialog).to_have_count(0)
    page.get_by_role("button", name="Billing").click()
    page.locator("#tab > .bui-nudge-place").get_by_role("button", name="See Pro, $29/month").click()
    expect(page.locator(".bui-portal [data-plan=pro]").get_by_role("button")).to_be_focused()


def test_a_menu_opens_a_portal_that_has_no_trigger_and_no_heading(live_app: LiveApp, open_page: Open) -> None:
    page = ways(live_app, open_page)
    account = page.get_by_role("button", name="Account")
    account.click()
    page.get_by_role("menuitem", name="Billing").click()
    portal = page.get_by_role("dialog", name="Usage and plans")
    expect(portal).to_be_visible()
    expect(portal.get_by_role("heading", level=2).filter(has_text="Usage and plans")).to_have_count(0)
    expect(portal.get_by_role("tablist", name="Usage and plans")).to_be_visible()
    expect(page.get_by_role("menu")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(portal).to_be_hidden()
    # The item that opened it is gone.
    expect(account).to_be_focused()
    # As where a host names the button of its menu anew.
    account.evaluate("button => { button.id = 'renamed'; button.setAttribute('aria-controls', 'menu') }")
    account.click()
    # Closed before the menu has gone, which waits for the server.
    page.get_by_role("menuitem", name="Billing").evaluate(
        "item => { item.click(); document.querySelector('dialog[open]').close() }"
    )
    expect(page.get_by_role("menu")).to_have_count(0)
    expect(account).to_be_focused()
