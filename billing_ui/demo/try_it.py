"""The panel of things to try. Each is metered for real; what came of it is said below the button."""

from __future__ import annotations

from typing import Any

import reflex as rx

import billing_ui as bui
from billing_ui.demo.answers import Answer, Fact
from billing_ui.demo.browser import call_api, load_again, send_file
from billing_ui.demo.state import EMAILS, DemoState
from billing_ui_components.focus import keep_focus
from billing_ui_components.icons import shape_icon
from billing_ui_components.plans_link import open_plans

TRY_IT_ID = "try-it"


def try_it() -> rx.Component:
    """Draw the panel.

    Returns:
        A section with one block for each thing to try.
    """
    return rx.el.section(
        load_again(),
        rx.el.h2("Try it", class_name="portal-title", id="try-it-title"),
        rx.el.p("Each of these is metered on the server, against the limits of the plan.", class_name="demo-note"),
        rx.el.div(
            _call(),
            _email(),
            _process(),
            _gpu(),
            # What has a list stands last: nothing is pushed down when it comes.
            _upload(),
            _team(),
            class_name="portal-card demo-blocks",
        ),
        class_name="demo-section",
        id=TRY_IT_ID,
        custom_attrs={"aria-labelledby": "try-it-title"},
    )


def _call() -> rx.Component:
    return _block(
        "call",
        "Call the API",
        "A real HTTP request to an endpoint behind UsageMiddleware.",
        _button("Call", call_api(1)),
        _button("Call 10 times", call_api(10)),
        _button("Track in browser", bui.track_usage("api_calls")),
        more=rx.el.details(
            rx.el.summary("From a terminal"),
            rx.el.pre(rx.el.code(DemoState.curl)),
            class_name="demo-terminal",
        ),
    )


def _upload() -> rx.Component:
    return _block(
        "upload",
        "Upload a file",
        "Its bytes are counted as they arrive, up to 50 MiB, and discarded.",
        _file_field("upload-file", "Choose a file to upload", send_file("upload", "/v1/uploads", "upload-file")),
        more=_rows(DemoState.uploads, "Delete", DemoState.delete_upload, "Files in storage"),
    )


def _team() -> rx.Component:
    return _block(
        "member",
        "Team",
        "A level: it goes up and down, and does not reset.",
        _button("Add a member", DemoState.add_member),
        more=_rows(DemoState.members, "Remove", DemoState.remove_member, "Members of the team"),
    )


def _email() -> rx.Component:
    one, many = EMAILS
    return _block(
        "email",
        "Send an email",
        "Counted by a handler on the server. Nothing is really sent.",
        _button("Send one", DemoState.send_emails(one)),
        _button(f"Send {many}", DemoState.send_emails(many)),
    )


def _process() -> rx.Component:
    return _block(
        "process",
        "Process a file",
        "Answers with its SHA-256; counted only if it was served.",
        _file_field("process-file", "Choose a file to process", send_file("process", "/v1/files", "process-file")),
    )


def _gpu() -> rx.Component:
    return _block(
        "gpu",
        "Run a GPU job",
        "12.5 s are counted, and nothing is really computed.",
        _button("Run", DemoState.run_gpu_job),
    )


def _block(
    action: str, title: str, note: str, *buttons: rx.Component, more: rx.Component | None = None
) -> rx.Component:
    answers = DemoState.answers
    return rx.el.div(
        rx.el.h3(title),
        rx.el.p(note, class_name="demo-note"),
        rx.el.div(*buttons, class_name="demo-buttons"),
        rx.el.div(
            rx.cond(answers.contains(action), _answer(answers[action].to(Answer))),
            class_name="demo-said",
            role="status",
        ),
        more or rx.fragment(),
        class_name="demo-block",
        custom_attrs={"data-action": action},
    )


def _answer(answer: Any) -> rx.Component:
    return rx.el.div(
        rx.el.strong(shape_icon(answer.shape), answer.title),
        rx.cond(answer.text != "", rx.el.p(answer.text)),
        rx.el.dl(
            rx.foreach(
                answer.facts.to(list[Fact]),
                lambda fact: rx.el.div(rx.el.dt(fact.name), rx.el.dd(fact.value)),
            )
        ),
        rx.cond(
            answer.plan_key != "",
            rx.el.button(
                answer.plan_text,
                type="button",
                class_name="demo-button",
                on_click=open_plans(answer.plan_key),
            ),
        ),
        class_name="demo-answer",
        custom_attrs={"data-tone": answer.tone},
    )


def _rows(rows: Any, verb: str, event: Any, label: str) -> rx.Component:
    return rx.el.ul(
        rx.foreach(
            rows,
            lambda row: rx.el.li(
                rx.el.span(row.name),
                rx.el.span(row.text, class_name="demo-amount"),
                rx.el.button(
                    verb,
                    type="button",
                    class_name="bui-link",
                    on_click=[keep_focus(), event(row.key)],
                    custom_attrs={"aria-label": f"{verb} {row.name}"},
                ),
            ),
        ),
        class_name="demo-rows",
        role="list",
        custom_attrs={"aria-label": label},
    )


def _button(text: str, event: Any) -> rx.Component:
    return rx.el.button(text, type="button", class_name="demo-button", on_click=event)


def _file_field(field_id: str, label: str, event: Any) -> rx.Component:
    return rx.el.label(
        label.partition(" to ")[0],
        rx.el.input(
            type="file", id=field_id, on_change=event, class_name="portal-hidden", custom_attrs={"aria-label": label}
        ),
        class_name="demo-button",
    )
