"""The stylesheet's public variables: listed once, with words for each, and nothing public beside the list."""

from __future__ import annotations

import re

from billing_ui_components.css_variables import SHEET, css_variables

NAMES = [variable.name for variable in css_variables()]


def test_every_public_variable_of_the_sheet_is_in_the_list() -> None:
    assert set(re.findall(r"var\((--bui-[\w-]+)", SHEET.read_text())) - {"--bui-hide-after"} == set(NAMES)
    assert len(NAMES) == len(set(NAMES))


def test_no_sheet_sets_what_is_the_hosts_to_set() -> None:
    """On an element of ours it would win over the host's on an ancestor."""
    for sheet in SHEET.parent.glob("*.css"):
        assert re.findall(r"(?<![\w(])--bui-[\w-]+(?=:)", sheet.read_text()) == [], sheet.name


def test_every_variable_has_a_value_without_the_host() -> None:
    """A reader of the reference sees what applies, and a page without Radix has it."""
    for variable in css_variables():
        assert variable.about
        assert not re.fullmatch(r"var\(--(?!_bui)[\w-]+\)", variable.fallback), variable.name


def test_colours_lengths_and_fonts_can_be_set() -> None:
    colors = [variable.name for variable in css_variables() if variable.is_color]
    assert {"--bui-card", "--bui-accent", "--bui-link", "--bui-near-line"} <= set(colors)
    assert {"--bui-radius", "--bui-gap", "--bui-padding", "--bui-font", "--bui-font-size"} <= set(NAMES) - set(colors)


def test_the_sheet_uses_no_variable_that_it_does_not_declare() -> None:
    sheet = SHEET.read_text()
    declared = set(re.findall(r"(--_bui-[\w-]+):", sheet))
    assert set(re.findall(r"var\((--_bui-[\w-]+)", sheet)) <= declared
