"""The gallery where the host or the system chooses the colours."""

from __future__ import annotations

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.support.contrast import CONTRAST
from tests.support.gallery_page import Gallery

# Told of a page for each accent, with what the host sets for the text on it: how each thing stands out from what it is drawn on.
CONTRASTS = (
    f"sets => {{{CONTRAST}"
    + """
  const page = document.documentElement;
  const of = (part) => getComputedStyle(part);
  const all = (parts, told) => Math.min(...[...document.querySelectorAll(parts)].filter((part) => part.offsetWidth).map(told));
  const text = (part) => contrast(of(part).color, ground(part));
  const around = (name) => (part) => contrast(of(part)[name], ground(part.parentElement));
  const focused = (part) => {
    const ring = part.type === "radio" ? part.nextElementSibling : part;
    part.focus({ preventScroll: true });
    return of(ring).outlineStyle === "solid" ? around("outlineColor")(ring) : 0;
  };
  const button = document.querySelector("#dialogs .bui-button");
  const suggested = document.querySelector(".bui-plan[data-relation=upgrade]");
  suggested.dataset.suggested = "";
  const colour = (name) => {
    button.style.outlineColor = `var(--_bui-${name})`;
    const color = of(button).outlineColor;
    button.style.outlineColor = "";
    return color;
  };
  const told = sets.map(([accent, on]) => {
    if (accent) page.style.setProperty("--bui-accent", accent);
    if (on) page.style.setProperty("--bui-on-accent", on);
    const look = of(button);
    const seen = {
      accent,
      on: look.color,
      own: contrast(look.color, look.backgroundColor),
      hover: contrast(look.color, colour("accent-hover")),
      change: contrast(look.backgroundColor, colour("accent-hover")),
      nudge: Math.min(
        all("#inlines .bui-button", text),
        ...["near-card", "critical-card"].map((name) => contrast(colour("link"), colour(name))),
      ),
      link: all("#prompts .bui-compact-prompt .bui-link", text),
      badge: all(".bui-plan-badge[data-relation=current]", text),
      plan: all(".bui-plan[data-relation=current]", around("borderTopColor")),
      suggested: around("outlineColor")(suggested),
      tab: all(".bui-tab[aria-selected=true]", around("borderBottomColor")),
      focus: all("#inlines button, #plans button, .bui-intervals input, .bui-plan[tabindex], .bui-compare[tabindex], .bui-tabpanel", focused),
    };
    page.style.removeProperty("--bui-accent");
    page.style.removeProperty("--bui-on-accent");
    return seen;
  });
  delete suggested.dataset.suggested;
  document.activeElement.blur();
  return told;
}"""
)
BRANDS = ["#1d4ed8", "#1e1b4b", "#14532d", "#0000ff", "#dc2626", "#f97316", "#facc15", "#a3e635", "#fbcfe8", "#757575"]
BRANDS += ["#767676", "#777", "#7a7a7a", "white", "black"]


def told(page: Page, *sets: tuple[str, str]) -> list[dict[str, Any]]:
    page.keyboard.press("Shift")  # Who uses the keyboard sees where the focus is.
    return page.evaluate(CONTRASTS, [list(one) for one in sets])


def test_links_frames_and_what_is_under_the_pointer_have_the_hosts_accent_where_it_can_be_seen(
    gallery: Gallery,
) -> None:
    drawn = gallery.page().evaluate(
        f"() => {{{CONTRAST}"
        + """
          const page = document.documentElement.style;
          page.setProperty("--bui-accent", "rgb(181, 23, 158)");
          const badge = getComputedStyle(document.querySelector(".bui-plan-badge[data-relation=current]"));
          const colors = [badge.color, badge.borderTopColor].map((color) => pixel(color).slice(0, 3));
          colors.push(badge.getPropertyValue("--_bui-accent-hover"));
          page.removeProperty("--bui-accent");
          return colors;
        }"""
    )
    assert drawn[:2] == [[181, 23, 158], [181, 23, 158]]
    assert "rgb(181, 23, 158)" in drawn[2]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_has_the_accent_of_a_host_can_be_read_and_seen_however_dark_or_light_it_is(
    gallery: Gallery, theme: str
) -> None:
    """A brand has one colour, and sets it once for both modes."""
    page = gallery.page(theme=theme)
    seen = told(page, ("", ""), *((brand, "") for brand in BRANDS))
    assert seen[0]["on"] == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 23, 64)"}[theme], "as it was drawn"
    assert [one for one in seen if min(one[text] for text in ("own", "hover", "nudge", "link", "badge")) < 4.5] == []
    assert [one for one in seen if min(one[frame] for frame in ("plan", "suggested", "tab", "focus")) < 3] == []
    assert [one for one in seen if one["change"] < seen[0]["change"]] == [], "under the pointer"


def test_under_the_pointer_a_text_that_the_host_chose_is_read_no_worse(gallery: Gallery) -> None:
    white = [(brand, "#fff") for brand in ("#3b82f6", "#0ea5e9", "#f97316", "#10b981", "#1d4ed8")]
    dark = [("#93c5fd", "#111"), ("#fde68a", "#333"), ("white", "#333")]
    seen = told(gallery.page(), *white, *dark, ("black", "#fff"))
    assert [one for one in seen if one["hover"] < min(one["own"], 4.5) or one["change"] < 1.2] == []


def test_a_text_on_an_accent_that_lets_the_ground_through_is_whole_itself(gallery: Gallery) -> None:
    seen = told(gallery.page(), ("rgb(0 0 0 / 50%)", ""), ("rgb(255 255 0 / 30%)", ""))
    assert [one["on"] for one in seen] == ["color(xyz-d65 0.9505 1 1.0891)", "color(xyz-d65 0 0 0)"]
    assert min(one[text] for one in seen for text in ("nudge", "link", "badge")) >= 4.5


def test_the_chosen_interval_is_told_from_the_other_by_its_frame(gallery: Gallery) -> None:
    page = gallery.page(forced_colors="active")
    frames = (
        page.locator(".bui-intervals:visible")
        .first.locator("input")
        .evaluate_all(
            """choices => choices.map((choice) => {
          const [own, canvas] = [getComputedStyle(choice.nextElementSibling), document.createElement("i")];
          canvas.style.color = "Canvas";
          document.body.append(canvas);
          const shown = own.borderTopColor !== getComputedStyle(canvas).color;
          canvas.remove();
          return [choice.checked, shown];
        })"""
        )
    )
    assert sorted(frames) == [[False, False], [True, True]]


def test_the_chosen_tab_is_told_from_the_others_where_the_system_chooses_the_colours(gallery: Gallery) -> None:
    page = gallery.page(forced_colors="active")
    edges = page.locator("#portal [role=tab]").evaluate_all(
        """tabs => tabs.map((tab) => {
          const [own, ground] = [getComputedStyle(tab), getComputedStyle(tab.closest(".bui"))];
          document.body.style.color = "Canvas";
          const canvas = getComputedStyle(document.body).color;
          document.body.style.color = "";
          return [tab.ariaSelected, own.borderBottomWidth, own.borderBottomColor !== canvas];
        })"""
    )
    assert edges == [["true", "4px", True], ["false", "2px", False]]
