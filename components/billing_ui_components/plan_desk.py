"""What the server remembers of plans for its tabs: the host's policy, the questions that wait for an answer, and the public plans."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from billing_ui_backend import AsyncBilling
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_components.identity import Identity
from billing_ui_components.labels import Labels
from billing_ui_components.notice import Message
from billing_ui_components.plan_policy import PlanPolicy
from billing_ui_components.pricing_view import PricingView, derive_pricing

logger = logging.getLogger(__name__)

MOST_QUESTIONS = 10_000
# Nobody expects any more what a press would do later.
LEFT_SECONDS = 60.0
PUBLIC_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Question:
    """A change of plan that a tab was shown and has not answered."""

    change_id: str
    token: str
    identity: Identity
    plan_key: str
    interval: str
    place: str
    preview: PlanPreview


@dataclass(frozen=True, slots=True)
class Left:
    """What came of a change of plan while nobody was there to whom it could be shown.

    Attributes:
        identity: who agreed to it.
        place: names the table.
        notice: what is to be said, None where it was said.
        event: what the tab does besides.
        at: the event loop's time.
    """

    identity: Identity
    place: str
    notice: Message | None
    event: Any
    at: float


class PlanDesk:
    """Belongs to the event loop's thread.

    Args:
        billing: the engine.
        labels: the words, for those who are not signed in.
        policy: the host's.
    """

    def __init__(self, billing: AsyncBilling, labels: Labels, policy: PlanPolicy = None) -> None:
        self.policy = policy or None
        self._billing = billing
        self._labels = labels
        # Names this desk in the questions that it asks: another is opened when the server starts anew.
        self._name = secrets.token_urlsafe(6)
        self._questions: OrderedDict[str, Question] = OrderedDict()
        self._left: OrderedDict[str, Left] = OrderedDict()
        # By customer: each has at most one.
        self._answering: dict[str, Question] = {}
        self._public: PricingView | None = None
        self._public_at = 0.0

    def ask(self, token: str, identity: Identity, preview: PlanPreview, *, interval: str, place: str) -> Question:
        """Remember what a tab is shown; a question that it was asked before is forgotten.

        Args:
            token: the tab's client token.
        """
        change_id = f"{self._name}.{secrets.token_urlsafe(12)}"
        question = Question(change_id, token, identity, preview.to_plan.key, interval, place, preview)
        self.forget(token)
        self._questions[token] = question
        while len(self._questions) > MOST_QUESTIONS:
            self._questions.popitem(last=False)
        return question

    def take(self, token: str, change_id: object) -> Question | None:
        """The tab's question, once; None when it was answered, forgotten or is another one."""
        question = self._questions.get(token)
        if question is None or question.change_id != change_id:
            return None
        return self._questions.pop(token)

    def forget(self, token: str) -> None:
        """Drop the tab's question."""
        self._questions.pop(token, None)

    def is_of_another(self, change_id: object) -> bool:
        """Whether another desk has asked this question, so that it is not known here what became of it."""
        name, dot, _ = change_id.partition(".") if isinstance(change_id, str) else ("", "", "")
        return bool(name and dot) and name != self._name

    @contextmanager
    def answering(self, question: Question) -> Iterator[None]:
        """While this lasts the tab's answer to the question is being dealt with, and no other one of its customer."""
        self._answering[question.identity.customer_id] = question
        try:
            yield
        finally:
            self.answered(question)

    def answered(self, question: Question) -> None:
        """Its answer is dealt with, and said: the customer may be asked again."""
        if self._answering.get(question.identity.customer_id) is question:
            del self._answering[question.identity.customer_id]

    def leave(self, token: str, left: Left) -> None:
        """Keep what came of a tab's answer until the same person is there again."""
        self._left[token] = left
        while len(self._left) > MOST_QUESTIONS:
            self._left.popitem(last=False)

    def take_left(self, token: str, identity: Identity) -> Left | None:
        """What was left for a tab, once, if it is the same person's; without its event where that is too long ago."""
        left = self._left.get(token)
        if left is None or left.identity != identity:
            return None
        del self._left[token]
        late = asyncio.get_running_loop().time() - left.at > LEFT_SECONDS
        return replace(left, event=None) if late else left

    def pending_of(self, customer_id: str) -> Question | None:
        """The question of a customer, in any tab, whose answer is being dealt with."""
        return self._answering.get(customer_id)

    def is_answering(self, change_id: object) -> bool:
        """Whether an answer to this question is being dealt with."""
        return any(question.change_id == change_id for question in self._answering.values())

    def is_answering_of(self, token: str) -> bool:
        """Whether any answer of this tab is."""
        return any(question.token == token for question in self._answering.values())

    async def public_plans(self) -> PricingView:
        """The plans as somebody who is not signed in sees them; the catalog is read at most every few seconds."""
        now = asyncio.get_running_loop().time()
        if self._public is None or now - self._public_at >= PUBLIC_SECONDS:
            self._public_at = now
            try:
                async with asyncio.timeout(PUBLIC_SECONDS):
                    catalog = await self._billing.catalog()
            except Exception:
                logger.exception("billing_ui could not read the catalog")
                failed = derive_pricing(None, self._billing.now(), self._labels, self._labels.language, status="error")
                return self._public or failed
            self._public = derive_pricing(
                catalog, self._billing.now(), self._labels, self._labels.language, status="signed_out"
            )
        return self._public
