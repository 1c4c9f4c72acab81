"""The browser that the tests drive: found on this machine, or installed where that is possible.

`python -m tests.support.browser` does both and remembers the result in `.cache`.
"""

import asyncio
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from playwright.sync_api import Browser, Playwright, sync_playwright
from playwright.sync_api import Error as PlaywrightError

REMEMBERED = Path(__file__).resolve().parents[2] / ".cache" / "browser"
# Playwright's own browser is known by this name: it has no path to pass.
PLAYWRIGHTS_OWN = "playwright"
# The browser without a window comes first: it does the same with a third less work.
SYSTEM_BROWSERS = (
    "chromium-headless-shell",
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
DOWNLOADS = "https://cdn.playwright.dev/"
NONE_FOUND = "No browser for the tests: install Chromium or Google Chrome (for example `apt-get install chromium`)."


def launch(playwright: Playwright, browser: str) -> Browser:
    """Start a browser, given its path or `PLAYWRIGHTS_OWN`."""
    executable = None if browser == PLAYWRIGHTS_OWN else browser
    # The sandbox does not work as root or in many containers, and these pages are our own.
    return playwright.chromium.launch(executable_path=executable, args=["--no-sandbox"], timeout=30_000)


@contextmanager
def apart_from_playwright() -> Iterator[None]:
    """Within this block `asyncio.run` works: Playwright leaves its own loop marked as running as long as a browser is up.

    Nothing of Playwright may be used within it.
    """
    with remembering_its_loop():
        asyncio._set_running_loop(None)
        yield


@contextmanager
def remembering_its_loop() -> Iterator[None]:
    """At the end of this block the same loop is marked as running as at its beginning."""
    loop = asyncio._get_running_loop()
    try:
        yield
    finally:
        asyncio._set_running_loop(loop)


def works(browser: str) -> bool:
    """Whether it shows a page, which takes more than being there: a library may be missing."""
    try:
        with sync_playwright() as playwright:
            started = launch(playwright, browser)
            started.new_page().goto("about:blank")
            started.close()
    except PlaywrightError:
        return False
    return True


def playwrights_own() -> str | None:
    """Playwright's browser, where somebody has installed it."""
    return PLAYWRIGHTS_OWN if works(PLAYWRIGHTS_OWN) else None


def download() -> str | None:
    """Playwright's browser from the web."""
    if not _is_reachable(DOWNLOADS):
        return None
    _say("Browser: downloading Playwright's Chromium")
    _run([sys.executable, "-m", "playwright", "install", "--only-shell", "chromium"], seconds=300)
    return playwrights_own()


def system_browser() -> str | None:
    """A Chromium or Chrome of this machine."""
    return next(filter(works, filter(None, map(shutil.which, SYSTEM_BROWSERS))), None)


def install_system_package() -> str | None:
    """Debian's Chromium without a window, or with one where that is not packaged, where this user may install it."""
    if os.geteuid() != 0 or not shutil.which("apt-get"):
        return None
    _say("Browser: installing the Chromium package of this system")
    apt = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "-qq"]
    _run([*apt, "update"], seconds=120)
    for package in ("chromium-headless-shell", "chromium"):
        _run([*apt, "install", "--no-install-recommends", "--yes", package], seconds=420)
        if browser := system_browser():
            return browser
    return None


def first_of(ways: Sequence[Callable[[], str | None]]) -> str:
    """Use the remembered browser, else the first that one of the ways gives, and remember it.

    Args:
        ways: Functions that return a browser or None, in order of preference.

    Returns:
        A path, or `PLAYWRIGHTS_OWN`.

    Raises:
        LookupError: There is none; the message says what to install.
    """
    if REMEMBERED.exists():
        browser = REMEMBERED.read_text()
        if browser == PLAYWRIGHTS_OWN or Path(browser).exists():
            return browser
    for way in ways:
        if browser := way():
            REMEMBERED.parent.mkdir(exist_ok=True)
            REMEMBERED.write_text(browser)
            return browser
    raise LookupError(NONE_FOUND)


def find() -> str:
    """A browser that is on this machine already; see `first_of`."""
    return first_of((playwrights_own, system_browser))


def find_or_install() -> str:
    """A browser, installed if need be; takes at most a quarter of an hour; see `first_of`."""
    return first_of((playwrights_own, download, system_browser, install_system_package))


def _is_reachable(url: str) -> bool:
    """Ask before Playwright does, which would keep trying for minutes."""
    try:
        urlopen(Request(url, method="HEAD"), timeout=5).close()
    except HTTPError:
        return True
    except OSError:
        return False
    return True


def _run(command: list[str], *, seconds: float) -> None:
    """Run a command within a time limit, and say so when it fails: the next way is tried then."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    try:
        if code := process.wait(timeout=seconds):
            _say(f"Browser: `{' '.join(command)}` ended with exit code {code}")
    except subprocess.TimeoutExpired:
        _say(f"Browser: `{' '.join(command)}` took longer than {seconds:g} s")
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    try:
        find_or_install()
    except LookupError as none_found:
        sys.exit(str(none_found))
