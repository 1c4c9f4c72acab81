"""Databases with the engine's tables for one test each: to empty one that a test has left is quicker than to make another."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import psycopg
from psycopg import sql

from billing_ui_backend.models import BillingTable
from billing_ui_backend.schema import VERSION_TABLE
from tests.support.postgres import PostgresServer

# What changes with every table, index, column, function or trigger that is made, changed or dropped, the tables' version and the
# settings.
_SHAPE = f"""
select (select (count(*), sum(oid::bigint), sum(relfilenode::bigint), sum(relnatts))::text from pg_class
    where relnamespace = 'public'::regnamespace),
  (select count(*) from pg_proc where pronamespace = 'public'::regnamespace), (select count(*) from pg_trigger),
  (select array_agg(version_num::text) from {VERSION_TABLE}),
  (select setconfig from pg_db_role_setting join pg_database on pg_database.oid = setdatabase
    where datname = current_database())
"""
# An engine in another process that goes on may have remembered rows. It is still there when the test's own have closed.
_IN_USE = """
select exists (select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid())
"""
# Rows that were deleted still take room, and each search passes them.
_USES = 40


@dataclass
class PostgresCopies:
    """Copies of one database, handed out empty.

    Attributes:
        server: where they are.
        template: The URL of the database to copy. It has the tables and no row.
    """

    server: PostgresServer
    template: str
    _uses: dict[str, int] = field(default_factory=dict)
    _spare: list[str] = field(default_factory=list)
    # One connection to each, as long as it is there: the server begins a process and reads its catalogs for each new one.
    _connections: dict[str, psycopg.Connection[Any]] = field(default_factory=dict)
    _shape: tuple[Any, ...] | None = None

    def take(self) -> str:
        """The URL of a database for the caller alone."""
        url = self._spare.pop() if self._spare else self._made()
        if self._shape is None:
            self._shape = self._connections[url].execute(_SHAPE).fetchone()
        self._uses[url] += 1
        return url

    def give_back(self, url: str) -> None:
        """Take it back, whatever was done to it: it is emptied, or dropped where it is not alone or not as it was."""
        if self._uses[url] < _USES and self._emptied(url):
            self._spare.append(url)
        else:
            self._connections.pop(url).close()
            self.server.drop_database(url)

    def _made(self) -> str:
        url = self.server.create_database(like=self.template)
        self._connections[url] = self.server.connect(url)
        self._uses[url] = 0
        return url

    def _emptied(self, url: str) -> bool:
        tables = [sql.Identifier(table.name) for table in BillingTable.metadata.sorted_tables]
        connection = self._connections[url]
        try:
            if connection.execute(_SHAPE).fetchone() != self._shape:
                return False
            if connection.execute(_IN_USE).fetchone() != (False,):
                return False
        except (psycopg.errors.UndefinedTable, psycopg.OperationalError):
            # The test dropped the tables, or ended all connections.
            return False
        connection.execute(sql.SQL(";").join(sql.SQL("delete from {}").format(table) for table in tables))
        return True
