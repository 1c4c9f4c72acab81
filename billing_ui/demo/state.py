"""The demo's state of a tab: which customer it is, and what came of what was tried."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import reflex as rx

import billing_ui as bui
from billing_ui.demo.address import api_url
from billing_ui.demo.answers import LOGIN_FAILS, UNKNOWN_WHOSE, Answer, Teller
from billing_ui.demo.customers import NEW_MEMBERS, chosen_customer
from billing_ui.demo.faults import break_for, fault_of, login_fails
from billing_ui.demo.holdings import MEMBER, UPLOAD, Holding, giving_back, holdings
from billing_ui_components.runtime import get_runtime

HTTP_ACTIONS = ("call", "upload", "process")
EMAILS = (1, 50)
GPU_JOB_SECONDS = Decimal("12.5")


@dataclass(frozen=True)
class Row:
    """A holding as a line of a list."""

    key: str
    name: str
    text: str


class DemoState(bui.UsageMixin, rx.State):
    """Which demo customer the tab is, what they hold, and the last answer to each thing that was tried.

    Nothing here names a customer to the engine but `identify`, and that knows only the demo's own.
    """

    chosen: str = rx.LocalStorage("", name="billing_demo_customer")
    uploads: rx.Field[list[Row]] = rx.field(default_factory=list)
    members: rx.Field[list[Row]] = rx.field(default_factory=list)
    answers: rx.Field[dict[str, Answer]] = rx.field(default_factory=dict)
    curl: str = ""
    fault: str = ""

    @rx.var
    def customer_id(self) -> str:
        """The demo customer that the tab is."""
        return chosen_customer(self.chosen).customer_id

    @rx.var
    def api_key(self) -> str:
        """What that customer's programs send to the demo's API."""
        return chosen_customer(self.chosen).api_key

    @rx.event
    async def load(self) -> None:
        """Read what the customer holds."""
        self.fault = fault_of(self.customer_id)
        await self._load()

    @rx.event
    async def choose(self, customer_id: Any) -> Any:
        """Become another demo customer.

        Args:
            customer_id: one of the demo's; any other is the first of them.
        """
        self.chosen = chosen_customer(customer_id).customer_id
        self.fault = fault_of(self.chosen)
        self.answers = {}
        await self._load()
        return bui.UsageState.refresh

    @rx.event
    async def break_down(self, fault: Any) -> Any:
        """Let something be broken for the customer's tabs.

        Args:
            fault: a key of FAULTS; any other mends it.
        """
        self.fault = break_for(self.customer_id, fault)
        await self._load()
        return bui.UsageState.refresh

    @rx.event
    async def started(self, action: Any) -> None:
        """Say that a file is on its way."""
        if isinstance(action, str) and action in HTTP_ACTIONS:
            self._answer(action, Answer(title="Sending"))

    @rx.event
    async def answered(self, action: Any, status: Any, body: Any, served: Any) -> None:
        """Show the demo API's answer to a request that the browser sent.

        Args:
            action: which of HTTP_ACTIONS.
            status: of the last response; 0 without one.
            body: of the last response.
            served: how many requests were served.
        """
        if isinstance(action, str) and action in HTTP_ACTIONS:
            known = not login_fails(self.customer_id)
            self._answer(action, (await self._teller()).http(status, body, served) if known else UNKNOWN_WHOSE)
            await self._load()

    @rx.event
    async def delete_upload(self, key: Any) -> None:
        """Take a file out of storage and give back exactly what it counted."""
        await self._give_back("upload", "storage_gb", UPLOAD, key)

    @rx.event
    async def add_member(self) -> None:
        """Add somebody to the team."""
        present = {row.name for row in self.members}
        name = next((name for name in NEW_MEMBERS if name not in present), f"Member {len(present) + 1}")
        await self._track("member", "team_members", 1, f"{name} joined.", metadata={MEMBER: name})

    @rx.event
    async def remove_member(self, key: Any) -> None:
        """Take somebody out of the team."""
        await self._give_back("member", "team_members", MEMBER, key)

    @rx.event
    async def send_emails(self, recipients: Any) -> None:
        """Count an email to each recipient.

        Args:
            recipients: how many, one of EMAILS.
        """
        if recipients in EMAILS:
            await self._track("email", "emails", recipients, "Counted, but not sent: the demo has no mail server.")

    @rx.event
    async def run_gpu_job(self) -> None:
        """Count the seconds of a GPU job."""
        await self._track("gpu", "gpu_seconds", GPU_JOB_SECONDS, "Counted, but not run: the demo has no GPU.")

    async def _track(self, action: str, feature_key: str, quantity: object, text: str, **more: Any) -> None:
        if login_fails(self.customer_id):
            self._answer(action, LOGIN_FAILS)
            return
        more.setdefault("idempotency_key", f"{action}:{uuid.uuid4().hex}")
        teller = await self._teller()
        try:
            receipt = await self._track_usage(feature_key, quantity, **more)
        except bui.BillingError as error:
            self._answer(action, teller.refused(error))
        else:
            self._answer(action, teller.counted(receipt, text))
        await self._load()

    async def _give_back(self, action: str, feature_key: str, kind: str, key: Any) -> None:
        customer = await self._customer()
        held = await holdings(get_runtime().billing, customer.customer_id, feature_key, kind)
        holding = next((one for one in held if one.key == key), None)
        if holding is None:
            # Another tab was faster, or the key is somebody else's.
            await self._load()
            return
        await self._track(action, feature_key, text=f"{holding.name} is gone.", **giving_back(holding))

    async def _load(self) -> None:
        if login_fails(self.customer_id):
            # As on any page: what is known of nobody is shown to nobody.
            self.curl, self.uploads, self.members, told = "", [], [], (LOGIN_FAILS, UNKNOWN_WHOSE)
            self.answers = {action: answer for action, answer in self.answers.items() if answer in told}
            return
        billing, teller = get_runtime().billing, await self._teller()
        self.curl = f"curl -d hello -H 'Authorization: Bearer {self.api_key}' {api_url('/v1/echo')}"
        customer_id = teller.customer.customer_id
        files = await holdings(billing, customer_id, "storage_gb", UPLOAD)
        self.uploads = [_row(one, teller.quantity(one.quantity, "storage_gb")) for one in files]
        people = await holdings(billing, customer_id, "team_members", MEMBER)
        self.members = [_row(one, "") for one in people]

    async def _teller(self) -> Teller:
        billing = get_runtime().billing
        return Teller(await self._customer(), await billing.catalog(), billing.now())

    def _answer(self, action: str, answer: Answer) -> None:
        self.answers = {**self.answers, action: answer}


def _row(holding: Holding, text: str) -> Row:
    return Row(holding.key, holding.name, text)
