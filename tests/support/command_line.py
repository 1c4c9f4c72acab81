"""The command line in a folder of its own, in this process or in one of its own."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from typer.testing import CliRunner

from billing_ui.cli import app
from billing_ui_backend import Billing

CATALOG = """
default_plan = "free"
[features.api_calls]
title = "API calls"
type = "usage_quota"
unit = "call"
[features.team]
title = "Team members"
type = "numeric_limit"
unit = "member"
scale = 0
[features.sso]
title = "Single sign-on"
type = "boolean_flag"
[plans.free]
title = "Free"
rank = 10
[plans.free.features]
api_calls = [{ limit = 1000, period = "month" }, { limit = 60, period = "hour" }]
team = { limit = 3 }
[plans.pro]
title = "Pro"
rank = 20
[plans.pro.features]
api_calls = { limit = "unlimited", period = "month" }
team = { limit = 10 }
sso = true
"""

COMMAND = [sys.executable, "-c", "from billing_ui.cli import main; main()"]


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


class CommandLine:
    """`billing-ui` on the database of one folder."""

    def __init__(self, folder: Path, catalog: str = CATALOG) -> None:
        self.folder = folder
        self.catalog = folder / "catalog.toml"
        self.catalog.write_text(catalog)
        self.url = f"sqlite:///{folder / 'billing.db'}"

    def run(self, *args: object, url: str | None = None) -> Done:
        """Runs a command in this process."""
        result = CliRunner().invoke(app, self.arguments(*args, url=url), prog_name="billing-ui")
        # An exception that is no exit would be a traceback.
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exc_info
        return Done(result.exit_code, result.stdout, result.stderr)

    def start(
        self, *args: object, stdin: int = subprocess.DEVNULL, stderr: int = subprocess.PIPE
    ) -> subprocess.Popen[str]:
        """Starts a command in a process of its own."""
        return subprocess.Popen(
            [*COMMAND, *self.arguments(*args)], stdin=stdin, stdout=subprocess.PIPE, stderr=stderr, text=True
        )

    def arguments(self, *args: object, url: str | None = None) -> list[str]:
        """The arguments with the database's at the end."""
        return [*map(str, args), "--url", url or self.url]

    def open(self) -> Billing:
        """The engine on the same database; puts the catalog in force when it is the first to open it."""
        return Billing(self.url, catalog=self.catalog)
