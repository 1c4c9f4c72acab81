"""`billing-ui verify`, `customers`, `keys`, `demo` and `gallery`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from billing_ui.cli.engine import NOTHING_DONE, REFUSED, CatalogFile, Url, complain, open_billing
from billing_ui.launch import DEFAULT_PORT, run_demo, run_gallery

PAGE = 1000
INSTANT = "%Y-%m-%d %H:%M UTC"

customers = typer.Typer(help="Create and list customers.", no_args_is_help=True)
keys = typer.Typer(help="Secret keys of the HTTP API.", no_args_is_help=True)


def verify(url: Url = None, catalog: CatalogFile = None) -> None:
    """Prove that ledger, counters, rollups and keys agree. Exit 1: they do not, and each difference is named."""
    with open_billing(url, catalog) as billing:
        found = billing.verify()
    for problem in found.problems:
        typer.echo(problem)
    if not found:
        raise typer.Exit(REFUSED)
    typer.echo(f"All agrees: {found.events:,} events, {found.counters:,} counters.")


@customers.command("create", short_help="Create a customer, or update one.")
def create_customer(
    customer: Annotated[str, typer.Argument(metavar="ID", help="Your own id for the customer.")],
    plan: Annotated[str | None, typer.Option(metavar="PLAN", help="A plan's key; without it the default plan.")] = None,
    name: Annotated[str | None, typer.Option(metavar="NAME")] = None,
    email: Annotated[str | None, typer.Option(metavar="EMAIL")] = None,
    timezone: Annotated[str | None, typer.Option(metavar="ZONE", help="An IANA zone, such as Europe/Berlin.")] = None,
    locale: Annotated[str | None, typer.Option(metavar="LOCALE", help="Such as de-DE.")] = None,
    url: Url = None,
    catalog: CatalogFile = None,
) -> None:
    """Create a customer, or update the given fields of one that exists (never its plan)."""
    with open_billing(url, catalog) as billing:
        made = billing.create_customer(customer, plan=plan, name=name, email=email, timezone=timezone, locale=locale)
    typer.echo(f"{made.customer_id} is on plan {made.plan_key}.")


@customers.command("list", short_help="Print a line for each customer.")
def list_customers(url: Url = None, catalog: CatalogFile = None) -> None:
    """Print a line for each customer: id, plan and status, with tabs between."""
    with open_billing(url, catalog) as billing:
        cursor = None
        while True:
            page = billing.list_customers(cursor=cursor, limit=PAGE)
            for customer in page.customers:
                status = customer.subscription.status if customer.subscription else ""
                typer.echo(f"{customer.customer_id}\t{customer.plan_key or ''}\t{status}")
            cursor = page.next_cursor
            if cursor is None:
                return


@keys.command("create")
def create_key(
    name: Annotated[str, typer.Option(metavar="NAME", help="What the key is for.")] = "default",
    live: Annotated[
        bool, typer.Option("--live", help="For the live environment; a database is either live or test.")
    ] = False,
    url: Url = None,
    catalog: CatalogFile = None,
) -> None:
    """Make a secret key and print it, once: only its hash is stored."""
    with open_billing(url, catalog) as billing:
        secret = billing.create_api_key(name=name, live=live)
    typer.echo("Keep this key now, it can't be shown again:", err=True)
    typer.echo(secret)


@keys.command("list", short_help="Print a line for each key.")
def list_keys(url: Url = None, catalog: CatalogFile = None) -> None:
    """Print a line for each key: id, beginning, name, when it was made, and when revoked; with tabs between."""
    with open_billing(url, catalog) as billing:
        for key in billing.list_api_keys():
            revoked = f"revoked {key.revoked_at:{INSTANT}}" if key.revoked_at else ""
            typer.echo(f"{key.key_id}\t{key.hint}\t{key.name}\t{key.created_at:{INSTANT}}\t{revoked}")


@keys.command("revoke")
def revoke_key(
    key: Annotated[str, typer.Argument(metavar="ID", help="As `keys list` has it.")],
    url: Url = None,
    catalog: CatalogFile = None,
) -> None:
    """Withdraw a key for good, such as one that leaked. A running API that has just let it in does so for 10 seconds more."""
    with open_billing(url, catalog) as billing:
        revoked = billing.revoke_api_key(key)
    typer.echo(f"{revoked.key_id} ({revoked.name}) opens nothing from now on; a running API notices within 10 seconds.")


Port = Annotated[int, typer.Option(min=1, max=65535, help="Taken when it is free, else the next one.")]


def demo(port: Port = DEFAULT_PORT) -> None:
    """Run the portal with its demo customers until Ctrl-C, in a database of its own."""
    _run(lambda: run_demo(port=port))


def gallery(port: Port = DEFAULT_PORT) -> None:
    """Run the gallery until Ctrl-C: every component in every state, drawn from made-up usage."""
    _run(lambda: run_gallery(port=port))


def _run(app: Callable[[], int]) -> None:
    try:
        code = app()
    except OSError as error:
        complain(str(error))
        raise typer.Exit(NOTHING_DONE) from error
    raise typer.Exit(code)
