"""The reference's examples, built into one page and opened."""

from playwright.sync_api import Browser, expect

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
        expect(page.locator(f"[id='{entry.name}']")).to_have_count(1)
    expect(page.locator("#usage_metrics")).to_contain_text("0 of 1,000")
    expect(page.locator("#usage_metrics")).to_contain_text("Emails")
    page.locator("#track_usage").get_by_role("button").click()
    expect(page.locator("#usage_metrics")).to_contain_text("1 of 1,000")
    context.close()
    assert complaints == []
