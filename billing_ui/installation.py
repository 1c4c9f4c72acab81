"""Put billing_ui into a host's Reflex app: the API beside its pages, and the hub in its lifespan."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence

import reflex as rx
from reflex.config import get_config
from reflex.utils.exec import is_prod_mode
from starlette.applications import Starlette
from starlette.routing import Mount
from starlette.types import ASGIApp

from billing_ui_backend import AsyncBilling, Billing
from billing_ui_backend.api import create_api
from billing_ui_backend.errors import ServiceUnavailable
from billing_ui_components.customers import Customers
from billing_ui_components.hub import Hub
from billing_ui_components.identity import Identify
from billing_ui_components.labels import Labels
from billing_ui_components.meter import DEFAULT_THRESHOLDS, Thresholds
from billing_ui_components.plan_desk import PlanDesk
from billing_ui_components.plan_policy import PlanPolicy, check_policy, is_async
from billing_ui_components.reading import Reader
from billing_ui_components.runtime import Runtime, is_connected, set_runtime
from billing_ui_components.state import push
from billing_ui_components.stylesheet import stylesheet_urls
from billing_ui_components.unknown_keys import check_installed, check_written

logger = logging.getLogger(__name__)


def install(
    app: rx.App,
    *,
    billing: AsyncBilling | Billing,
    identify: Identify,
    api_path: str = "/billing-api",
    create_customers: bool = True,
    labels: Labels | None = None,
    thresholds: Thresholds = DEFAULT_THRESHOLDS,
    allow_plan_change: PlanPolicy = None,
) -> None:
    """Install billing_ui in an app, once, after `rx.App()`. Nothing is opened until the app serves.

    Args:
        app: the host's app.
        billing: the engine; it is closed when the app stops.
        identify: an async function that answers who a state's tab belongs to: an Identity, a customer id, or None. It is
            asked in every handler and before each push, so keep it quick; nothing else decides whose usage is shown or
            counted. When it fails or takes more than five seconds the tab shows the error state and no numbers.
        api_path: where the HTTP API is mounted, beside the host's pages and what `api_transformer` already serves.
        create_customers: create a customer the engine does not know, on the default plan, when identify first names one.
            It gets the locale of the labels' language and the zone UTC until `update_customer` says otherwise.
        labels: the words; English without, `GERMAN` for German.
        thresholds: from which percentages usage is near a limit and critical.
        allow_plan_change: who may change a plan on a page. None: nobody, a pricing table's buttons do only what the host has
            them do. True: every customer, to every public plan without a contact, once they have confirmed what it changes.
            An async function is asked then, with a PlanChange: True lets the engine make the change; False, or a text that
            says why, refuses it, and so does what is no answer, None or an empty list of events; an event, such as
            `rx.redirect(checkout_url)`, is done instead, and the host changes the plan when it was paid. While it decides,
            this process does not ask it again for that customer. It may still be called more than once for one wish: by
            another worker, or for a retry after an error. `idempotency_key` is the same then, and another one for another plan,
            price or interval and once another plan has been in force: the key for what the function charges. Whether the engine
            then makes the change that was allowed the function can't know; what has to be paid back otherwise is better
            charged as an order of the host's.

    Raises:
        TypeError: `app` is no app, `billing` no engine, `identify` or `allow_plan_change` no async function, or labels or thresholds are
            something else.
        RuntimeError: it is installed in this app already.
        ValueError: `api_path` is not a path below the root.

    Example:
        ```python
        app = rx.App()
        bui.install(app, billing=bui.AsyncBilling(catalog="billing.toml"), identify=current_customer)
        ```
    """
    if isinstance(app, type) or not hasattr(app, "register_lifespan_task"):
        raise TypeError(f"app must be your Reflex app, as in app = rx.App(); bui.install(app, ...), not {app!r:.80}")
    if not api_path.startswith("/") or not api_path.strip("/"):
        raise ValueError(f"api_path must be a path below the root, such as '/billing-api', not {api_path!r}")
    if not isinstance(billing, AsyncBilling | Billing):
        raise TypeError(
            f"billing must be an engine, such as bui.AsyncBilling(catalog='billing.toml'), not {billing!r:.80}"
        )
    if not is_async(identify):
        raise TypeError("identify must be an async function that takes a state")
    if not isinstance(labels, Labels | None):
        raise TypeError(f"labels must be a Labels, such as bui.GERMAN, not {labels!r:.80}")
    if not isinstance(thresholds, Thresholds):
        raise TypeError(
            f"thresholds must be a Thresholds, such as bui.Thresholds(near=60, critical=80), not {thresholds!r:.80}"
        )
    check_policy(allow_plan_change)
    engine = billing if isinstance(billing, AsyncBilling) else AsyncBilling(billing=billing)
    labels = labels or Labels()
    # Numbers and dates in the language of the words; English is what the engine takes without being told.
    locale = None if labels.language == Labels().language else labels.language
    customers = Customers(engine, create=create_customers, locale=locale)
    reader = Reader(customers, labels=labels, thresholds=thresholds, changeable=bool(allow_plan_change))
    hub = Hub(
        read=reader.read,
        failed=reader.failed,
        push=push,
        connected=lambda token, sid: is_connected(app, token, sid),
    )
    desk = PlanDesk(engine, labels, allow_plan_change)
    set_runtime(Runtime(app, engine, identify, hub, labels, customers, desk))
    check_installed()
    app.api_transformer = [*_transformers(app), _beside(api_path, engine)]
    app.stylesheets.extend(stylesheet_urls())
    app.register_lifespan_task(_lifespan(engine, billing, hub))


def _transformers(app: rx.App) -> list:
    present = app.api_transformer
    if present is None:
        return []
    return list(present) if isinstance(present, Sequence) else [present]


def _beside(api_path: str, engine: AsyncBilling):
    def transform(host: ASGIApp) -> ASGIApp:
        path = get_config().prepend_backend_path(api_path.rstrip("/"))
        return Starlette(routes=[Mount(path, create_api(engine)), Mount("", host)])

    return transform


def _lifespan(engine: AsyncBilling, billing: AsyncBilling | Billing, hub: Hub):
    @contextlib.asynccontextmanager
    async def billing_ui() -> AsyncIterator[None]:
        if is_prod_mode() and "*" in get_config().cors_allowed_origins:
            logger.warning(
                "billing_ui: pages of any origin may connect to this app with the user's cookies. Set "
                "cors_allowed_origins in rxconfig.py to the app's own origin."
            )
        try:
            # Opens the engine: a mistake in the catalog stops the start, where somebody looks, not the first page.
            check_written(await engine.catalog())
        except ServiceUnavailable as error:
            logger.error("billing_ui: %s. The pages show no numbers until it answers.", error)
        await hub.start()
        forget = engine.on_commit(hub.committed)
        try:
            yield
        finally:
            forget()
            await hub.stop()
            await engine.close()
            if isinstance(billing, Billing):
                await asyncio.to_thread(billing.close)

    return billing_ui
