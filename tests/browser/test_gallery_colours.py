"""The gallery where the host or the system chooses the colours."""

from __future__ import annotations

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
