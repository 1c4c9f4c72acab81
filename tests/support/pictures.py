"""Pictures of the gallery and the demo for people to look at: `make pictures` writes them into `.pictures`.

Each is the whole page, at three widths, light and dark, from left to right and from right to left, in every language.
"""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.sync_api import Browser, ViewportSize, sync_playwright

from billing_ui.app_process import AppProcess, production_command
from billing_ui.launch import demo_environment, gallery_environment
from billing_ui.ports import free_port_from
from billing_ui_components.gallery_settings import SETTINGS
from tests.support import browser as browsers

ROOT = Path(__file__).resolve().parents[2]
WIDTHS = (320, 390, 1280)
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
# Per app, the pages; that of the demo is in one language.
ROUTES = {"gallery": [setting.route for setting in SETTINGS], "demo": ["/"]}


@dataclass(frozen=True)
class Picture:
    """One page as it is drawn for one person."""

    app: str
    route: str
    width: int
    theme: Literal["light", "dark"]
    direction: str

    @property
    def name(self) -> str:
        """Of the file."""
        page = f"{self.app}{self.route.rstrip('/').replace('/', '-')}"
        return f"{page}-{self.width}-{self.theme}-{self.direction}.png"

    def take(self, browser: Browser, url: str, folder: Path) -> None:
        """Open the page and write the file."""
        viewport = ViewportSize(width=self.width, height=900)
        context = browser.new_context(viewport=viewport, color_scheme=self.theme, reduced_motion="reduce")
        page = context.new_page()
        page.goto(f"{url}{self.route}?dir={self.direction}")
        if self.app == "gallery":
            page.locator("[data-ready]").wait_for()
        else:
            page.locator(".bui-card[data-state=loading]").first.wait_for(state="detached")
            page.evaluate("dir => { document.documentElement.dir = dir }", self.direction)
        # In a window as high as the page, what lies along the window's edge lies along the page's.
        page.set_viewport_size({"width": self.width, "height": page.evaluate("document.documentElement.scrollHeight")})
        page.screenshot(path=folder / self.name, full_page=True)
        context.close()


def pictures(app: str, wanted: str = "") -> Iterator[Picture]:
    """All pictures of an app whose name contains what is wanted."""
    for route, width, theme, direction in product(ROUTES[app], WIDTHS, THEMES, ("ltr", "rtl")):
        picture = Picture(app, route, width, theme, direction)
        if wanted in picture.name:
            yield picture


@contextmanager
def running(app: str) -> Iterator[str]:
    """The gallery or the demo, started for the pictures; gives its address."""
    with free_port_from(18_300) as port, TemporaryDirectory() as own:
        web_folder = Path(own) / "web"
        environment = gallery_environment(web_folder=web_folder)
        if app == "demo":
            environment = demo_environment(Path(own) / "demo.db", web_folder=web_folder)
        command = production_command(port=port)
        with AppProcess(command, folder=ROOT, url=f"http://127.0.0.1:{port}", env=environment) as process:
            process.wait_until_it_answers(timeout=120)
            yield process.url


def main(folder: Path, wanted: str) -> None:
    """Take the pictures."""
    folder.mkdir(parents=True, exist_ok=True)
    found = browsers.find_or_install()
    with sync_playwright() as playwright:
        browser = browsers.launch(playwright, found)
        for app in ROUTES:
            if chosen := list(pictures(app, wanted)):
                with running(app) as url:
                    for picture in chosen:
                        picture.take(browser, url, folder)
                        print(folder / picture.name, flush=True)
        browser.close()


if __name__ == "__main__":
    arguments = ArgumentParser(description=__doc__)
    arguments.add_argument("wanted", nargs="?", default="", help="only those whose name contains this")
    arguments.add_argument("--folder", type=Path, default=ROOT / ".pictures")
    given = arguments.parse_args()
    main(given.folder, given.wanted)
