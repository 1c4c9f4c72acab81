"""The page about the catalog: its policy for years that are paid is run as it stands there."""

import asyncio
import re
import tomllib
from datetime import date
from pathlib import Path
from typing import Any

import billing_ui as bui
from billing_ui_backend import Billing


def test_who_has_paid_for_a_year_keeps_the_plan_until_it_ends(repository: Path) -> None:
    page = (repository / "docs" / "catalog.md").read_text()
    (catalog,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    (policy,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    names: dict[str, Any] = {}
    exec(policy, names)
    years = {"this_year": 9999, "upgrading": 9999, "last_year": 2025}
    names["PAID_UNTIL"] |= {customer_id: date(year, 3, 14) for customer_id, year in years.items()}
    with Billing("sqlite://", catalog=tomllib.loads(catalog)) as billing:

        def answer(customer_id: str, plan: str, chosen: str) -> object:
            billing.create_customer(customer_id, plan=plan)
            preview = billing.preview_plan_change(customer_id, chosen)
            change = bui.PlanChange(customer_id, None, (), plan, chosen, "year", preview.at, preview)
            return asyncio.run(names["allow_plan_change"](change))

        assert answer("this_year", "pro", "free") == (
            "Your plan is paid until 14 March 9999. Write to us, and it changes then."
        )
        assert answer("upgrading", "free", "pro") is True
        assert answer("last_year", "pro", "free") is True
        assert answer("by_the_month", "pro", "free") is True
