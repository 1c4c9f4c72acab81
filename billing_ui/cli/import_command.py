"""`billing-ui import`: usage from a CSV file."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path
from typing import Annotated

import typer

from billing_ui.cli.engine import NOTHING_DONE, REFUSED, CatalogFile, Url, complain, open_billing
from billing_ui.cli.import_progress import ImportProgress
from billing_ui_backend import BillingError
from billing_ui_backend.catalog import Catalog
from billing_ui_backend.csv_events import Columns
from billing_ui_backend.csv_import import CsvImport
from billing_ui_backend.csv_rows import CsvFile

INTERRUPTED = 130


def import_usage(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="UTF-8, with a header; , ; tab or | between values.")],
    customer: Annotated[str, typer.Option(metavar="X", help="The customers' ids.")],
    feature: Annotated[str, typer.Option(metavar="X", help="The features' keys.")],
    quantity: Annotated[str, typer.Option(metavar="X", help="How much of the feature, exact.")],
    time: Annotated[
        str, typer.Option(metavar="X", help="When: ISO 8601, or seconds (10 digits) or milliseconds (13) since 1970.")
    ],
    key: Annotated[
        str | None,
        typer.Option(metavar="X", help="Idempotency keys, as they were or will be given to track: one key, one event."),
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Names the file in the rows' keys; without it the file's own name does."),
    ] = None,
    zone: Annotated[
        str,
        typer.Option(
            metavar="ZONE",
            help="The IANA zone of times without an offset. Of a time that happened twice there, the first is meant; one "
            "that was skipped there is rejected.",
        ),
    ] = "UTC",
    create_customers: Annotated[
        str | None,
        typer.Option(
            metavar="PLAN", help="Create unknown customers, with this plan; their months are calendar months (UTC)."
        ),
    ] = None,
    backfill: Annotated[
        bool, typer.Option("--backfill", help="Count rows older than 35 days too, and all rows past any limit.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before a backfill.")] = False,
    url: Url = None,
    catalog: CatalogFile = None,
) -> None:
    """Count the rows of a CSV file as usage.

    X is a column's name, or = and a value that all rows share, such as --quantity =1.

    Run it again after an interruption, or when the file has grown: only new rows are counted. Without --key a row is known
    by its source, its line and its values, so rows must stay on their lines.

    A quantity of 0 is no mistake: such rows are passed over, and told at the end.

    Exit 0: all counted; 1: some rows were rejected, each is named with its line; 2: nothing was done.
    """
    with open_billing(url, catalog) as billing:
        columns = Columns(customer=customer, feature=feature, quantity=quantity, time=time, key=key)
        with CsvFile(file, columns.names) as rows:
            job = CsvImport(
                billing, rows, columns, source=source, zone=zone, create_customers=create_customers, backfill=backfill
            )
            if create_customers is not None:
                # Asked of the file that was given: it is in force only when the import begins.
                known = billing.catalog() if catalog is None else Catalog.load(catalog)
                known.plan(create_customers)
            if backfill and not yes:
                _confirm(job.source)
            _run(job, rows)


def _confirm(source: str) -> None:
    warning = f"A backfill of {source} counts usage of any age past any limit, and is only corrected event by event."
    if not sys.stdin.isatty():
        complain(f"{warning} There is nobody to ask here: confirm with --yes.")
        raise typer.Exit(NOTHING_DONE)
    typer.echo(warning, err=True)
    try:
        agreed = typer.confirm("Go on?", err=True)
    except typer.Abort:
        agreed = False
    if not agreed:
        complain("not confirmed, so nothing was imported")
        raise typer.Exit(NOTHING_DONE)


def _run(job: CsvImport, rows: CsvFile) -> None:
    try:
        with ImportProgress(rows) as progress:
            job.run(on_rejected=progress.reject, on_progress=progress.update)
    except KeyboardInterrupt:
        _summarize(job)
        complain("interrupted: what was counted stays counted, run the same command again for the rest")
        raise typer.Exit(INTERRUPTED) from None
    except BillingError as error:
        if not job.report.read:
            raise
        _summarize(job)
        complain(f"{error}. What was counted stays counted, run the same command again for the rest.")
        raise typer.Exit(REFUSED) from error
    _summarize(job)
    if job.report.rejected:
        raise typer.Exit(REFUSED)


def _summarize(job: CsvImport) -> None:
    report = job.report
    typer.echo(
        f"{job.source}: {report.read:,} rows read, {report.counted:,} counted, {report.replayed:,} already there, "
        f"{report.rejected:,} rejected"
    )
    if report.empty:
        typer.echo(f"  {report.empty:,} with a quantity of 0: nothing to count")
    if report.created:
        who = "1 customer was" if report.created == 1 else f"{report.created:,} customers were"
        typer.echo(f"  {who} created, with calendar months")
    for feature_key, sums in sorted(report.features.items()):
        typer.echo(f"  {feature_key}: {_plain(sums.counted)} counted, {_plain(sums.replayed)} already there")


def _plain(quantity: Decimal) -> str:
    text = f"{quantity:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
