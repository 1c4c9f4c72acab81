"""What the whole set adds to a host's page: the same page is built without it and with it, and loaded."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import Browser, Response, expect

MOST = 45 * 1024


def test_the_whole_set_adds_at_most_45_kib_compressed(repository: Path, tmp_path: Path, browser: Browser) -> None:
    source = repository / "tests" / "support" / "weight_host"
    without = _loaded(_built(source, tmp_path / "without", {}), browser)
    with_set = _loaded(_built(source, tmp_path / "with", {"WEIGHT_OF_THE_SET": "1"}), browser)
    assert any(name.endswith(".css") for name in with_set)
    added = sum(with_set.values()) - sum(without.values())
    assert 0 < added <= MOST, f"{added / 1024:.1f} KiB more: {with_set}, without {without}"


def _built(source: Path, folder: Path, environment: dict[str, str]) -> Path:
    """Export the host's page; the folder of its files."""
    shutil.copytree(source, folder, ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [sys.executable, "-m", "reflex", "export", "--frontend-only", "--no-zip"],
        cwd=folder,
        env={**os.environ, "REFLEX_CHECK_LATEST_VERSION": "false", **environment},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / ".web" / "build" / "client"


def _loaded(files: Path, browser: Browser) -> dict[str, int]:
    """The compressed size of each script and stylesheet that the page loads, by name."""
    sizes: dict[str, int] = {}

    def weigh(response: Response | None) -> None:
        kind = response.headers.get("content-type", "") if response else ""
        if response and response.ok and ("javascript" in kind or "css" in kind):
            sizes[response.url.rpartition("/")[2]] = len(gzip.compress(response.body(), 6))

    with _served(files) as url:
        page = browser.new_page()
        page.on("requestfinished", lambda request: weigh(request.response()))
        page.goto(url)
        expect(page.get_by_role("heading", name="The host's own page")).to_be_visible()
        page.wait_for_load_state("load")
        page.evaluate("new Promise((done) => requestIdleCallback(done))")
        page.close()
    return sizes


@contextmanager
def _served(files: Path) -> Iterator[str]:
    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(files)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
