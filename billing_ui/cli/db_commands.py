"""`billing-ui db`: which version the database's tables have, and their upgrade."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import typer
from sqlalchemy import Connection, NullPool, create_engine
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError

from billing_ui.cli.engine import REFUSED, Url, check_there, database_url, telling_errors
from billing_ui_backend import InvalidRequest, ServiceUnavailable, schema
from billing_ui_backend.database import open_database

db = typer.Typer(help="The version of the database's tables.", no_args_is_help=True)


@db.command("version", short_help="Print the version of the tables.")
def show_version(url: Url = None) -> None:
    """Print the version of the tables, and whether it is this release's. Exit 1: it is not. Nothing is written."""
    with telling_errors():
        database = _existing(url)
        found = _version(database)
    if found == schema.VERSION:
        typer.echo(f"{found} (current)")
        return
    if found is None:
        typer.echo(f"no tables yet (this release has {schema.VERSION})")
    elif found in schema.VERSIONS:
        typer.echo(f"{found} (this release has {schema.VERSION}: upgrade with billing-ui db upgrade)")
    else:
        typer.echo(f"{found} (this release has {schema.VERSION}: install the release that wrote it)")
    raise typer.Exit(REFUSED)


@db.command("upgrade", short_help="Make the tables, or bring them to this release's version.")
def upgrade(url: Url = None) -> None:
    """Bring the tables to this release's version, or make them where there are none.

    An engine does the same when it opens the database. Processes of an older release refuse to write from then on.
    """
    with telling_errors():
        database = _existing(url)
        before = _version(database)
        open_database(database.render_as_string(hide_password=False)).close()
    if before is None:
        typer.echo(f"Made the tables: version {schema.VERSION}.")
    elif before == schema.VERSION:
        typer.echo(f"Nothing to do: version {before} is current.")
    else:
        typer.echo(f"Upgraded from version {before} to {schema.VERSION}.")


def _existing(given: str | None) -> URL:
    url = database_url(given)
    check_there(url, "check --url")
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise InvalidRequest(
            f"the database URL {url!r} can't be read: write it as sqlite:///path/to/file.db"
        ) from error
    if parsed.get_backend_name() not in ("sqlite", "postgresql"):
        raise InvalidRequest(
            f"{_name(parsed)} is not supported: use sqlite:///path/to/file.db or postgresql+psycopg://..."
        )
    if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
        raise InvalidRequest(
            f"{url} is a private database that nobody else sees: name a file, sqlite:///path/to/file.db"
        )
    return parsed


def _version(url: URL) -> str | None:
    if url.get_backend_name() == "sqlite":
        # Opened for reading only: looking at a database must neither upgrade it nor checkpoint it.
        file = f"file:{quote(str(Path(str(url.database)).absolute()))}?mode=ro"
        url = URL.create("sqlite", database=file, query={"uri": "true"})
    with _connected(url) as connection:
        return schema.version(connection)


@contextmanager
def _connected(url: URL) -> Iterator[Connection]:
    try:
        with create_engine(url, poolclass=NullPool).begin() as connection:
            yield connection
    except DBAPIError as error:
        raise ServiceUnavailable(f"the database {_name(url)} does not answer ({error.orig}): check --url") from error
    except ModuleNotFoundError as error:
        raise InvalidRequest(
            f"{_name(url)} needs a driver that is not installed ({error}): install billing-ui[postgres]"
        ) from error


def _name(url: URL) -> str:
    return url.render_as_string(hide_password=True)
