"""The portal without the demo, in a real browser: the host's identity and catalog, and nothing of the demo."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Browser, expect

from billing_ui.app_process import AppProcess, production_command
from billing_ui_backend import Billing
from tests.support.copies import with_startup
from tests.support.ports import find_free_port

LOGIN = """
from http.cookies import SimpleCookie

async def current_customer(state):
    cookies = SimpleCookie(state.router.headers.cookie)
    return cookies["who"].value if "who" in cookies else None
"""
CATALOG = """
default_plan = "basic"
[features.pages]
title = "Pages"
type = "usage_quota"
unit = "page"
[plans.basic]
title = "Basic"
rank = 10
[plans.basic.features]
pages = { limit = 10, period = "month" }
[plans.plus]
title = "Plus"
rank = 20
prices = [{ amount = "5", currency = "EUR", interval = "month" }]
[plans.plus.features]
pages = { limit = 100, period = "month" }
"""


@pytest.fixture(scope="module")
def plain_portal(tmp_path_factory: pytest.TempPathFactory, repository: Path) -> Iterator[str]:
    """A portal whose customer is named by the cookie `who`; acme has used 9 of 10."""
    folder = tmp_path_factory.mktemp("plain")
    (folder / "shop_login.py").write_text(LOGIN)
    (folder / "billing.toml").write_text(CATALOG)
    database = f"sqlite:///{folder / 'billing.db'}"
    with Billing(database, catalog=folder / "billing.toml") as billing:
        billing.create_customer("acme")
        billing.track_usage(customer_id="acme", feature_key="pages", quantity=9)
    environment = {
        "BILLING_DEMO": "",
        "BILLING_IDENTIFY": "shop_login:current_customer",
        "BILLING_CATALOG": str(folder / "billing.toml"),
        "BILLING_PRODUCT_NAME": "Shop",
        "BILLING_DATABASE_URL": database,
        "REFLEX_WEB_WORKDIR": str(folder / "web"),
        "PYTHONPATH": with_startup(str(folder)),
    }
    port = find_free_port()
    command = production_command(port=port)
    with AppProcess(command, folder=repository, url=f"http://127.0.0.1:{port}", env=environment) as process:
        process.wait_until_it_answers(timeout=120)
        yield process.url


def test_it_shows_the_customer_of_the_hosts_login_and_no_other(plain_portal: str, browser: Browser) -> None:
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.goto(plain_portal)
    expect(page.locator(".bui-card[data-state=signed_out]")).to_be_visible(timeout=15_000)
    expect(page.locator(".portal-plan")).to_be_empty()
    context.add_cookies([{"name": "who", "value": "acme", "url": plain_portal}])
    page.goto(plain_portal)
    expect(page.get_by_text("1 left")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("banner")).to_contain_text("Shop")
    expect(page.get_by_role("banner")).to_contain_text("Basic plan")
    expect(page.get_by_role("main")).to_contain_text("Pages: 90")
    assert errors == []
    context.close()


def test_nothing_of_the_demo_is_there(plain_portal: str, browser: Browser) -> None:
    context = browser.new_context()
    context.add_cookies([{"name": "who", "value": "acme", "url": plain_portal}])
    page = context.new_page()
    page.goto(plain_portal)
    expect(page.get_by_text("1 left")).to_be_visible(timeout=15_000)
    expect(page.get_by_role("group", name="Demo customer")).to_have_count(0)
    expect(page.get_by_role("button", name="Change to")).to_have_count(0)
    expect(page.get_by_role("heading", name="Try it")).to_have_count(0)
    expect(page.get_by_role("button", name="Not now")).to_be_visible()
    # Without a policy and a checkout of the host the plans can be read, and none can be chosen.
    page.get_by_role("button", name="See Plus").click()
    expect(page.get_by_role("article", name="Plus")).to_be_focused()
    expect(page.get_by_role("article").get_by_role("button")).to_have_count(0)
    context.close()
    for path in ("/demo-api/v1/echo", "/demo-api/v1/uploads", "/demo-api/v1/files"):
        request = Request(plain_portal + path, data=b"x", headers={"Authorization": "Bearer demo_key_northwind"})
        with pytest.raises(HTTPError, match=r"40[45]"):
            urlopen(request)
