"""What becomes of a change of plan that was agreed to: looked at once more, decided by the host, made by the engine."""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass, replace
from typing import Any

import reflex as rx
from reflex.event import no_args_event_spec

from billing_ui_backend.errors import BillingError, PreviewOutdated, SubscriptionInactive
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import Customer
from billing_ui_components.actions import check_event
from billing_ui_components.identity import Identity
from billing_ui_components.notice import Message, UntilActive, UntilRead, until_other_plan
from billing_ui_components.plan_change_view import derive_plan_changed
from billing_ui_components.plan_desk import Question
from billing_ui_components.plan_policy import PlanChange
from billing_ui_components.runtime import Runtime

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came of an agreement.

    Attributes:
        notice: what is said.
        event: what the tab does besides.
        again: what is to be asked anew, since what was agreed to is no longer so.
    """

    notice: Message | None = None
    event: Any = None
    again: tuple[Customer, PlanPreview] | None = None


async def look(runtime: Runtime, identity: Identity, plan_key: object) -> tuple[Customer, PlanPreview | None]:
    """The customer, and what a change to a plan would do; None for a plan that no page may choose."""
    billing, customer_id = runtime.billing, identity.customer_id
    customer = await runtime.customers.call(customer_id, lambda: billing.get_customer(customer_id))
    plan = (await billing.catalog()).plans.get(plan_key) if isinstance(plan_key, str) else None
    if plan is None:
        return customer, None
    preview = await billing.preview_plan_change(customer_id, plan.key)
    chosen_here = plan.public and plan.contact is None
    return customer, preview if chosen_here or preview.kind == "keep" else None


def settled(
    runtime: Runtime, customer: Customer, preview: PlanPreview | None, asked: PlanPreview | None = None
) -> Message | None:
    """What is said where there is nothing to ask: the change may not be chosen here, or is made already.

    Args:
        runtime: what is installed.
        customer: as they are now.
        preview: of the change now; None for a plan that may not be chosen.
        asked: of the change when it was asked, if it was.
    """
    if preview is None:
        return refused(runtime, customer)
    if not _is_done(preview):
        return None
    if asked is not None and asked.kind != "keep" and preview.kind == "keep":
        # Made elsewhere while the question was open: nobody asked to keep anything.
        return changed(runtime, customer, replace(asked, at="now"))
    return changed(runtime, customer, preview)


async def answer(runtime: Runtime, identity: Identity, question: Question) -> Answer:
    """Make the change that was agreed to, if it still is so and the host allows it."""
    try:
        return await _answer(runtime, identity, question)
    except Exception as error:  # noqa: BLE001 - logged there, and told
        return Answer(failure(runtime, identity, error))


def changed(runtime: Runtime, customer: Customer, preview: PlanPreview) -> Message:
    """What is said of a change that was made, to a customer as they are since."""
    text = derive_plan_changed(
        preview, runtime.billing.now(), runtime.labels, customer.locale, timezone=customer.timezone
    )
    return Message(text, "good", until_other_plan(customer.subscription))


def refused(runtime: Runtime, customer: Customer, reason: str = "") -> Message:
    """What is said of a change that is not for this customer to make here."""
    return Message(reason or runtime.labels.change_refused, until=until_other_plan(customer.subscription))


def not_changed(runtime: Runtime) -> Message:
    """What is said where it did not come to a change."""
    return Message(runtime.labels.change_failed, until=UntilRead())


def failure(runtime: Runtime, identity: Identity, error: Exception) -> Message:
    """What is said of an error, which is logged where it is nobody's answer."""
    if isinstance(error, SubscriptionInactive):
        return Message(runtime.labels.note_paused, until=UntilActive())
    if not isinstance(error, BillingError):
        logger.exception("billing_ui could not change the plan of customer %s", identity.customer_id, exc_info=error)
    return not_changed(runtime)


async def _answer(runtime: Runtime, identity: Identity, question: Question) -> Answer:
    customer, preview = await look(runtime, identity, question.plan_key)
    notice = settled(runtime, customer, preview, asked=question.preview)
    if preview is None or notice:
        return Answer(notice)
    if preview.confirmation != question.preview.confirmation:
        return Answer(again=(customer, preview))
    decision = await _decide(runtime, identity, question, preview)
    if decision is None:
        logger.warning(
            "billing_ui: allow_plan_change answered None for customer %s, so the plan was not changed: let it return True to "
            "allow a change, False or a text to refuse it",
            identity.customer_id,
        )
    if isinstance(decision, str) or decision is None or decision is False or _is_empty(decision):
        return Answer(refused(runtime, customer, decision if isinstance(decision, str) else ""))
    if decision is not True:
        check_event("what allow_plan_change answers", decision, spec=no_args_event_spec)
        return Answer(event=decision)
    try:
        customer = await runtime.billing.change_plan(
            identity.customer_id, preview.to_plan.key, at=preview.at, confirmation=preview.confirmation
        )
    except PreviewOutdated:
        customer, now = await look(runtime, identity, question.plan_key)
        notice = settled(runtime, customer, now, asked=question.preview)
        if now is None:
            return Answer(notice)
        # It may have been made while the host decided, as by its own word of a payment.
        return Answer(again=(customer, now)) if notice is None else Answer(notice, _told(question))
    return Answer(changed(runtime, customer, preview), _told(question))


def _told(question: Question) -> Any:
    """The event that tells the page of a change that was made."""
    detail = json.dumps({"place": question.place, "planKey": question.plan_key})
    return rx.call_script(f"window.dispatchEvent(new CustomEvent('bui-plan-changed', {{detail: {detail}}}))")


async def _decide(runtime: Runtime, identity: Identity, question: Question, preview: PlanPreview) -> Any:
    policy = runtime.desk.policy
    if not callable(policy):
        return policy
    return await policy(
        PlanChange(
            customer_id=identity.customer_id,
            user_id=identity.user_id,
            roles=identity.roles,
            from_plan=preview.from_plan.key,
            to_plan=preview.to_plan.key,
            interval="year" if question.interval == "year" else "month",
            at=preview.at,
            preview=preview,
        )
    )


def _is_empty(events: object) -> bool:
    # Neither a permission nor anything that happens instead.
    return isinstance(events, list | tuple) and not events


def _is_done(preview: PlanPreview) -> bool:
    """Whether the customer has, or will have by then, just what the change would bring."""
    scheduled = preview.scheduled_plan
    if scheduled is None:
        return preview.kind == "keep"
    return (
        preview.at == "period_end"
        and preview.scheduled_status != "ended"
        and (scheduled.key, preview.scheduled_at) == (preview.to_plan.key, preview.takes_effect_at)
    )
