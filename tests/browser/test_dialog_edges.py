"""What stays at the edges of a dialog that scrolls: nothing that has the focus is under it, and it leaves room in a low window."""

from __future__ import annotations

from playwright.sync_api import Browser, expect

from tests.browser.test_plans import WAIT_MS, Open, new_customer, open_page
from tests.support.live_app import LiveApp

__all__ = ["open_page"]

# What is seen of the focused element between the head and the nudge, in pixels; None for what is in one of them.
SEEN = """() => {
  const dialog = document.querySelector('dialog[open]');
  const [head, place] = ['.bui-dialog-head', '.bui-nudge-place'].map((part) => dialog.querySelector(part));
  let focused = document.activeElement;
  // The radio is as large as its label, in which it is drawn.
  if (focused.matches('input')) focused = focused.parentElement;
  if (focused === dialog || head.contains(focused) || place.contains(focused)) return null;
  const { top, bottom } = focused.getBoundingClientRect();
  const stays = (part) => getComputedStyle(part).position === 'sticky' && part.offsetHeight > 0;
  const from = stays(head) ? head.getBoundingClientRect().bottom : 0;
  const to = stays(place) ? place.getBoundingClientRect().top : innerHeight;
  return Math.round(Math.min(bottom, to, innerHeight) - Math.max(top, from));
}"""


def test_nothing_that_has_the_focus_is_under_the_edges(live_app: LiveApp, open_page: Open) -> None:
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "85")
    page = open_page("/drawer", customer)
    page.get_by_role("button", name="Billing", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Not now")).to_be_visible(timeout=WAIT_MS)
    for width, height in ((1280, 800), (640, 360), (390, 700), (320, 256)):
        page.set_viewport_size({"width": width, "height": height})
        dialog.evaluate("dialog => { dialog.scrollTop = 0; dialog.focus() }")
        for key in ["Tab"] * 9 + ["Shift+Tab"] * 9:
            page.keyboard.press(key)
            seen = page.evaluate(SEEN)
            assert seen is None or seen >= 20, (width, height, key, page.evaluate("document.activeElement.outerHTML"))


def test_in_a_low_window_all_of_a_dialog_is_what_it_is_about(live_app: LiveApp, open_page: Open) -> None:
    """As one is that is zoomed in to 400 %."""
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "85")
    page = open_page("/drawer", customer, width=320)
    page.set_viewport_size({"width": 320, "height": 256})
    page.locator("#usage").click()
    dialog = page.get_by_role("dialog")
    quiet, card = dialog.get_by_role("button", name="Not now"), dialog.locator(".bui-card").first
    expect(quiet).to_be_visible(timeout=WAIT_MS)
    for part in (card, quiet):
        part.scroll_into_view_if_needed()
        expect(part).to_be_in_viewport(ratio=1)
        on_top = "e => { const r = e.getBoundingClientRect(); return e.contains(document.elementFromPoint(r.x + 9, r.y + 9)) }"
        assert part.evaluate(on_top)
    # What leaves room there stays in sight again where there is enough of it.
    page.set_viewport_size({"width": 320, "height": 900})
    expect(dialog).to_have_attribute("data-bui-covered", "")


def test_the_plans_over_a_page_leave_the_room_of_its_scrollbar(
    live_app: LiveApp, browser: Browser, chromium_path: str | None
) -> None:
    """In a browser that shows scrollbars, as the others do not."""
    customer = new_customer(live_app)
    live_app.track(customer, "emails", "85")
    options = {"executable_path": chromium_path, "args": ["--no-sandbox"], "ignore_default_args": ["--hide-scrollbars"]}
    with browser.browser_type.launch(**options) as own:
        page = own.new_page(viewport={"width": 1280, "height": 500})
        page.context.add_cookies([{"name": "who", "value": customer, "url": live_app.url}])
        page.goto(live_app.url + "/portals")
        # The table of the page is not there, so that the plans open in the drawer.
        page.locator("main > div.bui-portal").evaluate("portal => { portal.style.visibility = 'hidden' }")
        width = "document.querySelector('main').getBoundingClientRect().width"
        before = page.evaluate(width)
        assert before < 1280
        page.locator("main > .bui-nudge-place").get_by_role("button", name="See Pro").click(timeout=WAIT_MS)
        expect(page.get_by_role("dialog", name="Usage and plans")).to_be_visible()
        assert page.evaluate(width) == before
        page.keyboard.press("Escape")
        expect(page.get_by_role("dialog")).to_be_hidden()
        assert page.evaluate(width) == before
