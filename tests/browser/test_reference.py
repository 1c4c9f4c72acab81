"""The reference's examples, built into one page and opened."""

from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.live_app import LiveApp
from tools.reference.entries import components


def test_every_example_of_the_reference_is_drawn_in_a_browser(browser: Browser, live_app: LiveApp) -> None:
    context = browser.new_context(extra_http_headers={"Cookie": "who=reader"})
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
    page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
    page.goto(f"{live_app.url}/reference")
    expect(page.get_by_role("meter", name="API calls").first).to_be_visible()
    for entry in components():
        for drawn in (entry, *entry.parts):
            expect(page.locator(f"[id='{drawn.name}']")).to_have_count(1)
    expect_parts_to_look_as_in_their_component(page)
    expect(page.locator("#usage_metrics")).to_contain_text("0 of 1,000")
    expect(page.locator("#usage_metrics")).to_contain_text("Emails")
    page.locator("#track_usage").get_by_role("button").click()
    expect(page.locator("#usage_metrics")).to_contain_text("1 of 1,000")
    context.close()
    assert complaints == []


def expect_parts_to_look_as_in_their_component(page: Page) -> None:
    """The colours and sizes of a part are there wherever a host puts it."""
    style = "(e, name) => getComputedStyle(e)[name]"

    def part(name: str, selector: str) -> Locator:
        return page.locator(f"[id='{name}']").locator(selector).first

    track = part("compact_usage_display.line", ".bui-track")
    assert track.evaluate("e => e.closest('.bui')") is None
    assert track.evaluate(style, "backgroundColor") == part("usage_bar", ".bui-track").evaluate(
        style, "backgroundColor"
    )
    assert track.evaluate("e => e.offsetHeight") < part("usage_bar", ".bui-track").evaluate("e => e.offsetHeight")
    refresh, usual = part("usage_display.as_of", "button"), part("usage_bar", ".bui-as-of button")
    for name in ("color", "fontSize", "textDecorationLine"):
        assert refresh.evaluate(style, name) == usual.evaluate(style, name), name
    frame = part("usage_display.frame", ".bui-card")
    card = part("usage_display.card", ".bui-card")
    for selector in ("h3", ".bui-reset"):
        for name in ("color", "fontSize", "fontWeight"):
            own, usual = (place.locator(selector).first.evaluate(style, name) for place in (frame, card))
            assert own == usual, (selector, name)
