"""A gate in a real browser: it shows nothing to those without access, and never "locked" to those with it."""

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Route, expect

from tests.browser.test_live import WITH_A_CUT, moved, set_hidden
from tests.support.contrast import CONTRAST
from tests.support.live_app import LiveApp

# What was ever in the page: a flash is one frame long, but it is there.
RECORD = """
window.seen = new Set();
const look = () => {
  for (const id of ['sso', 'builds', 'teleport']) {
    const gate = document.getElementById(id);
    const open = gate?.querySelector('#secret')?.checkVisibility();
    if (gate) window.seen.add(id + ': ' + (open ? 'OPEN' : gate.innerText.replaceAll('\\n', ' ')));
  }
};
new MutationObserver(look).observe(document, {subtree: true, childList: true, characterData: true, attributes: true});
"""
# Whether the server has told what it read after the page asked.
HEARD = r"""() => received.some((message) => /"gates_at\w*": ?"\w+[.]\d+ \d/.test(message))"""
# In one go: the connection that comes back takes the button away by itself.
TRY_AGAIN = "gate => { cut(false); gate.querySelector('.bui-gate-note button').click(); }"
TOP = "element => element.getBoundingClientRect().top"
# Playwright's clock drives this too, and would end a request before it can be answered.
PATIENT = "void (AbortSignal.timeout = () => new AbortController().signal)"
# How the ring around a gate that has the focus stands out from the page, for each accent.
RINGS = (
    f"(gate, [page, text, accents]) => {{{CONTRAST}"
    + """
  Object.assign(document.body.style, { background: page, color: text });
  gate.focus();
  return accents.map((accent) => {
    document.documentElement.style.setProperty("--bui-accent", accent);
    return contrast(getComputedStyle(gate).outlineColor, page);
  });
}"""
)


@pytest.fixture
def customer(live_app: LiveApp) -> str:
    """A customer on the free plan that no other test has."""
    name = f"gate-{uuid.uuid4().hex[:8]}"
    live_app.call("/control/customer", {"customer_id": name})
    return name


@pytest.fixture
def context(browser: Browser, live_app: LiveApp, customer: str) -> Iterator[BrowserContext]:
    context = browser.new_context()
    context.add_cookies([{"name": "who", "value": customer, "url": live_app.url}])
    context.add_init_script(RECORD)
    yield context
    context.close()


@pytest.fixture
def open_gates(context: BrowserContext, live_app: LiveApp) -> Callable[[], Page]:
    def open_gates() -> Page:
        page = context.new_page()
        page.goto(f"{live_app.url}/gates")
        expect(page.locator("#builds")).not_to_have_attribute("data-access", "unknown")
        return page

    return open_gates


def seen(page: Page, gate: str) -> set[str]:
    return {text.split(": ", 1)[1] for text in page.evaluate("[...window.seen]") if text.startswith(f"{gate}: ")}


def ring(page: Page) -> str:
    return page.locator("#sso").evaluate("gate => gate.matches(':focus') && getComputedStyle(gate).outlineStyle")


def test_who_has_access_never_sees_it_locked(open_gates: Callable[[], Page], live_app: LiveApp, customer: str) -> None:
    """FeatureGate flashes "Feature Locked" to a paying user while it loads."""
    live_app.change_plan(customer, "pro")
    page = open_gates()
    expect(page.locator("#secret")).to_be_visible()
    assert seen(page, "sso") <= {"", "Loading", "OPEN"}
    page.reload()
    expect(page.locator("#secret")).to_be_visible()
    assert seen(page, "sso") <= {"", "Loading", "OPEN"}
    expect(page.locator("#told")).to_have_text("")


def test_who_has_no_access_never_gets_its_content(open_gates: Callable[[], Page]) -> None:
    page = open_gates()
    expect(page.locator("#sso")).to_contain_text("Single sign-on")
    expect(page.locator("#sso")).to_contain_text("Not included")
    expect(page.locator("#sso")).to_contain_text("Available from Pro")
    expect(page.locator("#sso").get_by_role("button", name="Compare plans")).to_be_visible()
    assert "OPEN" not in seen(page, "sso")
    expect(page.locator("#teleport")).to_have_text("Nothing here")


@pytest.mark.parametrize("plan", ["free", "pro"])
def test_without_javascript_there_is_no_content(browser: Browser, live_app: LiveApp, customer: str, plan: str) -> None:
    live_app.change_plan(customer, plan)
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{live_app.url}/gates")
    assert "secret" not in page.content().split("<script")[0]
    assert "Not included" not in page.locator("#sso").inner_text()
    context.close()


def test_nobody_signed_in_gets_nothing_and_is_told_so(browser: Browser, live_app: LiveApp) -> None:
    context = browser.new_context()
    context.add_init_script(RECORD)
    page = context.new_page()
    page.goto(f"{live_app.url}/gates")
    expect(page.locator("#sso")).to_contain_text("Sign in to use this")
    assert "OPEN" not in seen(page, "sso")
    context.close()


def test_a_plan_bought_elsewhere_opens_it_and_each_change_is_told_once(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    page = open_gates()
    told = page.locator("#told")
    expect(told).to_have_text("sso denied")
    live_app.change_plan(customer, "pro")
    expect(page.locator("#secret")).to_be_visible()
    live_app.track(customer, "api_calls")
    live_app.change_plan(customer, "paused")
    expect(page.locator("#sso")).to_contain_text("Subscription is paused")
    expect(page.locator("#secret")).to_have_count(0)
    expect(told).to_have_text(re.compile("^sso denied, (sso|builds) denied, (sso|builds) denied$"))
    live_app.change_plan(customer, "resumed")
    expect(page.locator("#secret")).to_be_visible()
    expect(told).to_have_text(re.compile("^sso denied, (sso|builds) denied, (sso|builds) denied$"))


def test_the_focus_stays_at_the_gate_when_its_content_is_taken_away(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    page = open_gates()
    page.locator("#secret").press("Shift")
    live_app.change_plan(customer, "free")
    expect(page.locator("#sso")).to_contain_text("Not included")
    expect(page.locator("#sso")).to_be_focused()
    assert ring(page) == "solid", "who uses the keyboard sees where they are"
    page.locator("#sso").get_by_text("Not included").click()
    expect(page.locator("#sso")).to_be_focused()
    page.locator("#told").click()
    page.locator("#sso").get_by_text("Not included").click()
    assert ring(page) == "none", "a click on a text asks for nothing"
    live_app.change_plan(customer, "pro")
    expect(page.locator("#secret")).to_be_visible()
    page.locator("#told").evaluate("e => { e.tabIndex = 0; e.focus() }")
    live_app.change_plan(customer, "free")
    expect(page.locator("#sso")).to_contain_text("Not included")
    expect(page.locator("#told")).to_be_focused()


@pytest.mark.parametrize(("ground", "text"), [("white", "#1c1917"), ("#0c0b0a", "#fafaf9")])
def test_its_ring_is_seen_on_the_hosts_page_whatever_the_accent(
    open_gates: Callable[[], Page], ground: str, text: str
) -> None:
    page = open_gates()
    page.keyboard.press("Shift")
    seen = page.locator("#sso").evaluate(RINGS, [ground, text, ["#1d4ed8", "#1e1b4b", "#facc15", "white", "black"]])
    assert len(set(seen)) == 5
    assert min(seen) >= 3


def test_a_retry_keeps_the_focus_at_the_gate(context: BrowserContext, live_app: LiveApp, customer: str) -> None:
    live_app.answer(customer, "raise")
    page = context.new_page()
    page.goto(f"{live_app.url}/gates")
    retry = page.locator("#sso").get_by_role("button", name="Try again")
    retry.focus()
    live_app.answer(customer, customer)
    page.keyboard.press("Enter")
    expect(page.locator("#sso")).to_contain_text("Not included")
    expect(page.locator("#sso")).to_be_focused()


def test_each_item_of_a_list_has_its_gate_and_another_feature_is_told_of_again(
    context: BrowserContext, live_app: LiveApp, customer: str
) -> None:
    page = context.new_page()
    page.goto(f"{live_app.url}/gates/listed")
    told, gates = page.locator("#told"), page.locator(".bui-gate")
    expect(gates).to_have_count(3)
    expect(page.get_by_placeholder("builds")).to_be_visible()
    expect(gates.nth(1)).to_contain_text("Available from Pro")
    expect(told).to_have_text("sso denied")
    live_app.change_plan(customer, "pro")
    expect(page.get_by_placeholder("sso")).to_be_visible()
    # What was typed is of one feature, wherever that stands.
    page.get_by_placeholder("builds").fill("of builds")
    page.get_by_role("button", name="Turn").click()
    expect(gates.nth(1).get_by_placeholder("builds")).to_be_visible()
    expect(page.get_by_placeholder("sso")).to_have_value("")
    page.get_by_role("button", name="Turn").click()
    expect(gates.nth(1).get_by_placeholder("sso")).to_be_visible()
    page.get_by_placeholder("sso").focus()
    live_app.change_plan(customer, "free")
    expect(gates.nth(1)).to_contain_text("Not included")
    expect(gates.nth(1)).to_be_focused()
    expect(told).to_have_text("sso denied, sso denied")
    assert page.evaluate("document.querySelectorAll('[id^=bui-gate]').length") == 0

    chosen = page.locator("#chosen")
    expect(chosen).to_have_text("Loading")
    page.get_by_role("button", name="emails", exact=True).click()
    expect(chosen).to_contain_text("Chosen")
    said = ["sso denied", "sso denied"]
    for feature in ("sso", "teleport", "sso"):
        page.get_by_role("button", name=feature, exact=True).click()
        said.append(f"{feature} denied")
        expect(told).to_have_text(", ".join(said))


def test_the_badge_counts_down_and_the_last_unit_closes(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    page = open_gates()
    builds = page.locator("#builds")
    expect(builds).to_contain_text("20 of 20 left this hour")
    live_app.track(customer, "builds", "19")
    expect(builds).to_contain_text("1 of 20 left this hour")
    expect(builds).to_contain_text("Build away")
    live_app.track(customer, "builds")
    expect(builds).to_contain_text("Limit reached")
    expect(builds).not_to_contain_text("Build away")
    expect(page.locator("#told")).to_have_text("sso denied, builds full")


def test_while_access_cannot_be_read_the_last_known_counts_for_three_tries_and_what_was_typed_stays(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    page = open_gates()
    gate, secret = page.locator("#sso"), page.locator("#secret")
    secret.fill("half a form")
    secret.evaluate("field => field.style.height = '300px'")
    place, below = gate.bounding_box(), page.locator("#log").evaluate(TOP)
    with moved(live_app.database, live_app.database.with_suffix(".away")):
        expect(page.locator("#builds")).to_contain_text("Stale", timeout=15_000)
        expect(secret).to_be_visible()
        # Who comes now is told so at once: there is nothing to wait for.
        late = page.context.new_page()
        late.goto(page.url)
        expect(late.locator("#sso")).to_contain_text("Could not check your access")
        expect(late.locator("#sso").get_by_role("button", name="Try again")).to_be_visible()
        assert seen(late, "sso").isdisjoint({"OPEN", "Not included"})
        live_app.call("/control/clock", {"seconds": 16})
        try:
            expect(gate).to_contain_text("Could not check your access since", timeout=15_000)
            expect(gate).to_contain_text("What you entered is kept.")
            expect(page.locator("#log")).to_contain_text("Could not check your access since")
            expect(page.locator("#log")).not_to_contain_text("What you entered")
            assert (gate.bounding_box(), page.locator("#log").evaluate(TOP)) == (place, below), "nothing moves"
            expect(secret).to_be_hidden()
            assert "Not included" not in " ".join(seen(page, "sso"))
            # As is who comes when nothing that was known counts any more.
            late.reload()
            expect(late.locator("#sso")).to_contain_text("Could not check your access")
            expect(late.locator("#sso").get_by_role("button", name="Try again")).to_be_visible()
        finally:
            live_app.call("/control/clock", {"seconds": -16})
    expect(secret).to_be_visible(timeout=15_000)
    expect(secret).to_have_value("half a form")
    expect(secret).to_be_focused()
    assert gate.bounding_box() == place
    expect(page.locator("#told")).to_have_text("")


def test_what_stays_out_of_sight_is_shown_to_nobody_else_and_gone_with_the_access(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    other = f"{customer}-other"
    live_app.call("/control/customer", {"customer_id": other})
    live_app.change_plan(customer, "pro")
    live_app.change_plan(other, "pro")
    page = open_gates()
    secret = page.locator("#secret")
    for then in (other, customer):
        secret.fill("half a form")
        live_app.call("/control/identity", {customer: "raise"})
        expect(page.locator("#sso")).to_contain_text("Could not check your access", timeout=15_000)
        expect(secret).to_be_hidden()
        live_app.call("/control/identity", {customer: then})
        expect(secret).to_be_visible(timeout=15_000)
        expect(secret).to_have_value("")
    live_app.call("/control/identity", {customer: None})
    expect(page.locator("#sso")).to_contain_text("Sign in to use this", timeout=15_000)
    expect(secret).to_have_count(0)
    live_app.call("/control/identity", {customer: customer})
    expect(secret).to_be_visible(timeout=15_000)
    live_app.change_plan(customer, "free")
    expect(page.locator("#sso")).to_contain_text("Not included")
    expect(secret).to_have_count(0)


def test_another_person_is_told_of_by_themselves(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    other = f"{customer}-other"
    live_app.call("/control/customer", {"customer_id": other})
    page = open_gates()
    expect(page.locator("#told")).to_have_text("sso denied")
    live_app.call("/control/identity", {customer: other})
    expect(page.locator("#told")).to_have_text("sso denied, sso denied", timeout=15_000)


def test_a_feature_that_is_not_known_for_a_moment_takes_nothing_that_was_typed(
    context: BrowserContext, live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    page = context.new_page()
    page.goto(f"{live_app.url}/gates/listed")
    typed = page.locator("#typed")
    page.get_by_role("button", name="sso").click()
    typed.fill("half a form")
    page.get_by_role("button", name="Nothing").click()
    expect(typed).to_be_hidden()
    page.get_by_role("button", name="sso").click()
    expect(typed).to_be_visible()
    expect(typed).to_have_value("half a form")
    page.get_by_role("button", name="emails").click()
    expect(typed).to_have_value("")


def test_a_dialog_of_the_hosts_that_goes_out_of_sight_does_not_hold_the_page(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_gates()
    page.locator("#own-dialog").evaluate("dialog => dialog.showModal()")
    expect(page.get_by_role("button", name="Delete the log")).to_be_focused()
    lose_the_server(page)
    page.clock.run_for(16_000)
    expect(page.locator("#log")).to_be_focused()
    page.locator("#log").evaluate(TRY_AGAIN)
    expect(page.get_by_role("button", name="Delete the log")).to_be_focused()
    assert page.locator("#own-dialog").evaluate("dialog => dialog.matches(':modal')")


def test_what_has_the_focus_without_a_box_of_its_own_keeps_it(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    """As the points of a chart have it, that are drawn on a canvas."""
    live_app.change_plan(customer, "pro")
    page = open_gates()
    page.locator("#sso").evaluate(
        """gate => {
          const canvas = gate.appendChild(document.createElement("canvas"));
          canvas.appendChild(document.createElement("button")).id = "point";
          canvas.firstChild.focus();
        }"""
    )
    for left in ("499", "498"):
        live_app.track(customer, "builds")
        expect(page.locator("#builds")).to_contain_text(f"{left} of 500")
        assert page.evaluate("document.activeElement.id") == "point"


def test_the_focus_is_given_back_only_where_it_was_not_moved_and_never_to_the_pages_beginning(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_gates()
    gate, secret = page.locator("#sso"), page.locator("#secret")
    for where, then in (
        (lambda: page.mouse.click(640, 600), page.locator("body")),
        (lambda: gate.get_by_role("button", name="Try again").focus(), secret),
    ):
        secret.focus()
        lose_the_server(page)
        page.clock.run_for(16_000)
        expect(gate).to_be_focused()
        where()
        page.evaluate("cut(false)")
        expect(secret).to_be_visible()
        expect(then).to_be_focused()


def test_content_that_is_open_over_the_page_goes_out_of_sight_too(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_gates()
    page.get_by_role("button", name="Open the log").click()
    expect(page.get_by_text("Who did what")).to_be_visible()
    lose_the_server(page)
    page.clock.run_for(16_000)
    expect(page.locator("#log")).to_contain_text("Not connected")
    expect(page.get_by_text("Who did what")).to_be_hidden()


def test_a_page_that_is_opened_again_waits_for_an_answer_of_its_own(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    """The tab's state still holds what was read for the page before, a moment ago."""
    live_app.change_plan(customer, "pro")
    page = open_gates()
    expect(page.locator("#secret")).to_be_visible()
    page.goto("about:blank")
    live_app.change_plan(customer, "free")
    page.goto(f"{live_app.url}/gates")
    expect(page.locator("#sso")).to_contain_text("Not included")
    assert "OPEN" not in seen(page, "sso")


@pytest.mark.parametrize("away", [1_000, 11_000, 20_000])
def test_who_has_bought_access_meanwhile_does_not_see_it_locked_on_the_way_back(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str, away: int
) -> None:
    """Another process was told of the payment: this one knows nothing of it until it reads again."""
    context.clock.install()
    page = open_gates()
    expect(page.locator("#told")).to_have_text("sso denied")
    page.get_by_role("link", name="Leave").click()
    expect(page.locator("#quiet")).to_be_visible()
    page.clock.fast_forward(away)
    with live_app.engine() as engine:
        engine.change_plan(customer, "pro")
    page.evaluate("window.seen.clear()")
    page.go_back()
    expect(page.locator("#secret")).to_be_visible()
    assert seen(page, "sso") <= {"", "Loading", "OPEN"}
    expect(page.locator("#told")).to_have_text("sso denied")


def test_who_has_bought_access_meanwhile_does_not_see_it_locked_in_a_new_tab(
    open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    first = open_gates()
    with live_app.engine() as engine:
        engine.change_plan(customer, "pro")
    page = first.context.new_page()
    page.goto(f"{live_app.url}/gates")
    expect(page.locator("#secret")).to_be_visible()
    assert seen(page, "sso") <= {"", "Loading", "OPEN"}
    expect(page.locator("#told")).to_have_text("")


@contextmanager
def ending_in(live_app: LiveApp, customer: str, *, seconds: float) -> Iterator[None]:
    """The engine's clock stands so long before the end of a subscription that was cancelled."""
    with live_app.engine() as engine:
        subscription = engine.cancel_subscription(customer).subscription
    assert subscription is not None
    ends = subscription.next_change_at
    assert ends is not None
    now = datetime.fromisoformat(live_app.call("/control/clock", {"seconds": 0})["now"])
    jump = (ends - now).total_seconds() - seconds
    live_app.call("/control/clock", {"seconds": jump})
    try:
        yield
    finally:
        live_app.call("/control/clock", {"seconds": -jump})


def lose_the_server(page: Page) -> None:
    """Cut the connection, and wait until the page knows: it has tried in vain to make another, and tries again."""
    page.evaluate("cut(true)")
    page.wait_for_function("failed > 1")


def connect_anew(page: Page) -> None:
    """Cut the connection, and give it back."""
    lose_the_server(page)
    page.evaluate("cut(false)")
    page.wait_for_function("opened > 0")


def test_without_a_connection_the_last_known_counts_for_a_moment_and_the_gate_opens_with_the_server(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_gates()
    gate, secret = page.locator("#sso"), page.locator("#secret")
    connect_anew(page)
    # From here it counts: what was read for this connection is heard.
    page.wait_for_function(HEARD)
    expect(gate).to_have_attribute("data-access", "granted")
    secret.fill("half a form")
    lose_the_server(page)
    expect(secret).to_be_visible()
    page.clock.run_for(16_000)
    expect(gate).to_contain_text("Single sign-on")
    expect(gate).to_contain_text("Not connected")
    expect(gate).to_contain_text("Could not check your access")
    expect(secret).to_be_hidden()
    expect(gate).to_be_focused()
    expect(page.locator("#teleport")).to_contain_text("Not connected")
    gate.evaluate(TRY_AGAIN)
    expect(secret).to_have_value("half a form")
    expect(secret).to_be_focused()
    # What was heard is no newer for a gate that is drawn anew.
    lose_the_server(page)
    page.clock.run_for(16_000)
    page.get_by_role("link", name="Leave").click()
    expect(page.locator("#quiet")).to_be_visible()
    page.go_back()
    expect(gate).to_contain_text("Not connected")
    expect(secret).to_have_count(0)
    gate.evaluate(TRY_AGAIN)
    expect(secret).to_be_visible()
    expect(page.locator("#teleport")).to_have_text("Nothing here")
    assert "Not included" not in " ".join(seen(page, "sso"))
    expect(page.locator("#told")).to_have_text("")


@pytest.mark.parametrize("fault", ["cut", "mute"])
def test_what_is_known_counts_no_longer_than_to_an_end_that_was_known_to_come(
    context: BrowserContext,
    open_gates: Callable[[], Page],
    live_app: LiveApp,
    customer: str,
    fault: str,
) -> None:
    """A server that lives, but is not heard, has a little longer to tell what comes then."""
    live_app.change_plan(customer, "pro")
    with ending_in(live_app, customer, seconds=12):
        context.add_init_script(WITH_A_CUT)
        context.clock.install()
        page = open_gates()
        # From here the page's time stands: it is told by how much it goes on.
        page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
        page.evaluate(f"{fault}(true)")
    page.clock.run_for(3_000)
    expect(page.locator("#secret")).to_be_visible()
    if fault == "mute":
        # It is asked whether it lives.
        with page.expect_response("**/ping"):
            page.clock.run_for(8_500)
        page.clock.run_for(6_000)
    else:
        page.clock.run_for(8_500)
    expect(page.locator("#sso")).to_have_attribute("data-access", "unknown")
    expect(page.locator("#secret")).to_be_hidden()


def test_a_server_that_is_at_work_over_a_known_end_does_not_keep_it_open(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    """The end is further away than what is heard once counts for."""
    live_app.change_plan(customer, "pro")
    with ending_in(live_app, customer, seconds=24):
        context.add_init_script(WITH_A_CUT)
        context.clock.install()
        page = open_gates()
        page.clock.pause_at(page.evaluate("Date.now() / 1000 + 1"))
        page.evaluate("mute(true)")
        page.evaluate(PATIENT)
    with page.expect_response("**/ping"):
        page.clock.run_for(15_500)
    expect(page.locator("#secret")).to_be_visible()
    with page.expect_response("**/ping"):
        page.clock.run_for(8_500)
    page.clock.run_for(6_000)
    expect(page.locator("#sso")).to_have_attribute("data-access", "unknown")
    expect(page.locator("#secret")).to_be_hidden()


def test_who_comes_back_after_a_known_end_is_shown_nothing_before_it_is_read_what_comes_then(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    with ending_in(live_app, customer, seconds=40):
        context.add_init_script(WITH_A_CUT)
        context.clock.install()
        page = open_gates()
        page.evaluate("mute(true)")
    set_hidden(page, True)
    # From here the page's time stands.
    page.clock.pause_at(page.evaluate("Date.now() / 1000 + 60"))
    set_hidden(page, False)
    expect(page.locator("#secret")).to_be_hidden()
    expect(page.locator("#sso")).to_have_attribute("data-access", "unknown")


@pytest.mark.parametrize("answer", [None, 503, 0])
def test_a_server_that_stands_still_closes_it_and_one_that_is_at_work_does_not(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str, answer: int | None
) -> None:
    """A handler of the host's that works in the foreground keeps the tab waiting as well: the server answers all the same."""
    live_app.change_plan(customer, "pro")
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_gates()
    gate, secret = page.locator("#sso"), page.locator("#secret")
    secret.fill("half a form")
    page.evaluate("mute(true)")
    for _ in range(3):
        with page.expect_response("**/ping"):
            page.clock.run_for(16_000)
    expect(secret).to_be_visible()
    # Taken, and never answered; or answered by one before it; or there is no way to it.
    ways: dict[int | None, Callable[[Route], None]] = {
        503: lambda route: route.fulfill(status=503),
        0: lambda route: route.abort(),
    }
    page.route("**/ping", ways.get(answer, lambda _: None))
    page.clock.run_for(16_000)
    expect(gate).to_contain_text("Not connected", timeout=15_000)
    expect(secret).to_be_hidden()
    page.evaluate("mute(false)")
    page.clock.run_for(5_000)
    expect(secret).to_be_focused()
    expect(secret).to_have_value("half a form")


def test_who_comes_back_to_a_page_of_a_server_that_stands_still_does_not_see_it_for_long(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    context.add_init_script(WITH_A_CUT)
    context.clock.install()
    page = open_gates()
    page.route("**/ping", lambda route: route.fulfill(status=503))
    page.evaluate("mute(true)")
    set_hidden(page, True)
    page.clock.fast_forward(110_000)
    set_hidden(page, False)
    page.clock.run_for(3_000)
    expect(page.locator("#sso")).to_contain_text("Not connected")
    expect(page.locator("#secret")).to_be_hidden()


@pytest.mark.parametrize("plan", ["free", "pro", None])
def test_while_all_is_well_nothing_is_asked_besides(
    context: BrowserContext, live_app: LiveApp, customer: str, plan: str | None
) -> None:
    if plan is None:
        live_app.call("/control/identity", {customer: None})
    else:
        live_app.change_plan(customer, plan)
    page = context.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    with page.expect_websocket() as connected:
        page.goto(f"{live_app.url}/gates")
    known = {"free": "denied", "pro": "granted", None: "unknown"}[plan]
    expect(page.locator("#sso")).to_have_attribute("data-access", known)
    # Long enough to look several times.
    connected.value.wait_for_event("framesent", lambda frame: "usage_state.tick" in str(frame))
    assert [url for url in asked if "ping" in url] == []


def test_a_page_that_stood_still_asks_before_it_shows_its_content_and_a_hidden_one_keeps_it(
    context: BrowserContext, open_gates: Callable[[], Page], live_app: LiveApp, customer: str
) -> None:
    live_app.change_plan(customer, "pro")
    context.clock.install()
    page = open_gates()
    secret = page.locator("#secret")
    secret.fill("half a form")
    page.evaluate("window.seen.clear()")
    set_hidden(page, True)
    # The timers of a hidden page run once a minute. After two and a half the connection would miss the server, whose clock stands.
    for _ in range(2):
        page.clock.fast_forward(60_000)
    set_hidden(page, False)
    live_app.track(customer, "builds")
    expect(page.locator("#builds")).to_contain_text("499 of 500")
    assert seen(page, "sso") <= {"OPEN"}
    for stand_still in (
        lambda: (set_hidden(page, True), page.clock.fast_forward(3_600_000), set_hidden(page, False)),
        lambda: page.clock.fast_forward(61_000),
    ):
        stand_still()
        page.wait_for_function("[...window.seen].includes('sso: Loading')")
        live_app.track(customer, "api_calls")
        expect(secret).to_be_visible()
        expect(secret).to_have_value("half a form")
        page.evaluate("window.seen.clear()")
    expect(page.locator("#told")).to_have_text("")
