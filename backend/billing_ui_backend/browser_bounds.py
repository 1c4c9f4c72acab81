"""What a browser may track: the feature's `client_trackable`, counted per customer and minute in the database."""

from __future__ import annotations

from billing_ui_backend import statements
from billing_ui_backend.accounts import Account
from billing_ui_backend.batch import Batch
from billing_ui_backend.catalog import Feature
from billing_ui_backend.errors import InvalidQuantity, PermissionDenied, RateLimited
from billing_ui_backend.quantities import to_decimal, to_units

MINUTE_US = 60_000_000


def check_browser(feature: Feature, units: int, account: Account, batch: Batch) -> None:
    """Refuses what a browser may not track now.

    Raises:
        PermissionDenied, InvalidQuantity, RateLimited.
    """
    allowed = feature.client_trackable
    if allowed is None:
        raise PermissionDenied(
            f"feature {feature.key!r} can't be tracked from a browser: add client_trackable to it, or track it on the server",
            feature_key=feature.key,
        )
    if units > to_units(allowed.max_quantity, feature.scale):
        raise InvalidQuantity(
            f"quantity for {feature.key!r} is {to_decimal(units, feature.scale)}: a browser may track up to "
            f"{allowed.max_quantity} at once",
            feature_key=feature.key,
            max_quantity=allowed.max_quantity,
        )
    batch.settle(account.customer_id)
    minute = batch.now_us // MINUTE_US * MINUTE_US
    row = batch.source.driver.execute(statements.BROWSER_CALLS, (account.customer_id, feature.key, minute)).fetchone()
    if row is not None and row[0] >= allowed.per_minute:
        raise RateLimited(
            f"feature {feature.key!r} was tracked {allowed.per_minute} times in this minute by the browsers of customer "
            f"{account.customer_id!r}: wait for the next minute",
            retry_after=max(1, (minute + MINUTE_US - batch.now_us + 999_999) // 1_000_000),
            customer_id=account.customer_id,
            feature_key=feature.key,
        )


def count_browser(feature: Feature, account: Account, batch: Batch) -> None:
    """Counts a browser's call in its minute, and forgets the minutes of an hour ago."""
    minute = batch.now_us // MINUTE_US * MINUTE_US
    who = (account.customer_id, feature.key)
    batch.write(account, statements.FORGET_BROWSER_MINUTES, (*who, minute - 60 * MINUTE_US))
    batch.write(account, statements.COUNT_BROWSER_CALL, (*who, minute))
