"""Who may change a plan from a page: the host's policy, and what it is asked about."""

from __future__ import annotations

import hashlib
import inspect
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Literal

from billing_ui_backend.catalog import price_for
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.wire import to_json
from billing_ui_components.formats import plain


@dataclass(frozen=True, slots=True)
class PlanChange:
    """A change of plan that a person has confirmed, for the host to allow or refuse. Nothing in it is the browser's word.

    Attributes:
        customer_id, user_id, roles: who asks, as identify said just now.
        from_plan: key of the plan in force; the same as `to_plan` when what was scheduled is taken back.
        to_plan: key of the plan that was chosen: a public one without a contact.
        interval: "month" or "year", the price that was looked at. The engine keeps no interval: it is for the payment.
        at: "now" or "period_end".
        preview: all that the person was told; its `confirmation` is for `change_plan` when the host makes the change later. A
            payment's key is `idempotency_key`.
    """

    customer_id: str
    user_id: str | None
    roles: tuple[str, ...]
    from_plan: str
    to_plan: str
    interval: Literal["month", "year"]
    at: Literal["now", "period_end"]
    preview: PlanPreview

    @property
    def idempotency_key(self) -> str:
        """For the payment of this choice: the same each time that it is asked about, whatever else changes meanwhile, and another
        one for another interval, plan or price, for another `at`, and once another plan, or none, has been in force. 38 characters
        at most: letters, digits and a hyphen."""
        preview = self.preview
        price = price_for(preview.to_plan.prices, self.interval, preview.currency)
        choice = [
            self.customer_id,
            self.from_plan,
            to_json(preview.from_plan_since),
            self.to_plan,
            price and [to_json(plain(price.amount)), price.currency, price.interval],
            self.at,
        ]
        return f"{hashlib.sha256(json.dumps(choice).encode()).hexdigest()[:32]}-{self.interval}"


PlanPolicy = Callable[[PlanChange], Awaitable[Any]] | bool | None
"""None or False: a page can change no plan. True: every confirmed change is made. An async function decides each: True makes it,
False or a text refuses it (the text says why; None and an empty list of events are a False), and an event, such as
`rx.redirect(url)`, leaves it to the host."""


def is_async(function: object) -> bool:
    """Whether a host's function is one to await: an async function, or an object that is called like one."""
    return inspect.iscoroutinefunction(function) or inspect.iscoroutinefunction(getattr(function, "__call__", None))  # noqa: B004


def check_policy(policy: object) -> None:
    """Refuse what is no policy.

    Raises:
        TypeError: it is neither None, a bool nor an async function.
    """
    if policy is not None and not isinstance(policy, bool) and not is_async(policy):
        raise TypeError("allow_plan_change is None, True or an async function that takes a PlanChange")
