"""The part of a tab's state that shows plans and changes them: asked, confirmed, decided by the host, made by the engine."""

from __future__ import annotations

import json
import logging
import re
from typing import Any

import reflex as rx

from billing_ui_backend.errors import BillingError, PreviewOutdated, SubscriptionInactive
from billing_ui_backend.plan_results import PlanPreview
from billing_ui_backend.results import Customer
from billing_ui_components.identity import Identity
from billing_ui_components.plan_change_view import PlanChangeView, derive_plan_change, derive_plan_changed
from billing_ui_components.plan_desk import Question
from billing_ui_components.plan_policy import PlanChange
from billing_ui_components.plan_texts import price_for
from billing_ui_components.pricing_view import PricingView, derive_pricing
from billing_ui_components.runtime import Runtime, get_runtime

logger = logging.getLogger(__name__)

_PLACE = re.compile(r"[\w-]{1,60}", re.ASCII)


class PlanStateMixin(rx.State, mixin=True):
    """What `UsageState` has for plans. Nothing here believes a field or an argument: a browser names a plan and an interval of
    the catalog, and answers the one question that this process has asked its tab; who it is says identify, each time."""

    _pricing: PricingView | None = None
    _plan_change: PlanChangeView | None = None
    _plan_notice_text: str = ""
    _plan_notice_place: str = ""

    @rx.var(deps=["_pricing", "_visible"], auto_deps=False)
    def pricing(self) -> PricingView:
        """The plans as the customer sees them; loading until that is known."""
        return (self.get_value("_pricing") if self._visible else None) or PricingView()  # pyright: ignore[reportAttributeAccessIssue]

    @rx.var(deps=["_plan_change", "_visible"], auto_deps=False)
    def plan_change(self) -> PlanChangeView:
        """The change of plan that waits for an answer; an empty one when none does."""
        return (self.get_value("_plan_change") if self._visible else None) or PlanChangeView()  # pyright: ignore[reportAttributeAccessIssue]

    @rx.var(deps=["_plan_notice_text", "_visible"], auto_deps=False)
    def plan_notice_text(self) -> str:
        """What came of the last change of plan in this tab."""
        return self._plan_notice_text if self._visible else ""  # pyright: ignore[reportAttributeAccessIssue]

    @rx.var(deps=["_plan_notice_place", "_visible"], auto_deps=False)
    def plan_notice_place(self) -> str:
        """The table in which that change was chosen."""
        return self._plan_notice_place if self._visible else ""  # pyright: ignore[reportAttributeAccessIssue]

    @rx.event(background=True)
    async def ask_plan_change(self, plan_key: Any = "", interval: Any = "", place: Any = "") -> None:
        """Show what a change of plan would do. Without the host's policy this does nothing.

        Args:
            plan_key: a public plan without a contact, or the plan in force, to keep it.
            interval: "month" or "year", whose prices to compare.
            place: names the table on the page that asks.
        """
        runtime = get_runtime()
        async with self:
            identity = await self._renew()  # pyright: ignore[reportAttributeAccessIssue]
        if identity is None or runtime.desk.policy is None:
            return
        token = self._session().client_token  # pyright: ignore[reportAttributeAccessIssue]
        interval = "year" if interval == "year" else "month"
        place = place if isinstance(place, str) and _PLACE.fullmatch(place) else ""
        notice, view = "", None
        try:
            customer, preview = await _look(runtime, identity, plan_key)
            if preview is None:
                notice = runtime.labels.change_refused
            elif _is_done(preview):
                notice = _changed_text(runtime, customer, preview)
            else:
                # A plan with prices of the other interval only is looked at with those.
                price = price_for(preview.to_plan.prices, interval, None)
                interval = interval if price is None else price.interval
                question = runtime.desk.ask(token, identity, preview, interval=interval, place=place)
                view = _view(runtime, customer, question)
        except Exception as error:  # noqa: BLE001 - logged there, and told
            notice = _failure(runtime, identity, error)
        async with self:
            self._show_plan_change(identity, view, notice, place)

    @rx.event(background=True)
    async def confirm_plan_change(self, change_id: Any = "") -> Any:
        """Agree to what was asked last, if it still is so and the host allows it.

        Args:
            change_id: names the question; an answer counts once.
        """
        runtime = get_runtime()
        async with self:
            identity = await self._renew()  # pyright: ignore[reportAttributeAccessIssue]
        token = self._session().client_token  # pyright: ignore[reportAttributeAccessIssue]
        question = runtime.desk.take(token, change_id)
        if identity is None or runtime.desk.policy is None:
            return None
        if question is None or question.identity != identity:
            # The second click of two, or a question of a server that was started anew since.
            async with self:
                asked = self.get_value("_plan_change")
                if not runtime.desk.is_answering(token) and asked is not None:
                    self._show_plan_change(identity, None, runtime.labels.change_failed, asked.place)
            return None
        with runtime.desk.answering(token):
            view, notice, event = await _answer(runtime, token, identity, question)
            async with self:
                self._show_plan_change(identity, view, notice, question.place)
        runtime.hub.changed(identity.customer_id, first=token)
        return event

    @rx.event
    async def close_plan_change(self) -> None:
        """Change nothing."""
        get_runtime().desk.forget(self._session().client_token)  # pyright: ignore[reportAttributeAccessIssue]
        self._assign("_plan_change", None)  # pyright: ignore[reportAttributeAccessIssue]

    def _show_plan_change(self, identity: Identity, view: PlanChangeView | None, notice: str, place: str) -> None:
        if self.get_value("_identity") == identity:
            self._assign("_plan_change", view)  # pyright: ignore[reportAttributeAccessIssue]
            self._assign("_plan_notice_text", notice)  # pyright: ignore[reportAttributeAccessIssue]
            self._assign("_plan_notice_place", place if notice else "")  # pyright: ignore[reportAttributeAccessIssue]

    async def _show_plans_of_nobody(self, status: str) -> None:
        """The public plans, or that there was an error, in a tab that shows nobody's numbers."""
        runtime = get_runtime()
        if status == "signed_out":
            pricing = await runtime.desk.public_plans()
        else:
            now = runtime.billing.now()
            pricing = derive_pricing(None, now, runtime.labels, runtime.labels.language, status="error")
        self._assign("_pricing", pricing)  # pyright: ignore[reportAttributeAccessIssue]

    def _clear_plans(self) -> None:
        self._assign("_pricing", None)  # pyright: ignore[reportAttributeAccessIssue]
        self._assign("_plan_change", None)  # pyright: ignore[reportAttributeAccessIssue]
        self._assign("_plan_notice_text", "")  # pyright: ignore[reportAttributeAccessIssue]
        self._assign("_plan_notice_place", "")  # pyright: ignore[reportAttributeAccessIssue]


async def _look(runtime: Runtime, identity: Identity, plan_key: object) -> tuple[Customer, PlanPreview | None]:
    """The customer, and what a change to a plan would do; None for a plan that no page may choose."""
    billing, customer_id = runtime.billing, identity.customer_id
    customer = await runtime.customers.call(customer_id, lambda: billing.get_customer(customer_id))
    plan = (await billing.catalog()).plans.get(plan_key) if isinstance(plan_key, str) else None
    if plan is None:
        return customer, None
    preview = await billing.preview_plan_change(customer_id, plan.key)
    chosen_here = plan.public and plan.contact is None
    return customer, preview if chosen_here or preview.kind == "keep" else None


async def _answer(
    runtime: Runtime, token: str, identity: Identity, question: Question
) -> tuple[PlanChangeView | None, str, Any]:
    """What an agreement leads to: the question again or none, what is said, and an event."""
    try:
        customer, preview = await _look(runtime, identity, question.plan_key)
        if preview is None:
            return None, runtime.labels.change_refused, None
        if _is_done(preview):
            return None, _changed_text(runtime, customer, preview), None
        if preview.confirmation != question.preview.confirmation:
            return await _again(runtime, token, identity, question)
        answer = await _decide(runtime, identity, question, preview)
        if answer is None or answer is False or isinstance(answer, str):
            return None, answer or runtime.labels.change_refused, None
        if answer is not True:
            return None, "", answer
        try:
            customer = await runtime.billing.change_plan(
                identity.customer_id, preview.to_plan.key, at=preview.at, confirmation=preview.confirmation
            )
        except PreviewOutdated:
            return await _again(runtime, token, identity, question)
    except Exception as error:  # noqa: BLE001 - logged there, and told
        return None, _failure(runtime, identity, error), None
    detail = json.dumps({"place": question.place, "planKey": preview.to_plan.key})
    told = rx.call_script(f"window.dispatchEvent(new CustomEvent('bui-plan-changed', {{detail: {detail}}}))")
    return None, _changed_text(runtime, customer, preview), told


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


async def _again(
    runtime: Runtime, token: str, identity: Identity, question: Question
) -> tuple[PlanChangeView | None, str, Any]:
    """Ask anew, since what was agreed to is no longer so."""
    customer, preview = await _look(runtime, identity, question.plan_key)
    if preview is None or _is_done(preview):
        return (
            None,
            runtime.labels.change_refused if preview is None else _changed_text(runtime, customer, preview),
            None,
        )
    asked = runtime.desk.ask(token, identity, preview, interval=question.interval, place=question.place)
    return _view(runtime, customer, asked, runtime.labels.change_again), "", None


def _view(runtime: Runtime, customer: Customer, question: Question, notice: str = "") -> PlanChangeView:
    return derive_plan_change(
        question.preview,
        runtime.billing.now(),
        runtime.labels,
        customer.locale,
        timezone=customer.timezone,
        interval=question.interval,
        place=question.place,
        change_id=question.change_id,
        notice_text=notice,
    )


def _changed_text(runtime: Runtime, customer: Customer, preview: PlanPreview) -> str:
    return derive_plan_changed(
        preview, runtime.billing.now(), runtime.labels, customer.locale, timezone=customer.timezone
    )


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


def _failure(runtime: Runtime, identity: Identity, error: Exception) -> str:
    if isinstance(error, SubscriptionInactive):
        return runtime.labels.note_paused
    if not isinstance(error, BillingError):
        logger.exception("billing_ui could not change the plan of customer %s", identity.customer_id, exc_info=error)
    return runtime.labels.change_failed
