"""What is said of a track from the browser that was refused."""

from __future__ import annotations

from decimal import Decimal

from billing_ui_backend.errors import BillingError
from billing_ui_components.formats import Formats
from billing_ui_components.runtime import Runtime


async def refusal_text(runtime: Runtime, customer_id: str, error: BillingError, title: str) -> str:
    """Why nothing was counted, for the person who looks.

    Args:
        runtime: of the app.
        customer_id: whose usage it was.
        error: the engine's.
        title: the feature's.
    """
    most = error.details.get("max_quantity")
    if not isinstance(most, Decimal):
        return runtime.labels.refusal(error.code, title)
    try:
        customer = await runtime.billing.get_customer(customer_id)
    except BillingError as unread:
        return runtime.labels.refusal(unread.code, title)
    formats = Formats(customer.locale, customer.timezone, runtime.labels)
    return runtime.labels.refused_too_large.format(title=title, maximum=formats.number(most))
