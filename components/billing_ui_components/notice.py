"""What is said of one press, and for how long that is so."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from billing_ui_backend.results import Subscription, UsageOverview
from billing_ui_components.reading import Reading

# What a page itself contradicts by then goes, but not before it can have been read.
READABLE_SECONDS = 6.0
# A read that succeeds contradicts a write that failed less plainly.
OUTAGE_SECONDS = 20.0

NoticeTone = Literal["good", "neutral", "near", "critical"]
"""It was done, it is under way, it needs attention, it was refused or failed."""


@dataclass(frozen=True, slots=True)
class UntilRoom:
    """Until what was asked for fits into a window that was full, or that limit is another one."""

    feature_key: str
    window: str
    limit: Decimal
    requested: Decimal

    def is_over(self, source: UsageOverview) -> bool:
        """Whether it is, as the engine answered."""
        return not any(
            metric.feature_key == self.feature_key
            and (window.window, window.enforcement, window.limit) == (self.window, "hard", self.limit)
            and window.remaining is not None
            and window.remaining < self.requested
            for metric in source.metrics.metrics
            for window in metric.windows
        )


@dataclass(frozen=True, slots=True)
class UntilIncluded:
    """Until a feature is in the customer's plan."""

    feature_key: str

    def is_over(self, source: UsageOverview) -> bool:
        """Whether it is, as the engine answered."""
        return any(metric.feature_key == self.feature_key for metric in source.metrics.metrics)


@dataclass(frozen=True, slots=True)
class UntilActive:
    """Until the customer's subscription gives access."""

    def is_over(self, source: UsageOverview) -> bool:
        """Whether it does, as the engine answered."""
        subscription = source.metrics.customer.subscription
        return subscription is not None and subscription.status in ("trialing", "active")


@dataclass(frozen=True, slots=True)
class UntilOtherPlan:
    """Until the customer has, or will have, another plan than when it was said."""

    plan_key: str | None
    next_plan_key: str | None

    def is_over(self, source: UsageOverview) -> bool:
        """Whether it is so, as the engine answered."""
        return until_other_plan(source.metrics.customer.subscription) != self


@dataclass(frozen=True, slots=True)
class UntilRead:
    """Until the engine answers again, and so many seconds at least."""

    seconds: float = 0.0

    def is_over(self, source: UsageOverview) -> bool:  # noqa: ARG002 - that there is one is enough
        """Whether it does."""
        return True


@dataclass(frozen=True, slots=True)
class UntilDecided:
    """Until another tab's question is decided, which the desk knows."""

    change_id: str


@dataclass(frozen=True, slots=True)
class UntilAnswered:
    """Until what is under way for this tab has come to its end, which then is said instead: also on the next page."""


Until = UntilRoom | UntilIncluded | UntilActive | UntilOtherPlan | UntilRead | UntilDecided | UntilAnswered


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be said.

    Attributes:
        text: the words.
        tone: how it is meant, which a shape shows beside the colour.
        until: when it is no longer so; None for what stays until something else is pressed or the page is left.
    """

    text: str
    tone: NoticeTone = "critical"
    until: Until | None = None

    @property
    def outlives_its_page(self) -> bool:
        """Whether it is about what is still under way for this tab."""
        return isinstance(self.until, UntilAnswered)


@dataclass(frozen=True, slots=True)
class Notice:
    """What was said.

    Attributes:
        message: what.
        notice_id: another one for each press, so that the same words are told again.
        place: the table it is about; "" for usage.
        sid: the connection over which it was said: a page that is loaded again has another one.
        said_at: the event loop's time.
    """

    message: Message
    notice_id: str
    place: str
    sid: str
    said_at: float

    def has_ended(self, reading: Reading | None, now: float) -> bool:
        """Whether it is no longer so, as a reading that began after it was said shows.

        Args:
            reading: the newest.
            now: the event loop's time.
        """
        until = self.message.until
        if until is None or isinstance(until, UntilDecided | UntilAnswered):
            return False
        least = max(until.seconds, OUTAGE_SECONDS) if isinstance(until, UntilRead) else READABLE_SECONDS
        if not self.can_have_been_read(now, least) or reading is None or reading.source is None or reading.failed:
            return False
        return reading.began >= self.said_at and until.is_over(reading.source)

    def can_have_been_read(self, now: float, seconds: float | None = None) -> bool:
        """Whether it was there long enough.

        Args:
            now: the event loop's time.
            seconds: how long that is; by default READABLE_SECONDS.
        """
        return now >= self.said_at + (READABLE_SECONDS if seconds is None else seconds)


def until_other_plan(subscription: Subscription | None) -> UntilOtherPlan:
    """Until the customer has another subscription than this one.

    Args:
        subscription: the customer's now.
    """
    if subscription is None:
        return UntilOtherPlan(None, None)
    return UntilOtherPlan(subscription.plan_key, subscription.next_plan_key)
