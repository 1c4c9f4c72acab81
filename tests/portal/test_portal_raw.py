"""Clients of the running demo that are no browser: whatever they send, they act for the demo's own customers only."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

import pytest
from socketio.exceptions import ConnectionError

from billing_ui.demo.api import MAX_UPLOAD_BYTES
from billing_ui.demo.customers import CUSTOMERS
from billing_ui.demo.holdings import MEMBER, UPLOAD
from billing_ui_backend import Billing, UsageEvent
from tests.support.portal import Portal
from tests.support.raw_tab import RawTab

DEMO = "reflex___state____state.billing_ui___demo___state____demo_state"
NEAR, OVER, FRESH = (customer.customer_id for customer in CUSTOMERS)
HANDLERS = {
    "break_down": ("fault",),
    "choose": ("customer_id",),
    "started": ("action",),
    "answered": ("action", "status", "body", "served"),
    "delete_upload": ("key",),
    "add_member": (),
    "remove_member": ("key",),
    "send_emails": ("recipients",),
    "run_gpu_job": (),
    "load": (),
}
NONSENSE: list[Any] = [-1, 10**30, float("nan"), True, None, "", "x" * 5_000, [1], {"key": 1}, "\ud800"]


@pytest.fixture
def victim(portal: Portal) -> str:
    """A customer who is not one of the demo's, in the demo's database."""
    customer_id = f"victim-{uuid.uuid4().hex[:8]}"
    with Billing(portal.database_url) as billing:
        billing.create_customer(customer_id, plan="pro")
        billing.track_usage(customer_id=customer_id, feature_key="storage_gb", quantity="0.271828")
        billing.track_usage(
            customer_id=customer_id, feature_key="storage_gb", quantity="2", metadata={UPLOAD: "theirs.zip"}
        )
    return customer_id


def ledger(portal: Portal, customer_id: str) -> tuple[UsageEvent, ...]:
    with Billing(portal.database_url) as billing:
        assert billing.verify()
        return billing.list_usage_events(customer_id, limit=1000).events


def plans(portal: Portal) -> list[str | None]:
    with Billing(portal.database_url) as billing:
        return [billing.get_customer(customer.customer_id).plan_key for customer in CUSTOMERS]


def with_tab(portal: Portal, scenario: Callable[[RawTab], Awaitable[None]], **connection: Any) -> None:
    async def run() -> None:
        async with RawTab(portal.url, str(uuid.uuid4()), **connection) as tab:
            await tab.ready()
            await scenario(tab)

    asyncio.run(run())


async def done(tab: RawTab) -> None:
    """Wait until the server has handled all that this tab sent before."""
    marker = uuid.uuid4().hex
    await tab.send(f"{DEMO}.answered", {"action": "process", "status": 0, "body": marker, "served": 0})
    await tab.until(lambda: marker in str(answers(tab).get("process")))


def answers(tab: RawTab) -> dict[str, Any]:
    """What the blocks of the panel say in this tab."""
    fields = tab.fields.get(DEMO, {}).items()
    return next((value for name, value in fields if name.startswith("answers")), {})


def test_every_handler_with_every_nonsense_changes_nothing_of_anybody_else(portal: Portal, victim: str) -> None:
    before = {customer_id: ledger(portal, customer_id) for customer_id in (victim, OVER, FRESH)}
    plans_before = plans(portal)
    keys = [event.idempotency_key for customer_id in before for event in before[customer_id]]

    async def attack(tab: RawTab) -> None:
        for handler, parameters in HANDLERS.items():
            for value in [*NONSENSE, victim, *keys[:20]] if parameters else [None]:
                await tab.send(f"{DEMO}.{handler}", dict.fromkeys(parameters, value))
                await tab.send(f"{DEMO}.{handler}", {"customer_id": victim, **dict.fromkeys(parameters, value)})
            await done(tab)
        assert "0.271828" not in tab.received()
        assert "theirs.zip" not in tab.received()

    own = len(ledger(portal, NEAR))
    with_tab(portal, attack)
    assert len(ledger(portal, NEAR)) > own, "the handlers were reached, and acted for the tab's own customer"
    assert {customer_id: ledger(portal, customer_id) for customer_id in before} == before
    assert plans(portal) == plans_before


def test_a_stored_choice_of_somebody_else_is_the_first_customer(portal: Portal, victim: str) -> None:
    before = ledger(portal, victim)

    async def attack(tab: RawTab) -> None:
        update = "reflex___state____state.reflex___state____update_vars_internal_state.update_vars_internal"
        for field in ("chosen", "chosen_rx_state_", "customer_id", "api_key"):
            await tab.send(update, {"vars": {f"{DEMO}.{field}": victim}})
        await tab.send(f"{DEMO}.send_emails", {"recipients": 1})
        await done(tab)
        fields = {name.removesuffix("_rx_state_"): value for name, value in tab.fields[DEMO].items()}
        assert fields["customer_id"] == NEAR
        assert "0.271828" not in tab.received()

    with_tab(portal, attack)
    assert ledger(portal, victim) == before
    assert ledger(portal, NEAR)[0].feature_key == "emails"


def test_emails_are_counted_in_the_panels_amounts_only(portal: Portal) -> None:
    before = ledger(portal, NEAR)

    async def attack(tab: RawTab) -> None:
        for recipients in (49, 51, -1, 10**6, 1.5, "1e3", None):
            await tab.send(f"{DEMO}.send_emails", {"recipients": recipients})
        await done(tab)

    with_tab(portal, attack)
    assert ledger(portal, NEAR) == before


def test_pages_of_another_origin_may_not_open_the_websocket(portal: Portal) -> None:
    async def connect() -> None:
        async with RawTab(portal.url, str(uuid.uuid4()), origin="https://evil.example") as tab:
            await tab.ready()

    with pytest.raises(ConnectionError):
        asyncio.run(connect())


def test_an_upload_without_an_end_is_refused_while_it_is_sent(portal: Portal) -> None:
    before = ledger(portal, OVER)
    chunk = b"%x\r\n%s\r\n" % (2**20, b"x" * 2**20)
    where = urlsplit(portal.url)
    with socket.create_connection((where.hostname or "", where.port or 0), timeout=30) as connection:
        connection.sendall(
            b"POST /demo-api/v1/uploads?name=endless HTTP/1.1\r\nHost: demo\r\nTransfer-Encoding: chunked\r\n"
            b"Authorization: Bearer demo_key_lumen\r\n\r\n"
        )
        # What is sent has no last chunk, so an answer can only come from a server that stopped reading.
        for _ in range(MAX_UPLOAD_BYTES // 2**20 + 1):
            connection.sendall(chunk)
        answer = connection.makefile("rb").readline()
    assert answer.split()[1] == b"413"
    assert ledger(portal, OVER) == before


def test_an_answer_made_up_by_a_client_is_shown_to_nobody_else_and_counts_nothing(portal: Portal) -> None:
    before = ledger(portal, NEAR)
    receipt = {"feature_key": "api_calls", "quantity": "1E+999999999", "success": True}
    bodies = ["", "[]", "7", '"code"', "{}", json.dumps({"code": "quota_exceeded"}), json.dumps({"receipt": receipt})]
    bodies += [json.dumps({"code": "feature_not_in_plan", "status": 403, "detail": "x", "feature_key": "unknown"})]

    async def attack(tab: RawTab) -> None:
        for body in bodies:
            await tab.send(f"{DEMO}.answered", {"action": "call", "status": 200, "body": body, "served": 10**9})
            await done(tab)
            assert answers(tab)["call"]["title"] == "No answer that can be read"

    with_tab(portal, attack)
    assert ledger(portal, NEAR) == before


def test_the_files_and_people_of_a_tab_are_its_customers(portal: Portal) -> None:
    async def look(tab: RawTab) -> None:
        await tab.send(f"{DEMO}.choose", {"customer_id": OVER})
        await done(tab)
        fields = {name.removesuffix("_rx_state_"): value for name, value in tab.fields[DEMO].items()}
        with Billing(portal.database_url) as billing:
            events = billing.list_usage_events(OVER, feature_key="team_members", limit=1000).events
        assert {row["name"] for row in fields["members"]} <= {event.metadata.get(MEMBER) for event in events}

    with_tab(portal, look)
