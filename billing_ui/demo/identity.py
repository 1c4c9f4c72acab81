"""Who is looking, in the demo: the customer that the tab's switcher chose."""

from __future__ import annotations

from collections.abc import Callable

import reflex as rx

import billing_ui as bui
from billing_ui.demo.customers import chosen_customer
from billing_ui.demo.faults import login_fails
from billing_ui.demo.state import DemoState
from billing_ui_components.identity import Identify


def demo_identify(seen: Callable[[str], None]) -> Identify:
    """Make the demo's identify.

    Args:
        seen: told each customer that a tab was shown.

    Returns:
        A function that answers one of the demo's customers, whatever the browser sent.
    """

    async def identify(state: rx.State) -> str:
        tab = await state.get_state(DemoState)
        customer_id = chosen_customer(tab.chosen).customer_id
        seen(customer_id)
        if isinstance(state, bui.UsageState) and login_fails(customer_id):
            raise RuntimeError("the demo was told to behave as if the login failed")
        return customer_id

    return identify
