"""What `install` set up for the app of this process, found by the states without importing the app."""

from __future__ import annotations

from dataclasses import dataclass

from reflex.app import App

from billing_ui_backend import AsyncBilling
from billing_ui_components.customers import Customers
from billing_ui_components.hub import Hub
from billing_ui_components.identity import Identify
from billing_ui_components.labels import Labels
from billing_ui_components.plan_desk import PlanDesk


@dataclass(frozen=True, slots=True, eq=False)
class Runtime:
    """The parts that one app's states share.

    Attributes:
        app: the app it is installed in.
        billing: the engine.
        identify: the host's function, the only source of identity.
        hub: keeps the open tabs fresh.
        labels: the words.
        customers: does the engine's calls for customers it may not know yet.
        desk: who may change a plan, and which changes wait for an answer.
    """

    app: App
    billing: AsyncBilling
    identify: Identify
    hub: Hub
    labels: Labels
    customers: Customers
    desk: PlanDesk

    def connected(self, token: str, sid: str) -> bool:
        """Whether a tab's token still belongs to that very connection."""
        return is_connected(self.app, token, sid)


def is_connected(app: App, token: str, sid: str) -> bool:
    """Whether a tab's token still belongs to that very connection: not closed, not taken over by another client."""
    namespace = app.event_namespace
    record = namespace._token_manager.token_to_socket.get(token) if namespace else None
    return record is not None and record.sid == sid


_installed: list[Runtime] = []


def set_runtime(runtime: Runtime) -> None:
    """Remember what was installed.

    Raises:
        RuntimeError: something is installed in this app already.
    """
    if any(earlier.app is runtime.app for earlier in _installed):
        raise RuntimeError("billing_ui is installed in this app already: call bui.install(app, ...) once")
    _installed[:] = [runtime]


def get_runtime() -> Runtime:
    """What was installed in this process's app.

    Raises:
        RuntimeError: nothing is.
    """
    if not _installed:
        raise RuntimeError(
            "billing_ui is not installed: call bui.install(app, billing=..., identify=...) after rx.App()"
        )
    return _installed[0]


def installed_labels() -> Labels:
    """The words that were installed; the English ones before `install`."""
    return _installed[0].labels if _installed else Labels()


def installed_billing() -> AsyncBilling | None:
    """The engine that was installed; None before `install`."""
    return _installed[0].billing if _installed else None


def may_change_plans() -> bool:
    """Whether a page that is built now has to reckon with changes of plan: unless `install` has come before, without a policy."""
    return not _installed or _installed[0].desk.policy is not None
