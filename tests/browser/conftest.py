"""What the browser tests share: one host app and one gallery, running for the whole run."""

from collections.abc import Iterator
from datetime import datetime

import pytest
from playwright.sync_api import Browser, Page

from tests.conftest import ROOT
from tests.support.command_line import COMMAND
from tests.support.copies import copy_of_project, import_path
from tests.support.demo import Demo
from tests.support.gallery_page import Gallery
from tests.support.live_app import LiveApp, running_live_app
from tests.support.ports import find_free_port


@pytest.fixture(scope="session")
def live_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A host app with the widgets, whose login, clock and engine the tests can reach."""
    with running_live_app(tmp_path_factory.mktemp("live"), find_free_port()) as app:
        yield app


@pytest.fixture
def no_reset_soon(live_app: LiveApp) -> Iterator[None]:
    """The host's hour does not end while the test counts: a page asks once more then, and again where its own clock is ahead."""
    now = datetime.fromisoformat(live_app.call("/control/clock", {"seconds": 0})["now"])
    jump = 600 if now.minute >= 55 else 0
    live_app.call("/control/clock", {"seconds": jump})
    yield
    live_app.call("/control/clock", {"seconds": -jump})


@pytest.fixture(scope="session")
def gallery_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gallery as `billing-ui gallery` runs it, until Ctrl-C, for the whole run."""
    clone = copy_of_project(ROOT, tmp_path_factory.mktemp("gallery"))
    command = [*COMMAND, "gallery", "--port", str(find_free_port())]
    with Demo(command, clone, import_path(clone)) as gallery:
        yield gallery.wait_for_address()
        assert gallery.interrupt() == 0


@pytest.fixture(scope="session")
def gallery_pages(browser: Browser, gallery_url: str) -> Gallery:
    """The gallery's pages, which the tests share; they end with the browser."""
    return Gallery(browser, gallery_url)


@pytest.fixture
def gallery(gallery_pages: Gallery) -> Iterator[Gallery]:
    """The gallery; whatever the browser complains of fails the test."""
    gallery_pages.complaints.clear()
    yield gallery_pages
    assert gallery_pages.complaints == []


@pytest.fixture
def restyled_page(gallery: Gallery) -> Iterator[Page]:
    """A page of the gallery to which the test may add styles; they are taken away again."""
    page = gallery.page()
    page.evaluate("window.kept = new Set(document.querySelectorAll('style'))")
    yield page
    page.evaluate("document.querySelectorAll('style').forEach((style) => window.kept.has(style) || style.remove())")
