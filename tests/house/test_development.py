"""Development mode: the reloader must not take the engine's own writing for a change of the app."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import pytest

from billing_ui.app_process import AppProcess
from billing_ui_backend import Billing
from tests.conftest import find_free_port
from tests.support.host_apps import activated, copy_of_example

RECORD_IMPORT = 'with open({log!r}, "a") as _log:\n    _log.write("imported\\n")\n\n'


class Host:
    """A host app that writes a line, outside its folder, whenever it is imported."""

    def __init__(self, folder: Path, log: Path) -> None:
        self.folder = folder
        self._log = log
        self.module = folder / folder.name / f"{folder.name}.py"
        self.module.write_text(RECORD_IMPORT.format(log=str(log)) + self.module.read_text())

    @property
    def imports(self) -> int:
        """How often the app was imported up to now."""
        return len(self._log.read_text().splitlines()) if self._log.exists() else 0

    @contextmanager
    def developed(self) -> Iterator[AppProcess]:
        """`reflex run`, as a developer starts it."""
        frontend, backend = find_free_port(), find_free_port()
        command = [sys.executable, "-m", "reflex", "run", "--backend-host", "127.0.0.1"]
        command += ["--frontend-port", str(frontend), "--backend-port", str(backend)]
        url = f"http://127.0.0.1:{backend}"
        environment = activated(Path(sys.executable))
        with AppProcess(command, folder=self.folder, url=url, answers_at=("/ping",), env=environment) as app:
            app.wait_until_it_answers(timeout=120)
            yield app


@pytest.fixture
def host(repository: Path, tmp_path: Path) -> Host:
    folder = copy_of_example(repository, "ten_lines", tmp_path / "app")
    return Host(folder, tmp_path / "imports.log")


def test_tracking_does_not_restart_an_app_in_development(host: Host) -> None:
    per_start = []
    for start in (1, 2):
        before = host.imports
        with host.developed() as app, Billing(_database(host), catalog=host.folder / "billing.toml") as billing:
            billing.create_customer("user_123")
            per_start.append(host.imports - before)
            for _ in range(20):
                billing.track_usage(customer_id="user_123", feature_key="storage_gb", quantity="0.001")

            # A real change is seen, once: the reloader was awake all the time.
            with host.module.open("a") as source:
                source.write(f"\n# changed {start}\n")
            _wait_until(lambda: host.imports - before > per_start[-1], app)
            app.wait_until_it_answers(timeout=60)
            assert host.imports - before == per_start[-1] + 1
    assert per_start == [2, 2]


def _database(host: Host) -> str:
    return f"sqlite:///{host.folder / '.billing' / 'billing.db'}"


def _wait_until(condition: Callable[[], bool], app: AppProcess) -> None:
    deadline = monotonic() + 30
    while not condition():
        assert monotonic() < deadline, app.output
        sleep(0.05)
