"""The steps from one version of the tables to the next, one file each in `versions`; Alembic runs them.

To change a table: change `models`, write the step as the next file, and add its version to `schema.VERSIONS`. A released
step is never edited: databases exist that took it.
"""

from __future__ import annotations

from pathlib import Path

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

from billing_ui_backend.schema import VERSION_TABLE


def upgrade(connection: Connection, to: str = "head") -> None:
    """Runs the steps up to the version `to`, in the transaction that the connection is in; it is not committed here."""
    steps = ScriptDirectory(str(Path(__file__).parent))
    options = {"version_table": VERSION_TABLE, "fn": lambda at, _context: steps._upgrade_revs(to, at)}
    context = MigrationContext.configure(connection, opts=options)
    # Handed to the steps, not found by them in `alembic.op`: that is one for the whole process, and may be the host's,
    # whose own migration opens an engine, or another thread's.
    context.run_migrations(op=Operations(context))
