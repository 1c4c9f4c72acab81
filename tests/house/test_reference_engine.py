"""The engine's reference: no call is missing, nothing that goes in lacks a text, and what it shows runs."""

import inspect
import os
import subprocess
import sys
from pathlib import Path

import pytest

import billing_ui_backend
from billing_ui_backend import Billing, BillingError
from tools.reference.engine import engines, holds, hosting
from tools.reference.engine_page import engine_page
from tools.reference.entries import Entry

CALLED = [part for entry in (*engines(), *holds()) for part in entry.parts]


@pytest.fixture(scope="module")
def written() -> str:
    """The page as it is written now."""
    return engine_page()


def test_the_committed_page_is_what_make_reference_writes(repository: Path, written: str) -> None:
    assert (repository / "docs" / "engine.md").read_text() == written, "run `make reference` and commit the page"


def test_every_public_name_of_the_engine_and_of_the_facade_is_on_it(written: str) -> None:
    # AsyncHold is told with Hold; an overview is what the components read.
    names = {*billing_ui_backend.__all__, "install", "BillingPlugin", "OwnOrigins"} - {"AsyncHold", "UsageOverview"}
    assert {name for name in names if f"### `{name}`" not in written and f"| `{name}` |" not in written} == set()


def test_every_call_is_on_it_but_those_of_the_other_rooms() -> None:
    calls = {name for name, thing in vars(Billing).items() if inspect.isfunction(thing) and not name.startswith("_")}
    assert calls - {entry.name.partition(".")[2] for entry in CALLED} == {
        "authenticate",
        "authenticate_session_token",
        "browser_track",
        "get_overview",
        "import_customer",
        "import_usage_batch",
        "open_writer",
    }


@pytest.mark.parametrize("entry", [*engines(), *CALLED, *hosting()], ids=lambda entry: entry.name)
def test_every_call_says_what_it_does_and_what_goes_in(entry: Entry) -> None:
    assert entry.doc.summary.endswith((".", ":"))
    assert [prop.name for prop in entry.props if not prop.text] == []


def test_what_is_asked_first_is_answered(written: str) -> None:
    sections = {name.partition("`")[0]: name for name in written.split("\n#### `Billing.")}
    assert "`300` | seconds until the hold is over by itself" in sections["reserve_usage"]
    assert "| `quantity` | `object` |  | what it should have been" in sections["correct_usage"]
    assert "`PreviewOutdated`" in sections["change_plan"]
    assert (
        "Also raises UnknownCustomer, UnknownPlan, SubscriptionInactive (paused), InvalidRequest."
        in sections["change_plan"]
    )


def test_every_error_is_on_it_with_its_code(written: str) -> None:
    for error in BillingError.__subclasses__():
        if error.__module__ == "billing_ui_backend.errors":
            assert f"| `{error.__name__}` | `{error.code}` | {error.status} |" in written


# In a process of its own: there is one app in a process. The client's service is away, so the engine stands in for it.
_RUN_ALL = """
import os, tempfile
from datetime import timedelta
from fastapi import FastAPI
import billing_ui as bui
from tools.reference.engine import everything
from tools.reference.examples import run

os.chdir(tempfile.mkdtemp())

def plan(rank, calls, team):
    grants = {"api_calls": {"limit": calls, "period": "month"}, "team": {"limit": team}}
    return {"title": f"Plan {rank}", "rank": rank, "features": grants}

catalog = {
    "features": {
        "api_calls": {"title": "API calls", "type": "usage_quota", "unit": "call"},
        "team": {"title": "Team members", "type": "numeric_limit", "unit": "member", "scale": 0},
    },
    "plans": {"starter": plan(1, 100, 5), "pro": plan(2, 1000, 8), "enterprise": plan(3, "unlimited", "unlimited")},
}

async def current_customer(state):
    return "cus_123"

with bui.Billing("sqlite://", catalog=catalog) as billing:
    billing.create_customer("cus_123", plan="pro")
    billing.set_usage(customer_id="cus_123", feature_key="team", quantity=7)
    host = {name: getattr(bui, name) for name in bui.__all__}
    host |= {"BillingClient": lambda **_: billing, "billing": billing, "now": billing.now(), "timedelta": timedelta}
    host |= {"FastAPI": FastAPI, "app": FastAPI(), "customer_of": lambda scope: None, "current_customer": current_customer}
    for entry in sorted(everything(), key=lambda entry: entry.name == "BillingClient"):
        print(entry.name, run(entry, host)[-1:])
"""


def test_every_example_runs(repository: Path) -> None:
    env = {**os.environ, "PYTHONPATH": str(repository)}
    command = [sys.executable, "-c", _RUN_ALL]
    done = subprocess.run(command, cwd=repository, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Billing.preview_plan_change" in done.stdout
