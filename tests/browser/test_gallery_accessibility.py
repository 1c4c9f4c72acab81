"""The gallery for those who can't see it, see it badly, or have no mouse."""

from __future__ import annotations

import re

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from billing_ui_components.gallery_settings import SETTINGS
from tests.support.contrast import CONTRAST
from tests.support.gallery_page import Gallery

ROUTES = [setting.route for setting in SETTINGS]

COLOUR_RULES = ["color-contrast", "link-in-text-block"]
# For each element with a text of its own: the contrast with the nearest ground that is painted.
CONTRASTS = (
    f"() => {{{CONTRAST}"
    + """
  const shown = [...document.querySelectorAll("#gallery *")].filter((e) => e.checkVisibility());
  const texts = shown
    .filter((e) => [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()))
    .map((e) => [e.textContent, contrast(getComputedStyle(e).color, ground(e))]);
  const fills = shown
    .filter((e) => e.matches(".bui-fill, .bui-over") && e.offsetWidth)
    .map((e) => [e.className, contrast(getComputedStyle(e).backgroundColor, ground(e.parentElement))]);
  return { texts, fills };
}"""
)


@pytest.mark.parametrize("route", ROUTES)
def test_axe_finds_nothing(gallery: Gallery, route: str) -> None:
    # The dark page is the same in other colours, and from the other side: all rules would only read it again.
    for theme, direction, rules in (("light", "ltr", {}), ("dark", "rtl", {"runOnly": COLOUR_RULES})):
        page = gallery.page(route, theme=theme, direction=direction)
        found = Axe().run(page, options={"resultTypes": ["violations"], **rules}).response["violations"]
        assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == [], (theme, direction)


def test_axe_finds_nothing_in_an_open_dialog(gallery: Gallery) -> None:
    page = gallery.page(theme="light")
    openers = page.locator("#dialogs > .gallery-row > button")
    assert openers.count() > 1
    for opener in openers.all():
        opener.click()
        shown = page.locator("dialog[open]")
        expect(shown).to_be_visible()
        found = Axe().run(page, context="dialog[open]").response["violations"]
        assert [(rule["id"], node["html"]) for rule in found for node in rule["nodes"]] == []
        page.keyboard.press("Escape")
        expect(shown).to_have_count(0)
        expect(opener).to_be_focused()


@pytest.mark.parametrize("contrast", ["no-preference", "more"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_every_text_and_every_bar_can_be_told_from_its_ground(gallery: Gallery, theme: str, contrast: str) -> None:
    seen = gallery.page(theme=theme, contrast=contrast).evaluate(CONTRASTS)
    assert len(seen["texts"]) > 100
    assert len(seen["fills"]) > 10
    least_text, least_fill = (4.5, 3) if contrast == "no-preference" else (7, 4.5)
    assert [(text, ratio) for text, ratio in seen["texts"] if ratio < least_text] == []
    assert [(fill, ratio) for fill, ratio in seen["fills"] if ratio < least_fill] == []


def test_a_screen_reader_hears_name_value_and_state(gallery: Gallery) -> None:
    """Screen readers, where theirs have no ARIA at all; not colour alone."""
    meter = gallery.page().get_by_role("meter", name="GPU time").first
    assert {name: meter.get_attribute(name) for name in ("aria-valuemin", "aria-valuemax", "aria-valuenow")} == {
        "aria-valuemin": "0",
        "aria-valuemax": "1200.5",
        "aria-valuenow": "1200.5",
    }
    spoken = meter.get_attribute("aria-valuetext") or ""
    assert all(part in spoken for part in ("1,200.5", "1,000 s", "Over by 20", "Resets 1 Dec"))


@pytest.mark.parametrize("route", ROUTES)
def test_every_meter_has_a_name_and_a_range_that_holds_its_value(gallery: Gallery, route: str) -> None:
    meters = (
        gallery.page(route)
        .get_by_role("meter")
        .evaluate_all(
            """meters => meters.map((e) => ({
              low: e.ariaValueMin, now: e.ariaValueNow, high: e.ariaValueMax, says: e.ariaValueText,
              name: e.ariaLabel ?? document.getElementById(e.getAttribute("aria-labelledby"))?.textContent,
            }))"""
        )
    )
    assert len(meters) > 20
    for meter in meters:
        assert float(meter["low"]) <= float(meter["now"]) <= float(meter["high"])
        assert meter["name"]
        assert re.search(r"\d", meter["says"])


def test_what_has_no_limit_to_measure_by_is_no_meter(gallery: Gallery) -> None:
    page = gallery.page()
    for state in ("loading", "unlimited", "not_included", "error", "signed_out", "empty"):
        cards = page.locator(f".bui-card[data-state={state}]")
        assert cards.count() > 0
        expect(cards.get_by_role("meter")).to_have_count(0)


def test_a_loading_card_is_busy_and_says_so(gallery: Gallery) -> None:
    """Covers "0 shown while loading"."""
    card = gallery.page().locator(".bui-card[data-state=loading]").first
    expect(card).to_have_attribute("aria-busy", "true")
    expect(card).to_contain_text("Loading")
    expect(card).not_to_contain_text(re.compile(r"\d"))


def test_nothing_moves_for_those_who_want_no_motion(gallery: Gallery) -> None:
    moving = """() => [...document.querySelectorAll("#gallery main *")].filter((e) => e.checkVisibility())
      .flatMap((e) => [getComputedStyle(e), getComputedStyle(e, "::before")])
      .flatMap((style) => [style.transitionDuration, style.animationName])"""
    assert {"0.3s", "bui-wait"} <= set(gallery.page(reduced_motion="no-preference").evaluate(moving))
    assert set(gallery.page().evaluate(moving)) == {"0s", "none"}


def test_a_bar_is_seen_where_the_system_chooses_the_colours(gallery: Gallery) -> None:
    page = gallery.page(forced_colors="active")
    bars = page.locator(".bui-track").evaluate_all(
        """tracks => tracks.map((track) => {
          const style = getComputedStyle(track);
          return [style.borderTopWidth, getComputedStyle(track.firstChild).backgroundColor !== style.backgroundColor];
        })"""
    )
    assert len(bars) > 20
    assert {tuple(bar) for bar in bars} == {("1px", True)}


def test_everything_can_be_reached_and_seen_by_keyboard(gallery: Gallery) -> None:
    """Tab visits every control in the order of the page, each with an outline and large enough for a finger."""
    page = gallery.page()
    page.get_by_role("heading", level=1).click()
    # Of radio buttons Tab visits the chosen one, of tabs too: the arrows do the rest. What scrolls is visited as well.
    controls = page.locator(
        "#gallery main :is(button, a[href], input, summary, select, [tabindex='0']):visible"
        ":not([tabindex='-1'], input[type=radio]:not(:checked))"
    ).evaluate_all("elements => (window.controls = elements).length")
    assert controls > 10
    for control in range(controls):
        page.keyboard.press("Tab")
        # A radio button without a look of its own is drawn by what follows it.
        at, style, width, height = page.evaluate(
            """() => {
              const e = document.activeElement;
              const drawn = getComputedStyle(e.type === "radio" ? e.nextElementSibling ?? e : e);
              const { outlineStyle, outlineWidth } = drawn;
              const height = Math.round(e.getBoundingClientRect().height);
              return [window.controls.indexOf(e), outlineStyle, outlineWidth, height];
            }"""
        )
        assert at == control
        assert (style, width) == ("solid", "2px")
        assert height >= 24


def test_german_is_german_throughout(gallery: Gallery) -> None:
    """No text and no name of the German page is the English one of the same place."""
    words = """() => [...document.querySelectorAll("#gallery main .bui *")].flatMap((e) => [
      ...[...e.childNodes].filter((n) => n.nodeType === 3).map((n) => n.data.trim()),
      e.ariaLabel, e.ariaValueText, e.title, e.placeholder, e.alt,
    ]).filter((text) => /[a-zäöü]{2}/.test(text ?? ""))"""
    english, german = (set(gallery.page(route).evaluate(words)) for route in ROUTES[:2])
    names = {"Pro", "Builds", "Webhooks", "Free", "Starter", "Enterprise"}
    assert len(english) > 50
    assert (english & german) - names == set()
