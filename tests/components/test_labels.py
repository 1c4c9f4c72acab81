"""The texts: complete, translatable, and without unknown fields."""

from dataclasses import fields, replace
from string import Formatter
from typing import Any

import pytest

from billing_ui_backend.errors import ERRORS_BY_CODE
from billing_ui_components.labels import GERMAN, Labels, english_plural, is_symbol

TEXTS = [label.name for label in fields(Labels) if isinstance(label.default, str)]
# Formats and arrangements that German shares with English.
SHARED = {
    "amount_unlimited",
    "amount_used",
    "date_time",
    "nudge_sentence",
    "other_window_unlimited",
    "percent_format",
    "plan_limit_per",
    "plan_limits_join",
    "plan_price_per",
    "quantity",
    "sentence_break",
    "time_format",
    "time_seconds_format",
}


def named_fields(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name is not None}


@pytest.mark.parametrize("name", TEXTS)
def test_german_has_every_text(name: str) -> None:
    text = getattr(GERMAN, name)
    assert text.strip() or name == "sentence_break"
    assert (text == getattr(Labels(), name)) == (name in SHARED)
    assert named_fields(text) <= named_fields(getattr(Labels(), name))


@pytest.mark.parametrize("name", TEXTS)
def test_no_template_may_use_a_field_that_is_not_filled(name: str) -> None:
    with pytest.raises(ValueError, match=rf"Labels\.{name} uses {{nonsense}}"):
        replace(Labels(), **{name: "{nonsense}"})


@pytest.mark.parametrize("template", ["{", "}", "{title"])
def test_a_malformed_template_is_refused_by_name(template: str) -> None:
    with pytest.raises(ValueError, match=r"Labels\.refresh is malformed"):
        Labels(refresh=template)


@pytest.mark.parametrize("template", ["{}", "{0}", "{title.__class__}", "{title[0]}"])
def test_a_template_cannot_reach_into_its_fields(template: str) -> None:
    with pytest.raises(ValueError, match="which"):
        Labels(nudge_reached=template)


def test_a_host_changes_one_text() -> None:
    assert Labels(dismiss="Later").dismiss == "Later"
    assert Labels(dismiss="Later").retry == Labels().retry


@pytest.mark.parametrize(
    "unit", ["s", "ms", "min", "h", "B", "kB", "GB", "MiB", "TB", "kWh", "Mbit", "%", "€", "USD", "m"]
)
def test_symbols_are_told_from_words(unit: str) -> None:
    assert is_symbol(unit)


@pytest.mark.parametrize("unit", ["call", "member", "email", "file", "GPU second", "vCPU", "op", "run", "token"])
def test_words_are_told_from_symbols(unit: str) -> None:
    assert not is_symbol(unit)


@pytest.mark.parametrize(
    ("word", "plural"),
    [
        ("call", "calls"),
        ("query", "queries"),
        ("day", "days"),
        ("box", "boxes"),
        ("class", "classes"),
        ("push", "pushes"),
    ],
)
def test_english_plurals(word: str, plural: str) -> None:
    assert english_plural(word) == plural


@pytest.mark.parametrize("code", [*ERRORS_BY_CODE, "signed_out"])
@pytest.mark.parametrize("labels", [Labels(), GERMAN])
def test_every_refusal_has_a_text(labels: Labels, code: str) -> None:
    text = labels.refusal(code, "API calls")
    assert text
    assert "{" not in text


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("quota_exceeded", "API calls: limit reached. Nothing was counted."),
        ("permission_denied", "API calls can't be counted from this page."),
        ("an_error_of_tomorrow", "Could not be counted. Try again later."),
    ],
)
def test_a_refusal_says_what_happened(code: str, text: str) -> None:
    assert Labels().refusal(code, "API calls") == text


def test_labels_are_frozen_and_hashable() -> None:
    labels: Any = Labels()
    with pytest.raises(AttributeError):
        labels.retry = "Reload"
    assert hash(GERMAN) == hash(GERMAN)
    assert Labels() == Labels()
