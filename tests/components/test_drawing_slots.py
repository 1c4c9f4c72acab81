"""What a designer changes of the usage components: thresholds, shapes, slots and the order of the parts."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import asdict
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import reflex as rx

import billing_ui_components
from billing_ui.portal import usage_page
from billing_ui_components import (
    MeterView,
    Thresholds,
    UsageState,
    compact_usage_display,
    customer_portal,
    feature_gate,
    usage_bar,
    usage_display,
    usage_metrics,
)
from billing_ui_components.labels import Labels
from billing_ui_components.meter import derive_meter
from billing_ui_components.own_thresholds import with_thresholds
from tests.support.javascript import value_of
from tests.support.metrics import NOW, THIS_HOUR, usage_metric, window_usage

SCRIPT = Path(billing_ui_components.__file__).with_name("thresholds.js")
DISPLAYS: dict[str, Callable[..., rx.Component]] = {"cards": usage_display, "compact": compact_usage_display}


def drawn_with(thresholds: Thresholds, metric: Any, **options: Any) -> dict[str, Any]:
    """What a browser makes of a view for a component with these thresholds."""
    view = derive_meter(metric, NOW, Labels(), "en-US", **options)
    meters = with_thresholds(UsageState.meters.values().to(list[Any]), thresholds, Labels())
    fields = {"meters": {"api_calls": asdict(view)}}
    (shown,) = value_of(meters, UsageState, fields, imports=f'import {{ withThresholds }} from "{SCRIPT}";')
    return shown


@pytest.mark.parametrize(
    ("used", "look"),
    [
        ("599", ("normal", "good", "disc", "Good")),
        ("600", ("near", "near", "triangle", "Near limit")),
        ("804.999999", ("near", "near", "triangle", "Near limit")),
        ("805", ("critical", "critical", "square", "Almost at limit")),
        ("999.999999", ("critical", "critical", "square", "Almost at limit")),
        ("1000", ("at_limit", "critical", "square", "Limit reached")),
        ("1200", ("over_hard", "critical", "diamond", "Over by 20\u00a0%")),
    ],
)
def test_a_component_has_thresholds_of_its_own(used: str, look: tuple[str, ...]) -> None:
    shown = drawn_with(Thresholds(near=60, critical=Decimal("80.5")), usage_metric(used, "1000"))
    assert (shown["state"], shown["tone"], shown["shape"], shown["status_text"]) == look
    assert look[3] in shown["value_text"]


def test_with_the_installed_thresholds_given_again_nothing_changes() -> None:
    month = window_usage("860", "1000")
    metric = usage_metric("17", "20", window="hour", start=THIS_HOUR, others=[month])
    view = asdict(derive_meter(metric, NOW, Labels(), "en-US"))
    shown = drawn_with(Thresholds(), metric)
    assert {**shown, "value_text": ""} == {**view, "value_text": ""}
    assert sorted(shown["value_text"].split(". ")) == sorted(view["value_text"].split(". "))


def test_the_other_windows_follow_the_thresholds_too() -> None:
    metric = usage_metric("1", "20", window="hour", start=THIS_HOUR, others=[window_usage("860", "1000")])
    assert drawn_with(Thresholds(near=20, critical=50), metric)["windows"][0]["tone"] == "critical"
    stale = drawn_with(Thresholds(near=20, critical=50), metric, stale_since=NOW)
    assert (stale["windows"][0]["tone"], stale["tone"], stale["status_text"]) == ("neutral", "neutral", "Stale")


@pytest.mark.parametrize("draw", [*DISPLAYS.values(), lambda **own: usage_bar("api_calls", **own)])
def test_every_component_takes_thresholds_and_icons(draw: Callable[..., rx.Component]) -> None:
    drawn = str(draw(thresholds=Thresholds(near=33, critical=66), icons={"triangle": rx.el.b("watch out")}))
    assert re.search(r"withThresholds\(.*, 33\.0, 66\.0, ", drawn)
    assert re.search(
        r'case JSON\.stringify\("triangle"\):\s*return jsx\("span",{"aria-hidden":"true".*watch out', drawn
    )
    assert "withThresholds" not in str(draw())


def test_an_icon_for_a_shape_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="no shape 'star': icons replace disc"):
        usage_display(icons={"star": rx.el.b("x")})


@pytest.mark.parametrize("draw", DISPLAYS.values(), ids=DISPLAYS)
@pytest.mark.parametrize("feature_key", [None, "api_calls"])
@pytest.mark.parametrize("slot", ["loading", "error", "empty", "signed_out"])
def test_a_slot_stands_in_for_its_status_alone(
    draw: Callable[..., rx.Component], feature_key: str | None, slot: str
) -> None:
    drawn = str(draw(feature_key, **{slot: rx.el.p("the host's own")}))
    case = drawn.split("the host's own")[0].rsplit("return ", 1)[0]
    assert case.rstrip().endswith(f'case JSON.stringify("{slot if slot != "empty" else "ready"}"):')
    assert drawn.count("the host's own") == 1


@pytest.mark.parametrize("draw", DISPLAYS.values(), ids=DISPLAYS)
def test_header_and_footer_are_the_hosts(draw: Callable[..., rx.Component]) -> None:
    drawn = str(draw(title="Usage", header=rx.el.p("above"), footer=rx.el.p("below")))
    assert drawn.index("above") < drawn.index('role:"list"') < drawn.index("below")


SLOTS: list[tuple[Callable[..., Any], str]] = [
    *((draw, name) for draw in DISPLAYS.values() for name in ("loading", "error", "empty", "signed_out", "footer")),
    (lambda **own: usage_display(title="Usage", **own), "header"),
    (lambda **own: usage_display(title="", **own), "header"),
    (lambda **own: compact_usage_display(title="Usage", **own), "header"),
    (compact_usage_display, "header"),
    (lambda **own: usage_display.action(MeterView(), **own), "otherwise"),
    (lambda **own: usage_display(icons=own), "disc"),
    (lambda **own: feature_gate("sso", "open", **own), "fallback"),
    (lambda **own: feature_gate("sso", "open", **own), "loading"),
    (lambda **own: customer_portal("drawer", **own), "trigger"),
    (usage_page, "above"),
    (usage_page, "beside"),
]


@pytest.mark.parametrize(("draw", "name"), SLOTS, ids=[f"{name}-{number}" for number, (_, name) in enumerate(SLOTS)])
def test_a_slot_takes_what_any_component_of_reflex_takes_as_a_child(draw: Callable[..., Any], name: str) -> None:
    known = rx.Var("document.title", _var_type=str)
    for given, seen in (
        ("the host's own", "the host's own"),
        (known, "document.title"),
        (rx.cond(known == "", "the first", "the second"), "the second"),
        (rx.cond(known == "", rx.el.b("the first"), "the second"), "the second"),
    ):
        assert seen in str(draw(**{name: given})), given


def test_a_card_can_be_built_anew_of_its_parts() -> None:
    parts = ["title", "status", "figure", "percentage", "bar", "windows", "note", "reset", "trial", "action"]

    def card(metric: Any) -> rx.Component:
        return usage_display.frame(metric, *(getattr(usage_display, part)(metric) for part in reversed(parts)))

    drawn = str(usage_display(card=card))
    fields = ["feature_title", "status_text", "consumed_text", "percentage_text", "value_text", "note_text"]
    for field in [*fields, "reset_text", "trial_text", "action_text", "amount_text", "windows"]:
        assert f'?.["{field}"]' in drawn
    assert '"data-state":meter' in drawn
    assert "bui-name" not in drawn


def test_a_title_can_name_a_bar() -> None:
    metric = usage_metrics("api_calls")
    drawn = str(rx.fragment(usage_display.title(metric, id="calls"), usage_display.bar(metric, labelled_by="calls")))
    assert 'id:"calls"' in drawn
    assert '? "calls"' in drawn
