"""What the cases share in one run: a folder on a disk, prepared databases, the servers of the peers."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import ExitStack, closing
from functools import cached_property
from pathlib import Path

from tests.benchmarks import engine
from tests.benchmarks.filled import fill
from tests.benchmarks.measure import Compared, Pace, Side, compare
from tests.support.postgres import PostgresServer, postgres_server, roomy_folder


class Bench:
    """One run. Databases are made in `folder`; servers start when the first case asks, and stop with `close`."""

    def __init__(self, folder: Path, pace: Pace) -> None:
        self.folder = folder
        self.pace = pace
        self._open = ExitStack()
        self._files = 0
        self._filled: dict[int, str] = {}

    def close(self) -> None:
        """Stop what was started."""
        self._open.close()

    def new_file(self, suffix: str = ".db") -> Path:
        """A path that nothing is at yet."""
        self._files += 1
        return self.folder / f"{self._files}{suffix}"

    def prepared_file(self) -> Path:
        """A SQLite database of the case's own, with all customers."""
        file = self.new_file()
        shutil.copy(self._prepared_file, file)
        return file

    def prepared_url(self) -> str:
        """The same, as a URL."""
        return f"sqlite:///{self.prepared_file()}"

    def filled_url(self, events: int) -> str:
        """A SQLite database with so many events, the same one for every case, so only to be read."""
        if events not in self._filled:
            self._filled[events] = fill(self.new_file(), events)
        return self._filled[events]

    @cached_property
    def postgres(self) -> PostgresServer:
        """The PostgreSQL server, on the same disk."""
        return self._open.enter_context(postgres_server(self.folder))

    def prepared_postgres_url(self) -> str:
        """A PostgreSQL database of the case's own, with all customers."""
        return self.postgres.create_database(like=self._prepared_postgres)

    def compare(self, ours: Side, peer: Side) -> Compared:
        """Both sides in turns; they are closed afterwards."""
        with closing(ours), closing(peer):
            return compare(ours, peer, self.pace)

    # A thousand commits that nobody measures: in memory, and the copies of it are on the disk.
    @cached_property
    def _prepared_file(self) -> Path:
        folder = Path(
            self._open.enter_context(tempfile.TemporaryDirectory(prefix="billing-bench-", dir=roomy_folder()))
        )
        file = folder / "prepared.db"
        engine.prepare(f"sqlite:///{file}")
        return file

    @cached_property
    def _prepared_postgres(self) -> str:
        url = self.postgres.create_database()
        engine.prepare(url)
        return url
