"""A host app whose login, clock and engine the tests can reach through `/control`."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from functools import wraps
from http.cookies import SimpleCookie

import reflex as rx
from reflex_base.registry import RegistrationContext
from reflex_components_core.react_router.dom import ReactRouterLink
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse
from starlette.routing import Mount, Route

import billing_ui as bui
from live_host.dialogs import dialogs
from live_host.gates import gates, listed_gates
from live_host.hidden import hidden, ways
from live_host.notices import notices
from live_host.nudges import nudges, prompts, suggestions, toast
from live_host.plans import asked as asked_of_the_policy
from live_host.plans import comparison, decide, drawer, german_portal, plans, policies, portals
from live_host.widgets import WIDGET_PAGES
from tools.reference.entries import components, functions
from tools.reference.examples import drawn

CATALOG = {
    "default_plan": "free",
    "features": {
        "api_calls": {
            "title": "API calls",
            "type": "usage_quota",
            "unit": "call",
            "client_trackable": {"max_quantity": "1", "per_minute": 600},
        },
        "builds": {
            "title": "Builds",
            "type": "usage_quota",
            "unit": "build",
            "client_trackable": {"max_quantity": "5", "per_minute": 600},
        },
        "emails": {"title": "Emails", "type": "usage_quota", "unit": "email"},
        "storage_gb": {"title": "Storage", "type": "numeric_limit", "unit": "GB"},
        "sso": {"title": "Single sign-on", "type": "boolean_flag"},
    },
    "plans": {
        "free": {
            "title": "Free",
            "rank": 10,
            "features": {
                "api_calls": {"limit": 1000, "period": "month"},
                "builds": {"limit": 20, "period": "hour"},
                "emails": {"limit": 100, "period": "month"},
                "storage_gb": {"limit": "0.5"},
            },
        },
        "pro": {
            "title": "Pro",
            "rank": 20,
            "highlight": True,
            "prices": [
                {"amount": "29", "currency": "USD", "interval": "month"},
                {"amount": "290", "currency": "USD", "interval": "year"},
            ],
            "features": {
                "api_calls": {"limit": 50000, "period": "month"},
                "builds": {"limit": 500, "period": "hour"},
                "emails": {"limit": 5000, "period": "month"},
                "storage_gb": {"limit": "unlimited"},
                "sso": True,
            },
        },
        "enterprise": {"title": "Enterprise", "rank": 30, "contact": "mailto:sales@acme.example"},
        "secret": {"title": "Hushed", "rank": 40, "public": False},
    },
}


class CountedBilling(bui.AsyncBilling):
    """The engine, counting how often a customer is read."""

    reads: dict[str, int]

    async def get_overview(self, customer_id, *, user_ids=(None,)):
        self.reads[customer_id] = self.reads.get(customer_id, 0) + 1
        return await super().get_overview(customer_id, user_ids=user_ids)


ahead = timedelta()
answers: dict[str, str | None] = {}
billing = CountedBilling(os.environ["LIVE_DATABASE_URL"], catalog=CATALOG, clock=lambda: datetime.now(UTC) + ahead)
billing.reads = {}


def cookie_of(state: rx.State) -> str:
    cookies = SimpleCookie(state.router.headers.cookie)
    return cookies["who"].value if "who" in cookies else ""


async def identify(state: rx.State) -> str | None:
    who = cookie_of(state)
    answer = answers.get(who, who)
    if answer == "raise":
        raise RuntimeError("the login service is down")
    return answer or None


class Chat(bui.UsageMixin, rx.State):
    answer: str = ""

    @rx.event
    async def send(self):
        try:
            receipt = await self._track_usage("emails")
        except bui.QuotaExceeded as error:
            self.answer = f"limit of {error.limit} reached"
        else:
            self.answer = f"sent {receipt.usage.consumed_units}"

    @rx.event(background=True)
    async def send_in_background(self):
        receipt = await self._track_usage("emails", 2)
        async with self:
            customer = await self._customer()
            self.answer = f"{customer.customer_id} sent {receipt.usage.consumed_units} in all"

    @rx.event
    async def log_out(self):
        answers[cookie_of(self)] = None
        await bui.sign_out(self)


def index() -> rx.Component:
    calls = bui.usage_metrics("api_calls")
    return rx.el.main(
        bui.upgrade_nudge("banner"),
        bui.usage_display(title="Your usage"),
        rx.el.p(calls.consumed_text, " / ", calls.limit_text, id="calls"),
        rx.el.p(bui.usage_metrics("emails").consumed_text, id="emails"),
        rx.el.p(bui.usage_metrics("builds").consumed_text, id="builds"),
        rx.el.button("Call the API", id="call", on_click=bui.track_usage("api_calls")),
        rx.el.button("Build", id="build", on_click=bui.track_usage("builds", 5)),
        rx.el.button("Send", id="send", on_click=Chat.send),
        rx.el.button("Send later", id="send-later", on_click=Chat.send_in_background),
        rx.el.p(Chat.answer, id="answer"),
        rx.el.button("Leave", id="leave", on_click=rx.redirect("/quiet")),
        rx.el.button("Log out", id="log-out", on_click=Chat.log_out),
    )


def with_mark(page: Callable[[], rx.Component]) -> Callable[[], rx.Component]:
    """The page, which says when it is connected: it is drawn before that, and what is pressed then is lost."""

    # Reflex keeps what it makes of a page in a file for the module that the page says it is of.
    @wraps(page)
    def marked() -> rx.Component:
        mark = rx.el.span(hidden=True, custom_attrs={"data-connected": ""})
        return rx.fragment(page(), rx.cond(rx.State.is_hydrated, mark))

    return marked


def vars_only() -> rx.Component:
    """No component of the library, only a var: it must be kept fresh all the same."""
    return rx.el.main(rx.el.p(bui.usage_metrics("api_calls").consumed_text, id="calls"))


class Checkout(rx.State):
    plan: str = ""

    @rx.event
    def start(self, plan_key: str):
        self.plan = plan_key


def reference() -> rx.Component:
    """Every example of the component reference that draws something."""
    entries = [entry for entry in [*components(), *functions()] if entry.name != "sign_out"]
    parts = [part for entry in entries for part in entry.parts]
    return rx.el.main(*(drawn(entry, {"Checkout": Checkout}) for entry in [*entries, *parts]))


def quiet() -> rx.Component:
    return rx.el.main(rx.el.p("Nothing to see here", id="quiet"), ReactRouterLink.create("To the drawer", to="/drawer"))


def nothing() -> rx.Component:
    """Where there is nothing to show of a feature or of a plan, which the host has not found out yet."""
    return rx.el.main(
        bui.usage_display("sso"), bui.compact_usage_display("teleport"), bui.pricing_table(plan_ids=["gold"])
    )


async def set_identity(request: Request) -> JSONResponse:
    answers.update(await request.json())
    return JSONResponse(answers)


async def move_clock(request: Request) -> JSONResponse:
    global ahead
    ahead += timedelta(seconds=(await request.json())["seconds"])
    return JSONResponse({"now": billing.now().isoformat()})


async def track(request: Request) -> JSONResponse:
    body = await request.json()
    receipt = await billing.track_usage(
        customer_id=body["customer_id"], feature_key=body["feature_key"], quantity=Decimal(body.get("quantity", "1"))
    )
    return JSONResponse({"consumed": str(receipt.usage.consumed_units)})


async def create_customer(request: Request) -> JSONResponse:
    customer = await billing.create_customer((await request.json())["customer_id"])
    return JSONResponse({"plan": customer.plan_key})


async def change_plan(request: Request) -> JSONResponse:
    """Puts a customer on a plan, or pauses or resumes the subscription."""
    body = await request.json()
    customer_id, plan_key = body["customer_id"], body["plan"]
    changes = {"paused": billing.pause_subscription, "resumed": billing.resume_subscription}
    change = changes.get(plan_key)
    await (change(customer_id) if change else billing.change_plan(customer_id, plan_key))
    return JSONResponse({})


async def set_policy(request: Request) -> JSONResponse:
    policies.update(await request.json())
    return JSONResponse(policies)


async def asked(_request: Request) -> JSONResponse:
    """The changes of plan that the policy was asked about."""
    return JSONResponse(asked_of_the_policy)


async def reads(_request: Request) -> JSONResponse:
    return JSONResponse(billing.reads)


async def handlers(_request: Request) -> JSONResponse:
    """Every event handler a client can call, with its parameters."""
    registered = RegistrationContext.get().event_handlers
    return JSONResponse({name: list(entry.handler._parameters)[1:] for name, entry in registered.items()})


async def hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("the host's own route")


control = Starlette(
    routes=[
        Route("/identity", set_identity, methods=["POST"]),
        Route("/clock", move_clock, methods=["POST"]),
        Route("/track", track, methods=["POST"]),
        Route("/customer", create_customer, methods=["POST"]),
        Route("/plan", change_plan, methods=["POST"]),
        Route("/policy", set_policy, methods=["POST"]),
        Route("/asked", asked),
        Route("/reads", reads),
        Route("/handlers", handlers),
        Route("/hello", hello),
    ]
)

app = rx.App(api_transformer=lambda asgi: Starlette(routes=[Mount("/control", control), Mount("", asgi)]))
pages = {
    "/": index,
    "/vars": vars_only,
    "/quiet": quiet,
    "/nothing": nothing,
    "/dialogs": dialogs,
    "/notices": notices,
    "/nudges": nudges,
    "/nudges/toast": toast,
    "/prompts": prompts,
    "/suggestions": suggestions,
    "/reference": reference,
    "/gates": gates,
    "/gates/listed": listed_gates,
    **WIDGET_PAGES,
    "/plans": plans,
    "/compare": comparison,
    "/drawer": drawer,
    "/portals": portals,
    "/portal/german": german_portal,
    "/hidden": hidden,
    "/ways": ways,
}
for route, page in pages.items():
    app.add_page(with_mark(page), route=route)
bui.install(app, billing=billing, identify=identify, allow_plan_change=decide)
