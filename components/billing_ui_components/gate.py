"""Show something to those who have access to a feature, and to nobody else."""

from __future__ import annotations

from typing import Any

import reflex as rx
from reflex.vars import ArrayVar, ObjectVar

from billing_ui_components.actions import bound
from billing_ui_components.arguments import checked
from billing_ui_components.focus import keep_focus
from billing_ui_components.gate_element import gate_element
from billing_ui_components.gate_view import GateView, without_access
from billing_ui_components.icons import shape_icon
from billing_ui_components.labels import Labels
from billing_ui_components.runtime import installed_labels
from billing_ui_components.slot import slot
from billing_ui_components.state import UsageState


@checked()
def feature_gate(
    feature: str | rx.Var[str],
    *children: Any,
    fallback: rx.Component | rx.Var | str | None = None,
    loading: rx.Component | rx.Var | str | None = None,
    on_access_denied: Any = None,
    on_quota_exceeded: Any = None,
    on_compare: Any = None,
    show_usage_badge: bool = False,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """Show its children to a customer who may use a feature now, and something else to everyone else.

    A gate hides, it does not protect: its children are in the JavaScript that every browser loads. What they lead to must
    check for itself, in the handler, with `await self._check_entitlement(...)` or simply `await self._track_usage(...)`.

    A flag is open where the plan has it, a metered feature while anything is left of it or its limit is soft. The server
    decides, with the usage of the whole page in one read, and a change is pushed: a plan bought in another tab opens the
    gate at once. A subscription that is paused or has ended gives no access. The children are not mounted while access is
    not known: before the first load, after a failed one, when nobody is signed in. A page that is loaded, or comes back
    from one without widgets, waits for an answer of its own.

    If reading fails later, or the browser loses the server, what was last known counts for 15 s, as long as numbers count
    as fresh, and no longer than to an end of the subscription that was known to come (with 5 s for a server that is connected
    to tell what comes then). Then the children go out of sight until access is known again; at once where `identify` fails,
    and for a moment where the server was started anew. They stay mounted meanwhile, with what was typed into them, however long
    it lasts; as React has it of what is hidden, their effects end and begin again, and so do `on_unmount` and `on_mount`; a
    modal `dialog` is closed and opened again, what plays is stopped and goes on. They are gone once access is denied, somebody else looks, or nobody is signed in.

    A page that was frozen, or slept with its computer, asks before it shows them again. One that was out of sight asks nothing
    there; it asks when it is looked at again, and shows what was known until that is answered, for 3 s at most and for 5 s more
    while it asks whether the server lives. A server that stands still without closing the connection is missed after 21 s, by a
    request to Reflex's `/ping`, which has to be answered, and not by 502 to 504. While it is, an event handler of the host's that
    works in the foreground, and keeps the tab from hearing anything, takes nothing out of sight; where a proxy answers `/ping` by
    itself, so does a server that stands still, for the 145 s after which Reflex gives the connection up
    (`REFLEX_SOCKET_INTERVAL` and `REFLEX_SOCKET_TIMEOUT`).

    Args:
        feature: the key of a flag or of a metered feature, or a var of one, such as the item of an `rx.foreach`. While a var is ""
            access is not known; a key that the catalog does not know is in no plan.
        *children: what only those with access see.
        fallback: what the others see; by default the feature's name, why it is not there and the plan that has it.
        loading: what is shown until access is known; by default a grey block. Give it the size of the children, so that
            nothing moves when they come.
        on_access_denied: called with the feature's key when the gate turns out, or becomes, closed for any other reason
            than a full quota; once for each change, feature and person, and again when it is drawn anew, not with each reading.
        on_quota_exceeded: called with the feature's key, likewise, when a hard limit is reached.
        on_compare: what "Compare plans" in the default fallback does, called with the feature's key; without it there is
            no such button.
        show_usage_badge: say above the children how much is left of a metered feature.
        labels: the words of what is shown without an answer from the server; by default those that were installed.
        class_name: further classes.
        **props: further properties of the block, such as style.

    Returns:
        A block. Where its content is taken away from under the focus, the block has the focus.

    Example:
        ```python
        bui.feature_gate("sso", rx.el.a("Set up single sign-on", href="/sso"), on_compare=rx.redirect("/plans"))
        bui.feature_gate("api_calls", rx.el.p("Call away"), show_usage_badge=True, on_quota_exceeded=rx.redirect("/plans"))
        ```
    """
    labels = labels or installed_labels()
    known, answer = UsageState.gates.contains(feature), UsageState.gates[feature].to(GateView)
    # Whatever is known is known of all features at once: one that is not among them is in no plan.
    any_known = UsageState.gates.keys().length() > 0
    # A var may have no key yet: before its page has loaded.
    any_known = any_known & (rx.Var.create(feature) != "") if isinstance(feature, rx.Var) else any_known
    access = rx.cond(known, answer.access, rx.cond(any_known, "denied", "unknown"))
    reason = rx.cond(known, answer.reason, rx.cond(any_known, "feature_not_in_plan", UsageState.status))
    views = rx.cond(
        known, [answer], rx.cond(any_known, [without_access("feature_not_in_plan", labels)], _unread(labels))
    ).to(list[GateView])
    title = views[0].feature_title
    unread = gate_note(without_access("error", labels), title=title)
    waiting = rx.cond(UsageState.gates_missed, unread, slot(loading, gate_waiting(labels)))
    closed = rx.match(
        access,
        ("denied", slot(fallback, _notes(views, on_compare))),
        rx.match(reason, ("error", "signed_out", "stale", _notes(views, on_compare)), waiting),
    )
    return gate_element(
        feature,
        rx.fragment(gate_badge(answer) if show_usage_badge else rx.fragment(), *children),
        rx.fragment(closed),
        access=access,
        reason=reason,
        believed_ms=views[0].believed_ms,
        ends_ms=views[0].ends_ms,
        waiting=waiting,
        away=gate_note(without_access("not_connected", labels), title=title),
        fields_kept=rx.el.p(labels.gate_fields_kept, class_name="bui bui-gate-kept"),
        events={"on_access_denied": on_access_denied, "on_quota_exceeded": on_quota_exceeded},
        # Not the library's own class: what the host puts into a gate keeps the host's look.
        class_name=f"bui-gate {class_name}".rstrip(),
        **props,
    )


def gate_note(
    view: GateView | ObjectVar[GateView], *, on_compare: Any = None, title: str | rx.Var[str] | None = None
) -> rx.Component:
    """Draw why a feature is not there: its name, a shape and a word, what would help, and one action.

    Args:
        view: a GateView, or a var of one.
        on_compare: what "Compare plans" does, called with the feature's key.
        title: the feature's name, where the view does not know it.
    """
    gate = rx.Var.create(view).to(GateView)
    name = gate.feature_title if title is None else rx.Var.create(title)
    cases = [("retry", _button(gate, [keep_focus(), UsageState.refresh]))]
    if on_compare is not None:
        cases.append(("compare", _button(gate, bound(on_compare, "on_compare", gate.feature_key))))
    return rx.el.div(
        rx.el.div(
            rx.cond(name != "", rx.el.strong(name)),
            rx.el.span(
                shape_icon(gate.shape),
                rx.el.span(gate.status_text),
                class_name="bui-status",
                custom_attrs={"data-tone": gate.tone},
            ),
            class_name="bui-name",
        ),
        rx.el.div(rx.el.span(gate.note_text), rx.match(gate.action, *cases, rx.fragment()), class_name="bui-foot"),
        class_name="bui bui-gate-note",
        custom_attrs={"data-reason": gate.reason},
    )


def gate_badge(view: GateView | ObjectVar[GateView]) -> rx.Component | rx.Var:
    """Draw how much is left of a metered feature; nothing for a flag.

    Args:
        view: a GateView, or a var of one.
    """
    gate = rx.Var.create(view).to(GateView)
    stale = rx.el.span(shape_icon(gate.shape), rx.el.span(gate.status_text), class_name="bui-status")
    return rx.cond(
        gate.badge_text != "",
        rx.el.p(rx.el.span(gate.badge_text), rx.cond(gate.stale, stale), class_name="bui bui-badge"),
    )


def _unread(labels: Labels) -> rx.Component | rx.Var:
    return rx.match(
        UsageState.status,
        ("signed_out", [without_access("signed_out", labels)]),
        ("error", [without_access("error", labels)]),
        [without_access("loading", labels)],
    )


def _notes(views: ArrayVar[list[GateView]], on_compare: Any) -> rx.Component:
    return rx.foreach(views, lambda view: gate_note(view, on_compare=on_compare))


def gate_waiting(labels: Labels) -> rx.Component:
    """Draw what holds the place until access is known.

    Args:
        labels: the words.
    """
    return rx.el.div(
        rx.el.span(rx.el.span(labels.status_loading), class_name="bui-status"),
        class_name="bui bui-gate-wait",
        custom_attrs={"data-state": "loading", "aria-busy": "true"},
    )


def _button(view: ObjectVar[GateView], on_click: Any) -> rx.Component:
    return rx.el.button(view.action_text, type="button", class_name="bui-link", on_click=on_click)
