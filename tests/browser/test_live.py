"""The numbers of an open page, in a real browser: they appear, they move, and they never lie."""

import contextlib
import re
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from billing_ui_backend import BillingClient
from tests.support.live_app import LiveApp

LIMIT_BYTES = 200 * 1024
RECORD_TEXTS = """
window.texts = [];
new MutationObserver(() => window.texts.push(document.querySelector('#calls')?.innerText ?? ''))
  .observe(document, {subtree: true, childList: true, characterData: true});
"""
# While it is cut, the page's connections go to a port where nobody listens; while it is mute, nothing that comes is heard.
WITH_A_CUT = """
const Real = window.WebSocket, sockets = [];
let away = false;
window.cut = (now) => {
  away = now;
  window.failed = window.opened = 0;
  window.received = [];
  if (now) sockets.splice(0).forEach((socket) => socket.close());
};
window.cut(false);
window.mute = (now) => (window.muted = now);
window.WebSocket = class extends Real {
  constructor(url, ...rest) {
    super(away ? "ws://127.0.0.1:1/" : url, ...rest);
    sockets.push(this);
    this.addEventListener("error", () => (window.failed += 1));
    this.addEventListener("open", () => (window.opened += 1));
    this.addEventListener("message", (event) => {
      window.received.push(event.data);
      if (window.muted) event.stopImmediatePropagation();
    });
  }
};
"""


@pytest.fixture
def customer() -> str:
    """A customer that no other test has."""
    return f"customer-{uuid.uuid4().hex[:8]}"


@pytest.fixture
def context(browser: Browser, live_app: LiveApp, customer: str) -> Iterator[BrowserContext]:
    """A browser profile that is signed in as the customer."""
    context = browser.new_context()
    context.add_cookies([{"name": "who", "value": customer, "url": live_app.url}])
    yield context
    context.close()


@pytest.fixture
def open_tab(context: BrowserContext, live_app: LiveApp) -> Callable[..., Page]:
    """Open a page in a tab of its own; by default once its numbers are there."""

    def open_tab(path: str = "/", *, shows: str | None = "0 / 1,000") -> Page:
        page = context.new_page()
        page.goto(live_app.url + path)
        if shows is not None:
            expect(page.locator("#calls")).to_have_text(shows)
        return page

    return open_tab


def card(page: Page, title: str) -> Any:
    return page.locator(".bui-grid > li").filter(has_text=title)


def test_the_numbers_appear_without_a_flash_of_zeros(context: BrowserContext, live_app: LiveApp, customer: str) -> None:
    """Covers "0 shown while loading"."""
    live_app.call("/control/customer", {"customer_id": customer})
    with live_app.engine() as engine:
        engine.track_usage(customer_id=customer, feature_key="api_calls", quantity=42)
    page = context.new_page()
    page.add_init_script(RECORD_TEXTS)
    page.goto(live_app.url)
    # Less than an interval: the first tick must have arrived, and not the second.
    expect(page.locator("#calls")).to_have_text("42 / 1,000", timeout=4_000)
    texts = {text.strip() for text in page.evaluate("window.texts")}
    assert "42 / 1,000" in texts
    assert texts <= {"", "/", "42 / 1,000"}
    expect(card(page, "API calls")).to_contain_text("958 left")


def test_the_prerendered_page_says_no_number(live_app: LiveApp, browser: Browser) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(live_app.url)
    assert not re.search(r"\d", page.locator("main").inner_text())
    context.close()


def test_a_click_moves_the_own_tab_and_a_second_one_without_a_reload(open_tab: Callable[..., Page]) -> None:
    """Covers the rows `useTrackUsage()` and "tracks usage in real time"."""
    page, second = open_tab(), open_tab()
    for tab in (page, second):
        tab.evaluate("window.not_reloaded = true")
    page.click("#call")
    for tab in (page, second):
        expect(tab.locator("#calls")).to_have_text("1 / 1,000")
        expect(card(tab, "API calls")).to_contain_text("999 left")
        assert tab.evaluate("window.not_reloaded")


def test_a_track_on_the_same_file_from_another_process_moves_an_open_tab(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    page = open_tab()
    with live_app.engine() as engine:
        engine.track_usage(customer_id=customer, feature_key="api_calls", quantity=3)
    expect(page.locator("#calls")).to_have_text("3 / 1,000", timeout=10_000)


def test_a_track_by_the_client_over_http_moves_an_open_tab(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    page = open_tab()
    with live_app.engine() as engine:
        secret_key = engine.create_api_key(name="tests")
    with BillingClient(secret_key=secret_key, base_url=f"{live_app.url}/billing-api") as client:
        client.track_usage(customer_id=customer, feature_key="api_calls", quantity=4)
    expect(page.locator("#calls")).to_have_text("4 / 1,000")


def test_a_track_in_the_same_process_moves_an_open_tab(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    page = open_tab()
    live_app.track(customer, "api_calls", "5")
    expect(page.locator("#calls")).to_have_text("5 / 1,000")


def test_a_handler_of_the_host_tracks_and_moves_the_tab(open_tab: Callable[..., Page]) -> None:
    page = open_tab()
    page.click("#send")
    expect(page.locator("#answer")).to_have_text("sent 1")
    expect(page.locator("#emails")).to_have_text("1")


def test_a_background_handler_of_the_host_tracks_within_and_outside_of_its_lock(
    open_tab: Callable[..., Page], customer: str
) -> None:
    page = open_tab()
    page.click("#send-later")
    expect(page.locator("#answer")).to_have_text(f"{customer} sent 2 in all")
    expect(page.locator("#emails")).to_have_text("2")


def test_a_page_that_shows_nothing_but_vars_is_kept_fresh(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    page = open_tab("/vars", shows="0")
    live_app.track(customer, "api_calls")
    expect(page.locator("#calls")).to_have_text("1")


def test_a_refused_click_says_why_and_moves_nothing(open_tab: Callable[..., Page]) -> None:
    page = open_tab()
    for used in (5, 10, 15, 20):
        page.click("#build")
        expect(page.locator("#builds")).to_have_text(str(used))
    page.click("#build")
    expect(page.get_by_text("Builds: limit reached. Nothing was counted.")).to_be_visible()
    expect(page.locator("#builds")).to_have_text("20")


def test_with_the_database_gone_the_last_number_stays_marked_stale_until_it_is_back(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    """Covers "stale numbers that look current": an as-of time, the last good number kept, a refresh."""
    page = open_tab()
    live_app.track(customer, "api_calls", "6")
    expect(page.locator("#calls")).to_have_text("6 / 1,000")
    expect(page.get_by_text(re.compile(r"^As of \d"))).to_be_visible()
    away = live_app.database.with_suffix(".away")
    with moved(live_app.database, away):
        page.get_by_role("button", name="Refresh").click()
        expect(card(page, "API calls")).to_contain_text("Could not refresh since")
        expect(page.locator("#calls")).to_have_text("6 / 1,000")
        expect(page.locator(".bui-as-of")).to_contain_text("Stale")
        # Nothing can be counted now either, and the page says so.
        page.click("#call")
        expect(page.locator(".bui-notice")).not_to_be_empty()
        # A reload does not lose it either.
        page.reload()
        expect(card(page, "API calls")).to_contain_text("Could not refresh since")
        expect(page.locator("#calls")).to_have_text("6 / 1,000")
    expect(card(page, "API calls")).not_to_contain_text("Could not refresh since", timeout=15_000)
    expect(page.locator(".bui-as-of")).not_to_contain_text("Stale")
    expect(page.locator("#calls")).to_have_text("6 / 1,000")


def test_without_a_connection_the_page_says_so_until_there_is_one(
    open_tab: Callable[..., Page], context: BrowserContext, live_app: LiveApp, customer: str
) -> None:
    """Covers "stale numbers that look current"."""
    context.add_init_script(WITH_A_CUT)
    page = open_tab()
    live_app.track(customer, "api_calls", "6")
    expect(page.locator("#calls")).to_have_text("6 / 1,000")
    bar, said = page.locator(".bui-fill").first, page.locator(".bui-as-of").get_by_text("Not connected")
    colour = bar.evaluate("(bar) => getComputedStyle(bar).backgroundColor")
    page.evaluate("cut(true)")
    expect(said).to_be_visible()
    expect(bar).not_to_have_css("background-color", colour)
    expect(page.locator("#calls")).to_have_text("6 / 1,000")
    page.evaluate("cut(false)")
    expect(said).to_have_count(0)
    expect(bar).to_have_css("background-color", colour)


def test_a_server_that_says_nothing_any_more_is_told_before_its_connection_is_lost(
    open_tab: Callable[..., Page], context: BrowserContext
) -> None:
    """Covers "stale numbers that look current": a server that stands still keeps its connections for minutes."""
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_tab()
    bar, said = page.locator(".bui-fill").first, page.locator(".bui-as-of").get_by_text("Stale")
    page.clock.run_for(20_000)
    expect(said).to_have_count(0)
    colour = bar.evaluate("(bar) => getComputedStyle(bar).backgroundColor")
    page.evaluate("mute(true)")
    page.clock.run_for(20_000)
    expect(said).to_be_visible()
    expect(bar).not_to_have_css("background-color", colour)
    page.evaluate("mute(false)")
    page.clock.run_for(5_000)
    expect(said).to_have_count(0)
    expect(bar).to_have_css("background-color", colour)


def test_a_page_that_comes_back_to_sight_is_not_called_stale_before_it_was_answered(
    open_tab: Callable[..., Page], context: BrowserContext
) -> None:
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_tab()
    page.evaluate("mute(true)")
    set_hidden(page, True)
    page.clock.run_for(60_000)
    set_hidden(page, False)
    page.clock.run_for(10_000)
    expect(page.locator(".bui-as-of").get_by_text("Stale")).to_have_count(0)
    page.clock.run_for(10_000)
    expect(page.locator(".bui-as-of").get_by_text("Stale")).to_be_visible()


@contextlib.contextmanager
def moved(path: Path, away: Path) -> Iterator[None]:
    path.rename(away)
    try:
        yield
    finally:
        away.rename(path)


def test_at_the_reset_instant_the_display_refreshes(open_tab: Callable[..., Page], live_app: LiveApp) -> None:
    """Covers "the exact reset time, and a refresh at that moment", with the clock passed in."""
    page = open_tab()
    page.click("#build")
    expect(page.locator("#builds")).to_have_text("5")
    now = datetime.fromisoformat(live_app.call("/control/clock", {"seconds": 0})["now"])
    next_hour = now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    jump = (next_hour - now).total_seconds() - 7
    live_app.call("/control/clock", {"seconds": jump})
    try:
        page.get_by_role("button", name="Refresh").click()
        expect(page.locator("#builds")).to_have_text("5")
        expect(card(page, "Builds")).to_contain_text("Resets in 1 min")
        expect(page.locator("#builds")).to_have_text("0", timeout=20_000)
    finally:
        live_app.call("/control/clock", {"seconds": -jump})


def test_identify_that_changes_its_answer_clears_the_page(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    page = open_tab()
    live_app.answer(customer, None)
    refresh = page.get_by_role("button", name="Refresh")
    refresh.click()
    expect(page.locator("#calls")).to_have_text("/")
    # There is nothing to refresh for nobody, and the focus stays where the button was.
    expect(refresh).to_have_count(0)
    expect(page.get_by_role("region", name="Your usage")).to_be_focused()
    expect(page.get_by_text("Sign in to see your usage")).to_be_visible()


def test_signing_out_in_the_hosts_handler_clears_the_page(open_tab: Callable[..., Page]) -> None:
    page = open_tab()
    page.click("#log-out")
    expect(page.locator("#calls")).to_have_text("/")
    expect(page.get_by_text("Sign in to see your usage")).to_be_visible()


@pytest.mark.usefixtures("no_reset_soon")
def test_one_timer_a_tab_and_none_on_a_page_without_widgets(context: BrowserContext, live_app: LiveApp) -> None:
    """Covers "polling in hidden tabs and after disconnect"."""
    page = context.new_page()
    ticks = Ticks(page)

    def load() -> None:
        page.goto(live_app.url)
        expect(page.locator("#calls")).to_have_text("0 / 1,000")

    # Six widgets and vars on this page: still one tick, and then one an interval.
    assert ticks.within(0, load) == 1
    assert ticks.within(15) == 3
    page.click("#leave")
    expect(page.locator("#quiet")).to_be_visible()
    assert ticks.within(15) == 0
    page.go_back()
    expect(page.locator("#calls")).to_have_text("0 / 1,000")
    assert ticks.within(15) == 3


@pytest.mark.usefixtures("no_reset_soon")
def test_a_hidden_tab_says_nothing_and_catches_up_when_it_is_shown(context: BrowserContext, live_app: LiveApp) -> None:
    """Covers "polling in hidden tabs and after disconnect"."""
    page = context.new_page()
    ticks = Ticks(page)
    page.goto(live_app.url)
    expect(page.locator("#calls")).to_have_text("0 / 1,000")
    set_hidden(page, True)
    assert ticks.within(15) == 0
    assert ticks.within(0, lambda: set_hidden(page, False)) == 1
    assert ticks.within(15) == 3


class Ticks:
    """The ticks that a page sends, counted over spans of time that pass at once."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.number = 0
        page.clock.install()
        page.on("websocket", lambda socket: socket.on("framesent", self._note))

    def within(self, seconds: int, action: Callable[[], None] = lambda: None) -> int:
        """How many it sends because of an action and while its clock then moves on by so much, and by nothing else."""
        now = datetime.fromtimestamp(self.page.evaluate("Date.now()") / 1000 + 1, UTC)
        self.page.clock.pause_at(now)
        before = self._settled()
        action()
        self.page.clock.run_for(seconds * 1000)
        after = self._settled()
        self.page.clock.resume()
        return after - before

    def _settled(self) -> int:
        """A frame is noted a moment after it was sent: look until nothing has come for a while."""
        number = -1
        while number != self.number:
            number = self.number
            self.page.wait_for_timeout(100)
        return number

    def _note(self, frame: Any) -> None:
        self.number += isinstance(frame, str) and "usage_state.tick" in frame


def set_hidden(page: Page, hidden: bool) -> None:
    page.evaluate(
        """hidden => {
            Object.defineProperty(document, "hidden", {value: hidden, configurable: true});
            document.dispatchEvent(new Event("visibilitychange"));
        }""",
        hidden,
    )


def test_the_plugin_adds_the_portals_page_to_the_host(
    open_tab: Callable[..., Page], live_app: LiveApp, customer: str
) -> None:
    page = open_tab("/billing", shows=None)
    expect(card(page, "API calls")).to_contain_text("1,000 left")
    live_app.track(customer, "api_calls", "8")
    expect(card(page, "API calls")).to_contain_text("992 left")
    brand, tabs = (page.locator(part).bounding_box() for part in (".portal-brand", ".portal-main"))
    assert brand is not None
    assert tabs is not None
    assert brand["x"] == tabs["x"] + 32
    page.get_by_role("banner").get_by_role("link", name="Billing", exact=True).click()
    expect(page.locator("#calls")).to_have_text("8 / 1,000")
    assert page.url == f"{live_app.url}/"


def test_the_hosts_own_routes_and_the_api_answer_side_by_side(browser: Browser, live_app: LiveApp) -> None:
    context = browser.new_context()
    assert context.request.get(f"{live_app.url}/control/hello").text() == "the host's own route"
    assert context.request.get(f"{live_app.url}/billing-api/docs").ok
    assert context.request.get(f"{live_app.url}/billing-api/v1/usage/metrics").status == 401
    context.close()


def test_the_usage_page_weighs_little_and_loads_no_radix(browser: Browser, live_app: LiveApp) -> None:
    """At most 200 KiB of compressed JavaScript and CSS together, in production."""
    context = browser.new_context()
    page = context.new_page()
    sizes: dict[str, int] = {}
    radix: list[str] = []

    def weigh(response) -> None:
        kind = response.headers.get("content-type", "")
        if "javascript" in kind or "css" in kind:
            sizes[response.url] = response.request.sizes()["responseBodySize"]
            if "radix-themes" in response.text():
                radix.append(response.url)

    page.on("requestfinished", lambda request: weigh(request.response()))
    page.goto(live_app.url)
    expect(page.get_by_role("heading", name="Your usage")).to_be_visible()
    page.wait_for_load_state("networkidle")
    context.close()
    assert radix == []
    assert any(url.endswith(".css") for url in sizes)
    assert 100 * 1024 < sum(sizes.values()) <= LIMIT_BYTES
