"""Every state of every component, as a real browser draws it: sizes and places, in any width, direction and text size."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from billing_ui_components.gallery_samples import sample_meters, sample_steps
from billing_ui_components.gallery_sections import SECTIONS
from billing_ui_components.gallery_settings import ENGLISH, SETTINGS, Setting
from billing_ui_components.meter import MeterView
from tests.support.gallery_page import Gallery

ROUTES = [setting.route for setting in SETTINGS]
WIDTHS = [320, 390, 1280]
# The least that a part of a bar measures, in pixels: what is more than nothing is seen.
LEAST = 4

# What sticks out of the page, and what is cut off without a way to see the rest.
OVERFLOWS = """() => {
  const page = document.documentElement;
  const wide = page.scrollWidth > page.clientWidth ? [`page ${page.scrollWidth} > ${page.clientWidth}`] : [];
  const said = (e) => `${e.className} ${e.textContent.slice(0, 60)} ${e.scrollWidth} > ${e.clientWidth}`;
  const hidden = (e) => !["visible", "auto", "scroll"].includes(getComputedStyle(e).overflowX);
  const cut = [...document.querySelectorAll("#gallery main *")]
    .filter((e) => e.checkVisibility() && e.clientWidth > 1 && hidden(e) && e.scrollWidth > e.clientWidth + 1);
  return [...wide, ...cut.map(said)];
}"""


# Texts of one line whose last character of a kind is drawn to the left of the first.
BACKWARDS = """kind => {
  const wanted = new RegExp(kind, "giu");
  const texts = document.createTreeWalker(document.querySelector("#gallery main"), NodeFilter.SHOW_TEXT);
  const at = (text, index) => {
    const range = document.createRange();
    range.setStart(text, index);
    range.setEnd(text, index + 1);
    return range.getBoundingClientRect();
  };
  let seen = 0;
  const backwards = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    const found = [...text.data.matchAll(wanted)].map((one) => one.index);
    const [first, last] = [found.at(0), found.at(-1)];
    if (!(last - first >= 2) || !/[a-z]/i.test(text.data) || !text.parentElement.checkVisibility()) continue;
    const [begin, end] = [at(text, first), at(text, last)];
    if (begin.width < 1 || Math.abs(begin.top - end.top) > 1) continue;
    seen += 1;
    if (end.left < begin.left) backwards.push(text.data);
  }
  return { seen, backwards };
}"""


# Where the parts of each card's bar are, in pixels.
DRAWN = """cards => cards.map((card) => {
  const box = (e) => { const { left, right, width } = e.getBoundingClientRect(); return { left, right, width } };
  const part = (name) => box(card.querySelector(`.bui-${name}`));
  const marks = [...card.querySelectorAll(".bui-mark")].map(box);
  return { track: part("track"), fill: part("fill"), over: part("over"), marks };
})"""


def box(locator: Locator) -> dict[str, float]:
    """Where something is drawn, in pixels."""
    return locator.evaluate(
        "e => { const { left, right, width, height } = e.getBoundingClientRect(); return { left, right, width, height } }"
    )


def test_every_section_has_a_heading_and_an_anchor(gallery: Gallery) -> None:
    page = gallery.page()
    assert len({section.anchor for section in SECTIONS}) == len(SECTIONS)
    for section in SECTIONS:
        region = page.get_by_role("region", name=section.heading, exact=True).first
        expect(region).to_have_id(section.anchor)
        link = page.get_by_role("navigation", name="Sections").get_by_role("link", name=section.heading, exact=True)
        link.click()
        expect(region).to_be_in_viewport()
    assert page.evaluate("location.hash") == f"#{SECTIONS[-1].anchor}"


def test_what_the_toolbar_chooses_is_in_the_address(gallery: Gallery) -> None:
    page = gallery.open("/?theme=dark&dir=rtl&width=390&text=200")
    drawn = page.locator("#gallery")
    expect(drawn).to_have_attribute("dir", "rtl")
    assert drawn.evaluate("e => getComputedStyle(e).colorScheme") == "dark"
    assert box(page.get_by_role("main"))["width"] == 390
    assert page.evaluate("getComputedStyle(document.documentElement).fontSize") == "32px"
    page.get_by_role("radio", name="Left to right").check()
    expect(drawn).to_have_attribute("dir", "ltr")
    page.get_by_role("link", name="Deutsch, EUR").click()
    expect(page).to_have_url(re.compile(r"/de/?\?theme=dark&dir=ltr&width=390&text=200$"))
    expect(drawn).to_have_attribute("data-width", "390")
    expect(page.get_by_role("main")).to_have_attribute("lang", "de")
    page.context.close()


@pytest.mark.parametrize("text", [100, 200])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_card_is_as_tall_in_every_state(gallery: Gallery, width: int, text: int) -> None:
    """Nothing moves when the numbers arrive: a card that loads is as tall as one that shows something."""
    page = gallery.page(width=width, text=text)
    cards = page.locator("#cards .bui-card")
    heights = cards.evaluate_all("cards => cards.map((card) => Math.round(card.getBoundingClientRect().height))")
    assert len(heights) == len(sample_meters(ENGLISH))
    # Where a line of text has to break the card grows.
    assert len(set(heights)) == 1 or width == 320 or text == 200
    rows = cards.evaluate_all(
        """cards => Object.values(Object.groupBy(cards, (card) => card.getBoundingClientRect().top))
          .map((row) => new Set(row.map((card) => card.getBoundingClientRect().height)).size)"""
    )
    assert set(rows) == {1}


@pytest.mark.parametrize("setting", SETTINGS, ids=ROUTES)
def test_nothing_is_wider_than_its_place(gallery: Gallery, setting: Setting) -> None:
    """At 320 px, also with text of twice the size, and at twice the zoom, which halves a window of 1280 px."""
    narrow, wider = [(320, 100), (320, 200)], [(390, 100), (640, 100), (1280, 100), (1280, 200)]
    # Another currency has longer amounts: what has room for them where it is narrow has it everywhere.
    for width, text in narrow if setting.only_money else narrow + wider:
        for direction in ("ltr", "rtl"):
            page = gallery.page(setting.route, width=width, text=text, direction=direction)
            assert page.evaluate(OVERFLOWS) == [], (width, text, direction)


@pytest.mark.parametrize(
    ("route", "direction", "kind", "least"),
    [("/", "rtl", r"\S", 500), ("/kwd", "ltr", "[a-z.?]", 200), ("/kwd", "rtl", "[a-z.?]", 200)],
)
def test_a_text_keeps_its_own_direction(gallery: Gallery, route: str, direction: str, kind: str, least: int) -> None:
    """Words of a language that is written from the left, and amounts with them, stay so on a page from the right, and around
    amounts and dates that are written from the right."""
    read = gallery.page(route, direction=direction).evaluate(BACKWARDS, kind)
    assert read["seen"] > least
    assert read["backwards"] == []


def test_the_columns_follow_the_container(restyled_page: Page) -> None:
    restyled_page.set_viewport_size({"width": 2000, "height": 900})
    grid = restyled_page.locator(".bui-grid").first
    for width, columns in {300: 1, 600: 2, 900: 3, 1800: 3}.items():
        restyled_page.add_style_tag(content=f"#gallery :has(> .bui-grid) {{ inline-size: {width}px !important }}")
        assert grid.evaluate("grid => getComputedStyle(grid).gridTemplateColumns.split(' ').length") == columns


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", WIDTHS)
def test_a_bar_is_as_long_as_its_share_to_the_pixel(gallery: Gallery, width: int, direction: str) -> None:
    """From 0 to 353 %, from the side where a line of text begins; a limit that was passed has its mark where it is."""
    drawn = gallery.page(width=width, direction=direction).locator("#steps .bui-card").evaluate_all(DRAWN)
    for card, view in zip(drawn, sample_steps(ENGLISH), strict=True):
        assert_drawn_to_scale(card, view, direction)


def assert_drawn_to_scale(card: dict[str, Any], view: MeterView, direction: str) -> None:
    track, fill, over = (card[part] for part in ("track", "fill", "over"))
    shares = {"fill": share(view.width), "over": share(view.over_width)}
    assert 0 <= shares["fill"] + shares["over"] <= 1
    for name, part in (("fill", fill), ("over", over)):
        expected = max(shares[name] * track["width"], LEAST if shares[name] else 0)
        assert part["width"] == pytest.approx(expected, abs=0.6), (view.feature_title, name)
    if direction == "ltr":
        assert fill["left"] == pytest.approx(track["left"], abs=0.1)
    else:
        assert fill["right"] == pytest.approx(track["right"], abs=0.1)
    assert len(card["marks"]) == (1 if view.mark else 0)
    for mark in card["marks"]:
        middle = (mark["left"] + mark["right"]) / 2
        from_start = middle - track["left"] if direction == "ltr" else track["right"] - middle
        assert from_start == pytest.approx(share(view.mark) * track["width"], abs=0.6)


def test_what_has_no_limit_fades_at_the_end_of_the_line(gallery: Gallery) -> None:
    for direction, turned in (("ltr", "1"), ("rtl", "-1 1")):
        line = gallery.page(direction=direction).locator("#cards .bui-line[data-kind=unlimited]")
        mask, scale = line.evaluate("line => [getComputedStyle(line).maskImage, getComputedStyle(line).scale]")
        assert mask.startswith("linear-gradient(90deg, rgb(0, 0, 0)")
        assert scale == turned


def share(length: str) -> float:
    return float(length.removesuffix("%")) / 100


def test_over_a_soft_limit_the_card_says_by_how_much_and_for_what_money(gallery: Gallery) -> None:
    card = gallery.page().locator("#cards").get_by_role("article").filter(has_text="GPU time")
    expect(card).to_contain_text("1,200.5")
    expect(card).to_contain_text("200.5 s over, about $2.01")


def test_money_is_written_for_the_customer(gallery: Gallery) -> None:
    """Currencies with two decimals, none and three."""
    prices = {setting.currency: gallery.page(setting.route).locator("#steps").inner_text() for setting in SETTINGS}
    assert "about $5.06" in prices["USD"]
    assert "etwa 5,06\u00a0€" in prices["EUR"]
    assert "about ¥5" in prices["JPY"]
    assert "5.060" in prices["KWD"]


def test_a_host_sets_colours_and_sizes_by_variables(restyled_page: Page) -> None:
    restyled_page.add_style_tag(
        content=""":root {
          --bui-card: rgb(1, 2, 3); --bui-near: rgb(4, 5, 6); --bui-radius: 3px; --bui-padding: 30px;
          --bui-font-size: 20px; --bui-bar-size: 12px; --bui-gap: 5px; --bui-font: monospace;
        }"""
    )
    card = restyled_page.locator("#cards .bui-card").first
    assert styles(card, "backgroundColor", "borderRadius", "paddingLeft", "fontSize", "fontFamily") == [
        "rgb(1, 2, 3)",
        "3px",
        "30px",
        "20px",
        "monospace",
    ]
    fill = card.locator(".bui-fill")
    assert styles(fill, "backgroundColor", "height") == ["rgb(4, 5, 6)", "12px"]
    assert styles(restyled_page.locator("#cards .bui-grid"), "rowGap") == ["5px"]


def test_a_card_is_as_tall_in_every_state_in_other_sizes_too(restyled_page: Page) -> None:
    restyled_page.add_style_tag(
        content=":root { --bui-padding: 25px; --bui-bar-size: 12px; --bui-font-size-figure: 28px }"
    )
    heights = restyled_page.locator("#cards .bui-card").evaluate_all("cards => cards.map((e) => e.offsetHeight)")
    assert len(set(heights)) == 1


def test_a_host_gives_margins(restyled_page: Page) -> None:
    """No part of the page sticks out of what it stands in by the margin that it has."""
    restyled_page.set_viewport_size({"width": 390, "height": 900})
    parts = ".bui-display, .bui-compact, .bui-usage-bar, .bui-pricing-table, .bui-prompt-place"
    restyled_page.add_style_tag(content=f":is({parts}) {{ margin: 20px }}")
    seen = restyled_page.evaluate(OUTSIDE, f":is({parts})")
    assert len(seen) > 5
    assert max(seen.values()) <= 0, seen


def test_a_radix_theme_gives_its_tokens(restyled_page: Page) -> None:
    restyled_page.add_style_tag(
        content=""":root {
          --color-panel-solid: rgb(1, 2, 3); --gray-12: rgb(4, 5, 6); --accent-11: rgb(7, 8, 9);
          --radius-5: 6px; --radius-3: 4px; --space-4: 20px; --font-size-2: 16px;
        }"""
    )
    card = restyled_page.locator("#cards .bui-card").first
    seen = styles(card, "backgroundColor", "color", "borderRadius", "paddingLeft", "fontSize")
    assert seen == ["rgb(1, 2, 3)", "rgb(4, 5, 6)", "6px", "20px", "16px"]
    button = restyled_page.locator("#banners .bui-button").first
    assert styles(button, "backgroundColor", "color", "borderRadius") == [
        "rgb(7, 8, 9)",
        "rgb(255, 255, 255)",
        "4px",
    ]


def test_a_host_that_puts_captions_below_its_tables_leaves_ours_above(restyled_page: Page) -> None:
    restyled_page.add_style_tag(content="caption { caption-side: bottom }")
    table = restyled_page.locator(".bui-change-table").first
    above = table.evaluate(
        "table => table.caption.getBoundingClientRect().bottom <= table.rows[0].getBoundingClientRect().top"
    )
    assert above


# By the classes of what is drawn: how far its margin reaches over the end of what it stands in.
OUTSIDE = """parts => Object.fromEntries([...document.querySelectorAll(parts)].filter((e) => e.offsetWidth).map((part, index) => {
  const around = part.parentElement, style = getComputedStyle(around);
  const end = around.getBoundingClientRect().right - parseFloat(style.paddingRight) - parseFloat(style.borderRightWidth);
  return [`${index} ${part.className}`, Math.round(part.getBoundingClientRect().right + 20 - end)];
}))"""


def styles(locator: Locator, *names: str) -> list[Any]:
    return locator.evaluate("(e, names) => names.map((name) => getComputedStyle(e)[name])", list(names))


def test_printed_it_is_dark_on_light_with_its_bars_and_without_its_buttons(restyled_page: Page) -> None:
    restyled_page.get_by_role("radio", name="Dark").check()
    restyled_page.emulate_media(media="print")
    expect(restyled_page.locator(".gallery-toolbar")).to_be_hidden()
    expect(restyled_page.get_by_role("button", name="Compare plans")).to_have_count(0)
    card = restyled_page.locator("#cards .bui-card").first
    assert styles(card, "colorScheme", "breakInside") == ["light", "avoid"]
    assert styles(card.locator(".bui-bar"), "printColorAdjust") == ["exact"]
