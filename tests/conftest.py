"""What every test may ask for: a browser, the running portal, a free port, the shared data."""

import gc
import os
import signal
from collections.abc import Generator, Iterator
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright
from xdist.remote import Producer
from xdist.scheduler import LoadScopeScheduling

from tests.support import browser as browsers
from tests.support.compiled_once import compile_once
from tests.support.copies import with_startup
from tests.support.installed import clean_python, made_once, wheel
from tests.support.portal import Portal, running_portal
from tests.support.ports import find_free_port
from tests.support.postgres import PostgresServer, postgres_server

__all__ = ["clean_python", "made_once", "wheel"]

ROOT = Path(__file__).resolve().parents[1]
# The fixtures of apps that run for the tests of several files, in the order of how long these take.
RUNNING_APPS = ("live_app", "gallery", "portal")
# Not a bound on anything: how long a condition is awaited on a machine that is busy with other tests.
expect.set_options(timeout=20_000)
compile_once()


def pytest_configure() -> None:
    """Let Ctrl-C reach what the tests start: a shell that runs us in the background has it ignored, by our children as well.

    And have the garbage collector look through what is there after each 50,000 new objects instead of 700, here and in the processes
    that the tests start: what is imported and collected stays, and what a test leaves is little.
    """
    gc.set_threshold(50_000)
    os.environ["PYTHONPATH"] = with_startup(os.environ.get("PYTHONPATH", ""))
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer | None) -> LoadScopeScheduling:
    """Give the tests of a file, and all that share a running app, to one worker: each app is built once."""
    return _AppByApp(config, log)


class _AppByApp(LoadScopeScheduling):
    def _split_scope(self, nodeid: str) -> str:
        return _shared_by(nodeid.partition("::")[0])


@cache
def _shared_by(file: str) -> str:
    """The app that the tests of a file share with those of others, or the file."""
    source = (ROOT / file).read_text()
    return next((app for app in RUNNING_APPS if f"{app}: " in source), file)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with what takes long, and with what waits for other processes: the workers then end at about the same time."""

    def place(item: pytest.Item) -> int:
        app = _shared_by(item.path.relative_to(ROOT).as_posix())
        waits = item.path.parent.name in ("house", "browser")
        return RUNNING_APPS.index(app) if app in RUNNING_APPS else len(RUNNING_APPS) + (not waits)

    items.sort(key=place)


def pytest_collection_finish() -> None:
    """What was imported and collected stays until the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Let a test without a browser start an event loop, although one drove a browser in this process before."""
    if "browser" in getattr(item, "fixturenames", ()):
        return (yield)
    with browsers.apart_from_playwright():
        return (yield)


@pytest.fixture(scope="session")
def repository() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def chromium() -> str:
    """The browser's name for `tests.support.browser.launch`: a path, or Playwright's own."""
    try:
        return browsers.find()
    except LookupError as none_found:
        pytest.fail(str(none_found), pytrace=False)


@pytest.fixture(scope="session")
def chromium_path(chromium: str) -> str | None:
    """The browser's `executable_path`; None means Playwright's own."""
    return None if chromium == browsers.PLAYWRIGHTS_OWN else chromium


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One browser for the whole run; a test opens a context of its own in it.

    A browser test that needs `asyncio.run` puts it into `with apart_from_playwright():`.
    """
    with sync_playwright() as playwright:
        started = browsers.launch(playwright, chromium)
        with browsers.remembering_its_loop():
            yield started
        started.close()


@pytest.fixture
def free_port() -> int:
    """A port of this machine that nobody listens on."""
    return find_free_port()


@pytest.fixture(scope="session")
def portal(clean_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    """The demo as a user starts it from an installed wheel, over what it left an earlier time; until Ctrl-C, for the whole run."""
    with running_portal(clean_python.with_name("billing-ui"), tmp_path_factory.mktemp("portal")) as running:
        yield running


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One PostgreSQL for the whole run of this process; started when the first test asks."""
    with postgres_server() as server:
        yield server


@pytest.fixture
def postgres_url(postgres: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database of the test's own."""
    url = postgres.create_database()
    yield url
    postgres.drop_database(url)


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real recordings beside the project; skips where it is not there."""
    folder = ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        pytest.skip(f"the recordings are not there: {folder}")
    return folder
