"""What came of something that was tried: a receipt, or a refusal with its facts, in words and numbers for the customer."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from http import HTTPStatus
from typing import Any

from billing_ui_backend import BillingError, Catalog, Customer, FeatureNotInPlan, Plan, QuotaExceeded, UsageReceipt
from billing_ui_backend.wire import error_from_json, from_json
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels

GOOD, CRITICAL, NEUTRAL = "good", "critical", "neutral"
DISC, SQUARE, RING = "disc", "square", "ring"


@dataclass(frozen=True)
class Fact:
    """A name and a value."""

    name: str
    value: str


@dataclass(frozen=True)
class Answer:
    """What a block of the panel says; `plan_key` names the plan that would fit."""

    tone: str = NEUTRAL
    shape: str = RING  # drawn beside the title
    title: str = ""
    text: str = ""
    facts: list[Fact] = field(default_factory=list)
    plan_key: str = ""
    plan_text: str = ""


LOGIN_FAILS = Answer(CRITICAL, SQUARE, "The login fails", "Nobody is known here, so nothing was counted.")
UNKNOWN_WHOSE = Answer(
    NEUTRAL,
    RING,
    "The login fails",
    "The request was counted for its own key; whose that is the page does not know now.",
)


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

    def quantity(self, quantity: Decimal, feature_key: str, *, of: bool = False) -> str:
        """A number with the feature's unit: "1 call", "0.25 GB"; `of` in a phrase like "8,605 of 10,000 calls"."""
        feature = self.catalog.feature(feature_key)
        return self._formats.quantity(quantity, feature.unit, feature.scale, of=of)

    def counted(self, receipt: UsageReceipt, text: str) -> Answer:
        """What a receipt proves.

        Args:
            receipt: the engine's.
            text: what else to say.
        """
        verb = "Gave back" if receipt.quantity < 0 else "Counted"
        title = f"{verb} {self.quantity(abs(receipt.quantity), receipt.feature_key)}"
        return Answer(GOOD, DISC, title, text, [self._used(receipt)])

    def refused(self, error: BillingError, text: str = "") -> Answer:
        """A refusal with the facts that the error carries.

        Args:
            error: the engine's, or the same error as it came back over HTTP.
            text: what else to say.
        """
        answer = Answer(CRITICAL, SQUARE, f"{error.status} {error.title}", f"{text}{_sentence(error.message)}")
        if isinstance(error, QuotaExceeded):
            plan = self.catalog.plans.get(error.suggested_plan or "")
            facts = [
                Fact("Asked for", self.quantity(error.requested, error.feature_key)),
                Fact("Limit", f"{self.quantity(error.limit, error.feature_key)}{_per(error.window)}"),
                Fact("Used", self.quantity(error.consumed, error.feature_key)),
                Fact("Left", self.quantity(error.remaining, error.feature_key)),
                Fact("Resets", self._reset(error.resets_at)),
                Fact("Plan that fits", plan.title if plan else "none"),
            ]
            return replace(answer, text=f"{text}Nothing was counted.", facts=facts, **_offer(plan))
        if isinstance(error, FeatureNotInPlan):
            feature = self.catalog.feature(error.details["feature_key"])
            own = self.catalog.plan(error.details["plan_key"])
            plan = next((plan for plan in self.catalog.upgrades(own.key) if plan.includes(feature.key)), None)
            facts = [
                Fact("Feature", feature.title),
                Fact("Your plan", own.title),
                Fact("Available from", plan.title if plan else "no plan"),
            ]
            return replace(answer, text=f"{text}Nothing was counted.", facts=facts, **_offer(plan))
        return answer

    def http(self, status: Any, body: Any, served: Any) -> Answer:
        """An answer of the demo's API, as the browser handed it on: anything at all, so nothing is decided by it.

        Args:
            status: of the last response; 0 when there was none.
            body: of the last response, or why there was none.
            served: how many requests were served.
        """
        try:
            members = json.loads(body)
            if "code" in members:
                before = f"{served:,} served before it. " if served else ""
                return self.refused(error_from_json(members), before)
            facts = []
            if members["receipt"] is not None:
                receipt = from_json(UsageReceipt, members["receipt"])
                facts = [
                    Fact("Counted", self.quantity(receipt.quantity * served, receipt.feature_key)),
                    self._used(receipt),
                ]
            title = f"{status:d} {HTTPStatus(status).phrase}"
            return Answer(GOOD, DISC, title if served == 1 else f"{title}, {served:,} times", members["said"], facts)
        except (TypeError, ValueError, KeyError, ArithmeticError, BillingError):
            return Answer(CRITICAL, SQUARE, "No answer that can be read", f"{status}: {body}"[:300])

    def _used(self, receipt: UsageReceipt) -> Fact:
        usage = receipt.usage
        if usage.limit_units is None:
            return Fact("Used now", f"{self.quantity(usage.consumed_units, receipt.feature_key)}, no limit")
        used = self._formats.number(usage.consumed_units)
        return Fact("Used now", f"{used} of {self.quantity(usage.limit_units, receipt.feature_key, of=True)}")

    def _reset(self, at: datetime | None) -> str:
        if at is None:
            return "does not reset"
        return f"in {self._formats.duration(at, self.now)}, {self._formats.moment(at, self.now)}"


def _per(window: str) -> str:
    return "" if window == "never" else f" per {window}"


def _sentence(message: str) -> str:
    return f"{message[:1].upper()}{message[1:]}."


def _offer(plan: Plan | None) -> dict[str, str]:
    return {"plan_key": plan.key, "plan_text": f"See {plan.title}"} if plan else {}
