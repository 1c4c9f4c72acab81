"""Every state of every component, as a real browser draws it: sizes, roles, contrast, and nothing in the console."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.conftest import Portal

# For each element with a text of its own: the contrast with the nearest ground that is painted.
TEXT_CONTRASTS = """() => {
  const number = (color) => color.match(/[\\d.]+/g).map(Number);
  const light = (color) => number(color).slice(0, 3).map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const painted = (color) => number(color)[3] !== 0;
  const contrast = (a, b) => {
    const [low, high] = [light(a), light(b)].sort((x, y) => x - y);
    return (high + 0.05) / (low + 0.05);
  };
  const ground = (element) => {
    for (let at = element; at; at = at.parentElement) {
      if (painted(getComputedStyle(at).backgroundColor)) return getComputedStyle(at).backgroundColor;
    }
    return getComputedStyle(document.documentElement).colorScheme === "dark" ? "rgb(10, 10, 10)" : "rgb(255, 255, 255)";
  };
  const shown = [...document.querySelectorAll(".bui *")].filter((e) => e.checkVisibility());
  const texts = shown
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => [e.textContent, contrast(getComputedStyle(e).color, ground(e))]);
  const fills = shown
    .filter((e) => e.matches(".bui-fill, .bui-over") && e.offsetWidth)
    .map((e) => [e.className, contrast(getComputedStyle(e).backgroundColor, ground(e.parentElement))]);
  return { texts, fills };
}"""


@pytest.fixture
def gallery(browser: Browser, portal: Portal) -> Iterator[Callable[..., Page]]:
    """Open the gallery; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_gallery(search: str = "", **options) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{portal.url}/gallery{search}")
        expect(page.locator("[data-ready]")).to_be_visible()
        return page

    yield open_gallery
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.mark.parametrize("width", [390, 1280])
def test_a_card_is_as_tall_in_every_state(gallery: Callable[..., Page], width: int) -> None:
    """Nothing moves when the numbers arrive: a card that loads is as tall as one that shows something."""
    page = gallery(viewport={"width": width, "height": 900})
    heights = page.locator(".bui-card").evaluate_all(
        "cards => cards.map((card) => card.getBoundingClientRect().height)"
    )
    assert len(heights) > 15
    assert len(set(heights)) == 1


@pytest.mark.parametrize("width", [390, 1280])
def test_nothing_is_wider_than_the_page(gallery: Callable[..., Page], width: int) -> None:
    page = gallery(viewport={"width": width, "height": 900})
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_the_columns_follow_the_container(gallery: Callable[..., Page]) -> None:
    page = gallery(viewport={"width": 2000, "height": 900})
    grid = page.locator(".bui-grid").first
    for width, columns in {300: 1, 600: 2, 900: 3, 1800: 3}.items():
        grid.evaluate("(grid, width) => { grid.parentElement.style.inlineSize = `${width}px` }", width)
        assert grid.evaluate("grid => getComputedStyle(grid).gridTemplateColumns.split(' ').length") == columns


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_text_and_every_bar_can_be_told_from_its_ground(gallery: Callable[..., Page], scheme: str) -> None:
    page = gallery(color_scheme=scheme)
    expect(page.locator("html")).to_have_class(re.compile(scheme))
    seen = page.evaluate(TEXT_CONTRASTS)
    assert len(seen["texts"]) > 100
    assert [(text, ratio) for text, ratio in seen["texts"] if ratio < 4.5] == []
    assert len(seen["fills"]) > 10
    assert [(fill, ratio) for fill, ratio in seen["fills"] if ratio < 3] == []


def test_a_screen_reader_hears_name_value_and_state(gallery: Callable[..., Page]) -> None:
    """Screen readers, where theirs have no ARIA at all; not colour alone."""
    page = gallery()
    meter = page.get_by_role("meter", name="GPU time").first
    assert {name: meter.get_attribute(name) for name in ("aria-valuemin", "aria-valuemax", "aria-valuenow")} == {
        "aria-valuemin": "0",
        "aria-valuemax": "1200.5",
        "aria-valuenow": "1200.5",
    }
    spoken = meter.get_attribute("aria-valuetext") or ""
    assert all(part in spoken for part in ("1,200.5", "1,000 s", "Over by 20", "Resets 1 Dec"))


def test_every_meter_holds_its_value(gallery: Callable[..., Page]) -> None:
    for meter in gallery().get_by_role("meter").all():
        low, now, high = (float(meter.get_attribute(f"aria-value{which}") or "nan") for which in ("min", "now", "max"))
        assert low <= now <= high
        assert meter.get_attribute("aria-valuetext")


def test_what_has_no_limit_to_measure_by_is_no_meter(gallery: Callable[..., Page]) -> None:
    page = gallery()
    for state in ("loading", "unlimited", "not_included", "error", "signed_out", "empty"):
        cards = page.locator(f".bui-card[data-state={state}]")
        assert cards.count() > 0
        expect(cards.get_by_role("meter")).to_have_count(0)


def test_a_loading_card_is_busy_and_says_so(gallery: Callable[..., Page]) -> None:
    """Covers "0 shown while loading"."""
    card = gallery().locator(".bui-card[data-state=loading]").first
    expect(card).to_have_attribute("aria-busy", "true")
    expect(card).to_contain_text("Loading")
    expect(card).not_to_contain_text(re.compile(r"\d"))


def test_over_a_soft_limit_the_tick_stands_at_the_limit(gallery: Callable[..., Page]) -> None:
    """Over 100 %: the true figure and its cost."""
    card = gallery().get_by_role("article").filter(has_text="GPU time")
    expect(card).to_contain_text("1,200.5")
    expect(card).to_contain_text("200.5 s over, about $2.01")
    bar = card.locator(".bui-bar")
    box, mark = bar.bounding_box(), card.locator(".bui-mark").bounding_box()
    over = card.locator(".bui-over").bounding_box()
    assert box
    assert mark
    assert over
    assert (mark["x"] + mark["width"] / 2 - box["x"]) / box["width"] == pytest.approx(1000 / 1200.5, abs=0.005)
    assert over["x"] + over["width"] == pytest.approx(box["x"] + box["width"], abs=1)


def test_from_right_to_left_the_bars_are_filled_from_the_right(gallery: Callable[..., Page]) -> None:
    page = gallery("?dir=rtl")
    bar = page.get_by_role("meter", name="Storage").first
    box, fill = bar.bounding_box(), bar.locator(".bui-fill").bounding_box()
    assert box
    assert fill
    assert fill["x"] + fill["width"] == pytest.approx(box["x"] + box["width"], abs=1)


def test_nothing_moves_for_those_who_want_no_motion(gallery: Callable[..., Page]) -> None:
    moving = """() => [...document.querySelectorAll('.bui-fill, .bui-over, .bui-mark, [data-state=loading] *')]
      .flatMap((e) => [getComputedStyle(e).transitionDuration, getComputedStyle(e, '::before').animationName])"""
    assert "0.3s" in gallery().evaluate(moving)
    assert set(gallery(reduced_motion="reduce").evaluate(moving)) == {"0s", "none"}


def test_a_bar_is_seen_where_the_system_chooses_the_colours(gallery: Callable[..., Page]) -> None:
    page = gallery(forced_colors="active")
    track = page.locator(".bui-track").first
    color = "e => getComputedStyle(e).backgroundColor"
    assert track.locator(".bui-fill").evaluate(color) != track.evaluate(color)
    assert track.evaluate("e => getComputedStyle(e).borderTopWidth") == "1px"


def test_the_focus_is_seen_on_every_button(gallery: Callable[..., Page]) -> None:
    page = gallery()
    page.get_by_role("heading", level=1).click()
    buttons = page.get_by_role("button").all()
    assert buttons
    for button in buttons:
        page.keyboard.press("Tab")
        expect(button).to_be_focused()
        assert button.evaluate("e => getComputedStyle(e).outlineStyle") == "solid"
        box = button.bounding_box()
        assert box
        assert box["height"] >= 24


def test_a_host_sets_colours_by_variables(gallery: Callable[..., Page]) -> None:
    page = gallery()
    page.add_style_tag(content=":root { --bui-card: rgb(1, 2, 3); --bui-near: rgb(4, 5, 6) }")
    assert page.locator(".bui-card").first.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(1, 2, 3)"
    fill = page.get_by_role("meter", name="API calls").first.locator(".bui-fill")
    assert fill.evaluate("e => getComputedStyle(e).backgroundColor") == "rgb(4, 5, 6)"
