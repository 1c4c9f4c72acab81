"""Nudges in a real browser: how they escalate, how they are closed, what is remembered, and where they stay out of the way."""

from __future__ import annotations

import re
import time
import uuid
from collections import Counter
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.support.live_app import LiveApp


@pytest.fixture
def who() -> str:
    return f"nudged-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def sign_in(browser: Browser, live_app: LiveApp, who: str) -> Iterator[Callable[..., BrowserContext]]:
    """A browser in which the customer is signed in; whatever it complains of fails the test."""
    contexts, complaints = [], []

    def open_context(**options) -> BrowserContext:
        context = browser.new_context(**options)
        context.add_cookies([{"name": "who", "value": who, "url": live_app.url}])
        context.on("weberror", lambda error: complaints.append(str(error.error)))
        context.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        context.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        contexts.append(context)
        return context

    live_app.call("/control/customer", {"customer_id": who})
    yield open_context
    for context in contexts:
        context.close()
    assert complaints == []


def visit(context: BrowserContext, live_app: LiveApp, path: str = "/nudges") -> Page:
    page = context.new_page()
    page.goto(live_app.url + path)
    expect(page.locator("#emails")).to_have_text(re.compile(r"\d"))
    return page


def expect_remembered(live_app: LiveApp, who: str, *expected: tuple[str, int]) -> None:
    """Waits for what the page reports: it does so after the customer sees it."""
    gives_up = time.monotonic() + 10
    with live_app.engine() as engine:
        while True:
            seen = Counter((event.action, event.threshold) for event in engine.list_nudge_events(who).events)
            if seen == Counter(expected) or time.monotonic() > gives_up:
                break
            time.sleep(0.05)
    assert seen == Counter(expected)


def test_a_nudge_escalates_and_each_step_is_remembered_once(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    # Without the motion with which a toast appears it is at its place as soon as it is there.
    page = visit(sign_in(viewport={"width": 1280, "height": 800}, reduced_motion="reduce"), live_app)
    banner, toast, modal = page.locator(".bui-banner"), page.locator(".bui-toast"), page.get_by_role("alertdialog")

    live_app.track(who, "emails", "80")
    expect(banner).to_contain_text(re.compile("Emails: 80.% of this month used"))
    expect(banner.get_by_role("status")).to_contain_text("Pro includes 5,000 a month.")
    expect(toast).to_have_text("")

    live_app.track(who, "emails", "10")
    expect(toast.get_by_role("status")).to_contain_text(re.compile("90.%"))
    expect(banner).to_have_text("")
    box = toast.evaluate("e => e.getBoundingClientRect().toJSON()")
    assert (box["right"], box["bottom"]) == (1260, 780)

    live_app.track(who, "emails", "5")
    expect(modal).to_be_visible()
    expect(modal).to_have_accessible_name(re.compile("Emails: 95.% of this month used"))
    expect(modal).to_have_accessible_description(re.compile("5 emails are left"))
    expect(toast).to_have_text("")
    expect(page.get_by_role("button", name="Not now")).to_be_focused()
    page.reload()
    expect(modal).to_be_visible()

    page.keyboard.press("Escape")
    expect(modal).to_be_hidden()
    expect(page.locator("#dismissed")).to_have_text("1")
    live_app.track(who, "emails", "5")
    expect(modal).to_have_accessible_name("Emails: limit reached")
    page.keyboard.press("Escape")
    expect(page.locator("#dismissed")).to_have_text("2")
    page.reload()
    expect(page.locator("#emails")).to_have_text("100")
    expect(modal).to_be_hidden()
    expect_remembered(
        live_app,
        who,
        ("shown", 80),
        ("shown", 90),
        ("shown", 95),
        ("dismissed", 95),
        ("shown", 100),
        ("dismissed", 100),
    )


def test_a_dismissal_holds_in_another_tab_and_after_a_reload(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    live_app.track(who, "emails", "80")
    context = sign_in()
    pages = [visit(context, live_app) for _ in range(2)]
    for page in pages:
        expect(page.get_by_role("button", name="Not now")).to_be_visible()
    pages[0].bring_to_front()
    pages[0].get_by_role("button", name="Not now").click()
    for page in pages:
        expect(page.get_by_role("button", name="Not now")).to_be_hidden()
    pages[1].reload()
    expect(pages[1].locator("#emails")).to_have_text("80")
    expect(pages[1].get_by_role("button", name="Not now")).to_be_hidden()
    expect_remembered(live_app, who, ("shown", 80), ("dismissed", 80))


def test_a_modal_that_is_closed_in_one_tab_is_closed_in_the_other(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    live_app.track(who, "emails", "100")
    context = sign_in()
    pages = [visit(context, live_app) for _ in range(2)]
    for page in pages:
        expect(page.get_by_role("alertdialog")).to_be_visible()
    pages[0].keyboard.press("Escape")
    for page in pages:
        expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect_remembered(live_app, who, ("shown", 100), ("dismissed", 100))


def test_a_modal_waits_for_an_open_dialog_and_counts_when_it_is_seen(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    page = visit(sign_in(), live_app)
    page.get_by_role("button", name="Help").click()
    live_app.track(who, "emails", "96")
    expect(page.locator("#emails")).to_have_text("96")
    expect(page.get_by_role("dialog", name="Help")).to_be_visible()
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect_remembered(live_app, who)
    page.keyboard.press("Escape")
    expect(page.get_by_role("alertdialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#dismissed")).to_have_text("1")
    expect(page.get_by_role("button", name="Help")).to_be_focused()
    expect_remembered(live_app, who, ("shown", 95), ("dismissed", 95))


def test_who_upgrades_gets_the_plan_and_has_dismissed_nothing(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    live_app.track(who, "emails", "100")
    page = visit(sign_in(), live_app)
    page.get_by_role("alertdialog").get_by_role("button", name="See Pro, $29/month").click()
    expect(page.locator("#plan")).to_have_text("pro")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect(page.locator("#dismissed")).to_have_text("0")
    page.reload()
    page.get_by_role("alertdialog").get_by_role("button", name="See Pro").click()
    expect(page.locator("#plan")).to_have_text("pro")
    expect_remembered(live_app, who, ("shown", 100), ("upgrade_clicked", 100))


def test_a_toast_stays_while_it_is_pointed_at_or_focused_then_hides(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    page = visit(sign_in(viewport={"width": 1280, "height": 800}), live_app, "/nudges/toast")
    toast, paused = page.locator(".bui-toast"), "e => getComputedStyle(e).animationPlayState"
    live_app.track(who, "emails", "90")
    quiet = page.get_by_role("button", name="Not now")
    quiet.hover()
    assert toast.evaluate(paused) == "paused"
    quiet.focus()
    page.mouse.move(5, 5)
    assert toast.evaluate(paused) == "paused"
    quiet.blur()
    expect(toast).to_have_css("visibility", "hidden")
    expect_remembered(live_app, who, ("shown", 90))
    # What takes its place has its own time.
    live_app.track(who, "emails", "6")
    expect(toast).to_have_css("visibility", "visible")
    expect(toast).to_contain_text("96")
    page.reload()
    expect(quiet).to_be_visible()


def test_the_region_of_a_toast_is_there_before_its_text(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    page = visit(sign_in(), live_app, "/nudges/toast")
    page.evaluate("() => { window.region = document.querySelector('.bui-toast [role=status]') }")
    assert page.evaluate("window.region.textContent") == ""
    live_app.track(who, "emails", "90")
    expect(page.locator(".bui-toast")).to_contain_text("Emails")
    assert page.evaluate("window.region.isConnected && window.region.textContent.includes('Emails')")


def test_a_prompt_is_there_while_it_is_true(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    page = visit(sign_in(), live_app, "/prompts")
    expect(page.locator("#lacking")).to_contain_text("Single sign-on is not in your plan Pro includes it.")
    expect(page.locator("#card")).to_have_text("")
    expect(page.locator("#line")).to_have_text("")
    live_app.track(who, "emails", "80")
    expect(page.locator("#card")).to_contain_text("20 emails are left")
    expect(page.locator("#line")).to_have_text(re.compile("Emails: 80.% of this month used *See Pro, .29/month"))
    expect(page.locator("#nowhere").get_by_role("button")).to_have_count(0)
    page.locator("#line").get_by_role("button").click()
    expect(page.locator("#plan")).to_have_text("pro")
    live_app.change_plan(who, "pro")
    for place in ("#card", "#line", "#lacking"):
        expect(page.locator(place)).to_have_text("")


def test_nothing_is_pressed_upon_a_customer_whose_subscription_is_paused(
    sign_in: Callable[..., BrowserContext], live_app: LiveApp, who: str
) -> None:
    live_app.track(who, "emails", "100")
    page = visit(sign_in(), live_app)
    expect(page.get_by_role("alertdialog")).to_be_visible()
    expect_remembered(live_app, who, ("shown", 100))
    live_app.change_plan(who, "paused")
    expect(page.get_by_role("alertdialog")).to_be_hidden()
    expect_remembered(live_app, who, ("shown", 100))
