"""The command line, `billing-ui`: exit 0 is done, 1 is refused in part or whole, 2 is nothing done."""

from billing_ui.cli.commands import app, main

__all__ = ["app", "main"]
