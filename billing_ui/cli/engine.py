"""The engine as a command opens it, and its errors as sentences and exit codes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from billing_ui_backend import (
    Billing,
    BillingError,
    FeatureNotInPlan,
    IdempotencyKeyReused,
    InvalidRequest,
    PeriodClosed,
    QuotaExceeded,
    SubscriptionInactive,
)
from billing_ui_backend.opening import DEFAULT_URL

REFUSED = 1
NOTHING_DONE = 2

Url = Annotated[
    str | None,
    typer.Option(
        metavar="URL",
        help=f"The database, such as {DEFAULT_URL}, which is the default after BILLING_DATABASE_URL.",
    ),
]
CatalogFile = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Put the features and plans of this TOML file in force. Without it the stored ones are."
    ),
]

_REFUSALS = (QuotaExceeded, FeatureNotInPlan, SubscriptionInactive, IdempotencyKeyReused, PeriodClosed)


@contextmanager
def open_billing(url: str | None, catalog: Path | None) -> Iterator[Billing]:
    """An engine for one command, whose errors are told as by `telling_errors`."""
    with telling_errors():
        if catalog is None:
            check_there(database_url(url), "check --url, or begin one with --catalog FILE")
        with Billing(url, catalog=catalog) as billing:
            yield billing


@contextmanager
def telling_errors() -> Iterator[None]:
    """A BillingError ends the command with its message: exit 1 where the engine said no, else 2."""
    try:
        yield
    except BillingError as error:
        complain(str(error))
        raise typer.Exit(REFUSED if isinstance(error, _REFUSALS) else NOTHING_DONE) from error


def complain(sentence: str) -> None:
    """Says on stderr what went wrong."""
    typer.echo(f"Error: {sentence}", err=True)


def database_url(url: str | None) -> str:
    """The database that is meant: the given one, else the environment's, else the default."""
    return url or os.environ.get("BILLING_DATABASE_URL") or DEFAULT_URL


def check_there(url: str, advice: str) -> None:
    """A mistyped path must not become an empty database."""
    try:
        parsed = make_url(url)
    except ArgumentError:
        return  # The engine names what is wrong with it.
    path = parsed.database
    if parsed.get_backend_name() == "sqlite" and path and path != ":memory:" and not Path(path).exists():
        raise InvalidRequest(f"there is no database {Path(path).absolute()}: {advice}")
