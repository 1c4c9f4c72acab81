"""Two portals on one page, one of them over it, beside a nudge of the host's own: each is by itself, and nothing is there twice."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

from tests.browser.test_plans import WAIT_MS, Open, new_customer, open_page, plan
from tests.support.live_app import LiveApp

__all__ = ["open_page"]

PAGE = "/portals"
# Where the tabs end, and where the toggle of the plans begins.
BELOW_THE_TABS = """tabs => [
  tabs.getBoundingClientRect().bottom,
  tabs.parentElement.querySelector(".bui-intervals").getBoundingClientRect().top,
]"""


def portals(page: Page) -> tuple[Locator, Locator]:
    """The one in the page, and the drawer once it is open."""
    return page.locator("main > div.bui-portal"), page.get_by_role("dialog", name="Usage and plans")


def chosen(portal: Locator) -> Locator:
    return portal.locator("[role=tab][aria-selected=true]")


def test_a_portal_over_the_page_shows_its_own_plans_and_gives_way_to_nothing_behind_it(
    live_app: LiveApp, open_page: Open
) -> None:
    customer = new_customer(live_app, policy="Ask your admin.")
    live_app.track(customer, "emails", "80")
    page = open_page(PAGE, customer)
    below, drawer = portals(page)
    page.get_by_role("button", name="Billing", exact=True).click()
    drawer.locator(".bui-banner").get_by_role("button", name="See Pro").click()
    expect(chosen(drawer)).to_have_text("Plans")
    upgrade = drawer.get_by_role("button", name="Upgrade to Pro")
    expect(upgrade).to_be_focused()
    expect(chosen(below)).to_have_text("Usage")

    page.keyboard.press("Enter")
    page.get_by_role("button", name="Upgrade now").click()
    # What comes of it is said where it was asked.
    expect(drawer.get_by_text("Ask your admin.")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("Ask your admin.")).to_have_count(1)

    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    page.locator("main > .bui-nudge-place").get_by_role("button", name="See Pro").click()
    expect(chosen(below)).to_have_text("Plans")
    expect(plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").first).to_be_focused()


def test_the_plans_of_a_drawer_begin_below_its_tabs_and_stay_there_when_something_is_said(
    live_app: LiveApp, open_page: Open
) -> None:
    page = open_page("/drawer", new_customer(live_app, policy="Ask your admin."))
    page.get_by_role("button", name="Billing", exact=True).click()
    drawer = page.get_by_role("dialog", name="Usage and plans")
    upgrade = drawer.get_by_role("button", name="Upgrade to Pro")
    expect(upgrade).to_be_visible(timeout=WAIT_MS)
    tabs_end, plans_begin = drawer.get_by_role("tablist").evaluate(BELOW_THE_TABS)
    assert plans_begin - tabs_end < 26

    upgrade.click()
    page.get_by_role("button", name="Upgrade now").click()
    said = drawer.get_by_text("Ask your admin.")
    expect(said).to_be_visible(timeout=WAIT_MS)
    assert drawer.get_by_role("tablist").evaluate(BELOW_THE_TABS) == [tabs_end, plans_begin], "nothing moves"
    box = said.bounding_box()
    assert box is not None
    assert tabs_end <= box["y"]
    assert box["y"] + box["height"] <= plans_begin


def test_a_dialog_without_plans_gives_way_to_those_behind_it(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "80")
    page = open_page(PAGE, customer)
    below, drawer = portals(page)
    page.get_by_role("button", name="Billing", exact=True).click()
    drawer.locator("[data-bui-plans]").evaluate("table => table.removeAttribute('data-bui-plans')")
    drawer.locator(".bui-banner").get_by_role("button", name="See Pro").click()
    expect(drawer).to_be_hidden()
    expect(chosen(below)).to_have_text("Plans")
    expect(below.get_by_role("button", name="Upgrade to Pro")).to_be_focused()


def test_of_the_nudges_that_would_lie_on_each_other_one_is_there_and_is_remembered_once(
    live_app: LiveApp, open_page: Open
) -> None:
    customer = new_customer(live_app)
    page = open_page(PAGE, customer)
    live_app.track(customer, "emails", "80")
    own = page.locator("main > .bui-nudge-place")
    expect(page.get_by_role("status").filter(has_text="Emails: 80")).to_have_count(1, timeout=WAIT_MS)
    expect(own.get_by_role("button", name="Not now")).to_be_visible()
    expect(page.get_by_role("button", name="Not now")).to_have_count(1)
    page.get_by_role("button", name="Billing", exact=True).click()
    expect(page.get_by_role("dialog").get_by_role("button", name="Not now")).to_be_visible()
    page.keyboard.press("Escape")
    own.get_by_role("button", name="Not now").click()
    expect(page.get_by_role("button", name="Not now")).to_have_count(0)
    with live_app.engine() as engine:
        assert [event.action for event in engine.list_nudge_events(customer).events] == ["dismissed", "shown"]


def test_a_tab_outlives_links_within_the_page_and_a_reload_after_them(live_app: LiveApp, open_page: Open) -> None:
    page = open_page(PAGE, new_customer(live_app))
    below, _ = portals(page)
    below.get_by_role("tab", name="Plans").click()
    page.get_by_role("link", name="Further down").click()
    expect(chosen(below)).to_have_text("Plans")
    page.reload()
    expect(chosen(below)).to_have_text("Plans")
    assert page.url.endswith("#further")
    below.get_by_role("tab", name="Usage").click()
    page.go_back()
    expect(chosen(below)).to_have_text("Plans")
    page.go_forward()
    expect(chosen(below)).to_have_text("Usage")


def test_a_tab_outlives_a_reload_that_comes_right_after_a_link(live_app: LiveApp, open_page: Open) -> None:
    """The page goes before it has written anything into the entry that the link has made."""
    page = open_page(PAGE, new_customer(live_app))
    below, _ = portals(page)
    below.get_by_role("tab", name="Plans").click()
    expect(chosen(below)).to_have_text("Plans")
    page.evaluate("history.replaceState = () => {}")
    page.get_by_role("link", name="Further down").click()
    page.wait_for_url("**/#further")
    page.reload()
    expect(chosen(below)).to_have_text("Plans")
