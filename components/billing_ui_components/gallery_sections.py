"""What the gallery shows, in order: a section for each component, drawn for one setting."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import reflex as rx

from billing_ui_components.bar import usage_bar
from billing_ui_components.compact import compact_usage_display
from billing_ui_components.css_variables import css_variables
from billing_ui_components.dialog import DialogVariant, dialog, open_dialog
from billing_ui_components.display import usage_display
from billing_ui_components.gallery_gates import sample_badges, sample_gates
from billing_ui_components.gallery_plans import sample_plan_changes, sample_pricing, sample_pricing_without_plans
from billing_ui_components.gallery_samples import sample_holds, sample_meters, sample_nudges, sample_steps
from billing_ui_components.gallery_settings import Setting
from billing_ui_components.gate import gate_badge, gate_note, gate_waiting
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_figures import Thresholds
from billing_ui_components.notice_line import notice_words
from billing_ui_components.nudge_block import BlockStyle, nudge_block
from billing_ui_components.nudge_modal import nudge_modal
from billing_ui_components.plan_change_dialog import plan_change_body
from billing_ui_components.pricing_block import PricingVariant, pricing_block
from billing_ui_components.pricing_view import PricingView
from billing_ui_components.prompt import compact_prompt_block, prompt_block
from billing_ui_components.tabs import tabs

NOTHING = rx.noop()
"""What a button of a sample does."""


@dataclass(frozen=True)
class Section:
    """A heading with what is shown under it.

    Attributes:
        anchor: the section's id: `/#cards`.
        heading: what it is called.
        draw: makes the samples for a setting.
        money: whether it writes money in most of its samples.
    """

    anchor: str
    heading: str
    draw: Callable[[Setting], rx.Component]
    money: bool = False


def _cards(setting: Setting) -> rx.Component:
    return _grid(sample_meters(setting), lambda meter: usage_display.card(meter, on_compare=NOTHING, show_trial=True))


def _bars(setting: Setting) -> rx.Component:
    return _grid(sample_meters(setting), usage_bar)


def _compact(setting: Setting) -> rx.Component:
    def lines(**style: str) -> rx.Component:
        drawn = rx.foreach(
            sample_meters(setting), lambda meter: rx.el.li(compact_usage_display.line(meter, on_compare=NOTHING))
        )
        return rx.el.div(
            rx.el.ul(drawn, class_name="bui-lines", role="list"), class_name="bui bui-compact", style=style
        )

    return rx.el.div(lines(maxWidth="260px"), lines(), class_name="gallery-stack")


def _held(setting: Setting) -> rx.Component:
    *holds, _ = meters = sample_holds(setting)
    cards = _grid(holds, lambda meter: usage_display.card(meter, on_compare=NOTHING))
    return rx.el.div(cards, _grid(meters, usage_bar), class_name="gallery-stack")


def _own(setting: Setting) -> rx.Component:
    return _grid(
        sample_steps(setting)[1:4], lambda meter: usage_bar(meter, thresholds=Thresholds(near=20, critical=60))
    )


def _steps(setting: Setting) -> rx.Component:
    return _grid(sample_steps(setting), lambda meter: usage_display.card(meter, on_compare=NOTHING))


def _nudges(style: BlockStyle) -> Callable[[Setting], rx.Component]:
    def draw(setting: Setting) -> rx.Component:
        nudges = sample_nudges(setting)
        return rx.el.div(
            rx.foreach(nudges, lambda nudge: nudge_block(nudge, style, on_upgrade=NOTHING)), class_name="gallery-stack"
        )

    return draw


def _gates(setting: Setting) -> rx.Component:
    notes, badges = sample_gates(setting), sample_badges(setting)
    return rx.el.div(
        rx.el.ul(
            rx.foreach(notes, lambda gate: rx.el.li(gate_note(gate, on_compare=NOTHING))),
            rx.foreach(badges, lambda gate: rx.el.li(gate_badge(gate))),
            rx.el.li(gate_waiting(setting.labels)),
            class_name="bui-grid",
            role="list",
        ),
        class_name="bui bui-display",
    )


def _pricing_cards(setting: Setting) -> rx.Component:
    samples = {**sample_pricing(setting), **sample_pricing_without_plans(setting)}
    return _tables(setting, samples, "cards")


def _pricing_comparison(setting: Setting) -> rx.Component:
    samples = {"current": sample_pricing(setting)["current"], **sample_pricing_without_plans(setting)}
    return _tables(setting, samples, "comparison")


def _tables(setting: Setting, samples: Mapping[str, PricingView], variant: PricingVariant) -> rx.Component:
    tables = (
        rx.el.div(
            rx.el.h3(name.replace("_", " "), custom_attrs={"lang": "en"}),
            _table(setting, view, variant, place=f"gallery-{variant}-{name}"),
            custom_attrs={"data-sample": name},
        )
        for name, view in samples.items()
    )
    return rx.el.div(*tables, class_name="gallery-stack")


def _table(setting: Setting, view: PricingView, variant: PricingVariant, *, place: str) -> rx.Component:
    # A list of one gives the view a name in JavaScript, which would else be written out at each of its uses.
    block = rx.foreach(
        [view],
        lambda pricing: pricing_block(pricing, variant, place=place, labels=setting.labels, on_select_plan=NOTHING),
    )
    return rx.el.div(block, class_name="bui bui-pricing-table")


def _notices(setting: Setting) -> rx.Component:
    labels = setting.labels
    said = {
        "good": labels.changed_now.format(plan="Pro"),
        "neutral": labels.change_waits.format(plan="Pro"),
        "near": labels.change_again,
        "critical": labels.refusal("quota_exceeded", setting.title("API calls")),
    }
    lines = (
        rx.el.p(notice_words(text, tone), class_name="bui-notice", custom_attrs={"data-tone": tone})
        for tone, text in said.items()
    )
    return rx.el.div(*lines, class_name="bui")


def _portal(setting: Setting) -> rx.Component:
    labels = setting.labels
    usage = _grid(sample_meters(setting)[:6], lambda meter: usage_display.card(meter, on_compare=NOTHING))
    plans = _table(setting, sample_pricing(setting)["current"], "cards", place="gallery-portal")
    return rx.el.div(
        tabs({labels.portal_usage: usage, labels.portal_plans: plans}, label=labels.portal_title),
        class_name="bui bui-portal",
    )


def _plan_changes(setting: Setting) -> rx.Component:
    changes = rx.foreach(
        sample_plan_changes(setting),
        lambda change: rx.el.li(
            rx.el.h3(change.title), plan_change_body(change, setting.labels), class_name="bui bui-card gallery-stack"
        ),
    )
    return rx.el.ul(changes, class_name="gallery-stack", role="list", style={"maxWidth": "600px"})


def _dialogs(setting: Setting) -> rx.Component:
    labels = setting.labels
    meters = sample_meters(setting)[:3]
    variants: tuple[DialogVariant, ...] = ("modal", "drawer")
    return rx.el.div(
        *(
            rx.fragment(
                rx.el.button(
                    variant, type="button", class_name="bui-button", on_click=open_dialog(f"gallery-{variant}")
                ),
                dialog(
                    rx.el.div(rx.foreach(meters, lambda meter: usage_bar(meter)), class_name="gallery-stack"),
                    dialog_id=f"gallery-{variant}",
                    title=labels.usage_title,
                    variant=variant,
                    labels=labels,
                ),
            )
            for variant in variants
        ),
        class_name="gallery-row",
    )


def _variables(_setting: Setting) -> rx.Component:
    swatches = (
        rx.el.li(
            rx.el.span(class_name="gallery-swatch", style={"background": f"var({variable.name}, {variable.fallback})"}),
            rx.el.code(variable.name, custom_attrs={"dir": "ltr"}),
            rx.el.span(variable.about),
        )
        for variable in css_variables()
        if variable.is_color
    )
    return rx.el.ul(*swatches, class_name="gallery-swatches", role="list", custom_attrs={"lang": "en"})


def _modals(setting: Setting) -> rx.Component:
    shown = []
    for number, nudge in enumerate(sample_nudges(setting)):
        dialog_id = f"gallery-nudge-{number}"
        shown += [
            rx.el.button(nudge.title, type="button", class_name="bui-link", on_click=open_dialog(dialog_id)),
            nudge_modal(nudge, dialog_id, on_upgrade=NOTHING, labels=setting.labels),
        ]
    return rx.el.div(*shown, class_name="bui gallery-stack")


def _prompts(setting: Setting) -> rx.Component:
    prompts = sample_nudges(setting)
    return rx.el.div(
        rx.foreach(prompts, lambda prompt: prompt_block(prompt, on_upgrade=NOTHING)),
        rx.foreach(prompts, lambda prompt: compact_prompt_block(prompt, on_upgrade=NOTHING)),
        class_name="bui gallery-stack",
    )


def _grid(meters: Sequence[MeterView], draw: Callable[[Any], rx.Component]) -> rx.Component:
    samples = rx.foreach(list(meters), lambda meter: rx.el.li(draw(meter)))
    return rx.el.div(rx.el.ul(samples, class_name="bui-grid", role="list"), class_name="bui bui-display")


SECTIONS: tuple[Section, ...] = (
    Section("cards", "Usage cards", _cards, money=True),
    Section("steps", "From 0 to 353 %", _steps, money=True),
    Section("holds", "What is held, and several windows", _held),
    Section("bars", "Usage bars", _bars),
    Section("thresholds", "50, 75 and 80 % with thresholds of 20 and 60 %", _own),
    Section("compact", "Compact usage, in a sidebar and across a page", _compact),
    Section("banners", "Nudges: banner", _nudges("banner"), money=True),
    Section("toasts", "Nudges: toast", _nudges("toast")),
    Section("modals", "Nudges: modal", _modals),
    Section("inlines", "Nudges: inline", _nudges("inline")),
    Section("prompts", "Upgrade prompts", _prompts, money=True),
    Section("gates", "Gates", _gates),
    Section("plans", "Plans: cards", _pricing_cards, money=True),
    Section("comparison", "Plans: comparison", _pricing_comparison, money=True),
    Section("changes", "Changes of plan", _plan_changes, money=True),
    Section("notices", "What came of a press", _notices),
    Section("portal", "Customer portal", _portal),
    Section("dialogs", "Dialogs", _dialogs),
    Section("variables", "Colours", _variables),
)
