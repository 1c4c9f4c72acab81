"""What the browser tests share: one host app, running for the whole run."""

from collections.abc import Iterator

import pytest

from tests.conftest import find_free_port
from tests.support.live_app import LiveApp, running_live_app


@pytest.fixture(scope="session")
def live_app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveApp]:
    """A host app with the widgets, whose login, clock and engine the tests can reach."""
    with running_live_app(tmp_path_factory.mktemp("live"), find_free_port()) as app:
        yield app
