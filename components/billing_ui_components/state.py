"""The one state that holds usage: what a tab shows, and the events a browser may send."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Literal, TypeGuard

import reflex as rx
from reflex_base.constants import RouteVar
from reflex_base.event.context import EventContext

from billing_ui_backend.errors import BillingError
from billing_ui_components.gate_view import BELIEVED_FOR, GateView
from billing_ui_components.hub import Lease
from billing_ui_components.identify_failures import log_identify_failure
from billing_ui_components.identity import Identity, as_identity, fingerprint, person_digest
from billing_ui_components.meter import MeterView
from billing_ui_components.notice import Message, UntilRead
from billing_ui_components.nudge_view import NudgeView
from billing_ui_components.plan_state import PlanStateMixin
from billing_ui_components.reading import Reading, Status
from billing_ui_components.refusals import refusal
from billing_ui_components.runtime import Runtime, get_runtime

logger = logging.getLogger(__name__)

IDENTIFY_SECONDS = 5.0
# A press that is not answered by then is told that it was heard.
SLOW_SECONDS = 2.0
LONGEST_NUDGE_ID = 500
LONGEST_PAGE = 40
LONGEST_TITLE = 60
RESET_TOLERANCE_SECONDS = 1.0


class UsageState(PlanStateMixin, rx.State):
    """What one tab shows. Every var is empty until identify named the customer for this very connection.

    The values live in backend fields, which no browser can write, and are shown only while the connection's fingerprint
    is the one they were loaded for: a client that takes over a tab's token receives nothing, not even at hydrate.
    Nothing here decides anything: limits, plan and customer come from the engine and identify each time.
    """

    _meters: dict[str, MeterView] = {}  # noqa: RUF012 - Reflex copies the default for each state
    _gates: dict[str, GateView] = {}  # noqa: RUF012 - as above
    _gates_sid: str = ""
    _gates_at: datetime | None = None
    _gates_read_at: float = 0.0
    _gates_missed: bool = False
    _page: str = ""
    _nudge: NudgeView | None = None
    _prompts: dict[str, NudgeView] = {}  # noqa: RUF012 - as above
    _as_of_text: str = ""
    _stale: bool = False
    _reset_in_ms: int = 0
    _reset_at: float = 0.0
    _reset_sid: str = ""

    @rx.var(deps=["_meters", "_visible"], auto_deps=False)
    def meters(self) -> dict[str, MeterView]:
        """By feature key: the metered features of the plan, then those it does not include."""
        return self.get_value("_meters") if self._visible else {}

    # Not told by `_gates_at`: it moves with every reading, and each time all gates would be sent again.
    @rx.var(deps=["_gates", "_gates_sid", "_visible"], auto_deps=False)
    def gates(self) -> dict[str, GateView]:
        """By feature key, flags and metered features: whether the customer may use it. Empty until that is known.

        A new connection is shown what the one before was only if that was read a moment ago.
        """
        gates = self.get_value("_gates") if self._visible else {}
        if not gates or self._gates_sid == self._session().session_id:
            return gates
        read_at = self._gates_at
        age = None if read_at is None else get_runtime().billing.now() - read_at
        return gates if age is not None and timedelta(0) <= age <= BELIEVED_FOR else {}

    @rx.var(deps=["_gates_read_at", "_gates_sid", "_page", "_visible"], auto_deps=False)
    def gates_at(self) -> str:
        """Another text with each time that `gates` were read, or could not be, so that a page knows that it is heard. "" before the
        first; "earlier" for what was read before the page asked."""
        if not self._visible or not self._gates_read_at:
            return ""
        # The page too, since what is on its way when another one comes was not read for that.
        return f"{self._page} {self._gates_read_at}" if self._gates_sid == self._session().session_id else "earlier"

    @rx.var(deps=["_identity", "_visible"], auto_deps=False)
    def gates_for(self) -> str:
        """Whose `gates` are: another text for another person, "" while that is not known."""
        identity = self._identity
        return person_digest(identity) if identity is not None and self._visible else ""

    @rx.var(deps=["_gates_missed", "_visible"], auto_deps=False)
    def gates_missed(self) -> bool:
        """Whether `gates` are from before the page asked, and could not be read since."""
        return self._gates_missed and self._visible

    @rx.var(deps=["_status", "_visible"], auto_deps=False)
    def status(self) -> str:
        """signed_out, loading, error, empty or ready."""
        return self._status if self._visible else "loading"

    @rx.var(deps=["_as_of_text", "_visible"], auto_deps=False)
    def as_of_text(self) -> str:
        """As of when the numbers are, in the customer's zone: "As of 09:12:32"; "" before the first load."""
        return self._as_of_text if self._visible else ""

    @rx.var(deps=["_stale", "_visible"], auto_deps=False)
    def stale(self) -> bool:
        """Whether the numbers could not be refreshed since."""
        return self._stale and self._visible

    @rx.var(deps=["_nudge", "_visible"], auto_deps=False)
    def nudge(self) -> NudgeView:
        """The upgrade nudge that is due; an empty one when none is."""
        return (self.get_value("_nudge") if self._visible else None) or NudgeView()

    @rx.var(deps=["_prompts", "_visible"], auto_deps=False)
    def prompts(self) -> dict[str, NudgeView]:
        """By feature key: what to suggest for a feature that is near its limit or not in the plan."""
        return self.get_value("_prompts") if self._visible else {}

    @rx.var(deps=["_reset_in_ms", "_visible"], auto_deps=False)
    def reset_in_ms(self) -> int:
        """Milliseconds from when it was sent until the first window resets, 0 when none does."""
        return self._reset_in_ms if self._visible else 0

    @rx.event(temporal=True)
    async def tick(self, page: Any = "") -> Any:
        """Say that this tab is open and visible.

        Args:
            page: names the page, another one each time that one comes: what was said of usage on the one before is over then. What
                came of a change of plan is known to be read by the page alone.
        """
        runtime, token = get_runtime(), self._session().client_token
        if isinstance(page, str) and 0 < len(page) <= LONGEST_PAGE and self._speaks_for_its_tab(runtime):
            if page != self._page:
                self._page = page
                self._say("_notice", None)
                self._leave_question()
                # What was read before does not answer it.
                runtime.hub.release(token)
                self._assign("_gates_sid", "")
            self._keep_said()
        identity = await self._renew()
        return None if identity is None else self._show_left(runtime.desk.take_left(token, identity))

    @rx.event
    async def refresh(self) -> None:
        """Read the numbers again now."""
        self._drop_said()
        identity = await self._renew()
        if identity is not None:
            get_runtime().hub.changed(identity.customer_id, first=self._session().client_token)

    @rx.event(background=True)
    async def dismiss_nudge(self, nudge_id: Any = "") -> None:
        """Remember that the person who looks does not want this nudge.

        Args:
            nudge_id: the shown nudge's id; anything else does nothing.
        """
        async with self:
            identity = await self._renew()
        if identity is not None and _is_nudge_id(nudge_id):
            runtime, customer_id, user_id = get_runtime(), identity.customer_id, identity.user_id
            await self._run(identity, lambda: runtime.billing.dismiss_nudge(customer_id, nudge_id, user_id=user_id))

    @rx.event(background=True)
    async def see_nudge(self, nudge_id: Any = "") -> None:
        """Remember that the person who looks was shown a nudge.

        Args:
            nudge_id: the nudge's that was decided for this person; anything else does nothing.
        """
        await self._record(nudge_id, "shown")

    @rx.event(background=True)
    async def follow_nudge(self, nudge_id: Any = "") -> None:
        """Remember that the person who looks chose to upgrade from a nudge.

        Args:
            nudge_id: as for `see_nudge`.
        """
        await self._record(nudge_id, "upgrade_clicked")

    @rx.event(background=True)
    async def track(self, feature_key: Any = "", quantity: Any = 1) -> None:
        """Count usage from the browser, by the engine's rules for browsers.

        Args:
            feature_key: a feature that the catalog marks as client_trackable.
            quantity: how much, in the feature's unit.
        """
        runtime = get_runtime()
        async with self:
            identity = await self._renew()
            if identity is None and self._status == "signed_out":
                self._say("_notice", Message(runtime.labels.refusal("signed_out", "")))
            elif identity is None and self._status == "error":
                self._say("_notice", Message(runtime.labels.refusal("service_unavailable", ""), until=UntilRead()))
        if identity is not None:
            customer_id = identity.customer_id
            await self._run(
                identity, lambda: runtime.billing.browser_track(customer_id, feature_key, quantity), feature_key
            )

    async def _record(self, nudge_id: object, action: Literal["shown", "upgrade_clicked"]) -> None:
        """Have the engine remember it; what it does not remember is no concern of the person's."""
        async with self:
            identity = await self._renew()
        if identity is None or not _is_nudge_id(nudge_id):
            return
        try:
            await get_runtime().billing.record_nudge(identity.customer_id, nudge_id, action, user_id=identity.user_id)
        except BillingError as error:
            logger.info("billing_ui: a nudge of customer %s was not recorded: %s", identity.customer_id, error)
        except Exception:
            logger.exception("billing_ui: the engine failed for customer %s", identity.customer_id)

    async def _run(self, identity: Identity, call: Callable[[], Awaitable[object]], feature_key: object = "") -> None:
        """Do the engine's work outside the tab's lock, say why when it was refused, and refresh the customer's tabs."""
        runtime, title = get_runtime(), self._title(feature_key)
        message, slow = None, Message(runtime.labels.track_slow, "neutral")
        async with self:
            self._say_to(identity, None)
        work = asyncio.ensure_future(runtime.customers.call(identity.customer_id, call))
        try:
            if not (await asyncio.wait({work}, timeout=SLOW_SECONDS))[0]:
                async with self:
                    if self.get_value("_notice") is None:
                        self._say_to(identity, slow)
            await work
        except BillingError as error:
            message = await refusal(runtime, identity.customer_id, error, feature_key, title)
        except Exception:
            logger.exception("billing_ui: the engine failed for customer %s", identity.customer_id)
            message = Message(runtime.labels.refusal("other", title), until=UntilRead())
        finally:
            work.cancel()
        async with self:
            said = self.get_value("_notice")
            # What was said of another press meanwhile stays.
            if message is not None or (said is not None and said.message == slow):
                self._say_to(identity, message)
        runtime.hub.changed(identity.customer_id, first=self._session().client_token)

    def _say_to(self, identity: Identity, message: Message | None) -> None:
        """Say something of usage, or nothing any more, if it is still they who look."""
        if self.get_value("_identity") == identity:
            self._say("_notice", message)

    def _title(self, feature_key: object) -> str:
        meter = self.get_value("_meters").get(feature_key) if isinstance(feature_key, str) else None
        return meter.feature_title if meter is not None else str(feature_key)[:LONGEST_TITLE]

    async def _renew(self) -> Identity | None:
        """Ask who is looking, prolong the lease and show what is known; None when nobody may see anything."""
        runtime = get_runtime()
        token, sid = self._session().client_token, self._session().session_id
        if not self._speaks_for_its_tab(runtime):
            return None
        identity = await self._ask(runtime)
        await self._follow(runtime, token, sid, identity)
        return identity

    def _speaks_for_its_tab(self, runtime: Runtime) -> bool:
        token, sid = self._session().client_token, self._session().session_id
        return _is_from(sid) and runtime.connected(token, sid)

    async def _receive(self, lease: Lease) -> None:
        """Show the hub's newest reading in the tab, if it still belongs to whom it was read for."""
        runtime = get_runtime()
        identity = await self._ask(runtime)
        if identity == lease.identity:
            self._show(runtime.hub.newest(lease), lease.identity)
        else:
            await self._follow(runtime, lease.token, lease.sid, identity)

    async def _follow(self, runtime: Runtime, token: str, sid: str, identity: Identity | None) -> None:
        if identity is None:
            runtime.hub.release(token)
            await self._show_plans_of_nobody(self._status)
        else:
            self._show(runtime.hub.renew(token, sid, identity), identity)

    async def _ask(self, runtime: Runtime) -> Identity | None:
        """Ask the host who is looking; everything shown is cleared first when the answer is not the one before."""
        shown_to = fingerprint(self._headers())
        try:
            async with asyncio.timeout(IDENTIFY_SECONDS):
                identity = as_identity(await runtime.identify(self))
            status: Status = "loading" if identity else "signed_out"
        except Exception as error:  # noqa: BLE001 - logged there
            if self._status != "error":
                log_identify_failure(error)
            identity, status = None, "error"
        before = (self.get_value("_identity"), self._shown_to, "" if identity else self._status)
        if before != (identity, shown_to, "" if identity else status):
            # What was said while it was not known who looks is of no customer, and has to be read also when that passes at once.
            of_nobody = self._status == "error" and self._shown_to == shown_to and identity is not None
            self._clear(status, keep_notices=of_nobody)
            self._assign("_identity", identity)
            self._assign("_shown_to", shown_to)
        return identity

    def _show(self, reading: Reading | None, identity: Identity) -> None:
        self._drop_lost_answer()
        self._drop_ended(reading)
        if reading is None:
            return
        self._assign("_meters", dict(reading.meters))
        self._assign("_gates", dict(reading.gates))
        session = self._session()
        hub = get_runtime().hub
        answers = hub.answers(session.client_token, reading)
        self._assign("_gates_sid", session.session_id if answers else "")
        self._assign("_gates_missed", hub.missed(session.client_token, reading))
        self._assign("_gates_at", reading.as_of)
        self._assign("_gates_read_at", reading.read_at)
        nudge = reading.nudges.get(identity.user_id)
        self._assign("_nudge", nudge and replace(nudge, person=person_digest(identity)))
        self._assign("_prompts", dict(reading.prompts))
        self._assign("_pricing", reading.pricing)
        self._assign("_as_of_text", reading.as_of_text)
        self._assign("_stale", reading.stale)
        self._assign("_status", reading.status)
        self._assign_reset(reading)

    def _assign_reset(self, reading: Reading) -> None:
        """Send the delay once for each connection and reset: a relative one would change with every reading."""
        if reading.reset_in is None:
            self._assign("_reset_in_ms", 0)
            return
        at, sid = reading.read_at + reading.reset_in, self._session().session_id
        if self._reset_sid != sid or abs(self._reset_at - at) > RESET_TOLERANCE_SECONDS:
            self._reset_sid, self._reset_at = sid, at
            self._reset_in_ms = max(1, round((at - asyncio.get_running_loop().time()) * 1000))

    def _clear(self, status: Status, *, keep_notices: bool = False) -> None:
        self._assign("_meters", {})
        self._assign("_gates", {})
        self._assign("_gates_at", None)
        self._assign("_gates_read_at", 0.0)
        self._assign("_gates_missed", False)
        self._assign("_nudge", None)
        self._assign("_prompts", {})
        self._clear_plans()
        self._assign("_as_of_text", "")
        self._assign("_stale", False)
        if not keep_notices:
            self._drop_notices()
        self._assign("_reset_in_ms", 0)
        self._assign("_reset_sid", "")
        self._assign("_status", status)


def _is_nudge_id(nudge_id: object) -> TypeGuard[str]:
    return isinstance(nudge_id, str) and len(nudge_id) <= LONGEST_NUDGE_ID


def _is_from(sid: str) -> bool:
    """Whether the event that is handled came over this connection: a token can change hands while it waits."""
    try:
        origin = EventContext.get().router_data.get(RouteVar.SESSION_ID)
    except LookupError:
        return True
    return origin is None or origin == sid


async def push(lease: Lease) -> None:
    """Show the hub's newest reading in one tab, under its lock."""
    token = rx.BaseStateToken(ident=lease.token, cls=UsageState)
    async with get_runtime().app.modify_state(token) as root:
        usage = await root.get_state(UsageState)
        await usage._receive(lease)


async def sign_out(state: rx.State) -> None:
    """Clear at once what this tab shows of the customer. Call it where the host signs out.

    Without it the tab is cleared at its next tick, when identify answers None. A host whose login is not in a cookie or
    another header needs it: the connection's fingerprint is then the same for whoever uses the browser next.

    Args:
        state: any state of the tab, within its event handler.

    Example:
        ```python
        class Login(rx.State):
            @rx.event
            async def log_out(self):
                self.email = ""
                await bui.sign_out(self)
        ```
    """
    usage = await state.get_state(UsageState)
    usage._clear("signed_out")
    usage._identity = None
    await usage._show_plans_of_nobody("signed_out")
    get_runtime().hub.release(usage._session().client_token)
