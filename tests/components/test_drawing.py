"""What the components draw, and from what: views and labels, and nothing of Radix."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any

import pytest
import reflex as rx

import billing_ui_components
from billing_ui_components import (
    compact_upgrade_prompt,
    compact_usage_display,
    feature_gate,
    upgrade_nudge,
    upgrade_prompt,
    usage_bar,
    usage_display,
    usage_metrics,
)
from billing_ui_components.gallery import gallery
from billing_ui_components.gallery_samples import sample_meters, sample_nudges
from billing_ui_components.gallery_settings import ENGLISH
from billing_ui_components.icons import SHAPES, shape_icon
from billing_ui_components.labels import Labels
from billing_ui_components.meter import MeterView
from billing_ui_components.stylesheet import stylesheet_urls

SHEETS = [Path(billing_ui_components.__file__).with_name(name) for name in ("billing_ui.css", "plans.css")]
RULES = "".join(sheet.read_text() for sheet in SHEETS)
STATES = {
    "signed_out",
    "loading",
    "error",
    "empty",
    "not_included",
    "unlimited",
    "normal",
    "near",
    "critical",
    "at_limit",
    "over_soft",
    "over_hard",
    "paused",
    "ended",
}
WIDGETS: dict[str, Callable[[Labels], rx.Component]] = {
    "all usage": lambda labels: usage_display(labels=labels, on_compare=rx.noop()),
    "one feature": lambda labels: usage_display("api_calls", labels=labels),
    "bar": lambda labels: usage_bar("api_calls", labels=labels),
    "bar of a var": lambda _: usage_bar(usage_metrics("api_calls")),
    "bar of a view": lambda _: usage_bar(MeterView()),
    "card": lambda _: usage_display.card(usage_metrics("api_calls")),
    "compact": lambda labels: compact_usage_display(labels=labels, on_compare=rx.noop()),
    "compact, one feature": lambda labels: compact_usage_display("api_calls", "What you used", labels=labels),
    "gate": lambda labels: feature_gate("sso", rx.el.p("x"), labels=labels, show_usage_badge=True),
    "bars": lambda _: usage_display.bar(usage_metrics("api_calls")),
    "status": lambda _: usage_display.status(usage_metrics("api_calls")),
    "reset": lambda _: usage_display.reset(usage_metrics("api_calls")),
    "banner": lambda labels: upgrade_nudge("banner", on_upgrade=rx.noop(), labels=labels),
    "nudge that escalates": lambda labels: upgrade_nudge(labels=labels),
    "modal": lambda labels: upgrade_nudge("modal", on_upgrade=rx.noop(), labels=labels),
    "prompt": lambda _: upgrade_prompt("api_calls", on_upgrade=rx.noop()),
    "compact prompt": lambda labels: compact_upgrade_prompt("api_calls", labels=labels),
    "inline nudge": lambda _: upgrade_nudge("inline", on_upgrade=rx.noop(), auto_dismiss=8),
    "gallery": lambda labels: gallery(replace(ENGLISH, labels=labels)),
}


@pytest.fixture(params=list(WIDGETS.values()), ids=list(WIDGETS))
def draw(request: pytest.FixtureRequest) -> Callable[[Labels], rx.Component]:
    return request.param


class Checkout(rx.State):
    @rx.event
    def start(self, plan_key: str) -> None: ...

    @rx.event
    def look(self) -> None: ...


def test_nothing_of_radix_is_imported(draw: Callable[[Labels], rx.Component]) -> None:
    """One Radix component would switch the host's whole app to Radix."""
    imported = " ".join(draw(Labels())._get_all_imports())
    assert imported
    assert "radix" not in imported


def test_every_text_comes_from_a_view_or_the_labels(draw: Callable[[Labels], rx.Component]) -> None:
    formats = {"language", "date_format", "date_year_format", "time_format", "time_seconds_format", "percent_format"}
    texts = {field.name: field.default for field in fields(Labels) if isinstance(field.default, str)}
    words = replace(Labels(), **{name: f"§{name}" for name in texts.keys() - formats})
    drawn = str(draw(words))
    # "month" and "unlimited" are keys as well.
    for name in {name for name, text in texts.items() if not (text.isidentifier() and text.islower())} - formats:
        if re.search(r"[a-z]{3}", re.sub(r"{\w+}", "", texts[name])):
            assert f'"{texts[name]}"' not in drawn, name


def test_the_words_of_the_labels_are_drawn() -> None:
    assert "Neu laden" in str(usage_display(labels=Labels(refresh="Neu laden")))
    assert "Mein Verbrauch" in str(usage_display(labels=Labels(usage_title="Mein Verbrauch")))
    assert "Moment" in str(usage_display(labels=Labels(status_loading="Moment")))


def test_a_meter_has_its_role_only_where_there_is_something_to_measure() -> None:
    drawn = str(usage_display.bar(usage_metrics("api_calls"), labelled_by="name"))
    for attribute in ("role", "aria-labelledby", "aria-valuemin", "aria-valuemax", "aria-valuenow", "aria-valuetext"):
        assert re.search(rf'"?{attribute}"?:\([^,]*\["has_meter"\] \? [^:]*: undefined\)', drawn), attribute


def test_a_bar_without_a_name_beside_it_is_named_by_the_feature() -> None:
    assert "aria-label" in str(usage_bar("api_calls", show_label=False))
    assert "aria-labelledby" not in str(usage_bar("api_calls", show_label=False))


def test_two_displays_of_one_feature_have_different_ids() -> None:
    ids = re.findall(r"bui-\d+-", str(rx.fragment(usage_display("api_calls"), usage_display("api_calls"))))
    assert len(set(ids)) == 2


def test_a_title_is_a_heading_that_names_the_region() -> None:
    drawn = str(usage_display(title="What you used"))
    (title_id,) = set(re.findall(r"bui-usage-\d+", drawn))
    assert f'"aria-labelledby":"{title_id}"' in drawn
    assert re.search(rf'jsx\("h2",{{[^}}]*id:"{title_id}"[^}}]*}},"What you used"', drawn)


@pytest.mark.parametrize("component", [usage_display(title=""), usage_display("api_calls")])
def test_without_a_title_the_region_is_named_by_the_labels(component: rx.Component) -> None:
    drawn = str(component)
    assert 'jsx("h2"' not in drawn
    assert f'"aria-label":"{Labels().usage_title}"' in drawn


def test_a_number_of_many_digits_is_marked() -> None:
    assert re.search(r'"data-long":\(pyStrLength\(\w+\?\.\["consumed_text"\]\) > 15\)', str(usage_display()))


def test_what_is_switched_off_is_not_drawn() -> None:
    assert "bui-bars" in str(usage_display())
    assert "bui-bars" not in str(usage_display(show_progress=False))
    assert '?.["reset_text"]' in str(usage_display())
    assert '?.["reset_text"]' not in str(usage_display(show_reset_timer=False))
    assert "as_of_text" in str(usage_bar("api_calls"))
    assert "as_of_text" not in str(usage_bar("api_calls", show_as_of=False))


def test_plans_can_be_compared_only_where_the_host_says_how() -> None:
    assert '"compare"' not in str(usage_display())
    drawn = str(usage_display(on_compare=lambda feature_key: rx.console_log(feature_key)))
    assert re.search(r'\["log"\]\([^)]*\["feature_key"\]', drawn)


def test_a_refusal_is_said_politely() -> None:
    assert re.search(
        r'jsx\(NoticeLine,{[^}]*role:"status"[^}]*},.*[\w.]*notice_text', str(usage_display.notice()), re.S
    )


def test_host_properties_reach_the_element() -> None:
    for drawn in map(
        str, (usage_display(class_name="mine"), usage_bar("a", class_name="mine"), upgrade_nudge(class_name="mine"))
    ):
        assert re.search(r'className:"bui [\w -]*mine"', drawn)
    assert '["maxWidth"] : "40rem"' in str(usage_display(style={"max_width": "40rem"}))


@pytest.mark.parametrize("draw", [upgrade_nudge, lambda **events: upgrade_prompt("api_calls", **events)])
def test_without_an_upgrade_event_the_action_is_the_way_to_the_plans(draw: Callable[..., rx.Component]) -> None:
    """It is there only where a pricing table is, or can open."""
    assert '"bui-button bui-needs-plans"' in str(draw())
    assert "bui-needs-plans" not in str(draw(on_upgrade=Checkout.start))


def test_the_upgrade_event_gets_the_plan() -> None:
    """`UpgradeNudge(on_upgrade=...)`."""
    drawn = str(upgrade_nudge(on_upgrade=Checkout.start))
    assert re.search(r'checkout\.start", \({ \["plan_key"\] : [\w.]*nudge\w*\?\.\["plan_key"\]', drawn)


@pytest.mark.parametrize("event", [Checkout.look, rx.redirect("/plans"), [Checkout.look, rx.noop()]])
def test_the_upgrade_event_may_be_any_event(event: object) -> None:
    assert '"bui-button"' in str(upgrade_nudge(on_upgrade=event))


def test_a_dismissal_is_remembered_and_told() -> None:
    """`UpgradeNudge(on_dismiss=...)`, and a dismissal that theirs forgets."""
    drawn = str(upgrade_nudge(on_dismiss=Checkout.look))
    assert re.search(r'dismiss_nudge", \({ \["nudge_id"\] : [\w.]*nudge\w*\?\.\["nudge_id"\]', drawn)
    assert "checkout.look" in drawn


def test_the_region_of_a_nudge_is_there_before_the_nudge() -> None:
    for style in ("banner", "toast", "inline"):
        drawn = str(upgrade_nudge(style))
        assert re.search(r'jsx\("div",{className:"bui-message",role:"status"},.*\["visible"\]', drawn)


@pytest.mark.parametrize("style", ["auto", "modal"])
def test_a_modal_is_heard_at_once(style: Any) -> None:
    assert '"role":"alertdialog"' in str(upgrade_nudge(style)) or 'role:"alertdialog"' in str(upgrade_nudge(style))


def test_a_nudge_hides_after_the_seconds_it_was_given() -> None:
    assert '["--bui-hide-after"] : "8s"' in str(upgrade_nudge(auto_dismiss=8))
    assert "--bui-hide-after" not in str(upgrade_nudge())


@pytest.mark.parametrize("wrong", [{"style": "popup"}, {"auto_dismiss": 0}, {"auto_dismiss": float("nan")}])
def test_a_nudge_refuses_what_it_cannot_do(wrong: dict) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong))):
        upgrade_nudge(**wrong)


def test_the_samples_show_every_state() -> None:
    samples = sample_meters(ENGLISH)
    assert {view.state for view in samples} == STATES
    assert any(view.stale for view in samples)
    assert any(view.windows for view in samples)
    assert any(view.mark for view in samples)
    assert {view.threshold for view in sample_nudges(ENGLISH)} >= {80, 100}


def test_every_shape_that_a_view_names_is_drawn() -> None:
    shapes = {view.shape for view in sample_meters(ENGLISH)} | {nudge.shape for nudge in sample_nudges(ENGLISH)}
    assert shapes - {""} <= SHAPES.keys()
    assert SHAPES["triangle"] in str(shape_icon("triangle"))


def test_the_stylesheets_are_where_the_compiler_looks_for_them(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    linked = [tmp_path / "assets" / url.lstrip("/") for url in stylesheet_urls()]
    assert [sheet.read_text() for sheet in linked] == [sheet.read_text() for sheet in SHEETS]


def test_every_class_that_is_drawn_is_in_the_stylesheets() -> None:
    drawn = "".join(str(draw(Labels())) for draw in WIDGETS.values())
    drawn_names = {name for names in re.findall(r'className:"([\w -]+)"', drawn) for name in names.split()}
    names = {name for name in drawn_names if not name.startswith("gallery")}
    assert {name for name in names if f".{name}" not in RULES} == set()


def test_no_two_stylesheets_style_the_same_class() -> None:
    """A page may have all of them: the portal does."""
    own = re.compile(r"^\.(bui-[\w-]+)(?=[ ,{])", re.MULTILINE)
    seen: list[set[str]] = [set(own.findall(sheet.read_text())) for sheet in SHEETS]
    assert sum(map(len, seen)) > 50
    assert len(set().union(*seen)) == sum(map(len, seen))


def test_every_variable_is_named_after_the_library() -> None:
    assert all(name.startswith(("--bui-", "--_bui-")) for name in re.findall(r"(--[\w-]+):", RULES))


def test_importing_the_package_loads_no_state() -> None:
    """A host's rxconfig may import it while Reflex is still loading."""
    script = "import sys, billing_ui_components; assert 'reflex' not in sys.modules"
    subprocess.run([sys.executable, "-c", script], check=True)


def test_no_module_has_the_name_of_an_export() -> None:
    modules = {path.stem for path in SHEETS[0].parent.glob("*.py")}
    assert not modules & set(billing_ui_components.__all__)


def test_a_trial_and_stale_numbers_are_marked_once() -> None:
    assert "trial_text" in str(usage_display())
    assert ".stale_rx_state_" in str(usage_display())
    assert ".stale_rx_state_" not in str(usage_bar("api_calls"))
