"""What the engine's reference describes: its calls, what goes in and comes out, and what a host's app adds."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable
from typing import Any

import billing_ui
import billing_ui_backend
from billing_ui_backend import Billing, BillingError, Hold, UsageRule
from tools.reference.docstring import docstring_of
from tools.reference.entries import Entry, Prop, arguments, class_entry, function_entry

# What the other rooms call: no caller of the engine needs it.
_INSIDE = {
    "authenticate",
    "authenticate_session_token",
    "browser_track",
    "get_overview",
    "import_customer",
    "import_usage_batch",
    "is_open",
    "open_writer",
}
# What means the same wherever it stands.
_COMMON = {
    "customer_id": "the customer's id: your own",
    "feature_key": "the feature's key in the catalog",
    "plan_key": "the plan's key in the catalog",
    "at": '"now" or "period_end"',
    "user_id": "who of the customer's users; without, the customer as a whole",
    "hold_id": "the hold's",
    "nudge_id": "the nudge's",
    "quantity": "in the feature's unit",
    "idempotency_key": "names the event for this customer; made without one",
    "cursor": "`next_cursor` of the page before",
    "limit": "how many a page, up to 1,000",
    "start": "from then on, with a zone",
    "end": "until before then, with a zone",
    "name": "for people; nothing depends on it",
    "email": "for people; nothing depends on it",
    "timezone": "an IANA zone, in which days and months are counted",
    "locale": "a BCP 47 tag for numbers and dates",
}


def engines() -> list[Entry]:
    """`Billing` with its calls, and what has the same ones."""
    calls = {name: call for name, call in vars(Billing).items() if inspect.isfunction(call)}
    public = [name for name in calls if not name.startswith("_") and name not in _INSIDE]
    parts = tuple(_explained(function_entry(f"Billing.{name}", calls[name])) for name in public)
    whole = dataclasses.replace(_constructed("Billing"), parts=parts)
    return [whole, *map(_constructed, ("AsyncBilling", "BillingClient", "AsyncBillingClient"))]


def holds() -> list[Entry]:
    """What `reserve_usage` gives."""
    parts = (function_entry("Hold.commit", Hold.commit), function_entry("Hold.release", Hold.release))
    fields = tuple(prop for prop in class_entry(Hold).props if prop.name != "engine")
    return [dataclasses.replace(class_entry(Hold), props=fields, parts=parts)]


def hosting() -> list[Entry]:
    """What is put into an app or around it."""
    around = [
        _constructed("UsageMiddleware"),
        class_entry(UsageRule),
        _called("create_api", billing_ui_backend.create_api),
    ]
    return [_called("install", billing_ui.install), *map(_constructed, ("BillingPlugin", "OwnOrigins")), *around]


def results() -> list[Entry]:
    """The frozen classes that come out, and those of a catalog."""
    other = {"AsyncHold", "Hold", "UsageOverview", "UsageRule"}
    named = [(name, getattr(billing_ui_backend, name)) for name in billing_ui_backend.__all__ if name not in other]
    return [class_entry(thing) for _, thing in named if dataclasses.is_dataclass(thing) and inspect.isclass(thing)]


def errors() -> list[type[BillingError]]:
    """All that is raised."""
    public = [getattr(billing_ui_backend, name) for name in billing_ui_backend.__all__]
    return [thing for thing in public if inspect.isclass(thing) and issubclass(thing, BillingError)]


def everything() -> list[Entry]:
    """All entries and all their parts."""
    entries = [*engines(), *holds(), *hosting(), *results()]
    return [*entries, *(part for entry in entries for part in entry.parts)]


def _constructed(name: str) -> Entry:
    thing: Any = getattr(billing_ui, name)
    doc = docstring_of(thing)
    # An asynchronous twin takes what the other one takes.
    return Entry(name, doc, tuple(arguments(thing.__init__, doc)) if doc.texts else ())


def _called(name: str, call: Callable[..., Any]) -> Entry:
    return function_entry(name, call)


def _explained(entry: Entry) -> Entry:
    props = (_with_text(prop, _COMMON.get(prop.name, "")) for prop in entry.props)
    return dataclasses.replace(entry, props=tuple(props))


def _with_text(prop: Prop, common: str) -> Prop:
    return prop if prop.text or not common else dataclasses.replace(prop, text=f"{common}.")
