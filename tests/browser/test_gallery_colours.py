"""The gallery where the host or the system chooses the colours."""

from __future__ import annotations

import pytest

from tests.support.gallery_page import Gallery


def test_links_and_what_is_under_the_pointer_follow_an_accent_that_the_host_sets(gallery: Gallery) -> None:
    told = gallery.page().evaluate(
        """() => {
          const page = document.documentElement.style;
          page.setProperty("--bui-accent", "rgb(181, 23, 158)");
          const badge = getComputedStyle(document.querySelector(".bui-plan-badge[data-relation=current]"));
          const [text, edge, hover] = [badge.color, badge.borderTopColor, badge.getPropertyValue("--_bui-accent-hover")];
          page.removeProperty("--bui-accent");
          return { text, edge, hover };
        }"""
    )
    assert told["edge"] == "rgb(181, 23, 158)"
    assert "rgb(181, 23, 158)" in told["hover"]
    assert told["text"].startswith("oklab("), "mixed of the accent with itself"
    lightness, *tints = (float(part) for part in told["text"][6:-1].split())
    assert (round(lightness, 2), *(round(tint, 2) for tint in tints)) == (0.54, 0.21, -0.09)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_what_stands_on_an_accent_of_the_hosts_can_be_read_however_dark_or_light_it_is(
    gallery: Gallery, theme: str
) -> None:
    """A brand has one colour, and sets it once for both modes."""
    told = gallery.page(theme=theme).evaluate(
        """accents => {
          const pen = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
          const light = (color) => {
            pen.fillStyle = color;
            pen.fillRect(0, 0, 1, 1);
            return [...pen.getImageData(0, 0, 1, 1).data].slice(0, 3).map((v) => v / 255)
              .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
              .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
          };
          const contrast = (one, other) => {
            const [low, high] = [light(one), light(other)].sort((a, b) => a - b);
            return (high + 0.05) / (low + 0.05);
          };
          const page = document.documentElement.style;
          const button = document.querySelector("#dialogs .bui-button");
          const probe = button.parentElement.appendChild(document.createElement("i"));
          const colour = (name) => {
            probe.style.color = `var(--_bui-${name})`;
            return getComputedStyle(probe).color;
          };
          const found = accents.map((accent) => {
            if (accent) page.setProperty("--bui-accent", accent);
            const drawn = getComputedStyle(button);
            return {
              accent,
              own: contrast(drawn.color, drawn.backgroundColor),
              hover: contrast(colour("on-accent"), colour("accent-hover")),
              link: contrast(colour("link"), colour("card")),
              on: drawn.color,
            };
          });
          page.removeProperty("--bui-accent");
          probe.remove();
          return found;
        }""",
        ["", "#1d4ed8", "#14532d", "#dc2626", "#f97316", "#facc15", "#767676", "#7a7a7a", "white", "black"],
    )
    assert [one for one in told if min(one["own"], one["hover"]) < 4.5] == []
    assert told[0]["on"] == {"light": "rgb(255, 255, 255)", "dark": "rgb(26, 23, 64)"}[theme], "as it was drawn"
    assert [one for one in told if theme == "dark" and one["link"] < 4.5] == []


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
