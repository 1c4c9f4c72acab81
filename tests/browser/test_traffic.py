"""What the widgets of a page cost its server, and that nothing moves when their numbers come."""

import uuid
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from tests.browser.test_live import Ticks, set_hidden
from tests.support.live_app import LiveApp, expect_connected

MINUTE = 60
# A read or a push that the passing of time causes meanwhile: it may fall into one page's turn and not into the other's.
CHANCE = 2

WATCH_SHIFTS = """
window.shifted = [];
new PerformanceObserver((list) => list.getEntries().forEach((shift) => window.shifted.push({
  value: shift.value,
  nodes: shift.sources.map((source) => source.node?.className || source.node?.textContent || ''),
}))).observe({type: 'layout-shift', buffered: true});
"""


@pytest.fixture
def new_customer(browser: Browser, live_app: LiveApp) -> Iterator[Callable[[], tuple[str, BrowserContext]]]:
    """Customers that no other test has, each signed in in a browser profile."""
    contexts: list[BrowserContext] = []

    def new_customer(**options: Any) -> tuple[str, BrowserContext]:
        name = f"traffic-{uuid.uuid4().hex[:8]}"
        live_app.call("/control/customer", {"customer_id": name})
        context = browser.new_context(**options)
        context.add_cookies([{"name": "who", "value": name, "url": live_app.url}])
        contexts.append(context)
        return name, context

    yield new_customer
    for context in contexts:
        context.close()


class Frames(Ticks):
    """All frames of the websocket that are more than its own heartbeat."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        page.on("websocket", lambda socket: socket.on("framereceived", self._note))

    def _note(self, frame: Any) -> None:
        self.number += frame not in ("2", "3")


def loaded(page: Page, live_app: LiveApp, path: str) -> None:
    page.goto(live_app.url + path)
    expect(page.get_by_role("meter", name="API calls").first).to_be_visible()


@pytest.mark.usefixtures("no_reset_soon")
def test_twenty_widgets_cost_no_more_than_one(
    new_customer: Callable[[], tuple[str, BrowserContext]], live_app: LiveApp
) -> None:
    """The same reads of the database and the same messages, by the clock and by what is counted."""
    costs = {}
    for path in ("/one-widget", "/twenty-widgets"):
        customer, context = new_customer()
        page = context.new_page()
        frames = Frames(page)
        loaded(page, live_app, path)
        in_a_minute = frames.within(MINUTE)
        before, reads = frames._settled(), live_app.reads(customer)
        for count in range(1, 9):
            live_app.track(customer, "api_calls")
            expect(page.locator("main")).to_contain_text(f"{1000 - count} left")
        costs[path] = (in_a_minute, frames._settled() - before, live_app.reads(customer) - reads)
    one, twenty = costs.values()
    # Twelve ticks, some with an answer; each of eight commits is read once and pushed once.
    assert 12 <= one[0] <= 24 + CHANCE
    assert 8 <= one[2] <= 8 + CHANCE
    assert all(abs(few - many) <= CHANCE for few, many in zip(one, twenty, strict=True)), costs


@pytest.mark.usefixtures("no_reset_soon")
def test_a_hidden_tab_sends_nothing_at_all(
    new_customer: Callable[[], tuple[str, BrowserContext]], live_app: LiveApp
) -> None:
    """Polling in hidden tabs: no frame and no request, of any widget."""
    _, context = new_customer()
    page = context.new_page()
    sent = Ticks(page)
    requests: list[str] = []

    def note(frame: Any) -> None:
        if frame not in ("2", "3"):
            requests.append(str(frame))

    page.on("websocket", lambda socket: socket.on("framesent", note))
    loaded(page, live_app, "/every-widget")
    set_hidden(page, True)
    page.on("request", lambda request: requests.append(request.url))
    sent._settled()
    requests.clear()
    sent.within(MINUTE)
    assert requests == []
    sent.within(0, lambda: set_hidden(page, False))
    assert len(requests) == 1


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("plan", ["free", "pro"])
def test_nothing_moves_when_the_numbers_come(
    new_customer: Callable[..., tuple[str, BrowserContext]], live_app: LiveApp, width: int, plan: str
) -> None:
    """A cumulative layout shift of at most 0.02, and nothing in the console; on the smaller plan a nudge is due."""
    customer, context = new_customer(viewport={"width": width, "height": 1600})
    live_app.change_plan(customer, plan)
    live_app.track(customer, "api_calls", "860")
    live_app.track(customer, "builds", "17")
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.add_init_script(WATCH_SHIFTS)
    loaded(page, live_app, "/every-widget")
    expect(page.locator("#builds-gate")).to_have_text("Build away")
    expect(page.get_by_role("button", name="Not now")).to_have_count(1 if plan == "free" else 0)
    live_app.track(customer, "builds")
    expect(page.locator("main")).to_contain_text("18")
    assert_nothing_moved(page)
    assert complaints == []


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_moves_in_a_narrow_portal(
    new_customer: Callable[..., tuple[str, BrowserContext]], live_app: LiveApp, width: int
) -> None:
    _, context = new_customer(viewport={"width": width, "height": 800})
    for path, refresh in (("/portals", "Refresh"), ("/portal/german", "Aktualisieren")):
        page = context.new_page()
        page.add_init_script(WATCH_SHIFTS)
        loaded(page, live_app, path)
        expect(page.locator(".bui-as-of").first).to_contain_text("As of")
        expect(page.get_by_role("button", name=refresh).first).to_be_visible()
        assert_nothing_moved(page)
        page.close()


def assert_nothing_moved(page: Page) -> None:
    shifts = page.evaluate("window.shifted")
    assert sum(shift["value"] for shift in shifts) <= 0.02, shifts


# Whatever has the focus is in sight, and not under what lies over the page; of what is too tall for that, a part.
IN_SIGHT = """nudge => {
  const [own, over] = [document.activeElement.getBoundingClientRect(), nudge.getBoundingClientRect()];
  if (nudge.contains(document.activeElement)) return true;
  return own.height > over.top ? own.top < over.top && own.bottom > 0 : own.top >= 0 && own.bottom <= over.top;
}"""


@pytest.mark.parametrize(
    ("style", "used", "width", "share"),
    [("banner", "80", 320, 0.4), ("banner", "80", 1280, 0.15), ("toast", "90", 320, 0.4), ("toast", "90", 1280, 0.3)],
)
def test_a_nudge_that_comes_moves_nothing_and_hides_nothing(
    new_customer: Callable[..., tuple[str, BrowserContext]],
    live_app: LiveApp,
    style: str,
    used: str,
    width: int,
    share: float,
) -> None:
    """It lies over the page, whose end can be scrolled out from under it, as can whatever gets the focus."""
    customer, context = new_customer(viewport={"width": width, "height": 640}, reduced_motion="reduce")
    page = context.new_page()
    page.add_init_script(WATCH_SHIFTS)
    loaded(page, live_app, "/every-widget")
    live_app.track(customer, "emails", used)
    nudge = page.locator(f".bui-{style}")
    expect(nudge).to_contain_text("Emails")
    expect(page.locator("main")).to_contain_text(used)
    assert_nothing_moved(page)

    top, height = nudge.evaluate("e => [e.getBoundingClientRect().top, e.offsetHeight]")
    assert top + height <= 640
    assert height <= share * 640
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    assert page.locator("#end").evaluate("e => e.getBoundingClientRect().bottom") <= top
    page.evaluate("scrollTo(0, 0)")
    stops = []
    while "end" not in stops:
        page.keyboard.press("Tab")
        assert nudge.evaluate(IN_SIGHT)
        stops.append(page.evaluate("document.activeElement.id"))
    assert len(stops) > 3
    # The same window at 400 %: what it says can be read all at once.
    page.set_viewport_size({"width": 320, "height": 256})
    said = nudge.get_by_role("status")
    assert said.evaluate("e => [e.scrollHeight - e.clientHeight, e.getBoundingClientRect().top >= 0]") == [0, True]
    assert nudge.evaluate("e => e.scrollHeight - e.clientHeight") == 0
    page.get_by_role("button", name="Not now").click()
    expect(nudge).to_have_text("")
    assert page.evaluate("getComputedStyle(document.body, '::after').content") == "none"


def test_a_nudge_lies_below_a_dialog_and_in_the_page_when_printed(
    new_customer: Callable[..., tuple[str, BrowserContext]], live_app: LiveApp
) -> None:
    customer, context = new_customer(viewport={"width": 390, "height": 640}, reduced_motion="reduce")
    live_app.track(customer, "emails", "80")
    page = context.new_page()
    page.goto(live_app.url + "/suggestions")
    banner = page.locator(".bui-banner")
    expect(banner).to_contain_text("Emails")
    page.emulate_media(media="print")
    assert banner.evaluate("e => getComputedStyle(e).position") == "static"
    page.emulate_media(media="screen")
    banner.get_by_role("button", name="See Pro").click()
    dialog = page.get_by_role("dialog", name="Plans", exact=True)
    expect(dialog).to_be_visible()
    covered = "e => { const { x, y } = e.getBoundingClientRect(); return !e.contains(document.elementFromPoint(x + 9, y + 9)); }"
    assert banner.evaluate(covered)


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("opener", ["Billing", "Usage"])
def test_in_a_dialog_a_nudge_is_at_the_dialogs_own_edge(
    new_customer: Callable[..., tuple[str, BrowserContext]], live_app: LiveApp, width: int, opener: str
) -> None:
    """It covers neither the close button nor what has the focus, and all of the plans can be scrolled into sight."""
    customer, context = new_customer(viewport={"width": width, "height": 640}, reduced_motion="reduce")
    live_app.track(customer, "emails", "80")
    page = context.new_page()
    page.goto(live_app.url + "/drawer")
    expect_connected(page)
    page.get_by_role("button", name=opener, exact=True).click()
    dialog = page.locator("dialog[open]")
    banner = dialog.locator(".bui-banner")
    expect(banner).to_contain_text("Emails")
    edges = "([e, n]) => [e, n].map((each) => each.getBoundingClientRect().bottom)"
    below, inner = page.evaluate(edges, [dialog.element_handle(), banner.element_handle()])
    assert 0 <= below - inner <= 20
    for _ in range(12):
        page.keyboard.press("Tab")
        assert banner.evaluate(IN_SIGHT)
    page.evaluate("document.querySelector('dialog[open]').scrollTo(0, 100000)")
    last = dialog.locator("[role=tabpanel]:not([hidden])")
    assert last.evaluate("e => e.getBoundingClientRect().bottom") <= banner.evaluate(
        "e => e.getBoundingClientRect().top"
    )
    dialog.get_by_role("button", name="Close").first.click()
    expect(dialog).to_have_count(0)
