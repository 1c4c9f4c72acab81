"""Dialogs in a place that is hidden: nothing of them could be seen, so none is there, and the page can be used."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_plans import WAIT_MS, Open, new_customer, open_page, plan
from tests.support.live_app import LiveApp, expect_connected

__all__ = ["open_page"]

QUESTION = "Upgrade to Pro?"
# The question is written into its dialog when it arrives, and taken out when it is withdrawn.
REMEMBER_THE_QUESTION = """() => {
  new MutationObserver(() => { window.asked ||= document.querySelector('.bui-change-dialog h2:not(:empty)') !== null })
    .observe(document.body, { subtree: true, childList: true, characterData: true });
}"""


def expect_no_question(page: Page) -> None:
    """It has come, has been taken back, and holds up nothing."""
    page.wait_for_function("window.asked")
    expect(page.locator(".bui-change-dialog h2:not(:empty)")).to_have_count(0)
    expect(page.locator("dialog:modal .bui-change")).to_have_count(0)


def can_be_used(page: Page) -> bool:
    """Nothing lies before the page, and it scrolls."""
    return page.evaluate(
        "!document.querySelector('dialog:modal') && getComputedStyle(document.documentElement).overflowY === 'visible'"
    )


def ask(page: Page, opener: Locator) -> Locator:
    """Open a portal that is a modal, and ask for an upgrade there."""
    opener.click()
    portal = page.locator("dialog[open].bui-portal")
    portal.get_by_role("tab", name="Plans").click()
    plan(page, "Pro").get_by_role("button", name="Upgrade to Pro").click()
    expect(page.get_by_role("dialog", name=QUESTION)).to_be_visible(timeout=WAIT_MS)
    return portal


def test_a_question_of_a_dialog_that_a_reload_closed_is_taken_back(live_app: LiveApp, open_page: Open) -> None:
    page = open_page("/drawer", new_customer(live_app))
    opener = page.locator("#usage")
    ask(page, opener)
    page.add_init_script(f"addEventListener('DOMContentLoaded', {REMEMBER_THE_QUESTION})")
    page.reload()
    expect_connected(page)
    expect_no_question(page)
    assert can_be_used(page)
    opener.click()
    portal = page.locator("dialog[open].bui-portal")
    portal.get_by_role("tab", name="Plans").click()
    expect(plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")).to_be_visible()
    expect(page.get_by_role("dialog", name=QUESTION)).to_be_hidden()


@pytest.mark.parametrize("left_by", ["tab", "escape"])
def test_who_leaves_before_the_question_comes_is_not_asked(live_app: LiveApp, open_page: Open, left_by: str) -> None:
    page = open_page("/portals" if left_by == "tab" else "/drawer", new_customer(live_app))
    if left_by == "escape":
        page.locator("#usage").click()
    portal = page.locator("main > div.bui-portal" if left_by == "tab" else "dialog[open].bui-portal")
    portal.get_by_role("tab", name="Plans").click()
    expect(plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")).to_be_visible()
    page.evaluate(REMEMBER_THE_QUESTION)
    portal.evaluate(
        """(portal, leftBy) => {
          [...portal.querySelectorAll('[data-plan=pro] button')].at(-1).click();
          if (leftBy === 'tab') portal.querySelector('[role=tab]').click();
          else portal.close();
        }""",
        left_by,
    )
    expect_no_question(page)
    assert can_be_used(page)
    if left_by == "escape":
        page.locator("#usage").click()
    portal.get_by_role("tab", name="Plans").click()
    expect(plan(page, "Pro").get_by_role("button", name="Upgrade to Pro")).to_be_visible()
    expect(page.get_by_role("dialog", name=QUESTION)).to_be_hidden()


def test_a_question_goes_with_its_table_and_does_not_come_back_with_it(live_app: LiveApp, open_page: Open) -> None:
    page = open_page("/ways", new_customer(live_app))
    first, remove = page.locator("#first"), page.get_by_role("button", name="Remove")
    upgrade = first.locator("[data-plan=pro]").get_by_role("button")
    # Before it comes, and while it is there.
    for comes in (False, True):
        first.get_by_role("tab", name="Plans").click()
        page.evaluate(f"() => {{ window.asked = false; ({REMEMBER_THE_QUESTION})() }}")
        if comes:
            upgrade.click()
            expect(page.get_by_role("dialog", name=QUESTION)).to_be_visible(timeout=WAIT_MS)
            remove.evaluate("button => button.click()")
        else:
            upgrade.evaluate("(button, remove) => { button.click(); remove.click() }", remove.element_handle())
        expect(first).to_have_count(0)
        # Another one is answered after it.
        page.locator("#second").get_by_role("tab", name="Plans").click()
        page.locator("#second [data-plan=pro]").get_by_role("button").click()
        dialog = page.get_by_role("dialog", name=QUESTION)
        expect(dialog).to_be_visible(timeout=WAIT_MS)
        dialog.get_by_role("button", name="Cancel").click()
        expect(dialog).to_be_hidden()
        assert can_be_used(page)
        remove.click()
        expect(first).to_have_count(1)
        expect(dialog).to_be_hidden()
        assert can_be_used(page)


def test_a_modal_nudge_waits_until_its_place_is_shown(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "97")
    page = open_page("/hidden", customer)
    modal, billing = page.get_by_role("alertdialog"), page.get_by_role("button", name="Billing")
    expect(page.locator("#own .bui-banner")).to_contain_text("Emails", timeout=WAIT_MS)
    expect(modal).to_be_hidden()
    assert can_be_used(page)
    billing.click()
    expect(modal).to_be_visible()
    # A host may take its place away again, which is no dismissal.
    billing.evaluate("button => button.click()")
    expect(modal).to_be_hidden()
    page.wait_for_function("!document.querySelector('dialog:modal')")
    assert can_be_used(page)
    billing.click()
    expect(modal).to_be_visible()
    page.keyboard.press("Escape")
    expect(modal).to_be_hidden()
    expect(page.locator("#own .bui-banner")).to_have_text("", timeout=WAIT_MS)
    with live_app.engine() as engine:
        assert [event.action for event in engine.list_nudge_events(customer).events] == ["dismissed", "shown"]


def test_a_nudge_that_is_hidden_takes_no_other_ones_place(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "85")
    page = open_page("/hidden", customer)
    own = page.locator("#own .bui-banner")
    buttons = page.get_by_role("button", name="Not now")
    expect(own.get_by_role("button", name="Not now")).to_be_visible(timeout=WAIT_MS)
    page.get_by_role("button", name="Billing").click()
    expect(page.locator("#tab > .bui-nudge-place .bui-banner")).to_be_visible()
    expect(own).to_be_hidden()
    expect(buttons).to_have_count(1)
    page.get_by_role("button", name="Billing").click()
    expect(own).to_be_visible()
    expect(buttons).to_have_count(1)


def test_what_one_person_closed_the_next_one_in_the_tab_is_shown(live_app: LiveApp, open_page: Open) -> None:
    one, next_one = new_customer(live_app), new_customer(live_app)
    for customer in (one, next_one):
        live_app.track(customer, "emails", "97")
    page = open_page("/nudges", one)
    modal = page.get_by_role("alertdialog")
    expect(modal).to_be_visible(timeout=WAIT_MS)
    page.keyboard.press("Escape")
    expect(page.locator("#dismissed")).to_have_text("1")
    live_app.answer(one, next_one)
    live_app.track(next_one, "emails", "1")
    expect(page.locator("#emails")).to_have_text(re.compile("98"), timeout=WAIT_MS)
    expect(modal).to_be_visible()
