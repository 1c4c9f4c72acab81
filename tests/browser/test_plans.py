"""Plans in a real browser: chosen by keyboard, confirmed in a dialog, followed by every tab, readable on a small screen."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Page, expect

from tests.browser.test_live import WITH_A_CUT
from tests.support.live_app import LiveApp, expect_connected

WAIT_MS = 15_000
Open = Callable[..., Page]


@pytest.fixture
def open_page(live_app: LiveApp, browser: Browser) -> Iterator[Open]:
    """Opens a page as a customer; afterwards the console has complained about nothing."""
    contexts, errors = [], []

    def opened(path: str, customer: str, width: int = 1280, *, cut: bool = False) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, reduced_motion="reduce")
        contexts.append(context)
        context.add_cookies([{"name": "who", "value": customer, "url": live_app.url}])
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        if cut:
            # The browser says of each try that there is nobody.
            page.add_init_script(WITH_A_CUT)
        else:
            page.on("console", lambda message: errors.append(message.text) if is_complaint(message) else None)
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(live_app.url + path)
        expect_connected(page)
        return page

    yield opened
    for context in contexts:
        context.close()
    assert errors == []


def is_complaint(message: ConsoleMessage) -> bool:
    """Whether the page is to blame: the host has no icon, which the browser asks for by itself."""
    return message.type == "error" and not message.location["url"].endswith("/favicon.ico")


def new_customer(live_app: LiveApp, policy: Any = True, plan: str = "free") -> str:
    customer = f"buyer-{uuid.uuid4().hex[:8]}"
    live_app.call("/control/customer", {"customer_id": customer})
    live_app.call("/control/plan", {"customer_id": customer, "plan": plan})
    live_app.call("/control/policy", {customer: policy})
    return customer


def plan(page: Page, title: str) -> Any:
    return page.get_by_role("article", name=title)


def plan_of(live_app: LiveApp, customer: str) -> str | None:
    with live_app.engine() as engine:
        return engine.get_customer(customer).plan_key


def test_an_upgrade_by_keyboard_is_confirmed_once_and_every_tab_follows(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    page, other = open_page("/plans", customer), open_page("/compare", customer)
    button = plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Upgrade to Pro?")
    expect(dialog).to_be_visible(timeout=WAIT_MS)
    expect(dialog).to_contain_text("$29 a month")
    expect(dialog.get_by_role("row", name="API calls")).to_contain_text("50,000 a month")
    assert plan_of(live_app, customer) == "free"
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(button).to_be_focused()
    page.keyboard.press("Enter")
    expect(dialog).to_be_visible(timeout=WAIT_MS)
    dialog.get_by_role("button", name="Upgrade now").dblclick()
    expect(plan(page, "Pro")).to_contain_text("Your plan", timeout=WAIT_MS)
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("You are on Pro now.")).to_be_visible()
    # The button that was pressed is gone; who goes on by keyboard goes on at the plans.
    expect(page.locator("[data-bui-plans]:focus")).to_have_count(1)
    expect(page.locator("#changed")).to_have_text("pro 1")
    expect(page.locator("#selected")).to_have_text("pro")
    expect(other.get_by_role("columnheader", name="Pro")).to_contain_text("Your plan", timeout=WAIT_MS)
    assert plan_of(live_app, customer) == "pro"


def test_what_is_agreed_to_without_a_connection_is_not_agreed_to_later(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    page = open_page("/plans", customer, cut=True)
    upgrade = plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")
    upgrade.click()
    dialog = page.get_by_role("dialog", name="Upgrade to Pro?")
    confirm = dialog.get_by_role("button", name="Upgrade now")
    expect(confirm).to_be_visible(timeout=WAIT_MS)
    # Before the page knows, and when it does.
    confirm.evaluate("button => { cut(true); button.click() }")
    expect(dialog).to_contain_text("Not connected")
    expect(confirm).to_have_attribute("aria-disabled", "true")
    confirm.click(force=True)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.get_by_role("status").filter(has_text="Not connected")).to_be_visible()
    upgrade.click()
    page.evaluate("cut(false)")
    expect(page.get_by_text("Not connected")).to_have_count(0, timeout=WAIT_MS)
    # Its events are handled in turn: what was kept for the server has come to it once it answers this.
    upgrade.click()
    expect(dialog).to_be_visible(timeout=WAIT_MS)
    assert [each for each in live_app.call("/control/asked") if each["customer_id"] == customer] == []
    assert plan_of(live_app, customer) == "free"


def test_where_the_plan_changes_elsewhere_while_it_is_asked_about_the_focus_stays_at_the_plans(
    live_app: LiveApp, open_page: Open
) -> None:
    customer = new_customer(live_app)
    page = open_page("/plans", customer)
    button = plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")
    button.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Upgrade to Pro?")
    expect(dialog).to_be_visible(timeout=WAIT_MS)
    live_app.change_plan(customer, "pro")
    expect(plan(page, "Pro").get_by_text("Your plan")).to_be_attached(timeout=WAIT_MS)
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    expect(page.locator("[data-bui-plans]:focus")).to_have_count(1)


def test_what_is_asked_anew_waits_to_be_read(live_app: LiveApp, open_page: Open) -> None:
    """A second press, of a key or of a double click, was meant for the question before."""
    customer = new_customer(live_app)
    page = open_page("/plans", customer)
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    expect(page.get_by_role("dialog", name="Upgrade to Pro?")).to_be_visible(timeout=WAIT_MS)
    live_app.change_plan(customer, "secret")
    page.get_by_role("button", name="Upgrade now").focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog", name="Change to Pro?")
    expect(dialog.get_by_role("status")).to_have_text(
        "Something changed in the meantime. This is how it is now.", timeout=WAIT_MS
    )
    expect(dialog).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Space")
    dialog.get_by_role("button", name="Change on ").hover()
    page.mouse.down(click_count=2)
    page.mouse.up(click_count=2)
    # By when another question is answered, an agreement to this one would be known.
    dialog.get_by_role("button", name="Cancel").click()
    plan(page, "Free").get_by_role("button", name="Change to Free").click()
    dialog = page.get_by_role("dialog", name="Change to Free?")
    expect(dialog).to_be_visible(timeout=WAIT_MS)
    assert [each for each in live_app.call("/control/asked") if each["customer_id"] == customer] == []
    dialog.get_by_role("button", name="Change on ").click()
    expect(plan(page, "Free")).to_contain_text("From ", timeout=WAIT_MS)


def test_a_downgrade_warns_with_the_figures_waits_for_its_day_and_can_be_taken_back(
    live_app: LiveApp, open_page: Open
) -> None:
    customer = new_customer(live_app, plan="pro")
    live_app.track(customer, "storage_gb", "3")
    page = open_page("/plans", customer)
    plan(page, "Free").get_by_role("button", name="Change to Free").click()
    dialog = page.get_by_role("dialog", name="Change to Free?")
    expect(dialog).to_contain_text("Storage: you use 3 GB, Free has 0.5 GB.", timeout=WAIT_MS)
    dialog.get_by_role("button", name="Change on ").click()
    expect(plan(page, "Free")).to_contain_text("From ", timeout=WAIT_MS)
    expect(plan(page, "Pro")).to_contain_text(", then Free")
    assert plan_of(live_app, customer) == "pro"
    plan(page, "Pro").get_by_role("button", name="Keep Pro").click()
    page.get_by_role("dialog", name="Keep Pro?").get_by_role("button", name="Keep Pro").click()
    expect(plan(page, "Free").get_by_role("button", name="Change to Free")).to_be_visible(timeout=WAIT_MS)
    expect(page.get_by_text("You keep Pro.")).to_be_visible()


def test_a_host_that_refuses_says_why_and_one_that_takes_over_leads_elsewhere(
    live_app: LiveApp, open_page: Open
) -> None:
    refused = new_customer(live_app, "Ask your admin.")
    page = open_page("/plans", refused)
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    page.get_by_role("button", name="Upgrade now").click()
    expect(page.get_by_text("Ask your admin.")).to_be_visible(timeout=WAIT_MS)
    expect(page.locator("#changed")).to_have_text("0")
    led = new_customer(live_app, {"redirect": "/quiet"})
    page = open_page("/plans", led)
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    page.get_by_role("button", name="Upgrade now").click()
    expect(page.locator("#quiet")).to_be_visible(timeout=WAIT_MS)
    assert [plan_of(live_app, who) for who in (refused, led)] == ["free", "free"]


@pytest.mark.parametrize(("answer", "said"), [("Ask your admin.", "Ask your admin."), (True, "You are on Pro now.")])
def test_on_a_phone_what_came_of_a_change_is_in_sight(
    live_app: LiveApp, open_page: Open, answer: Any, said: str
) -> None:
    page = open_page("/plans", new_customer(live_app, answer), 390)
    page.set_viewport_size({"width": 390, "height": 400})
    upgrade = plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")
    upgrade.scroll_into_view_if_needed()
    expect(page.locator(".bui-pricing-table > .bui-notice").first).not_to_be_in_viewport()
    upgrade.click()
    page.get_by_role("button", name="Upgrade now").click()
    expect(page.locator(".bui-notice").get_by_text(said)).to_be_in_viewport(ratio=1, timeout=WAIT_MS)


def test_what_came_of_a_change_is_read_once_and_the_page_stays_where_the_person_is(
    live_app: LiveApp, open_page: Open
) -> None:
    """Neither a connection that is lost for a moment nor another load of the page says it anew, or scrolls to it."""
    page = open_page("/plans", new_customer(live_app, "Ask your admin."), 390, cut=True)
    page.set_viewport_size({"width": 390, "height": 400})
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    page.get_by_role("button", name="Upgrade now").click()
    said = page.locator(".bui-notice").get_by_text("Ask your admin.")
    expect(said).to_be_in_viewport(ratio=1, timeout=WAIT_MS)
    page.wait_for_function("sessionStorage.getItem('billing_ui_read')?.includes('[')")
    page.mouse.move(100, 200)
    page.mouse.wheel(0, 5_000)
    expect(said).not_to_be_in_viewport()
    at = page.evaluate("scrollY")
    page.evaluate("cut(true)")
    page.wait_for_function("failed > 0")
    page.evaluate("cut(false)")
    page.wait_for_function("opened > 0")
    expect(said).to_be_visible(timeout=WAIT_MS)
    assert page.evaluate("scrollY") == at
    page.reload()
    expect_connected(page)
    expect(page.get_by_text("Your plan").first).to_be_visible(timeout=WAIT_MS)
    expect(said).to_have_count(0)


def test_while_the_host_decides_nothing_can_be_pressed_and_the_focus_stays(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app, "wait")
    page = open_page("/plans", customer, 320)
    sent: list[str] = []
    page.on("websocket", lambda socket: socket.on("framesent", lambda frame: sent.append(str(frame))))
    page.reload()
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    dialog = page.get_by_role("dialog", name="Upgrade to Pro?")
    confirm, cancel = (dialog.get_by_role("button", name=name) for name in ("Upgrade now", "Cancel"))
    confirm.focus()
    places = [button.bounding_box() for button in (confirm, cancel)]
    page.keyboard.press("Enter")
    expect(dialog.locator("[aria-live=polite]")).to_have_text("One moment…")
    assert [button.bounding_box() for button in (confirm, cancel)] == places, "nothing moves"
    expect(confirm).to_be_focused()
    for button in (confirm, cancel):
        expect(button).to_be_disabled()
        button.click(force=True)
    page.keyboard.press("Escape")
    pending = page.get_by_text("Your change of plan is still being processed.")
    expect(pending).to_be_visible()
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    expect(dialog.get_by_text("Your change of plan is still being processed.")).to_be_visible()
    expect(confirm).to_be_disabled()
    confirm.click(force=True)
    live_app.call("/control/policy", {customer: True})
    expect(dialog).to_be_hidden()
    expect(page.get_by_text("You are on Pro now.")).to_be_visible()
    assert [sum(name in frame for frame in sent) for name in ("confirm_plan_change", "close_plan_change")] == [1, 1]


def test_the_toggle_is_moved_with_the_arrows_and_shows_one_price_of_each_plan(
    live_app: LiveApp, open_page: Open
) -> None:
    customer = new_customer(live_app)
    page = open_page("/plans", customer)
    toggle = page.get_by_role("radiogroup", name="Billing interval")
    toggle.get_by_role("radio", name="Monthly").focus()
    expect(plan(page, "Pro")).to_contain_text("$29", use_inner_text=True)
    page.keyboard.press("ArrowRight")
    expect(toggle.get_by_role("radio", name="Yearly")).to_be_checked()
    expect(plan(page, "Pro").locator(".bui-price")).to_have_text("$290 a year Save $58 a year", use_inner_text=True)
    live_app.answer(customer, "raise")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.get_by_text("Could not load the plans")).to_be_visible()
    expect(toggle).to_be_hidden()
    live_app.answer(customer, customer)
    page.get_by_role("button", name="Try again").click()
    expect(toggle.get_by_role("radio", name="Yearly")).to_be_checked()
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    expect(page.get_by_role("dialog")).to_contain_text("$290 a year", timeout=WAIT_MS)
    page.get_by_role("button", name="Upgrade now").click()
    expect(plan(page, "Pro")).to_contain_text("Your plan", timeout=WAIT_MS)
    (change,) = [each for each in live_app.call("/control/asked") if each["customer_id"] == customer]
    assert change["interval"] == "year"


def test_where_there_is_nothing_to_show_that_is_said_and_no_more(live_app: LiveApp, open_page: Open) -> None:
    page = open_page("/nothing", new_customer(live_app))
    for display in (page.locator(".bui-display"), page.locator(".bui-compact")):
        expect(display).to_contain_text("This feature is not metered")
    table = page.get_by_role("region", name="Plans")
    expect(table.get_by_text("There are no plans to show")).to_be_visible()
    expect(table.get_by_role("button")).to_have_count(0)


@pytest.mark.parametrize("width", [320, 1280])
def test_a_comparison_is_a_table_that_scrolls_in_its_own_frame(live_app: LiveApp, open_page: Open, width: int) -> None:
    page = open_page("/compare", new_customer(live_app), width)
    table = page.get_by_role("table", name="Plans")
    expect(table.get_by_role("columnheader")).to_have_count(4, timeout=WAIT_MS)
    expect(table.get_by_role("rowheader", name="API calls")).to_be_visible()
    expect(table.get_by_role("link", name="Contact us")).to_have_attribute("href", "mailto:sales@acme.example")
    expect(table.get_by_role("row", name="Price")).to_contain_text("$290", use_inner_text=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    frame = page.get_by_role("region", name="Plans").locator("table").locator("..")
    scrolls = frame.evaluate("e => { e.scrollLeft = 500; return e.scrollLeft }")
    assert (scrolls > 0) == (width == 320)
    left = table.get_by_role("rowheader", name="API calls").evaluate("e => e.getBoundingClientRect().left")
    assert left < 20 or width > 320, "the names of the rows stay"


def test_tabs_of_the_portal_follow_the_arrows_in_a_drawer_that_gives_the_focus_back(
    live_app: LiveApp, open_page: Open
) -> None:
    page = open_page("/drawer", new_customer(live_app))
    page.get_by_role("button", name="Billing", exact=True).click()
    drawer = page.get_by_role("dialog", name="Usage and plans")
    plans = drawer.get_by_role("tab", name="Plans")
    expect(plans).to_have_attribute("aria-selected", "true")
    expect(drawer.get_by_role("tabpanel", name="Plans")).to_be_visible()
    plans.focus()
    page.keyboard.press("ArrowRight")
    usage = drawer.get_by_role("tab", name="Usage")
    expect(usage).to_be_focused()
    expect(drawer.get_by_role("tabpanel", name="Usage")).to_be_visible()
    expect(drawer.get_by_role("tabpanel", name="Plans")).to_be_hidden()
    page.keyboard.press("End")
    expect(plans).to_be_focused()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(page.get_by_role("button", name="Billing", exact=True)).to_be_focused()
    page.locator("#usage").click()
    expect(page.get_by_role("dialog").get_by_role("tab", name="Usage")).to_have_attribute("aria-selected", "true")


def test_somebody_who_is_not_signed_in_reads_the_plans_and_chooses_through_the_host(open_page: Open) -> None:
    page = open_page("/plans", "")
    plan(page, "Pro").get_by_role("button", name="Choose Pro").click()
    expect(page.locator("#selected")).to_have_text("pro", timeout=WAIT_MS)
    expect(page.get_by_role("dialog")).to_have_count(0)
