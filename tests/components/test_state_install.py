"""Installing into an app: what is mounted, what runs, what is refused."""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import fields
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import httpx
import pytest
import reflex as rx
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Mount, Route

from billing_ui import installation
from billing_ui.plugin import BillingPlugin
from billing_ui_backend import AsyncBilling, Billing
from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_components import runtime, unknown_keys
from billing_ui_components.bar import usage_bar
from billing_ui_components.hub import Hub
from billing_ui_components.labels import GERMAN, Labels
from billing_ui_components.nudge import upgrade_nudge
from billing_ui_components.prompt import compact_upgrade_prompt, upgrade_prompt
from tests.support.tabs import CATALOG


class App(SimpleNamespace):
    """As much of rx.App as `install` touches."""

    def __init__(self, api_transformer: Any = None) -> None:
        super().__init__(api_transformer=api_transformer, stylesheets=["host.css"], tasks=[], event_namespace=None)

    def register_lifespan_task(self, task: Any) -> None:
        self.tasks.append(task)

    def get(self, path: str) -> httpx.Response:
        """Ask what Reflex makes of the transformers, in their order, around the host's pages."""
        asgi: Any = Starlette(routes=[Route("/", lambda _: PlainTextResponse("the host's page"))])
        transformers = self.api_transformer if isinstance(self.api_transformer, list) else [self.api_transformer]
        for transformer in transformers:
            if isinstance(transformer, Starlette):
                transformer.mount("", asgi)
                asgi = transformer
            else:
                asgi = transformer(asgi)

        async def ask() -> httpx.Response:
            async with httpx.AsyncClient(transport=httpx.ASGITransport(asgi), base_url="http://host") as client:
                return await client.get(path)

        return asyncio.run(ask())


async def identify(_state: Any) -> str:
    return "acme"


@pytest.fixture(autouse=True)
def nothing_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The runtime of other tests is put back afterwards, and the stylesheet is linked into a folder of this test."""
    monkeypatch.setattr(runtime, "_installed", [])
    monkeypatch.chdir(tmp_path)


def install(app: App, billing: Any = None, **options: Any) -> App:
    billing = billing or AsyncBilling("sqlite://", catalog=CATALOG)
    installation.install(app, billing=billing, identify=identify, **options)  # type: ignore[arg-type]
    return app


def host_api() -> Starlette:
    return Starlette(routes=[Route("/hello", lambda _: PlainTextResponse("the host's api"))])


def wrap(asgi: Any) -> Any:
    return Starlette(routes=[Mount("/own", host_api()), Mount("", asgi)])


@pytest.mark.parametrize(
    ("present", "own_route"),
    [(None, None), (wrap, "/own/hello"), (host_api, "/hello"), ([wrap], "/own/hello")],
    ids=["none", "callable", "starlette", "list"],
)
def test_the_api_is_mounted_beside_what_the_host_has(present: Any, own_route: str | None) -> None:
    app = install(App(present() if present is host_api else present))
    assert app.get("/").text == "the host's page"
    assert app.get("/billing-api/v1/usage/metrics").status_code == 401
    assert app.get("/v1/usage/metrics").status_code == 404
    if own_route:
        assert app.get(own_route).text == "the host's api"


def test_the_api_path_can_be_chosen() -> None:
    app = install(App(), api_path="/metering/")
    assert app.get("/metering/v1/usage/metrics").status_code == 401


@pytest.mark.parametrize("api_path", ["", "/", "billing-api"])
def test_an_api_path_that_would_shadow_the_host_is_refused(api_path: str) -> None:
    app = App()
    with pytest.raises(ValueError, match="api_path"):
        install(app, api_path=api_path)
    assert app.tasks == []


def test_a_second_install_says_so_and_changes_nothing() -> None:
    app = install(App())
    before = (list(app.api_transformer), list(app.stylesheets), list(app.tasks))
    with pytest.raises(RuntimeError, match=r"installed in this app already: call bui\.install\(app, \.\.\.\) once"):
        install(app)
    assert (app.api_transformer, app.stylesheets, app.tasks) == before


def test_without_install_the_state_says_what_to_do() -> None:
    with pytest.raises(RuntimeError, match=r"call bui\.install"):
        runtime.get_runtime()


def test_an_identify_that_is_no_function_is_refused() -> None:
    with pytest.raises(TypeError, match="identify must be an async function"):
        installation.install(App(), billing=AsyncBilling("sqlite://"), identify="acme")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("mistake", "message"),
    [
        ({"identify": lambda _state: "acme"}, "identify must be an async function"),
        ({"allow_plan_change": lambda _change: True}, "allow_plan_change"),
        ({"billing": "billing.toml"}, "billing must be an engine"),
        ({"labels": "de"}, "labels must be a Labels"),
        ({"labels": type(GERMAN)}, "labels must be a Labels"),
        ({"thresholds": (60, 80)}, "thresholds must be a Thresholds"),
    ],
)
def test_a_mistake_is_told_at_once_and_nothing_is_installed(mistake: dict[str, Any], message: str) -> None:
    async def identify(_state: object) -> str:
        return "acme"

    app = App()
    given: dict[str, Any] = {"billing": AsyncBilling("sqlite://"), "identify": identify, **mistake}
    with pytest.raises(TypeError, match=message):
        installation.install(app, **given)  # type: ignore[arg-type]
    assert app.tasks == []


@pytest.mark.parametrize("app", [None, "app", rx.App, Starlette()])
def test_what_is_no_app_is_told_so(app: Any) -> None:
    with pytest.raises(
        TypeError, match=r"app must be your Reflex app, as in app = rx\.App\(\); bui\.install\(app, \.\.\.\)"
    ):
        install(app)


def test_a_customer_who_comes_first_reads_numbers_in_the_language_of_the_words() -> None:
    install(App(), AsyncBilling("sqlite://", catalog=CATALOG), labels=GERMAN)
    installed = runtime.get_runtime()

    async def come() -> str:
        async with installed.billing as billing:
            customer = await installed.customers.call("acme", lambda: billing.get_customer("acme"))
            return customer.locale

    assert asyncio.run(come()) == "de"


def test_the_stylesheet_and_the_words_are_installed() -> None:
    app = install(App(), labels=GERMAN)
    assert app.stylesheets[0] == "host.css"
    assert [url.rpartition("/")[2] for url in app.stylesheets[1:]] == ["billing_ui.css", "plans.css"]
    assert runtime.installed_labels() is GERMAN


@pytest.mark.parametrize("draw", [upgrade_nudge, lambda: upgrade_prompt("a"), lambda: compact_upgrade_prompt("a")])
def test_a_suggestion_brings_the_plans_unless_no_policy_lets_customers_change_them(
    draw: Callable[[], rx.Component],
) -> None:
    """A page may be drawn before `install`, when nobody knows; the browser is told then."""
    assert "PlansPlace" in str(draw())
    install(App())
    assert "PlansPlace" not in str(draw())
    install(App(), allow_plan_change=True)
    assert "PlansPlace" in str(draw())


def test_a_suggestion_that_does_something_else_brings_no_plans() -> None:
    assert "PlansPlace" not in str(upgrade_nudge(on_upgrade=rx.noop()))
    assert "PlansPlace" not in str(upgrade_prompt("a", on_upgrade=rx.noop()))


def test_installing_opens_nothing(tmp_path: Path) -> None:
    install(App(), AsyncBilling(f"sqlite:///{tmp_path}/billing.db", catalog=CATALOG))
    assert not (tmp_path / "billing.db").exists()


@pytest.mark.parametrize("given", [CATALOG, None])
def test_a_misspelt_key_of_a_modules_own_is_told_by_the_given_catalog_or_at_the_start_by_the_stored_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, given: Any
) -> None:
    monkeypatch.setattr(unknown_keys, "_told", set())
    monkeypatch.setattr(unknown_keys, "_unchecked", {})
    url = f"sqlite:///{tmp_path}/billing.db"
    with Billing(url, catalog=CATALOG) as billing:
        billing.catalog()
    usage_bar("emials")
    app = install(App(), AsyncBilling(url, catalog=given))
    assert ("did you mean 'emails'?" in caplog.text) == (given is not None)

    async def start() -> None:
        async with app.tasks[0]():
            pass

    asyncio.run(start())
    assert caplog.text.count("did you mean 'emails'?") == 1


@pytest.mark.parametrize("engine", [AsyncBilling, Billing])
def test_the_lifespan_tells_the_hub_of_commits_and_closes_the_engine(
    monkeypatch: pytest.MonkeyPatch, engine: type[Any]
) -> None:
    told: list[str] = []
    monkeypatch.setattr(Hub, "committed", lambda _hub, customer_id: told.append(customer_id))
    app = install(App(), engine("sqlite://", catalog=CATALOG))

    async def live() -> None:
        (lifespan,) = app.tasks
        installed = runtime.get_runtime()
        async with lifespan():
            await installed.billing.create_customer("acme")
        assert told == ["acme"]
        with pytest.raises(ServiceUnavailable):
            await installed.billing.get_customer("acme")

    asyncio.run(live())


@pytest.mark.parametrize(
    ("production", "origins", "warned"),
    [(True, ["*"], True), (True, ["https://app.example"], False), (False, ["*"], False)],
)
def test_it_warns_in_production_when_any_origin_may_connect(
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    production: bool,
    origins: list[str],
    warned: bool,
) -> None:
    monkeypatch.setattr(installation, "is_prod_mode", lambda: production)
    monkeypatch.setattr(installation, "get_config", lambda: SimpleNamespace(cors_allowed_origins=origins))
    app = install(App())

    async def live() -> None:
        async with app.tasks[0]():
            pass

    with caplog.at_level(logging.WARNING):
        asyncio.run(live())
    assert ("cors_allowed_origins" in caplog.text) == warned


def test_the_plugin_adds_the_portals_page_unless_the_host_has_one_there() -> None:
    pages: list[str] = []

    def context(taken: bool) -> Any:
        return {
            "app_type": object,
            "add_page": lambda _page, route, title: pages.append(f"{route} {title}"),
            "has_app_page": lambda _route: taken,
        }

    BillingPlugin(route="/usage").register_route(**context(taken=True))
    assert pages == []
    BillingPlugin(route="/usage").register_route(**context(taken=False))
    assert pages == ["/usage Usage"]


def test_the_plugins_page_speaks_the_language_that_is_installed() -> None:
    pages: list[tuple[str, Callable[[], rx.Component]]] = []
    install(App(), labels=GERMAN)
    BillingPlugin().register_route(
        app_type=rx.App,
        add_page=lambda page, title, **_: pages.append((title, page)),  # type: ignore[arg-type]
        has_app_page=lambda _route: False,
    )
    ((title, page),) = pages
    drawn = str(page())
    assert title == "Nutzung"
    assert 'lang:"de"' in drawn
    for text in ("Abrechnung", "Abrechnung: Nutzung", "Tarife", "Hell oder dunkel"):
        assert f'"{text}"' in drawn
    assert '("Tarif "+' in drawn
    texts = [label.name for label in fields(Labels) if isinstance(label.default, str) and " " in label.default]
    english = [getattr(Labels(), name) for name in texts if getattr(Labels(), name) != getattr(GERMAN, name)]
    assert [text for text in [*english, "Billing", "Usage", "Plans", " plan"] if f'"{text}"' in drawn] == []
