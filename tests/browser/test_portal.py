"""The portal as `make demo` runs it, in a real browser: each thing to try moves the engine and the page."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal

import pytest
from playwright.sync_api import Browser, Response, expect

from billing_ui.demo.api import MAX_UPLOAD_BYTES
from billing_ui.demo.customers import CUSTOMERS, DemoCustomer
from billing_ui_backend import Billing
from tests.browser.test_traffic import WATCH_SHIFTS, assert_nothing_moved
from tests.support.demo_page import WAIT_MS, DemoPage
from tests.support.portal import Portal

NEAR, OVER, FRESH = CUSTOMERS
MOST_COMPRESSED_BYTES = 200 * 1024

Open = Callable[..., DemoPage]


@pytest.fixture
def open_demo(portal: Portal, browser: Browser) -> Iterator[Open]:
    """Opens the demo as a customer, in a window of its own unless given."""
    contexts = []

    def opened(customer: DemoCustomer = NEAR, **context: object) -> DemoPage:
        contexts.append(browser.new_context(**context))  # pyright: ignore[reportArgumentType]
        contexts[-1].add_init_script(WATCH_SHIFTS)
        return DemoPage(contexts[-1].new_page(), portal.url, customer.name)

    yield opened
    for context in contexts:
        context.close()


@pytest.fixture
def engine(portal: Portal) -> Iterator[Billing]:
    """The portal's database, seen from another process."""
    with Billing(portal.database_url) as billing:
        yield billing


@contextmanager
def moves(engine: Billing, customer: DemoCustomer, feature_key: str, by: int | Decimal) -> Iterator[None]:
    """The block moves one feature of one customer by exactly this, and nothing else of anybody."""
    before = all_used(engine)
    yield
    before[customer.customer_id, feature_key] += by
    assert all_used(engine) == before


def all_used(engine: Billing) -> dict[tuple[str, str], Decimal]:
    return {
        (customer.customer_id, metric.feature_key): metric.consumed
        for customer in CUSTOMERS
        for metric in engine.get_usage_metrics(customer.customer_id).metrics
    }


def test_the_page_opens_with_numbers_plan_and_nudge_and_without_a_complaint(open_demo: Open) -> None:
    demo = open_demo(NEAR)
    page = demo.page
    expect(page.get_by_role("banner").get_by_text("Acme Portal")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("Starter plan")).to_be_visible()
    expect(page.get_by_role("heading", name="Your usage")).to_be_visible()
    expect(page.get_by_role("meter")).to_have_count(6)
    expect(page.get_by_role("button", name="See Pro, $29/month")).to_be_visible()
    demo.shows("API calls", "of 10,000 calls", "Near limit", "Resets in")
    assert demo.errors == []


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_moves_when_the_numbers_and_a_nudge_come(open_demo: Open, width: int) -> None:
    page = open_demo(NEAR, viewport={"width": width, "height": 900}).page
    banner = page.locator(".bui-banner")
    expect(banner.get_by_role("button", name="See Pro, $29/month")).to_be_visible()
    expect(page.get_by_role("list", name="Members of the team").get_by_role("listitem").first).to_be_attached()
    assert_nothing_moved(page)
    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")
    last = page.get_by_role("button", name="Remove").last
    assert last.evaluate("e => e.getBoundingClientRect().bottom") <= banner.evaluate(
        "e => e.getBoundingClientRect().top"
    )


def test_the_page_needs_at_most_200_kib_of_scripts_and_styles(portal: Portal, browser: Browser) -> None:
    page = browser.new_page()
    loaded: list[Response] = []
    page.on("response", lambda response: loaded.append(response))
    page.goto(portal.url, wait_until="networkidle")
    code = [one for one in loaded if one.request.resource_type in ("script", "stylesheet")]
    assert sum(len(gzip.compress(one.body())) for one in code) <= MOST_COMPRESSED_BYTES
    assert {one.headers.get("content-encoding") for one in code} == {"gzip"}
    page.close()


def test_nothing_sticks_out_at_any_width_in_light_and_dark(open_demo: Open) -> None:
    demo = open_demo(OVER)
    for scheme in ("light", "dark"):
        demo.page.emulate_media(color_scheme=scheme)
        expect(demo.page.locator("html")).to_have_class(scheme)
        ground = demo.page.evaluate("getComputedStyle(document.querySelector('.portal')).backgroundColor")
        assert ground == {"light": "rgb(250, 250, 249)", "dark": "rgb(12, 11, 10)"}[scheme]
        # Where the page is longer than the portal, too.
        assert demo.page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == ground
        for width in (390, 768, 1280):
            demo.page.set_viewport_size({"width": width, "height": 900})
            assert demo.page.evaluate("document.documentElement.scrollWidth") == width


def test_light_and_dark_can_be_switched(open_demo: Open) -> None:
    demo = open_demo(NEAR, color_scheme="light")
    for mode in ("dark", "light"):
        demo.page.get_by_role("button", name="Light or dark").click()
        expect(demo.page.locator("html")).to_have_class(mode)


def test_the_headers_link_to_the_usage_shows_it(open_demo: Open) -> None:
    page = open_demo(OVER).page
    usage = page.get_by_role("tab", name="Usage")
    page.get_by_role("tab", name="Plans").click()
    address = page.url
    link = page.get_by_role("banner").get_by_role("link", name="Usage")
    link.focus()
    page.keyboard.press("Enter")
    expect(usage).to_have_attribute("aria-selected", "true")
    expect(usage).to_be_focused()
    expect(page.get_by_role("tabpanel", name="Usage")).to_be_visible()
    assert page.url == address
    page.reload()
    expect(usage).to_have_attribute("aria-selected", "true")


def test_an_api_call_moves_the_own_tab_and_a_second_one(open_demo: Open, engine: Billing, portal: Portal) -> None:
    """Seed row: "tracks usage in real time"; a real HTTP request, metered by UsageMiddleware."""
    demo = open_demo(NEAR)
    second = DemoPage(demo.page.context.new_page(), portal.url)
    used = int(all_used(engine)[NEAR.customer_id, "api_calls"])
    with moves(engine, NEAR, "api_calls", 1):
        with demo.page.expect_response("**/demo-api/v1/echo") as response:
            demo.press("call", "Call")
        assert response.value.status == 200
        demo.says("call", "200 OK", f"{used + 1:,} of 10,000 calls")
    for tab in (demo, second):
        tab.shows("API calls", f"{used + 1:,}")
    with moves(engine, NEAR, "api_calls", 10):
        demo.press("call", "Call 10 times")
        demo.says("call", "200 OK, 10 times", "10 calls")
    second.shows("API calls", f"{used + 11:,}")


def test_the_browsers_own_path_counts_a_call(open_demo: Open, engine: Billing) -> None:
    """Seed row: "`track_usage(feature_key, quantity)` event for any component prop"."""
    demo = open_demo(NEAR)
    used = int(all_used(engine)[NEAR.customer_id, "api_calls"])
    with moves(engine, NEAR, "api_calls", 1):
        demo.press("call", "Track in browser")
        demo.shows("API calls", f"{used + 1:,}")
    newest = engine.list_usage_events(NEAR.customer_id, feature_key="api_calls", limit=1).events[0]
    assert newest.idempotency_key.startswith("ui:")


def test_a_file_is_stored_by_its_bytes_and_given_back_exactly(open_demo: Open, engine: Billing) -> None:
    demo = open_demo(NEAR)
    size = 3_000_001
    counted = Decimal(size / 1024**3).quantize(Decimal("1e-9"))
    before = all_used(engine)
    with moves(engine, NEAR, "storage_gb", counted):
        demo.choose_file("upload", files={"name": "sky é.bin", "mimeType": "image/png", "buffer": b"x" * size})
        demo.says("upload", "201 Created", "3,000,001 bytes arrived", f"{counted} GB")
    demo.shows("Storage", f"{before[NEAR.customer_id, 'storage_gb'] + counted}")
    demo.press("upload", "Delete sky é.bin")
    demo.says("upload", f"Gave back {counted} GB")
    assert all_used(engine) == before
    expect(demo.page.get_by_role("button", name="Delete sky é.bin")).to_have_count(0)


def test_an_empty_file_is_answered_in_a_plain_sentence(open_demo: Open, engine: Billing) -> None:
    demo = open_demo(NEAR)
    with moves(engine, NEAR, "storage_gb", 0):
        demo.choose_file("upload", files={"name": "empty.bin", "mimeType": "image/png", "buffer": b""})
        demo.says("upload", "An empty file takes no storage: nothing was counted.")
    expect(demo.page.get_by_role("button", name="Delete empty.bin")).to_have_count(0)


def test_the_lists_of_a_second_tab_follow(open_demo: Open, portal: Portal) -> None:
    demo = open_demo(NEAR)
    second = DemoPage(demo.page.context.new_page(), portal.url)
    other = open_demo(OVER)
    member = second.page.get_by_role("button", name="Remove Noor Aziz")
    file = second.page.get_by_role("button", name="Delete both.bin")
    demo.press("member", "Add a member")
    expect(member).to_be_visible(timeout=WAIT_MS)
    demo.choose_file("upload", files={"name": "both.bin", "mimeType": "image/png", "buffer": b"x"})
    expect(file).to_be_visible(timeout=WAIT_MS)
    demo.press("upload", "Delete both.bin")
    demo.press("member", "Remove Noor Aziz")
    expect(file).to_have_count(0, timeout=WAIT_MS)
    expect(member).to_have_count(0, timeout=WAIT_MS)
    expect(other.page.get_by_role("list", name="Members of the team").get_by_role("listitem")).to_have_count(9)


def test_the_lists_hide_nothing_and_the_terminal_hint_names_the_pages_host(open_demo: Open, portal: Portal) -> None:
    demo = open_demo(OVER)
    rows = demo.page.get_by_role("list", name="Members of the team")
    expect(rows.get_by_role("listitem")).to_have_count(9)
    assert rows.evaluate("list => list.scrollHeight <= list.clientHeight")
    expect(demo.page.locator(".demo-terminal code")).to_contain_text(f"{portal.url}/demo-api/v1/echo")


def test_a_file_that_is_too_large_is_refused_by_the_server(
    open_demo: Open, engine: Billing, tmp_path_factory: pytest.TempPathFactory
) -> None:
    demo = open_demo(FRESH)
    large = tmp_path_factory.mktemp("upload") / "large.bin"
    with large.open("wb") as file:
        file.truncate(MAX_UPLOAD_BYTES + 10 * 1024**2)
    with moves(engine, FRESH, "storage_gb", 0):
        demo.choose_file("upload", files=large)
        demo.says("upload", "413 Request too large", "52,428,800 bytes", "nothing was counted")


def test_the_team_grows_to_its_limit_and_shrinks(open_demo: Open, engine: Billing) -> None:
    """A fault of theirs: "cannot track members or storage going down"."""
    demo = open_demo(FRESH)
    with moves(engine, FRESH, "team_members", 1):
        demo.press("member", "Add a member")
        demo.says("member", "Counted 1 member", "2 of 2 members")
    demo.shows("Team members", "Limit reached", "Remove one or upgrade")
    assert demo.width("Team members") == 100
    with moves(engine, FRESH, "team_members", 0):
        demo.press("member", "Add a member")
        demo.says("member", "402 Quota exceeded", "Asked for1 member", "Limit2 members", "does not reset", "Starter")
    with moves(engine, FRESH, "team_members", -1):
        demo.press("member", "Remove Mia Holm")
        demo.says("member", "Gave back 1 member", "Mia Holm is gone")
        assert demo.page.evaluate("document.activeElement !== document.body"), "the focus went with the button"
    demo.shows("Team members", "1 left")


def test_a_refusal_names_the_plan_that_fits_and_after_the_change_it_is_counted(
    open_demo: Open, engine: Billing
) -> None:
    demo = open_demo(FRESH)
    engine.change_plan(FRESH.customer_id, "free")
    used = all_used(engine)[FRESH.customer_id, "emails"]
    while used + 50 <= 100:
        used += 50
        with moves(engine, FRESH, "emails", 50):
            demo.press("email", "Send 50")
            demo.says("email", f"{used} of 100 emails", "Counted 50 emails", "not sent")
    with moves(engine, FRESH, "emails", 0):
        demo.press("email", "Send 50")
        demo.says("email", "402 Quota exceeded", f"Used{used} emails", "Limit100 emails per month", "Resetsin ")
    demo.press("email", "See Starter")
    expect(demo.page.get_by_role("button", name="Upgrade to Starter")).to_be_focused()
    demo.page.keyboard.press("Enter")
    demo.page.get_by_role("dialog", name="Upgrade to Starter?").get_by_role("button", name="Upgrade now").click()
    expect(demo.page.get_by_role("banner").get_by_text("Starter plan")).to_be_visible()
    demo.page.get_by_role("tab", name="Usage").click()
    demo.shows("Emails sent", f"{used}", "of 5,000 emails")
    with moves(engine, FRESH, "emails", 1):
        demo.press("email", "Send one")
        demo.says("email", "Counted 1 email")
    demo.page.get_by_role("tab", name="Plans").click()
    demo.page.get_by_role("button", name="Change to Free").click()
    demo.page.get_by_role("dialog").get_by_text("Emails sent").wait_for()
    demo.page.get_by_role("button", name="Cancel").click()
    expect(demo.page.get_by_role("dialog")).to_have_count(0)
    assert engine.get_customer(FRESH.customer_id).plan_key == "starter"
    for event in engine.list_usage_events(FRESH.customer_id, feature_key="emails").events:
        engine.correct_usage(
            customer_id=FRESH.customer_id, idempotency_key=event.idempotency_key, quantity=0, reason="the test is over"
        )
    engine.change_plan(FRESH.customer_id, "free")


def test_what_the_plan_lacks_is_refused_with_the_plan_that_has_it(open_demo: Open, engine: Billing) -> None:
    engine.change_plan(FRESH.customer_id, "free")
    demo = open_demo(FRESH)
    demo.shows("Files processed", "Not included", "Available from Starter")
    before = all_used(engine)
    demo.choose_file("process", files={"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
    demo.says("process", "403 Feature not in plan", "Files processed", "Available fromStarter")
    assert all_used(engine) == before
    demo.card("Files processed").get_by_role("button", name="Compare plans").click()
    expect(demo.page.get_by_role("region", name="Plans", exact=True)).to_be_focused()
    expect(demo.page.get_by_role("heading", name="Plans")).to_be_in_viewport()


def test_a_file_is_processed_for_real_and_counted_once(open_demo: Open, engine: Billing) -> None:
    demo = open_demo(NEAR)
    with moves(engine, NEAR, "files", 1):
        demo.choose_file("process", files={"name": "a.txt", "mimeType": "text/plain", "buffer": b"hello"})
        demo.says("process", "200 OK", "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")


def test_over_a_soft_limit_the_true_figure_and_its_cost_are_shown(open_demo: Open, engine: Billing) -> None:
    """Wanted by users: "Over 100 %: the true figure and its cost"."""
    demo = open_demo(OVER)
    for _ in range(2):
        metric = engine.get_usage_metrics(OVER.customer_id)["gpu_seconds"]
        assert metric.overage > 0
        cost = f"{metric.overage:,} s over, about ${metric.overage_cost:.2f}"
        demo.shows("GPU time", f"{metric.consumed:,}", "of 1,000 s included", "Over by ", cost)
        assert demo.card("GPU time").get_by_role("meter").get_attribute("aria-valuenow") == f"{metric.consumed}"
        with moves(engine, OVER, "gpu_seconds", Decimal("12.5")):
            demo.press("gpu", "Run")
            after = (metric.consumed + Decimal("12.5")).normalize()
            demo.says("gpu", f"{after:,f} of 1,000 s", "Counted 12.5 s", "not run")


def test_the_switcher_shows_another_customer_and_is_remembered(open_demo: Open) -> None:
    demo = open_demo(OVER)
    demo.shows("API calls", "of 50,000 calls")
    expect(demo.page.get_by_role("list", name="Members of the team").get_by_role("listitem")).to_have_count(9)
    demo.page.reload()
    demo.wait_for_numbers()
    demo.shows("API calls", "of 50,000 calls")
    demo.switch_to(NEAR.name)
    demo.shows("API calls", "of 10,000 calls")
    demo.page.emulate_media(forced_colors="active")
    edges = demo.page.locator(".demo-switch button").evaluate_all(
        "buttons => buttons.map((button) => [button.ariaPressed, getComputedStyle(button).borderTopColor])"
    )
    chosen, others = ({color for pressed, color in edges if pressed == state} for state in ("true", "false"))
    assert len(chosen) == 1
    assert chosen.isdisjoint(others)


def test_a_customer_that_is_not_the_demos_is_not_accepted_from_the_browser(open_demo: Open, engine: Billing) -> None:
    engine.create_customer("acme", plan="pro", name="Not the demo's")
    demo = open_demo(OVER)
    demo.page.evaluate("localStorage.setItem('billing_demo_customer', 'acme')")
    demo.page.reload()
    demo.wait_for_numbers()
    expect(demo.page.get_by_role("button", name=NEAR.name)).to_have_attribute("aria-pressed", "true")
    demo.shows("API calls", "of 10,000 calls")
    with moves(engine, NEAR, "emails", 1):
        demo.press("email", "Send one")
        demo.says("email", "Counted 1 email")
    assert engine.list_usage_events("acme").events == ()


def test_faults_are_shown_and_mended(open_demo: Open) -> None:
    """Stale numbers are marked and kept; where the login fails there are none; counting goes on meanwhile."""
    demo = open_demo(FRESH)
    broken = demo.page.get_by_label("Broken")
    broken.select_option("Database away")
    demo.shows("Storage", "Stale", "Could not refresh since", "Try again")
    demo.press("email", "Send one")
    demo.says("email", "Counted 1 email")
    panel = demo.page.get_by_role("region", name="Try it")
    expect(panel.get_by_role("listitem")).not_to_have_count(0)
    broken.select_option("Login fails")
    expect(demo.page.locator(".bui-card[data-state=error]")).to_contain_text("Could not load usage", timeout=WAIT_MS)
    expect(demo.page.locator(".bui-card")).to_have_count(1)
    expect(panel.get_by_role("listitem")).to_have_count(0)
    expect(demo.block("email").locator(".demo-said")).to_be_empty()
    demo.press("email", "Send one")
    demo.says("email", "The login fails", "nothing was counted")
    demo.press("call", "Call")
    demo.says("call", "The login fails", "counted for its own key")
    demo.page.reload()
    expect(broken).to_have_value("failing", timeout=WAIT_MS)
    broken.select_option("Slow database")
    demo.shows("Emails sent", "1")
    broken.select_option("Nothing")
    demo.shows("Storage", "Good", "Does not reset")
    assert demo.errors == []
