"""The demo's page as a person uses it: press something, read what came of it, see the bar move."""

from __future__ import annotations

from playwright.sync_api import Locator, Page, expect

WAIT_MS = 15_000


class DemoPage:
    """A tab on the demo.

    Args:
        page: a tab of the browser.
        url: of the portal.
        customer: whose usage to look at, by the name in the switcher; the first one's without.

    Attributes:
        errors: what the browser's console complained about.
    """

    def __init__(self, page: Page, url: str, customer: str = "") -> None:
        self.page = page
        self.errors: list[str] = []
        page.on("console", lambda message: self.errors.append(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.set_default_timeout(WAIT_MS)
        page.goto(url)
        self.wait_for_numbers()
        if customer:
            self.switch_to(customer)

    def wait_for_numbers(self) -> None:
        """Wait until the usage is shown."""
        expect(self.page.locator(".bui-card[data-state=loading]")).to_have_count(0, timeout=WAIT_MS)
        expect(self.page.locator(".portal-plan")).not_to_be_empty(timeout=WAIT_MS)

    def switch_to(self, customer: str) -> None:
        """Become another customer, and wait for their numbers."""
        button = self.page.get_by_role("group", name="Demo customer").get_by_role("button", name=customer)
        button.click()
        expect(button).to_have_attribute("aria-pressed", "true", timeout=WAIT_MS)
        self.wait_for_numbers()

    def press(self, action: str, name: str) -> None:
        """Press a button of a block of the panel."""
        self.block(action).get_by_role("button", name=name, exact=True).click()

    def choose_file(self, action: str, **file: object) -> None:
        """Choose a file in a block of the panel; `files` as for Playwright's set_input_files."""
        self.block(action).locator("input[type=file]").set_input_files(**file)  # pyright: ignore[reportArgumentType]

    def block(self, action: str) -> Locator:
        """A block of the panel."""
        return self.page.locator(f"[data-action={action}]")

    def says(self, action: str, *texts: str) -> None:
        """Wait until a block says all of this."""
        for text in texts:
            expect(self.block(action).get_by_role("status")).to_contain_text(text, timeout=WAIT_MS)

    def shows(self, feature: str, *texts: str) -> None:
        """Wait until a feature's card shows all of this."""
        for text in texts:
            expect(self.card(feature)).to_contain_text(text, timeout=WAIT_MS)

    def card(self, feature: str) -> Locator:
        """A feature's card."""
        return self.page.get_by_role("article").filter(has=self.page.get_by_role("heading", name=feature, exact=True))

    def width(self, feature: str) -> float:
        """How wide the filled part of a feature's bar is, in percent."""
        style = self.card(feature).locator(".bui-fill").first.get_attribute("style") or ""
        return float(style.partition("width:")[2].partition("%")[0])
