"""All commands of `billing-ui`."""

from __future__ import annotations

from importlib.metadata import version
from typing import Annotated

import typer

from billing_ui.cli import admin_commands, db_commands, import_command, usage_commands

# Plain texts: a frame drawn around an error is noise in a log and to a screen reader.
app = typer.Typer(
    name="billing-ui",
    help="Meters usage and enforces limits, in a database file.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command("import")(import_command.import_usage)
app.command("track", context_settings=usage_commands.NEGATIVE_NUMBERS)(usage_commands.track)
app.command("metrics")(usage_commands.metrics)
app.command("verify")(admin_commands.verify)
app.command("demo", short_help="Run the portal with demo customers until Ctrl-C.")(admin_commands.demo)
app.command("gallery", short_help="Show every component in every state until Ctrl-C.")(admin_commands.gallery)
app.add_typer(admin_commands.customers, name="customers")
app.add_typer(admin_commands.keys, name="keys")
app.add_typer(db_commands.db, name="db")


def main() -> None:
    """Runs the command that the process was given and ends the process."""
    app(prog_name="billing-ui")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"billing-ui {version('billing-ui')}")
        raise typer.Exit


@app.callback()
def _program(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    pass
