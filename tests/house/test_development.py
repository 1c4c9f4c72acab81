"""Development mode: the reloader must not take the engine's own writing for a change of the app."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from billing_ui.app_process import AppProcess
from billing_ui_backend import Billing
from tests.support.host_apps import activated, copy_of_example
from tests.support.ports import find_free_port

# That nothing happens cannot be awaited: several times what the reloader takes to notice a change and to import the app.
QUIET_SECONDS = 1.5
RECORD_IMPORT = 'with open({log!r}, "a") as _log:\n    _log.write("{edition}\\n")\n\n'


class Host:
    """A host app that writes its edition to a file outside its folder, whenever it is imported."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self.database_url = f"sqlite:///{folder / '.billing' / 'billing.db'}"
        self._log = log
        self._module = folder / folder.name / f"{folder.name}.py"
        self._source = self._module.read_text()

    def edit(self, edition: int) -> None:
        """Change the app's source."""
        self._module.write_text(RECORD_IMPORT.format(log=str(self._log), edition=edition) + self._source)

    @property
    def imports(self) -> list[int]:
        """The editions of the app that were imported, in order, one entry an import."""
        return [int(line) for line in self._log.read_text().splitlines()] if self._log.exists() else []

    @contextmanager
    def developed(self) -> Iterator[AppProcess]:
        """`reflex run`, as a developer starts it, but for the server of the pages: it watches files of its own only."""
        port = find_free_port()
        command = [sys.executable, "-m", "reflex", "run", "--backend-only"]
        command += ["--backend-host", "127.0.0.1", "--backend-port", str(port)]
        url = f"http://127.0.0.1:{port}"
        environment = activated(Path(sys.executable))
        with AppProcess(command, folder=self.folder, url=url, answers_at=("/ping",), env=environment) as app:
            app.wait_until_it_answers(timeout=120)
            yield app


@pytest.fixture
def host(repository: Path, tmp_path: Path) -> Host:
    folder = copy_of_example(repository, "ten_lines", tmp_path / "app")
    return Host(folder, tmp_path / "imports.log")


def test_tracking_does_not_restart_an_app_in_development(host: Host) -> None:
    for edition in (10, 20):
        host.edit(edition)
        with host.developed() as app, Billing(host.database_url, catalog=host.folder / "billing.toml") as billing:
            billing.create_customer("user_123")
            for _ in range(20):
                billing.track_usage(customer_id="user_123", feature_key="storage_gb", quantity="0.001")
            sleep(QUIET_SECONDS)

            # The reloader was awake all the time: it sees a real change.
            host.edit(edition + 1)
            _wait_until(lambda wanted=edition + 1: wanted in host.imports, app)
    assert host.imports == [10, 11, 20, 21]


def _wait_until(condition: Callable[[], bool], app: AppProcess) -> None:
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline, app.output
        sleep(0.05)
