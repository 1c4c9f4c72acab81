"""The example of a host that has an API of its own, run in production from an installed wheel, in a real browser."""

import re
from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, Page, expect

from billing_ui.app_process import AppProcess, production_command
from tests.support.host_apps import activated, copy_of_example


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    page = context.new_page()
    problems: list[str] = []
    page.on("pageerror", lambda error: problems.append(str(error)))
    yield page
    context.close()
    assert problems == []


def test_a_host_keeps_its_pages_its_docs_and_its_api(
    repository: Path, tmp_path: Path, clean_python: Path, free_port: int, page: Page
) -> None:
    example, url = copy_of_example(repository, "existing_app", tmp_path), f"http://127.0.0.1:{free_port}"
    command = production_command(port=free_port, python=clean_python)
    with AppProcess(command, folder=example, url=url, env=activated(clean_python)) as app:
        app.wait_until_it_answers(timeout=120)
        page.goto(app.url)
        expect(page.get_by_role("heading", name="The host's own page")).to_be_visible()
        expect(page.get_by_role("meter", name="API calls")).to_be_visible()

        with urlopen(f"{app.url}/greeting") as answer:
            assert answer.read() == b'{"greeting":"hello"}'
        with urlopen(f"{app.url}/docs") as docs:
            assert "The host's own API" in docs.read().decode()
        with urlopen(f"{app.url}/billing-api/openapi.json") as document:
            assert b"/v1/usage/track" in document.read()

        page.get_by_role("link", name="Your usage").click()
        expect(page.get_by_role("meter", name="Storage")).to_be_visible()


def test_nothing_that_is_copied_shows_a_customer_an_errors_message(repository: Path) -> None:
    """It is for developers, and may name the database's file."""
    copied = [*(repository / "examples").rglob("*.py"), *(repository / "docs").glob("*.md"), repository / "README.md"]
    shown = re.compile(r"str\(error\)|\{error[!:}]|error\.message")
    assert {path.name for path in copied if shown.search(path.read_text())} == set()
