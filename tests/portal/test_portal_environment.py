"""The portal without the demo: who is looking comes from the environment, and nothing of the demo is there."""

import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from billing_ui.portal.environment import identify_from_environment
from billing_ui.portal.setup_page import setup_page


async def current_customer(_state: object) -> str:
    return "acme"


LOAD = """
import sys
import billing_ui.billing_ui as portal
from reflex.state import all_base_state_classes
demo = sorted(name for name in sys.modules if name.startswith("billing_ui.demo"))
states = sorted(name for name in all_base_state_classes if "demo" in name)
pages = sorted(portal.app._unevaluated_pages)
print(demo, states, portal.app.api_transformer, pages)
"""


def load_portal(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Import the portal's app as Reflex does, in a process and a folder of its own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("BILLING_")}
    command = [sys.executable, "-c", LOAD]
    return subprocess.run(
        command, cwd=folder, env={**kept, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def test_without_the_demo_nothing_of_it_is_loaded_and_no_database_is_opened(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    done = load_portal(tmp_path, BILLING_DEMO="0", BILLING_DATABASE_URL=f"sqlite:///{folder / 'billing.db'}")
    assert done.stdout == "[] [] None ['index']\n", done.stderr
    assert not folder.exists()


def test_while_nothing_says_who_is_looking_the_page_says_how_to_set_it() -> None:
    page = str(setup_page())
    assert "BILLING_IDENTIFY" in page
    assert "BILLING_CATALOG" in page
    assert "usage_state" not in page


def test_the_function_that_says_who_is_looking_is_named_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("BILLING_IDENTIFY", raising=False)
    assert identify_from_environment() is None
    monkeypatch.setenv("BILLING_IDENTIFY", f"{__name__}:current_customer")
    monkeypatch.setitem(sys.modules, __name__, SimpleNamespace(current_customer=current_customer))
    assert identify_from_environment() is current_customer


@pytest.mark.parametrize(
    ("named", "why"),
    [
        ("shop.login", "module:function"),
        (":current_customer", "module:function"),
        ("no_such_module:current_customer", "no_such_module"),
        ("billing_ui.portal.environment:no_such_function", "no_such_function"),
        ("billing_ui.portal.environment:IDENTIFY", "not a function"),
    ],
)
def test_a_wrong_name_is_an_error_that_says_what_is_wrong(
    monkeypatch: pytest.MonkeyPatch, named: str, why: str
) -> None:
    monkeypatch.setenv("BILLING_IDENTIFY", named)
    with pytest.raises(ValueError, match=f"BILLING_IDENTIFY.*{why}"):
        identify_from_environment()
