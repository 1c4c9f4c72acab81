"""What a page says of a press: once, where the person looks, and never again on the page that comes."""

import sqlite3
import uuid
from collections.abc import Iterator
from contextlib import closing

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.live_app import LiveApp, expect_connected

FULL = "Builds: limit reached. Nothing was counted."
# Every text that a notice has had since the page's script began, each live region once.
RECORD = """
window.said = [];
new MutationObserver(() => document.querySelectorAll('.bui-notice').forEach((line) => {
  if (line.textContent && line.last !== line.firstChild) window.said.push(line.textContent);
  line.last = line.firstChild;
})).observe(document, {subtree: true, childList: true, characterData: true});
"""


@pytest.fixture
def page(browser: Browser, live_app: LiveApp) -> Iterator[Page]:
    """A narrow page of a customer who has no builds left, where a refusal takes two lines."""
    customer = f"notices-{uuid.uuid4().hex[:8]}"
    live_app.call("/control/customer", {"customer_id": customer})
    live_app.track(customer, "builds", "20")
    context = browser.new_context(viewport={"width": 320, "height": 1600}, reduced_motion="reduce")
    context.add_cookies([{"name": "who", "value": customer, "url": live_app.url}])
    page = context.new_page()
    page.add_init_script(RECORD)
    page.goto(live_app.url + "/notices")
    expect_connected(page)
    expect(page.get_by_text("Limit reached").first).to_be_visible()
    yield page
    context.close()


def press(page: Page, name: str) -> Locator:
    page.get_by_role("button", name=name).click()
    return page.locator(".bui-notice:not(:empty)")


def test_a_refusal_is_said_once_beside_what_was_pressed_and_nothing_moves_when_it_goes(page: Page) -> None:
    def tops() -> list[float]:
        return page.eval_on_selector_all("main > *", "all => all.map((each) => each.getBoundingClientRect().top)")

    said = press(page, "Build here")
    expect(said).to_have_text([FULL])
    expect(page.locator("#near .bui-notice")).to_have_text(FULL)
    # Not near any: then where it is seen first. The same words are told once more.
    press(page, "Build anywhere")
    expect(page.locator("main > .bui-display .bui-notice")).to_have_text(FULL)
    expect(said).to_have_count(1)
    assert page.evaluate("window.said") == [FULL, FULL]
    press(page, "Build here")
    expect(page.locator("#near .bui-notice")).to_have_text(FULL)
    before = tops()
    page.get_by_role("button", name="Refresh").first.click()
    expect(said).to_have_count(0)
    assert tops() == before


def test_what_was_said_is_not_said_again_on_a_page_that_is_come_back_to_or_loaded_again(page: Page) -> None:
    def leave_and_come_back() -> None:
        page.get_by_role("link", name="Leave").click()
        expect(page.locator("#quiet")).to_be_visible()
        page.go_back()

    for leave in (leave_and_come_back, page.reload):
        expect(press(page, "Build here")).to_have_text([FULL])
        page.evaluate("window.said = []")
        leave()
        expect_connected(page)
        expect(page.get_by_text("As of").first).to_be_visible()
        assert page.evaluate("window.said") == []
        # As does what is pressed then, whose answer comes after all that the server had to say of before.
        expect(press(page, "Build anywhere")).to_have_text([FULL])
        assert page.evaluate("window.said") == [FULL]


def test_a_press_while_another_program_holds_the_database_is_said_to_be_under_way(
    page: Page, live_app: LiveApp
) -> None:
    with closing(sqlite3.connect(live_app.database, isolation_level=None)) as other:
        other.execute("begin immediate")
        said = press(page, "Build here")
        expect(said).to_have_text(["This takes longer than usual. One moment…"])
        expect(page.locator("#near .bui-notice")).to_have_attribute("data-tone", "neutral")
        other.execute("rollback")
    expect(said).to_have_text([FULL])
    expect(page.locator("#near .bui-notice")).to_have_attribute("data-tone", "critical")
