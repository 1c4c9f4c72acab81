"""Where the books are: a SQLite file, or a PostgreSQL database."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol, TypeVar

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError
from sqlmodel import Session

from billing_ui_backend.books import Books
from billing_ui_backend.catalog_store import CatalogInForce
from billing_ui_backend.errors import ServiceUnavailable

T = TypeVar("T")
_FORMS = "sqlite:///path/to/file.db or postgresql+psycopg://user:password@host/database"


class Database(Protocol):
    """An open database."""

    @property
    def name(self) -> str:
        """How messages name it, without a password."""
        ...

    def read(self) -> AbstractContextManager[Session]:
        """A session on one snapshot of the database; nothing can be written through it.

        Raises:
            ServiceUnavailable: the database does not answer.
        """
        ...

    def change(self, work: Callable[[Session], T], customer_id: str | None = None) -> T:
        """Runs administration in a write transaction: committed at the end, rolled back on any exception.

        Args:
            work: may run several times; what only the last run did counts.
            customer_id: whose row is locked, when there is one.

        Raises:
            ServiceUnavailable: the database does not answer. Nothing was written.
        """
        ...

    def books(self, catalog: CatalogInForce, now_us: Callable[[], int]) -> Books:
        """The books in it, for the writer of this process."""
        ...

    def close(self) -> None:
        """Gives back all connections; a temporary database is deleted."""
        ...

    def suspend(self) -> bool:
        """Lets the calls under way end, closes all connections and holds further calls until `resume`, which connect anew.

        False when a call goes on for too long: then nothing was closed and no call is held.
        """
        ...

    def resume(self) -> None:
        """Ends `suspend`."""
        ...


def open_database(url: str, *, create: bool = True, folder: Path | None = None) -> Database:
    """Opens the database that a URL names.

    Args:
        create: whether a file or tables that do not exist may be made.
        folder: where a relative path begins; the current folder when None.

    Raises:
        ServiceUnavailable: the URL can't be read, or the database does not answer.
        CatalogError: it does not exist and must not be made.
    """
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise ServiceUnavailable(f"the database URL {url!r} can't be read: write it as {_FORMS}") from error
    if parsed.get_backend_name() == "sqlite":
        if "?" in url or (parsed.database or "").startswith("file:"):
            raise ServiceUnavailable(
                f"the database URL {url!r} has options, or a question mark in its path: write sqlite:///path/to/file.db alone"
            )
        from billing_ui_backend.sqlite_database import SqliteDatabase

        if folder is not None and parsed.database and parsed.database != ":memory:":
            parsed = parsed.set(database=str(folder / parsed.database))
        return SqliteDatabase(parsed, create=create)
    if parsed.get_backend_name() == "postgresql":
        try:
            from billing_ui_backend.postgres_database import PostgresDatabase
        except ModuleNotFoundError as error:
            raise ServiceUnavailable(
                f"PostgreSQL needs a driver that is not installed ({error}): pip install billing-ui[postgres]"
            ) from error

        return PostgresDatabase(parsed, create=create)
    raise ServiceUnavailable(
        f"the database {parsed.render_as_string(hide_password=True)} is not supported: use {_FORMS}"
    )
