"""What came of something that was tried: a receipt, or a refusal with its facts, in words and numbers for the customer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus

from billing_ui_backend import BillingError, Catalog, Customer, QuotaExceeded, UsageReceipt
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels


@dataclass(frozen=True)
class Fact:
    """A name and a value."""

    name: str
    value: str


@dataclass(frozen=True)
class Answer:
    """What a card of the panel says: `tone` is good, critical or neutral; `plan_key` names the plan that would fit."""

    tone: str = "neutral"
    title: str = ""
    text: str = ""
    facts: list[Fact] = field(default_factory=list)
    plan_key: str = ""
    plan_text: str = ""


@dataclass(frozen=True)
class Teller:
    """Tells one customer what came of something.

    Attributes:
        customer: who reads it; gives zone and locale.
        catalog: titles, units and prices.
        now: from which "in 12 min" counts.
    """

    customer: Customer
    catalog: Catalog
    now: datetime

    @property
    def _formats(self) -> Formats:
        return Formats(self.customer.locale, self.customer.timezone, Labels())

    def quantity(self, quantity: Decimal, feature_key: str) -> str:
        """A number with the feature's unit: "1 call", "0.048828125 GB"."""
        feature = self.catalog.feature(feature_key)
        return self._formats.quantity(quantity, feature.unit, feature.scale)

    def counted(self, receipt: UsageReceipt, text: str = "") -> Answer:
        """What a receipt proves.

        Args:
            receipt: the engine's.
            text: what else to say.
        """
        used = self.quantity(receipt.usage.consumed_units, receipt.feature_key)
        limit = receipt.usage.limit_units
        of = "without a limit" if limit is None else f"of {self._formats.number(limit)}"
        back = receipt.quantity < 0
        counted = self.quantity(abs(receipt.quantity), receipt.feature_key)
        return Answer(
            tone="good",
            title=f"Gave back {counted}" if back else f"Counted {counted}",
            text=text,
            facts=[Fact("Used now", f"{used} {of}")],
        )

    def refused(self, error: BillingError) -> Answer:
        """A refusal with the facts that the error carries; nothing was counted.

        Args:
            error: the engine's, or the same error as it came back over HTTP.
        """
        title = f"{error.status} {HTTPStatus(error.status).phrase}: {error.title.lower()}"
        if not isinstance(error, QuotaExceeded):
            return Answer(tone="critical", title=title, text=error.message)
        plan = self.catalog.plans.get(error.suggested_plan or "")
        return Answer(
            tone="critical",
            title=title,
            text="Nothing was counted.",
            facts=[
                Fact("Asked for", self.quantity(error.requested, error.feature_key)),
                Fact("Limit", f"{self.quantity(error.limit, error.feature_key)}{_per(error.window)}"),
                Fact("Used", self.quantity(error.consumed, error.feature_key)),
                Fact("Left", self.quantity(error.remaining, error.feature_key)),
                Fact("Resets", self._reset(error.resets_at)),
                Fact("Plan that fits", plan.title if plan else "none"),
            ],
            plan_key=plan.key if plan else "",
            plan_text=f"Change to {plan.title}" if plan else "",
        )

    def price(self, plan_key: str) -> str:
        """What a plan costs: "$29 a month"."""
        price = self.catalog.plan(plan_key).prices[0]
        return f"{self._formats.money(price.amount, price.currency, trim=True)} a {price.interval}"

    def _reset(self, at: datetime | None) -> str:
        if at is None:
            return "does not reset"
        return f"in {self._formats.duration(at, self.now)}, {self._formats.moment(at, self.now)}"


def _per(window: str) -> str:
    return "" if window == "never" else f" per {window}"
