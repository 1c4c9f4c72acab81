"""What the browser tests share: one host app and one gallery, running for the whole run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from billing_ui.app_process import AppProcess, production_command
from billing_ui.launch import gallery_environment
from tests.conftest import ROOT, find_free_port
from tests.support.gallery_page import Gallery
from tests.support.live_app import LiveApp, running_live_app


@pytest.fixture(scope="session")
def live_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A host app with the widgets, whose login, clock and engine the tests can reach."""
    with running_live_app(tmp_path_factory.mktemp("live"), find_free_port()) as app:
        yield app


@pytest.fixture(scope="session")
def gallery_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The gallery as `make gallery` runs it, for the whole run."""
    environment = gallery_environment(web_folder=tmp_path_factory.mktemp("gallery") / "web")
    port = find_free_port()
    command = production_command(port=port)
    with AppProcess(command, folder=ROOT, url=f"http://127.0.0.1:{port}", env=environment) as process:
        process.wait_until_it_answers(timeout=120)
        yield process.url


@pytest.fixture(scope="module")
def gallery_pages(browser: Browser, gallery_url: str) -> Iterator[Gallery]:
    """The gallery's pages, which the tests of a file share."""
    pages = Gallery(browser, gallery_url)
    yield pages
    pages.close()


@pytest.fixture
def gallery(gallery_pages: Gallery) -> Iterator[Gallery]:
    """The gallery; whatever the browser complains of fails the test."""
    gallery_pages.complaints.clear()
    yield gallery_pages
    assert gallery_pages.complaints == []


@pytest.fixture
def own_page(gallery: Gallery) -> Iterator[Page]:
    """A page of the gallery that the test may change."""
    page = gallery.open(reduced_motion="reduce", viewport={"width": 1280, "height": 900})
    yield page
    page.context.close()
