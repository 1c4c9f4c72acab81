"""Arguments that mean nothing are refused when the page is made, and not drawn as nothing: the same in every factory."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
import reflex as rx

import billing_ui_components as bui
from billing_ui_components import GERMAN, MeterView, Thresholds
from billing_ui_components.css_properties import is_css

Draw = Callable[..., Any]

FACTORIES: dict[str, Draw] = {
    "usage_display": bui.usage_display,
    "compact_usage_display": bui.compact_usage_display,
    "usage_bar": lambda **options: bui.usage_bar("api_calls", **options),
    "usage_display.card": lambda **options: bui.usage_display.card(MeterView(), **options),
    "usage_display.frame": lambda **options: bui.usage_display.frame(MeterView(), **options),
    "upgrade_nudge": bui.upgrade_nudge,
    "upgrade_prompt": lambda **options: bui.upgrade_prompt("api_calls", **options),
    "compact_upgrade_prompt": lambda **options: bui.compact_upgrade_prompt("api_calls", **options),
    "feature_gate": lambda **options: bui.feature_gate("sso", **options),
    "pricing_table": bui.pricing_table,
    "customer_portal": bui.customer_portal,
    "customer_portal as a drawer": lambda **options: bui.customer_portal("drawer", **options),
}
"""Those that hand further properties on to their element."""

WITH_LABELS = {name: draw for name, draw in FACTORIES.items() if not name.startswith("usage_display.")}

KEYED: dict[str, Draw] = {
    "usage_display": bui.usage_display,
    "compact_usage_display": bui.compact_usage_display,
    "usage_bar": bui.usage_bar,
    "upgrade_prompt": bui.upgrade_prompt,
    "compact_upgrade_prompt": bui.compact_upgrade_prompt,
    "feature_gate": bui.feature_gate,
    "usage_metrics": bui.usage_metrics,
    "is_approaching_limit": bui.is_approaching_limit,
    "track_usage": bui.track_usage,
}


class Page(rx.State):
    key: str = "api_calls"
    number: int = 1
    open: bool = True


def of(draws: dict[str, Draw]) -> Any:
    return pytest.mark.parametrize("draw", draws.values(), ids=draws)


@of(FACTORIES)
@pytest.mark.parametrize(
    "name", ["titel", "on_upgrad", "text", "user_id", "content", "plan_id", "className", "size", "_selection"]
)
def test_a_property_that_means_nothing_does_not_vanish(draw: Draw, name: str) -> None:
    with pytest.raises(TypeError, match=f"has no property '{name}'"):
        draw(**{name: "x"})


@pytest.mark.parametrize(
    ("draw", "name", "meant"),
    [
        (bui.usage_display, "titel", "title"),
        (bui.upgrade_nudge, "on_upgrad", "on_upgrade"),
        (bui.pricing_table, "plan_id", "plan_ids"),
        (bui.customer_portal, "default_tabs", "default_tab"),
        (bui.usage_display, "className", "class_name"),
        (bui.usage_display, "heder", "header"),
        (bui.usage_display, "margn_top", "margin_top"),
        (bui.feature_gate, "colour", "color"),
        (bui.usage_display, "_hovr", "_hover"),
    ],
)
def test_a_property_that_is_misspelt_is_told_with_the_right_one(draw: Draw, name: str, meant: str) -> None:
    with pytest.raises(TypeError, match=f"did you mean '{meant}'"):
        draw(**{"feature": "sso", name: "x"} if draw is bui.feature_gate else {name: "x"})


LINES_OF_CSS = """
    align_self animation aspect_ratio background_color bg bgColor border_radius box_shadow color columns display flex
    flex_direction fontSize font_family gap gridTemplateColumns height inset_inline_start letter_spacing line_clamp margin
    margin-top marginTop margin_x mask_image max_width object_fit opacity order overflow_x paddingX padding_block page
    place_items position rotate scroll_margin_top text_align text_wrap top transform transition user_select
    view_transition_name visibility white_space width word_break z_index zoom stroke_width WebkitLineClamp _hover
    _focusVisible _nth_child(2) _before --own-colour
"""


def test_lines_of_css_stay_what_they_are() -> None:
    assert [name for name in LINES_OF_CSS.split() if not is_css(name)] == []
    assert [name for name in ("_nth_chld(2)", "nth_child(2)", "_hovr") if is_css(name)] == []
    lines: dict[str, Any] = dict.fromkeys(LINES_OF_CSS.split(), "inherit")
    drawn = str(bui.usage_display(**lines))
    assert drawn.count('"inherit"') >= len(LINES_OF_CSS.split()) - 10


@of(FACTORIES)
def test_what_every_element_has_reaches_it(draw: Draw) -> None:
    """The host's own id, attributes, events and lines of CSS, also where the component has attributes of its own."""
    given = {
        "id": "mine",
        "lang": "fr",
        "data_testid": "tested",
        "aria_description": "described",
        "custom_attrs": {"data-own": "kept"},
        "on_click": rx.console_log("clicked"),
        "key": "once",
        "margin_top": "7px",
        "_hover": {"color": "red"},
    }
    if draw is not bui.upgrade_nudge:  # whose own `style` is another thing
        given["style"] = {"max_width": "41rem"}
    drawn = str(draw(**given))
    for seen in ("mine", "fr", "tested", "described", "kept", "clicked", "once", "7px", "hover"):
        assert seen in drawn, seen
    assert ("41rem" in drawn) == ("style" in given)


@pytest.mark.parametrize("mode", ["page", "drawer", "modal"])
def test_a_portal_has_the_hosts_id(mode: Any) -> None:
    for given, written in (("abrechnung", '"abrechnung"'), (Page.key, str(Page.key))):
        drawn = str(bui.customer_portal(mode, id=given))
        assert drawn.count(f"id:{written}") + drawn.count(f'"id":{written}') == 1
        assert (f"openDialog({written}, " in drawn) == (mode != "page")
        assert "bui-portal-" not in drawn


def test_a_gate_has_the_hosts_id_or_none() -> None:
    assert f"id:{Page.key!s}" in str(bui.feature_gate("sso", id=Page.key))
    assert '"id":' not in str(bui.feature_gate("sso", "open"))
    assert "id:" not in str(bui.feature_gate("sso", "open"))


@of(KEYED)
@pytest.mark.parametrize("wrong", [5, "", ["api_calls"]])
def test_a_feature_key_is_a_text_or_a_var_of_one(draw: Draw, wrong: Any) -> None:
    with pytest.raises(TypeError, match="must be the key of a feature"):
        draw(wrong)
    draw("api_calls")
    draw(Page.key)


@of(
    {
        name: KEYED[name]
        for name in ("usage_bar", "upgrade_prompt", "feature_gate", "is_approaching_limit", "track_usage")
    }
)
def test_what_is_of_one_feature_needs_its_key(draw: Draw) -> None:
    with pytest.raises(TypeError, match="must be the key of a feature"):
        draw(None)


@of({name: draw for name, draw in KEYED.items() if name != "usage_bar"})
def test_a_var_of_something_else_is_no_feature_key(draw: Draw) -> None:
    with pytest.raises(TypeError, match="must be the key of a feature"):
        draw(Page.number)


def test_a_bar_is_drawn_of_the_feature_whose_key_a_var_holds() -> None:
    drawn = str(bui.usage_bar(Page.key))
    assert "key_rx_state_" in drawn
    assert "as_of_text" in drawn


@of({"card": bui.usage_display.card, "bar": bui.usage_display.bar, "title": bui.usage_display.title})
def test_a_part_needs_a_view(draw: Draw) -> None:
    with pytest.raises(TypeError, match="a MeterView or a var of one"):
        draw(None)


@of(WITH_LABELS)
@pytest.mark.parametrize("wrong", [{"refresh": "Neu laden"}, "de", 5])
def test_labels_are_labels(draw: Draw, wrong: Any) -> None:
    with pytest.raises(TypeError, match=r"labels must be a Labels, such as bui\.GERMAN"):
        draw(labels=wrong)
    draw(labels=GERMAN)


WRONG: list[tuple[Draw, dict[str, Any], type[Exception], str]] = [
    (bui.pricing_table, {"plan_ids": "pro"}, TypeError, "plan_ids must be a list of keys"),
    (bui.pricing_table, {"plan_ids": ["pro", 5]}, TypeError, "plan_ids must be a list of keys"),
    (bui.pricing_table, {"skeletons": "3"}, TypeError, "skeletons must be a whole number"),
    (bui.pricing_table, {"skeleton_rows": -1}, ValueError, "skeleton_rows must be 0 or more"),
    (bui.pricing_table, {"compact": Page.open}, TypeError, "compact must be True or False"),
    (bui.pricing_table, {"title": 5}, TypeError, "title must be a text"),
    (bui.usage_display, {"thresholds": (60, 80)}, TypeError, "thresholds must be a Thresholds"),
    (bui.compact_usage_display, {"thresholds": 80}, TypeError, "thresholds must be a Thresholds"),
    (FACTORIES["usage_bar"], {"thresholds": (60, 80)}, TypeError, "thresholds must be a Thresholds"),
    (bui.usage_display, {"icons": {"check": rx.el.b("x")}}, ValueError, "no shape 'check': icons replace disc"),
    (bui.usage_display, {"icons": "disc"}, TypeError, "icons must be a dict"),
    (bui.usage_display, {"icons": {"disc": 5}}, TypeError, r"icons\['disc'\] must be a component"),
    (bui.usage_display, {"card": rx.el.p("x")}, TypeError, "card must be a function"),
    (bui.usage_display, {"show_progress": "no"}, TypeError, "show_progress must be True or False"),
    (bui.usage_display, {"skeletons": True}, TypeError, "skeletons must be a whole number"),
    (bui.usage_display, {"loading": 5}, TypeError, "loading must be a component"),
    (bui.usage_display, {"class_name": ["a", "b"]}, TypeError, "class_name must be a text"),
    (bui.upgrade_nudge, {"auto_dismiss": "5"}, TypeError, "auto_dismiss must be a number of seconds"),
    (bui.upgrade_nudge, {"auto_dismiss": float("inf")}, ValueError, "auto_dismiss must be a positive number"),
    (bui.customer_portal, {"trigger": 5}, TypeError, "trigger must be a component"),
    (FACTORIES["feature_gate"], {"show_usage_badge": 1}, TypeError, "show_usage_badge must be True or False"),
]


@pytest.mark.parametrize(("draw", "options", "error", "said"), WRONG, ids=[str(options) for _, options, _, _ in WRONG])
def test_a_wrong_value_is_named(draw: Draw, options: dict[str, Any], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        draw(**options)


EVENTS: list[tuple[str, Draw, str]] = [
    *(
        (name, FACTORIES[name], event)
        for name, events in {
            "usage_display": ("on_compare",),
            "usage_display.card": ("on_compare",),
            "compact_usage_display": ("on_compare",),
            "upgrade_nudge": ("on_upgrade", "on_dismiss"),
            "upgrade_prompt": ("on_upgrade",),
            "compact_upgrade_prompt": ("on_upgrade",),
            "feature_gate": ("on_access_denied", "on_quota_exceeded", "on_compare"),
            "pricing_table": ("on_select_plan", "on_plan_changed"),
            "customer_portal": ("on_select_plan", "on_plan_changed"),
        }.items()
        for event in (*events, "on_click")
    ),
    ("usage_display.action", lambda **options: bui.usage_display.action(MeterView(), **options), "on_compare"),
]


@pytest.mark.parametrize(("name", "draw", "event"), EVENTS, ids=[f"{name}-{event}" for name, _, event in EVENTS])
def test_what_is_no_event_is_named(name: str, draw: Draw, event: str) -> None:
    for wrong in (5, "pro", True, [5], rx.Var("x", _var_type=str), lambda key, more, most: [], lambda: 5):  # noqa: ARG005
        with pytest.raises(TypeError, match=f"^{name}: {event} must be an event handler, an event, "):
            draw(**{event: wrong})


OWN_EVENTS = [(name, draw, event) for name, draw, event in EVENTS if event != "on_click"]


@pytest.mark.parametrize(("draw", "event"), [own[1:] for own in OWN_EVENTS], ids=[f"{n}-{e}" for n, _, e in OWN_EVENTS])
def test_whatever_reflex_takes_for_an_event_is_one(draw: Draw, event: str) -> None:
    chain = rx.EventChain(events=[rx.console_log("told")], args_spec=lambda: ())
    for right in ([rx.noop(), lambda: rx.console_log("told")], rx.Var.create(chain)):
        drawn = draw(**{event: right})
        assert "told" in f"{drawn} {drawn._get_all_hooks()}"
    draw(**{event: []})
    draw(**{event: None})


@pytest.mark.parametrize("quantity", [float("nan"), float("inf"), 0, -1, "-0.5", "1e3", "many", Decimal("NaN")])
def test_a_page_cannot_track_what_is_no_amount(quantity: Any) -> None:
    with pytest.raises(ValueError, match="track_usage: quantity must be"):
        bui.track_usage("api_calls", quantity)


@pytest.mark.parametrize("quantity", [True, None, [1]])
def test_a_page_cannot_track_what_is_no_number(quantity: Any) -> None:
    with pytest.raises(TypeError, match="track_usage: quantity must be a number"):
        bui.track_usage("api_calls", quantity)


@pytest.mark.parametrize("quantity", [1, 2.5, Decimal("0.000001"), "12.5", 10**30, Page.number])
def test_a_page_tracks_every_amount(quantity: Any) -> None:
    assert bui.track_usage("api_calls", quantity)


def test_a_threshold_is_a_percentage() -> None:
    with pytest.raises(TypeError, match="is_approaching_limit: threshold must be a percentage"):
        bui.is_approaching_limit("api_calls", "80")  # pyright: ignore[reportArgumentType]
    with pytest.raises(TypeError, match="thresholds are numbers of percent"):
        Thresholds(near="60")  # pyright: ignore[reportArgumentType]


def test_an_argument_too_many_is_told_with_the_factorys_name() -> None:
    with pytest.raises(TypeError, match="usage_metrics: got an unexpected keyword argument 'key'"):
        bui.usage_metrics(key="api_calls")  # pyright: ignore[reportCallIssue]


def test_a_key_that_is_named_behind_what_it_is_for_is_told_its_place() -> None:
    with pytest.raises(TypeError, match=r"feature_gate: .*feature comes first, as in feature_gate\('sso', \.\.\.\)"):
        bui.feature_gate(rx.el.p("x"), feature="sso")  # pyright: ignore[reportCallIssue, reportArgumentType]
    assert bui.feature_gate("sso", rx.el.p("x")) is not None


def test_css_in_the_style_of_a_nudge_is_told_where_it_goes() -> None:
    with pytest.raises(ValueError, match=r"style must be one of auto, .*\{'color': 'red'\}: CSS goes into class_name"):
        bui.upgrade_nudge(style={"color": "red"})  # pyright: ignore[reportArgumentType]
