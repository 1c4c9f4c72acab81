"""`billing-ui track` and `billing-ui metrics`."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from billing_ui.cli.engine import CatalogFile, Url, open_billing
from billing_ui_backend import UsageMetrics, UsageReceipt
from billing_ui_backend.wire import to_json
from billing_ui_components.labels import Labels
from billing_ui_components.meter import MeterView, derive_meter

NEGATIVE_NUMBERS = {"ignore_unknown_options": True}


def track(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    feature: Annotated[str, typer.Argument(metavar="FEATURE", help="The feature's key.")],
    quantity: Annotated[
        str, typer.Argument(metavar="QUANTITY", help="How much, exact; below 0 only for a level, such as seats.")
    ] = "1",
    key: Annotated[
        str | None, typer.Option(metavar="K", help="Names the event: the same command again counts nothing.")
    ] = None,
    url: Url = None,
    catalog: CatalogFile = None,
) -> None:
    """Count usage of a feature. Exit 1: refused, such as by a limit; 2: not understood. Nothing is counted then."""
    with open_billing(url, catalog) as billing:
        receipt = billing.track_usage(customer_id=customer, feature_key=feature, quantity=quantity, idempotency_key=key)
    typer.echo(_told(receipt))


def metrics(
    customer: Annotated[str, typer.Argument(metavar="CUSTOMER", help="The customer's id.")],
    feature: Annotated[str | None, typer.Option(metavar="FEATURE", help="Only this feature.")] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="As GET /v1/usage/metrics answers: quantities are strings.")
    ] = False,
    url: Url = None,
    catalog: CatalogFile = None,
) -> None:
    """Show what a customer has used, and what is left."""
    with open_billing(url, catalog) as billing:
        usage = billing.get_usage_metrics(customer, feature)
    if as_json:
        typer.echo(json.dumps(to_json(usage), indent=2))
    else:
        typer.echo("\n".join(_table(usage)))


def _told(receipt: UsageReceipt) -> str:
    usage = receipt.usage
    done = "Counted before, under this key" if receipt.replayed else "Counted"
    limit = (
        "no limit" if usage.limit_units is None else f"limit {usage.limit_units:,f}, {usage.remaining_units:,f} left"
    )
    return (
        f"{done}: {receipt.quantity:,f} {receipt.feature_key} for {receipt.customer_id}, "
        f"{usage.consumed_units:,f} used, {limit} (key {receipt.idempotency_key})"
    )


def _table(usage: UsageMetrics) -> list[str]:
    customer = usage.customer
    subscription = customer.subscription
    plan = f"{subscription.plan_title} ({subscription.status})" if subscription else "no plan"
    about: dict[str, Any] = {"timezone": customer.timezone, "subscription": subscription}
    labels = Labels()
    views = [derive_meter(metric, usage.as_of, labels, customer.locale, **about) for metric in usage.metrics]
    views += [
        derive_meter(None, usage.as_of, labels, customer.locale, not_included=missing, **about)
        for missing in usage.not_included
    ]
    rows = [row for view in views for row in _rows(view)]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    head = f"{customer.customer_id}: {plan}, as of {usage.as_of:%Y-%m-%d %H:%M:%S} UTC"
    return [head, *(lines or ["No metered feature."])]


def _rows(view: MeterView) -> list[tuple[str, ...]]:
    amount = " ".join(filter(None, (view.consumed_text, view.amount_text)))
    first = (view.feature_title, amount, view.note_text, view.status_text, view.reset_text)
    return [first, *(("", window.text, "", "", "") for window in view.windows if window.text != view.note_text)]
