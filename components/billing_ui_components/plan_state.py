"""The part of a tab's state that shows plans and changes them: asked, confirmed, decided by the host, made by the engine."""

from __future__ import annotations

import asyncio
import re
from dataclasses import replace
from typing import Any

import reflex as rx

from billing_ui_backend.results import Customer
from billing_ui_components.identity import Identity
from billing_ui_components.notice import Message, UntilAnswered, UntilDecided
from billing_ui_components.notice_state import NoticeStateMixin
from billing_ui_components.plan_answer import Answer, answer, failure, look, not_changed, settled
from billing_ui_components.plan_change_view import PlanChangeView, compared_prices, derive_plan_change, while_answering
from billing_ui_components.plan_desk import Left, Question
from billing_ui_components.pricing_view import PricingView, derive_pricing
from billing_ui_components.runtime import Runtime, get_runtime

_PLACE = re.compile(r"[\w-]{1,60}", re.ASCII)


class PlanStateMixin(NoticeStateMixin, mixin=True):
    """What `UsageState` has for plans. Nothing here believes a field or an argument: a browser names a plan and an interval of
    the catalog, and answers the one question that this process has asked its tab; who it is says identify, each time. What is
    pressed without a connection is not asked or agreed to later, when nobody expects it any more."""

    _pricing: PricingView | None = None
    _plan_change: PlanChangeView | None = None

    @rx.var(deps=["_pricing", "_visible"], auto_deps=False)
    def pricing(self) -> PricingView:
        """The plans as the customer sees them; loading until that is known."""
        return (self.get_value("_pricing") if self._visible else None) or PricingView()

    @rx.var(deps=["_plan_change", "_visible"], auto_deps=False)
    def plan_change(self) -> PlanChangeView:
        """The change of plan that waits for an answer; an empty one when none does."""
        return (self.get_value("_plan_change") if self._visible else None) or PlanChangeView()

    @rx.event(background=True, temporal=True)
    async def ask_plan_change(self, plan_key: Any = "", interval: Any = "", place: Any = "") -> None:
        """Show what a change of plan would do, or the one that is being decided for this customer. Without the host's policy this
        does nothing.

        Args:
            plan_key: a public plan without a contact, or the plan in force, to keep it.
            interval: "month" or "year", whose prices to compare.
            place: names the table on the page that asks.
        """
        runtime = get_runtime()
        async with self:
            identity = await self._renew()
            self._say_if_unknown(place)
        if identity is None or runtime.desk.policy is None:
            return
        token = self._session().client_token
        interval = "year" if interval == "year" else "month"
        place = _place(place)
        notice, view = None, None
        try:
            customer, preview = await look(runtime, identity, plan_key)
            notice = settled(runtime, customer, preview)
            pending = runtime.desk.pending_of(identity.customer_id)
            if preview is not None and pending is not None:
                # Asked anew it would be decided anew, and a policy that charges would charge for both.
                view = _pending(runtime, customer, replace(pending, place=place), token, identity)
                notice = None if view is not None else _waits(runtime, pending)
            elif preview is not None and notice is None:
                # A plan with prices of the other interval only is looked at with those.
                price, _ = compared_prices(preview, interval)
                interval = interval if price is None else price.interval
                question = runtime.desk.ask(token, identity, preview, interval=interval, place=place)
                view = _view(runtime, customer, question)
        except Exception as error:  # noqa: BLE001 - logged there, and told
            notice = failure(runtime, identity, error)
        async with self:
            # What came meanwhile of the one that was being decided has been said by then.
            if view is None or not view.busy_text or runtime.desk.is_answering(view.change_id):
                self._show_plan_change(identity, view, notice, place)

    @rx.event(background=True, temporal=True)
    async def confirm_plan_change(self, change_id: Any = "", place: Any = "") -> Any:
        """Agree to what was asked last, if it still is so and the host allows it.

        Args:
            change_id: names the question; an answer counts once.
            place: names the table that is told if the question is not known any more.
        """
        runtime = get_runtime()
        async with self:
            identity = await self._renew()
            self._say_if_unknown(place)
        token = self._session().client_token
        desk = runtime.desk
        question = desk.take(token, change_id)
        if identity is None or desk.policy is None:
            return None
        if question is None or question.identity != identity:
            # The second click of two, or a question of a server that was started anew since.
            async with self:
                asked = self.get_value("_plan_change")
                if asked is not None and asked.change_id == change_id and not desk.is_answering(change_id):
                    self._show_plan_change(identity, None, not_changed(runtime), asked.place)
                elif asked is None and desk.is_of_another(change_id):
                    self._show_plan_change(identity, None, Message(runtime.labels.change_interrupted), _place(place))
            return None
        if (pending := desk.pending_of(identity.customer_id)) is not None:
            async with self:
                self._show_plan_change(identity, None, _waits(runtime, pending), question.place)
            return None
        with desk.answering(question):
            async with self:
                asked = self._asked(identity, question)
                if asked is not None:
                    self._assign("_plan_change", while_answering(asked, runtime.labels))
            came = await answer(runtime, identity, question)
            async with self:
                event = self._show_answer(runtime, token, identity, question, came)
        runtime.hub.changed(identity.customer_id, first=token)
        return event

    @rx.event
    async def close_plan_change(self) -> None:
        """Change nothing. What was agreed to before goes on, and says so."""
        runtime = get_runtime()
        runtime.desk.forget(self._session().client_token)
        asked = self.get_value("_plan_change")
        if asked is not None and runtime.desk.is_answering(asked.change_id):
            self._say("_plan_notice", _pends(runtime), asked.place)
        self._assign("_plan_change", None)

    def _asked(self, identity: Identity, question: Question) -> PlanChangeView | None:
        """What is open in this tab, if it is this question."""
        asked = self.get_value("_plan_change")
        same = asked is not None and asked.change_id == question.change_id
        return asked if same and self.get_value("_identity") == identity else None

    def _show_answer(self, runtime: Runtime, token: str, identity: Identity, question: Question, came: Answer) -> Any:
        """Say what came of it. What else was asked meanwhile stays open, and says it too.

        Returns:
            What the tab does besides, if it is still the same person's and connected; else that waits for them.
        """
        runtime.desk.answered(question)
        view, notice = self.get_value("_plan_change"), came.notice
        asked = self._asked(identity, question)
        # It may have been closed and opened again at another table.
        place = question.place if asked is None else asked.place
        if asked is None:
            view = view and _with_notice(view, notice)
            notice = notice or (None if came.again is None else not_changed(runtime))
        elif came.again is None:
            view = None
        else:
            customer, preview = came.again
            again = runtime.desk.ask(token, identity, preview, interval=question.interval, place=place)
            view = _with_notice(_view(runtime, customer, again), Message(runtime.labels.change_again, "near"))
        here = self.get_value("_identity") == identity
        if here:
            self._show_plan_change(identity, view, notice, place)
            if runtime.connected(token, self._session().session_id):
                return came.event
        now = asyncio.get_running_loop().time()
        runtime.desk.leave(token, Left(identity, place, None if here else notice, came.event, now))
        return None

    def _show_left(self, left: Left | None) -> Any:
        """Say what came of an answer while its person was away; the result is what the tab does besides."""
        if left is None:
            return None
        if left.notice is not None:
            self._say("_plan_notice", left.notice, left.place, said_at=left.at)
        return left.event

    def _leave_question(self) -> None:
        """A question does not come along to another page; one that was agreed to is said to go on."""
        asked = self.get_value("_plan_change")
        if asked is None:
            return
        runtime = get_runtime()
        runtime.desk.forget(self._session().client_token)
        if runtime.desk.is_answering(asked.change_id):
            self._say("_plan_notice", _pends(runtime), asked.place)
        self._assign("_plan_change", None)

    def _drop_lost_answer(self) -> None:
        """An answer that a server was dealing with when it was stopped never comes: nobody waits for it, and it is said."""
        desk, lost = get_runtime().desk, Message(get_runtime().labels.change_interrupted)
        asked = self.get_value("_plan_change")
        if asked is not None and asked.busy_text and not desk.is_answering(asked.change_id):
            self._assign("_plan_change", None)
            self._say("_plan_notice", lost, asked.place)
        token = self._session().client_token
        notice = self.get_value("_plan_notice")
        if notice is not None and notice.message.outlives_its_page and not desk.is_answering_of(token):
            self._say("_plan_notice", lost, notice.place)

    def _show_plan_change(
        self, identity: Identity, view: PlanChangeView | None, notice: Message | None, place: str
    ) -> None:
        if self.get_value("_identity") == identity:
            self._assign("_plan_change", view)
            self._say("_plan_notice", notice, place)

    def _say_if_unknown(self, place: object) -> None:
        """Where it could not be found out who looks, nothing is asked and nothing changed."""
        if self._status == "error" and self.get_value("_identity") is None:
            self._say("_plan_notice", not_changed(get_runtime()), _place(place))

    async def _show_plans_of_nobody(self, status: str) -> None:
        """The public plans, or that there was an error, in a tab that shows nobody's numbers."""
        runtime = get_runtime()
        if status == "signed_out":
            pricing = await runtime.desk.public_plans()
        else:
            now = runtime.billing.now()
            pricing = derive_pricing(None, now, runtime.labels, runtime.labels.language, status="error")
        self._assign("_pricing", pricing)

    def _clear_plans(self) -> None:
        self._assign("_pricing", None)
        self._assign("_plan_change", None)


def _place(place: object) -> str:
    return place if isinstance(place, str) and _PLACE.fullmatch(place) else ""


def _pending(
    runtime: Runtime, customer: Customer, question: Question, token: str, identity: Identity
) -> PlanChangeView | None:
    """The question that waits for its answer, as the tab that was asked it sees it again; None in any other tab."""
    if (question.token, question.identity) != (token, identity):
        return None
    return while_answering(_with_notice(_view(runtime, customer, question), _pends(runtime)), runtime.labels)


def _pends(runtime: Runtime) -> Message:
    return Message(runtime.labels.change_pending, "neutral", UntilAnswered())


def _waits(runtime: Runtime, pending: Question) -> Message:
    text = runtime.labels.change_waits.format(plan=pending.preview.to_plan.title)
    return Message(text, "neutral", UntilDecided(pending.change_id))


def _with_notice(view: PlanChangeView, notice: Message | None) -> PlanChangeView:
    return view if notice is None else replace(view, notice_text=notice.text, notice_tone=notice.tone)


def _view(runtime: Runtime, customer: Customer, question: Question) -> PlanChangeView:
    return derive_plan_change(
        question.preview,
        runtime.billing.now(),
        runtime.labels,
        customer.locale,
        timezone=customer.timezone,
        interval=question.interval,
        place=question.place,
        change_id=question.change_id,
    )
