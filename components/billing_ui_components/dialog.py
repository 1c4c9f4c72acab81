"""A modal dialog or a drawer, on the browser's own dialog element."""

from __future__ import annotations

import json
from typing import Any, Literal

import reflex as rx
from reflex.event import no_args_event_spec
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_base.utils.format import to_camel_case
from reflex_base.vars.function import FunctionStringVar, FunctionVar

from billing_ui_components.choices import check_choice
from billing_ui_components.icons import close_icon
from billing_ui_components.labels import Labels
from billing_ui_components.properties import html_attributes
from billing_ui_components.runtime import installed_labels
from billing_ui_components.shared_asset import shared_asset

DialogVariant = Literal["modal", "drawer"]
DialogRole = Literal["dialog", "alertdialog"]


class _Dialog(rx.Component):
    """The element with its behaviour: see dialog.js."""

    tag = "Dialog"
    open: rx.Var[bool]
    topic: rx.Var[str]
    closable: rx.Var[bool]
    unasked: rx.Var[str]
    on_close: rx.EventHandler[no_args_event_spec]


def dialog(
    *children: Any,
    dialog_id: str | rx.Var[str],
    title: str | rx.Var[str],
    label: str | None = None,
    variant: DialogVariant = "modal",
    open: bool | rx.Var[bool] | None = None,
    on_close: Any = None,
    topic: str | rx.Var[str] | None = None,
    closable: bool | rx.Var[bool] = True,
    unasked: str | rx.Var[str] | None = None,
    role: DialogRole = "dialog",
    described_by: str | None = None,
    icon: rx.Component | None = None,
    labels: Labels | None = None,
    class_name: str = "",
    **props: Any,
) -> rx.Component:
    """A dialog over the page, which cannot be used or scrolled meanwhile.

    The focus moves into it (to the element with the attribute `data-bui-focus`, if there is one), stays in it and returns
    to where it was. The close button, Esc and a click beside the dialog close it at once, without waiting for the server;
    nothing else on the page hears of that Esc. Where it is put in the page does not matter, as long as that place is shown itself:
    it does not open in a place that is hidden, and goes when its place does.

    Args:
        *children: what is in it. They are part of the page while it is closed, but not shown.
        dialog_id: the element's id on the page, for `open_dialog` and `close_dialog`.
        title: its heading and its name. "" for no heading.
        label: its name where it has no heading.
        variant: "modal" in the middle, or "drawer" at the end of the line; a drawer is a sheet from below on a narrow
            screen. The CSS variable `--bui-dialog-width` sets the width.
        open: opens and closes it as it changes. Without it, only `open_dialog` opens it.
        on_close: what happens when the person closes it, not when `open` does. Where `open` is given, set it to False: then it
            happens also when the dialog cannot be seen where it is put, or is no longer part of the page.
        topic: names what it asks, for a dialog that asks for an answer. It may ask something else while it is open: the focus
            then returns to its beginning, so that no press agrees to what has not been read. What was asked before the dialog
            became part of the page is not asked again: `on_close` happens instead.
        closable: whether the person can close it.
        unasked: names what it is about, for a dialog that nobody asked for: it waits until no other dialog is open and its place
            is shown, and once the person has closed it, it does not open again for the same name as long as the page is not
            loaded anew.
        role: "alertdialog" for what is urgent.
        described_by: the id of the text that is read out with the name.
        icon: what stands before the title.
        labels: the words; by default those that were installed.
        class_name: further classes.
        **props: further properties of the element, such as style.

    Returns:
        A dialog element, closed until it is opened.

    Raises:
        ValueError: an unknown variant or role.

    Example:
        ```python
        rx.fragment(
            rx.el.button("Plans", on_click=open_dialog("plans")),
            dialog(bui.pricing_table(), dialog_id="plans", title="Choose a plan"),
        )
        ```
    """
    check_choice("variant", variant, DialogVariant)
    check_choice("role", role, DialogRole)
    labels = labels or installed_labels()
    title_id = f"{dialog_id}-title"
    close = rx.el.button(
        close_icon(), type="button", class_name="bui-close", on_click=close_dialog(dialog_id), aria_label=labels.close
    )
    named = isinstance(title, rx.Var) or title != ""
    head = [icon] if icon is not None else []
    if named:
        head.append(rx.el.h2(title, class_name="bui-dialog-title", custom_attrs={"id": title_id}))
    given = {"open": open, "on_close": on_close, "topic": topic, "unasked": unasked}
    attributes = {
        "id": dialog_id,
        "role": role,
        "aria-labelledby": title_id if named else None,
        "aria-label": None if named else label,
        "aria-describedby": described_by,
        "data-variant": variant,
        # The element is not one of Reflex's own, which would know them.
        **{to_camel_case(name): props.pop(name) for name in html_attributes(props)},
        **props.pop("custom_attrs", {}),
    }
    return _Dialog.create(
        rx.el.div(*head, rx.cond(closable, close), class_name="bui-dialog-head"),
        rx.el.div(*children, class_name="bui-dialog-body"),
        library=_script(),
        closable=closable,
        class_name=f"bui bui-dialog {class_name}".rstrip(),
        custom_attrs={name: value for name, value in attributes.items() if value is not None},
        **{name: value for name, value in given.items() if value is not None},
        **props,
    )


def open_dialog(dialog_id: str | rx.Var[str]) -> FunctionVar:
    """An event that opens a dialog of this page, in the browser alone.

    Args:
        dialog_id: the dialog's.

    Example:
        ```python
        rx.el.button("Plans", on_click=open_dialog("plans"))
        ```
    """
    return _function("openDialog", dialog_id)


def close_dialog(dialog_id: str | rx.Var[str], *, told: bool = True) -> FunctionVar:
    """An event that closes a dialog of this page, in the browser alone, as the person would.

    Args:
        dialog_id: the dialog's.
        told: whether `on_close` happens.
    """
    return _function("closeDialog", dialog_id, json.dumps(told))


def _function(name: str, dialog_id: str | rx.Var[str], argument: str = "args.at(-1)") -> FunctionVar:
    named = rx.Var.create(dialog_id)
    data = VarData.merge(named._get_all_var_data(), VarData(imports={_script(): [ImportVar(tag=name)]}))
    # Reflex gives a function the trigger's own arguments, then the browser's event.
    return FunctionStringVar.create(f"((...args) => {name}({named!s}, {argument}))", _var_data=data)


def _script() -> str:
    # Not when this module is imported: it makes the files part of the app that is being built.
    return shared_asset("dialog.js")
