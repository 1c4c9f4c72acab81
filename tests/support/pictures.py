"""Pictures of the gallery and the portal for people to look at: `make pictures` writes them into `.pictures/`.

Each is the whole page, at three widths, light and dark, from left to right and from right to left, in every language.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from billing_ui.app_process import AppProcess, production_command
from billing_ui.launch import demo_environment
from billing_ui.ports import free_port_from
from billing_ui_components.gallery_settings import SETTINGS
from tests.support import browser as browsers

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (320, 390, 1280)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# What is made up and what is live; the portal's page is in one language.
GALLERY = [setting.route for setting in SETTINGS]


@dataclass(frozen=True)
class Picture:
    """One page as it is drawn for one person."""

    route: str
    width: int
    theme: Literal["light", "dark"]
    direction: str

    @property
    def name(self) -> str:
        """Of the file."""
        page = self.route.strip("/").replace("/", "-") or "portal"
        return f"{page}-{self.width}-{self.theme}-{self.direction}.png"

    def take(self, browser: Browser, url: str, folder: Path) -> None:
        """Open the page and write the file."""
        viewport = ViewportSize(width=self.width, height=900)
        context = browser.new_context(viewport=viewport, color_scheme=self.theme, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{url}{self.route}?dir={self.direction}")
        if self.route == "/":
            page.locator(".bui-card[data-state=loading]").first.wait_for(state="detached")
            page.evaluate("dir => { document.documentElement.dir = dir }", self.direction)
        else:
            page.locator("[data-ready]").wait_for()
        page.screenshot(path=folder / self.name, full_page=True)
        context.close()


def pictures(wanted: str = "") -> Iterator[Picture]:
    """All pictures whose name contains what is wanted."""
    for route, width, theme, direction in product(["/", *GALLERY], WIDTHS, THEMES, ("ltr", "rtl")):
        picture = Picture(route, width, theme, direction)
        if wanted in picture.name:
            yield picture


def main(folder: Path, wanted: str, url: str) -> None:
    """Take the pictures, of a portal that runs at the URL."""
    folder.mkdir(parents=True, exist_ok=True)
    found = browsers.find_or_install()
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright, found)
        for picture in pictures(wanted):
            picture.take(browser, url, folder)
            print(folder / picture.name, flush=True)
        browser.close()


def main_with_own_portal(folder: Path, wanted: str) -> None:
    """Take the pictures, of a portal that is started for it."""
    port = free_port_from(18_300)
    with TemporaryDirectory() as own:
        environment = demo_environment(Path(own) / "demo.db", web_folder=Path(own) / "web")
        url = f"http://127.0.0.1:{port}"
        with AppProcess(production_command(port=port), folder=ROOT, url=url, env=environment) as portal:
            portal.wait_until_it_answers(timeout=120)
            main(folder, wanted, url)


if __name__ == "__main__":
    arguments = ArgumentParser(description=__doc__)
    arguments.add_argument("wanted", nargs="?", default="", help="only those whose name contains this")
    arguments.add_argument("--folder", type=Path, default=ROOT / ".pictures")
    arguments.add_argument("--url", help="of a demo that runs already")
    given = arguments.parse_args()
    if given.url:
        main(given.folder, given.wanted, given.url)
    else:
        main_with_own_portal(given.folder, given.wanted)
