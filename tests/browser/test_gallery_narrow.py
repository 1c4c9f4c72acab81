"""Narrow places and large text: no figure is broken, and no word but where it is longer than what it stands in, a shape stays beside
the name that it belongs to, plans that are waited for take the room that they draw, and what scrolls says so and shows what has the
focus."""

from __future__ import annotations

from base64 import b64encode

import pytest
from playwright.sync_api import Page

from billing_ui_components.labels import GERMAN, Labels
from tests.support.gallery_page import Gallery

# Words that stand on two lines.
BROKEN = """selector => {
  const broken = [];
  for (const text of document.querySelectorAll(selector)) {
    const node = text.firstChild;
    for (const { 0: word, index } of node.data.matchAll(/\\S+/g)) {
      const range = document.createRange();
      range.setStart(node, index);
      range.setEnd(node, index + word.length);
      if (new Set([...range.getClientRects()].map((box) => box.top)).size > 1) broken.push(word);
    }
  }
  return broken;
}"""

# What stands on several lines of the parts of all texts in these places that look like this, and has room on one of what it stands in.
IN_PIECES = """([places, kind]) => {
  const pieces = [];
  for (const place of document.querySelectorAll(places)) {
    const texts = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const node = texts.currentNode;
      if (!node.parentElement.checkVisibility()) continue;
      for (const { 0: part, index } of node.data.matchAll(new RegExp(kind, "gu"))) {
        const range = document.createRange();
        range.setStart(node, index);
        range.setEnd(node, index + part.length);
        // What is there for screen readers only is one pixel wide.
        const boxes = [...range.getClientRects()].filter((box) => box.width > 1);
        const length = boxes.reduce((sum, box) => sum + box.width, 0);
        const lines = boxes.map((box) => box.top);
        const room = node.parentElement.closest(".bui-change, th, td, dialog, .bui-nudge, .bui-card") ?? place;
        const { paddingLeft, paddingRight } = getComputedStyle(room);
        const fits = length <= room.clientWidth - parseFloat(paddingLeft) - parseFloat(paddingRight);
        if (fits && Math.max(...lines) - Math.min(...lines) > 2) pieces.push(`${part} in ${node.data}`);
      }
    }
  }
  return pieces;
}"""
# A number with its currency, and a word or what of it stands before a hyphen.
FIGURE = r"[\p{Sc}\p{L}.]*\u00a0?\d[\d.,\u00a0]*(?:\p{Sc}|[A-Z]{3})?"
WORD = r"[^\s-]+-?"
NUDGES = "#banners, #toasts, #inlines, #prompts"

# Writes another amount in the place of each price of a plan, as the component would, and of the figures of a change of plan.
OTHER_AMOUNTS = """amount => {
  for (const price of document.querySelectorAll(".bui-price strong[data-bare=false]")) {
    price.textContent = amount;
    price.style.setProperty("--_bui-length", amount.length);
  }
  for (const text of document.querySelectorAll("#changes dd > span, #changes td > span")) text.textContent = `${amount} pro Monat`;
}"""

# The texts of a change of plan that reach over one of its ends.
STICKING_OUT = """() => [...document.querySelectorAll(".bui-change")].flatMap((change) => {
  const { left, right } = change.getBoundingClientRect();
  const texts = [...change.querySelectorAll("span, dt, dd, li, td, th")].filter((text) => text.getClientRects().length);
  return texts.filter((text) => {
    const range = document.createRange();
    range.selectNodeContents(text);
    return [...range.getClientRects()].some((box) => box.left < left - 1 || box.right > right + 1);
  }).map((text) => text.textContent);
})"""

# Of a plan's button that has the focus: whether what is seen at its corners is the button.
CORNERS_IN_SIGHT = """() => {
  const button = document.activeElement;
  const { left, right, top, bottom } = button.getBoundingClientRect();
  const seen = (x, y) => button.contains(document.elementFromPoint(x, y));
  return [left + 4, right - 4].every((x) => [top + 4, bottom - 4].every((y) => seen(x, y)));
}"""

# How light half of a picture is at most, from 0 to 255: what is written in it is less.
LIGHTNESS = """async picture => {
  const image = await createImageBitmap(await (await fetch(`data:image/png;base64,${picture}`)).blob());
  const pen = new OffscreenCanvas(image.width, image.height).getContext("2d");
  pen.drawImage(image, 0, 0);
  const greens = pen.getImageData(0, 0, image.width, image.height).data.filter((_, index) => index % 4 === 1);
  return greens.sort()[greens.length >> 1];
}"""

# How much wider than its frame a change of plan is with another word as a name, as what was and as what will be.
TOO_WIDE = """word => {
  const table = document.querySelector("#changes .bui-change-table");
  const texts = [...table.querySelectorAll("tbody tr:first-child > * > :first-child")].map((span) => span.firstChild);
  return texts.map((text) => {
    const own = text.data;
    text.data = word;
    const more = table.getBoundingClientRect().width - table.parentElement.clientWidth;
    text.data = own;
    return more;
  });
}"""

# Puts a limit of many digits in the place of what was and of what will be.
LARGE_LIMITS = """limit => {
  for (const text of document.querySelectorAll("#changes tbody tr:first-child > td > :first-child")) text.textContent = limit;
}"""

# How tall the number of a card is, and with another text in its place.
WITH_A_LONG_NUMBER = """text => {
  const number = document.querySelector("#cards .bui-figure > strong");
  const { textContent: own, offsetHeight: short } = number;
  number.textContent = text;
  number.dataset.long = "true";
  const long = number.offsetHeight;
  number.textContent = own;
  number.dataset.long = "false";
  return { short, long };
}"""

# Of lines that show a shape without its word: those where it is above or below the name, or what stands in its place.
LEFT_ALONE = """width => {
  const list = document.querySelector("#compact .bui-lines");
  list.parentElement.style.maxWidth = `${width}px`;
  const shapes = [...list.querySelectorAll(".bui-label")]
    .map((label) => [label.firstChild, label.querySelector(".bui-status"), label.querySelector(".bui-number")])
    .filter(([, status]) => status.firstChild && status.querySelector("span").offsetWidth <= 1)
    .map(([name, status, number]) => [name.textContent ? name : number, status.querySelector("svg")]);
  const alone = shapes.filter(([text, shape]) => {
    const [beside, own] = [text.getBoundingClientRect(), shape.getBoundingClientRect()];
    return own.top >= beside.bottom || own.bottom <= beside.top;
  });
  return { seen: shapes.length, alone: alone.map(([text]) => text.textContent) };
}"""


# By the state of a line: how far the word of its state, or nothing that is as tall, stands above the line of its name, how far the
# middle of its shape does, how tall it is, and what of it can be read.
LINES = """width => {
  const list = document.querySelector("#compact .bui-lines");
  list.parentElement.style.maxWidth = `${width}px`;
  const foot = (element) => {
    const mark = document.createElement("span");
    mark.style.cssText = "display: inline-block; inline-size: 0; block-size: 0";
    element.prepend(mark);
    const { bottom } = mark.getBoundingClientRect();
    mark.remove();
    return bottom;
  };
  const seen = (element, frame) => {
    const [own, around] = [element.getBoundingClientRect(), frame.getBoundingClientRect()];
    return own.width > 1 && own.top < around.bottom - 1;
  };
  const lines = [...list.querySelectorAll(".bui-line-row:not([data-state=loading])")].filter((line) => line.querySelector(".bui-status > svg"));
  return lines.map((line) => {
    const [name, status, number] = [".bui-label > :first-child", ".bui-status", ".bui-number"].map((part) => line.querySelector(part));
    const [word, shape] = [status.querySelector("span"), status.querySelector("svg").getBoundingClientRect()];
    const text = name.textContent ? name : number;
    const worded = word.offsetWidth > 1;
    return {
      state: line.dataset.state,
      word: worded ? foot(text) - foot(word) : 0,
      shape: foot(text) - (shape.top + shape.bottom) / 2,
      height: line.querySelector(".bui-label").offsetHeight,
      read: [worded ? word : null, ...number.children].filter((part) => part && seen(part, number.offsetWidth ? number : part))
        .map((part) => part.textContent),
    };
  });
}"""

# The lines that are wider than a place of this width.
LINES_OUT = """width => {
  const list = document.querySelector("#compact .bui-lines");
  list.parentElement.style.maxWidth = `${width}px`;
  return [...list.querySelectorAll(".bui-line-row")].filter((line) => line.scrollWidth > line.clientWidth).map((line) => line.innerText);
}"""

# A host's row in which a rigid neighbour takes the room of a portal's trigger, and one that is all the trigger's: what the button
# breaks in the first, how far a word as long as this sticks out of the second, and how far two buttons of two words each do.
IN_A_HOSTS_ROW = """word => {
  const row = document.createElement("div");
  row.innerHTML = '<span class="bui bui-trigger"><button class="bui-button bui-outline">Drawer</button></span><p></p>';
  row.style.cssText = "display: flex; inline-size: 120px";
  row.lastChild.style.cssText = "flex: none; inline-size: 100px";
  document.querySelector("#portal").append(row);
  const button = row.querySelector("button");
  const lines = () => {
    const range = document.createRange();
    range.selectNodeContents(button);
    return new Set([...range.getClientRects()].map((box) => box.top)).size;
  };
  const own = lines();
  row.lastChild.remove();
  button.textContent = word;
  const found = { own, long: lines(), out: row.scrollWidth - row.clientWidth };
  row.innerHTML = '<button class="bui-part bui-link">Tarife vergleichen</button>'.repeat(2);
  row.style.inlineSize = "200px";
  found.two = row.scrollWidth - row.clientWidth;
  row.remove();
  return found;
}"""


# How much taller a card's head is with each of these words as its state.
TALLER = """words => {
  const head = document.querySelector("#cards .bui-name");
  const word = head.querySelector(".bui-status > span");
  const { textContent: own } = word;
  const short = head.offsetHeight;
  const taller = words.map((each) => {
    word.textContent = each;
    return head.offsetHeight - short;
  });
  word.textContent = own;
  return taller;
}"""


@pytest.mark.parametrize("labels", [Labels(), GERMAN], ids=["English", "German"])
def test_the_state_of_a_shorter_window_stands_beside_the_name(gallery: Gallery, labels: Labels) -> None:
    words = [getattr(labels, f"{state}_{window}") for state in ("near", "critical") for window in ("hour", "month")]
    assert gallery.page(width=320).evaluate(TALLER, words) == [0] * 4


def test_a_long_number_stays_on_one_line_and_its_card_as_tall(gallery: Gallery) -> None:
    heights = gallery.page(width=320).evaluate(WITH_A_LONG_NUMBER, "1,234,567,890.123456789")
    assert heights["long"] == heights["short"]


@pytest.mark.parametrize("width", [320, 390])
def test_no_name_of_a_comparison_is_broken(gallery: Gallery, width: int) -> None:
    assert gallery.page("/de", width=width).evaluate(BROKEN, "#comparison tr > :first-child span") == []


def test_a_word_on_a_button_is_broken_only_where_it_is_longer_than_its_row(gallery: Gallery) -> None:
    page = gallery.page("/de", width=320, text=200)
    assert page.evaluate(BROKEN, "#portal .bui-tab") == []
    drawn = gallery.page("/de", width=390).evaluate(IN_A_HOSTS_ROW, "Datenverarbeitungsvorgänge")
    assert (drawn["own"], drawn["long"] > 1, drawn["out"], drawn["two"]) == (1, True, 0, 0)


@pytest.mark.parametrize("width", [320, 390, 430, 1280])
def test_a_change_of_plan_fits_with_words_of_any_length_and_breaks_no_others(gallery: Gallery, width: int) -> None:
    page = gallery.page("/de", width=width)
    assert page.evaluate(TOO_WIDE, "Datenverarbeitungsvorgänge") == [0, 0, 0]
    # At 320 pixels the names give way to the values.
    words = "span:not(:empty, :has(*))" if width > 320 else "td > span"
    page.evaluate(LARGE_LIMITS, "10.000.000 pro Monat")
    assert page.evaluate(BROKEN, f".bui-change-table {words}") == []


@pytest.mark.parametrize("width", [180, 210, 240, 260])
def test_a_shape_stays_beside_the_name_of_its_line(gallery: Gallery, width: int) -> None:
    drawn = gallery.page("/de", width=390).evaluate(LEFT_ALONE, width)
    assert drawn["seen"] > 8
    assert drawn["alone"] == []


@pytest.mark.parametrize("width", [235, 358])
def test_the_word_of_a_line_stands_on_its_text_and_every_shape_as_high(gallery: Gallery, width: int) -> None:
    lines = gallery.page(width=390).evaluate(LINES, width)
    assert {round(line["word"], 1) for line in lines} == {0}
    heights = [line["shape"] for line in lines]
    assert 3 < min(heights) <= max(heights) < min(heights) + 0.2 < 6, heights


def test_a_line_says_in_words_what_there_is_room_for(gallery: Gallery) -> None:
    page = gallery.page(width=390)
    narrow, medium = ({line["state"]: line for line in page.evaluate(LINES, width)[:6]} for width in (235, 300))
    assert narrow["unlimited"]["read"] == ["48,210"]
    assert narrow["unlimited"]["height"] == narrow["normal"]["height"], "on one line"
    assert medium["unlimited"]["read"] == ["48,210", "emails this month"]
    assert narrow["not_included"]["read"] == medium["not_included"]["read"] == ["Not included"]


@pytest.mark.parametrize("text", [100, 200])
def test_no_line_is_wider_than_its_place(gallery: Gallery, text: int) -> None:
    page = gallery.page("/de", width=390, text=text)
    for width in (180, 220, 240, 260, 280, 300):
        assert page.evaluate(LINES_OUT, width) == [], width


@pytest.mark.parametrize("width", [390, 1280])
def test_a_plan_that_is_waited_for_takes_no_more_room_than_it_draws(gallery: Gallery, width: int) -> None:
    heights = gallery.page(width=width).evaluate(
        """() => [...document.querySelectorAll("#plans [data-sample=loading] li")]
          .map((plan) => [plan.offsetHeight, plan.firstChild.offsetHeight])"""
    )
    assert len(heights) == 3
    assert all(taken == drawn for taken, drawn in heights), heights


@pytest.mark.parametrize("text", [100, 150, 200])
@pytest.mark.parametrize("width", [320, 390])
def test_no_figure_is_broken(gallery: Gallery, width: int, text: int) -> None:
    for route in ("/", "/de", "/kwd"):
        page = gallery.page(route, width=width, text=text)
        assert page.evaluate(IN_PIECES, ["#gallery main", FIGURE]) == [], route
    page = gallery.open("/de")
    page.set_viewport_size({"width": width, "height": 900})
    page.get_by_role("radio", name=f"{text} %").check()
    page.evaluate(OTHER_AMOUNTS, "1.229,90\u00a0EUR")
    found = page.evaluate(IN_PIECES, ["#plans, #comparison, #changes", FIGURE])
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    page.context.close()
    assert (found, wide) == ([], 0)


def test_a_price_knows_how_long_it_is(gallery: Gallery) -> None:
    prices = gallery.page("/de").locator(".bui-price strong")
    lengths = prices.evaluate_all(
        "prices => prices.map((e) => [e.textContent.length, Number(getComputedStyle(e).getPropertyValue('--_bui-length'))])"
    )
    assert len(lengths) > 10
    assert all(own == said for own, said in lengths), lengths


@pytest.mark.parametrize("text", [100, 150, 200])
@pytest.mark.parametrize("width", [320, 390])
def test_no_word_is_broken_that_has_room_on_a_line(gallery: Gallery, width: int, text: int) -> None:
    for route in ("/", "/de"):
        page = gallery.page(route, width=width, text=text)
        assert page.evaluate(IN_PIECES, [f"#changes, #comparison, {NUDGES}", WORD]) == [], route
        for opener in page.locator("#modals > button").all():
            opener.click()
            broken = page.evaluate(IN_PIECES, ["dialog[open]", WORD])
            page.keyboard.press("Escape")
            assert broken == [], route


@pytest.mark.parametrize(("width", "text"), [(320, 100), (320, 200), (390, 100), (390, 150), (1280, 100)])
def test_a_long_word_of_a_change_of_plan_takes_a_line_of_its_own(gallery: Gallery, width: int, text: int) -> None:
    page = gallery.open(f"/de?text={text}")
    page.set_viewport_size({"width": width, "height": 900})
    assert page.evaluate(STICKING_OUT) == []
    page.evaluate(
        """word => document.querySelectorAll("#changes :is(tbody tr > * > :first-child, dd > span, li > svg + span)")
          .forEach((text) => { text.textContent = word; })""",
        "Datenverarbeitungsvorgänge",
    )
    broken = page.evaluate(IN_PIECES, ["#changes .bui-change-table, #changes dd", WORD])
    out = page.evaluate(STICKING_OUT)
    page.context.close()
    assert (broken, out) == ([], [])


@pytest.mark.parametrize("width", [320, 390])
def test_each_value_of_a_change_of_plan_says_when_it_is_so(gallery: Gallery, width: int) -> None:
    table = gallery.page(width=width).get_by_role("table", name="What changes").first
    assert table.get_by_role("cell", name="Now 20").is_visible()
    assert table.get_by_role("cell", name="With Starter 5").is_visible()


def test_a_table_that_is_drawn_as_blocks_is_still_a_table_to_every_browser(gallery: Gallery) -> None:
    """Safari takes the role from a row or a cell that is no longer drawn as one, unless it is written out."""
    roles = gallery.page(width=320).evaluate(
        """() => [...new Set([...document.querySelectorAll(".bui-compare table, .bui-change-table")]
          .flatMap((table) => [table, ...table.querySelectorAll("thead, tbody, tr, th, td")])
          .map((part) => `${part.localName} ${part.getAttribute("scope") ?? "-"} ${part.getAttribute("role")}`))].sort()"""
    )
    assert roles == [
        "table - table",
        "tbody - rowgroup",
        "td - cell",
        "th col columnheader",
        "th row rowheader",
        "thead - rowgroup",
        "tr - row",
    ]


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize(("width", "text"), [(320, 100), (320, 200), (390, 100), (390, 200), (430, 100), (560, 100)])
def test_the_button_of_a_comparison_that_has_the_focus_is_seen_whole(
    gallery: Gallery, width: int, text: int, direction: str
) -> None:
    page = gallery.page(width=width, text=text, direction=direction)
    frame = page.locator("#comparison .bui-compare").first
    frame.evaluate("frame => { frame.scrollLeft = 0; frame.focus(); }")
    for key in ["Tab"] * 3 + ["Shift+Tab"] * 2:
        page.keyboard.press(key)
        assert page.evaluate(CORNERS_IN_SIGHT), (key, page.evaluate("document.activeElement.textContent"))


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("direction", ["ltr", "rtl"])
@pytest.mark.parametrize("width", [320, 390, 430])
def test_a_comparison_is_shaded_where_it_goes_on(gallery: Gallery, width: int, direction: str, theme: str) -> None:
    page = gallery.page(width=width, direction=direction, theme=theme)
    frame = page.locator("#comparison .bui-compare").first
    frame.evaluate("frame => { frame.scrollLeft = 0; frame.scrollIntoView(); }")
    begun = ends(page)
    frame.evaluate("(frame, way) => { frame.scrollLeft = way * 1e5; }", 1 if direction == "ltr" else -1)
    through = ends(page)
    if direction == "rtl":
        begun, through = begun[::-1], through[::-1]
    assert abs(begun[1] - through[1]) > 10, "there is more at its end, and then no more"
    assert abs(begun[0] - begun[1]) > 10, "nothing comes before its beginning"


def ends(page: Page) -> list[int]:
    """How light the frame of the comparison is along its left and its right edge."""
    box = page.locator("#comparison .bui-compare").first.bounding_box()
    assert box is not None
    found = []
    for x in (box["x"] + 2, box["x"] + box["width"] - 4):
        edge = page.screenshot(clip={"x": x, "y": box["y"] + 20, "width": 2, "height": box["height"] - 40})
        found.append(page.evaluate(LIGHTNESS, b64encode(edge).decode()))
    return found


@pytest.mark.parametrize("direction", ["ltr", "rtl"])
def test_the_word_of_a_plan_begins_where_its_name_does_when_it_stands_below(gallery: Gallery, direction: str) -> None:
    heading = gallery.page(width=390, direction=direction).locator("#comparison thead th:has(.bui-plan-badge)").first
    side = "left" if direction == "ltr" else "right"
    name, word = heading.evaluate(
        "heading => [...heading.children].map((part) => part.getBoundingClientRect().toJSON())"
    )
    assert word["top"] >= name["bottom"]
    assert word[side] == pytest.approx(name[side], abs=0.5)
