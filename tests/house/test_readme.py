"""The README's examples, run: the host app in a browser, the scripts as scripts, the test as a test."""

import ast
import asyncio
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import reflex as rx
from playwright.sync_api import Browser, Page, expect

import billing_ui as bui
from billing_ui.app_process import AppProcess, production_command
from billing_ui_backend import Billing
from tests.support.host_apps import activated, copy_of_example
from tests.support.ports import find_free_port

# A page for the three blocks of the README that add to the host app.
SECOND_PAGE = """
def more():
    return rx.el.main(
        api_calls_bar(),
        single_sign_on(),
        rx.el.form(rx.el.input(name="question"), rx.el.button("Ask"), on_submit=Chat.ask),
        rx.el.p(Chat.answer, id="answer"),
    )

app.add_page(more)
"""


@dataclass(frozen=True)
class Readme:
    """The README's code blocks by what they are."""

    catalog: str
    host: str
    bar: str
    gate: str
    policy: str
    paid: str
    chat: str
    client: str
    embedded: str
    holds: str
    middleware: str
    test: str


@dataclass(frozen=True)
class Host:
    url: str
    database_url: str


@pytest.fixture(scope="module")
def readme(repository: Path) -> Readme:
    text = (repository / "README.md").read_text()
    (catalog,) = re.findall(r"```toml\n(.*?)```", text, re.S)
    blocks = re.findall(r"```python\n(.*?)```", text, re.S)
    assert len(blocks) == 11, "a Python block was added to the README: run it here too"
    return Readme(catalog, *blocks)


@pytest.fixture(scope="module")
def host(
    readme: Readme, repository: Path, clean_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Host]:
    """The example of the ten lines with all that the README adds to it, run from an installed wheel."""
    folder = copy_of_example(repository, "ten_lines", tmp_path_factory.mktemp("readme"))
    (folder / "ten_lines" / "ten_lines.py").write_text(
        "\n\n".join((readme.host, readme.bar, readme.gate, readme.chat, SECOND_PAGE))
    )
    (folder / "billing.toml").write_text(readme.catalog)
    port, database_url = find_free_port(), f"sqlite:///{folder / 'usage.db'}"
    env = {**activated(clean_python), "BILLING_DATABASE_URL": database_url}
    command = production_command(port=port, python=clean_python)
    with AppProcess(command, folder=folder, url=f"http://127.0.0.1:{port}", env=env) as process:
        process.wait_until_it_answers(timeout=120)
        yield Host(process.url, database_url)


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page()
    yield page
    page.close()


def test_the_example_of_the_ten_lines_is_the_readmes(readme: Readme, repository: Path) -> None:
    example = (repository / "examples" / "ten_lines" / "ten_lines" / "ten_lines.py").read_text()
    assert ast.dump(ast.parse(example)) == ast.dump(ast.parse(readme.host))


def test_the_policy_refuses_leads_to_the_checkout_or_lets_the_engine_change(readme: Readme) -> None:
    names: dict[str, Any] = {"bui": bui, "rx": rx}
    exec(readme.policy, names)
    with Billing("sqlite://", catalog=tomllib.loads(readme.catalog)) as billing:

        def answer(plan: str, chosen: str, *roles: str) -> Any:
            billing.create_customer(plan, plan=plan)
            preview = billing.preview_plan_change(plan, chosen)
            change = bui.PlanChange(plan, None, roles, plan, chosen, "month", preview.at, preview)
            return asyncio.run(names["allow_plan_change"](change))

        assert answer("free", "pro") == "Only owners can change the plan."
        assert "/checkout" in str(answer("free", "pro", "owner"))
        assert answer("pro", "free", "owner") is True


def test_a_paid_order_makes_the_change_that_was_shown_and_no_other(readme: Readme) -> None:
    names: dict[str, Any] = {"bui": bui}
    exec(readme.paid, names)

    async def pay() -> tuple[object, ...]:
        async with bui.AsyncBilling("sqlite://", catalog=tomllib.loads(readme.catalog)) as billing:
            await billing.create_customer("cus_123")
            shown = await billing.preview_plan_change("cus_123", "pro")
            order = (billing, "cus_123", "pro", shown.at, shown.confirmation)
            answers = (await names["order_was_paid"](*order), (await billing.get_customer("cus_123")).plan_key)
            return *answers, await names["order_was_paid"](*order)

    assert asyncio.run(pay()) == (True, "pro", False)


def test_the_ten_line_host_app_shows_live_usage(host: Host, page: Page) -> None:
    """`trackUsage`, `<UsageDisplay title="Your usage" />`, `useUsageMetrics` and `useIsApproachingLimit`, as installed."""
    page.goto(host.url)
    expect(page.get_by_text("Your usage")).to_be_visible()
    expect(page.get_by_text("API calls: 0 / 60")).to_be_visible()
    button, meter = page.get_by_role("button", name="Call the API"), page.get_by_role("meter", name="API calls")
    for count in (1, 2):
        button.click()
        expect(page.get_by_text(f"API calls: {count} / 60")).to_be_visible()
    expect(meter).to_have_attribute("aria-valuenow", "2")
    expect(page.get_by_text("Running low")).to_have_count(0)
    with Billing(host.database_url) as billing:
        billing.track_usage(customer_id="user_123", feature_key="api_calls", quantity=46)
    expect(page.get_by_text("Running low")).to_be_visible(timeout=10_000)


@pytest.mark.parametrize("path", ["/", "/more"])
def test_before_the_first_reading_there_is_nothing_between_numbers(host: Host, browser: Browser, path: str) -> None:
    """The page as it comes, which is also what it shows where nobody is signed in or reading fails."""
    page = browser.new_page(java_script_enabled=False)
    page.goto(host.url + path)
    expect(page.locator("body")).not_to_be_empty()
    assert "/" not in page.locator("body").inner_text()
    page.close()


def test_the_custom_bar_and_the_hosts_own_handler(host: Host, page: Page) -> None:
    """Seed: custom usage bar; tracking in the host's own handler, refused at the limit."""
    page.goto(f"{host.url}/more")
    page.get_by_role("textbox").fill("hello")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_have_text("You said: hello")
    with Billing(host.database_url) as billing:
        left = billing.get_usage_metrics("user_123", "api_calls")["api_calls"].remaining
        billing.track_usage(customer_id="user_123", feature_key="api_calls", quantity=left)
    expect(page.get_by_text("API calls: 60 / 60")).to_be_visible(timeout=10_000)
    expect(page.get_by_role("progressbar")).to_have_attribute("value", "100")
    page.get_by_role("button", name="Ask").click()
    expect(page.locator("#answer")).to_contain_text("60 of 60 used")
    expect(page.locator("#answer")).to_contain_text("plan pro would fit")


def test_a_feature_is_shown_with_the_plan_that_has_it(host: Host, page: Page) -> None:
    page.goto(f"{host.url}/more")
    expect(page.get_by_text("Available from Pro")).to_be_visible()
    with Billing(host.database_url) as billing:
        billing.change_plan("user_123", "pro")
    expect(page.get_by_role("link", name="Set up single sign-on")).to_be_visible(timeout=10_000)


def test_server_side_tracking_over_http(readme: Readme, host: Host, tmp_path: Path) -> None:
    with Billing(host.database_url) as billing:
        secret = billing.create_api_key(name="readme")
    env = {"BILLING_SECRET_KEY": secret, "BILLING_BASE_URL": f"{host.url}/billing-api"}
    # Twice: the key in the example makes the second run a replay.
    assert run(readme.client, tmp_path, env) == "59 left\n"
    assert run(readme.client, tmp_path, env) == "59 left\n"
    with Billing(host.database_url) as billing:
        assert billing.get_usage_metrics("cus_123", "api_calls")["api_calls"].consumed == 1


def test_the_embedded_engine_in_a_script(readme: Readme, tmp_path: Path) -> None:
    (tmp_path / "billing.toml").write_text(readme.catalog)
    lines = run(readme.embedded, tmp_path, {}).splitlines()
    assert lines == ["API calls 0 of 60 call", "Storage 0.001397 of 0.5 GB"]
    assert run(readme.holds, tmp_path, {}) == "5 used\n"
    asked = "from starlette.testclient import TestClient\nclient = TestClient(app)\n"
    asked += "print([client.post('/v1/search').status_code for _ in range(56)][-2:])"
    assert run(f"{readme.middleware}\n{asked}", tmp_path, {}) == "[200, 402]\n"


def test_the_example_test_passes_and_tests_something(readme: Readme, tmp_path: Path) -> None:
    (tmp_path / "billing.toml").write_text(readme.catalog)
    (tmp_path / "test_example.py").write_text(readme.test)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_example.py"]
    # It needs none of the plugins that are installed here, and they take longer than it does.
    env = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    passed = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "1 passed" in passed.stdout, passed.stdout
    (tmp_path / "billing.toml").write_text(readme.catalog.replace("limit = 60", "limit = 6000"))
    failed = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert "1 failed" in failed.stdout, failed.stdout


def run(script: str, folder: Path, env: dict[str, str]) -> str:
    """Run a block as a script; return what it printed."""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout
