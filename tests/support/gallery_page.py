"""The gallery in a browser: each page is opened once, and drawn anew for what a test wants to see."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, Page, expect

CHOOSE = """chosen => {
  const form = document.querySelector("#gallery form");
  for (const [name, value] of Object.entries(chosen)) form.elements.namedItem(name).value = value;
  form.dispatchEvent(new Event("change"));
}"""
UNASKED: dict[str, Any] = {
    "media": "screen",
    "reduced_motion": "reduce",
    "forced_colors": "none",
    "contrast": "no-preference",
}


@dataclass
class Gallery:
    """The gallery, running.

    Attributes:
        browser: in which it is opened.
        url: where it runs.
        complaints: what the browser said in its console so far.
    """

    browser: Browser
    url: str
    complaints: list[str] = field(default_factory=list)
    _pages: dict[str, Page] = field(default_factory=dict)

    def page(
        self,
        route: str = "/",
        *,
        theme: str = "light",
        direction: str = "ltr",
        text: int = 100,
        width: int = 1280,
        **media: Any,
    ) -> Page:
        """A page that tests share: they only look at it.

        Args:
            route: of the language.
            theme, direction, text: what the toolbar chooses; text is a size in percent.
            width: of the window, in pixels.
            **media: what the browser tells of its user, such as `forced_colors`; by default only that motion is not wanted.
        """
        page = self._pages.get(route) or self.open(route)
        self._pages[route] = page
        page.emulate_media(**{**UNASKED, **media})
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate(CHOOSE, {"theme": theme, "dir": direction, "text": str(text)})
        return page

    def open(self, path: str = "/", **options: Any) -> Page:
        """A page of the test's own, which it closes with its context.

        Args:
            path: with what the toolbar chooses as its query.
            **options: of the browser's context.
        """
        page = self.browser.new_context(**options).new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._heard(said.type, said.text))
        page.goto(self.url + path)
        expect(page.locator("[data-ready]")).to_be_visible()
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)
