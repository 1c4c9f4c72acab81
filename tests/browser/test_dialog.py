"""Dialogs in a real browser, by keyboard and by pointer: the focus, the page behind, every way out."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.live_app import LiveApp, expect_connected

AT_THE_BEGINNING_OF_ITS_WAY = """drawer => {
  drawer.style.animation = "none";
  drawer.getBoundingClientRect();
  drawer.style.animation = "";
  const [way] = drawer.getAnimations();
  way.pause();
  way.currentTime = 0;
  return getComputedStyle(drawer).translate;
}"""


@pytest.fixture
def dialogs(browser: Browser, live_app: LiveApp) -> Iterator[Callable[..., Page]]:
    """Open the page of dialogs; whatever the browser complains of fails the test."""
    contexts, complaints = [], []

    def open_page(**options) -> Page:
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda said: complaints.append(said.text) if said.type in ("error", "warning") else None)
        page.route("**/favicon.ico", lambda route: route.fulfill(status=204))
        page.goto(f"{live_app.url}/dialogs")
        expect_connected(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert complaints == []


def _button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name)


def test_the_keyboard_goes_in_around_and_out_of_a_dialog(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    opener = _button(page, "Plans")
    opener.focus()
    page.keyboard.press("Enter")
    drawer = page.get_by_role("dialog", name="Choose a plan")
    expect(drawer).to_be_focused()

    stops = [_button(page, "Close"), page.get_by_label("Year"), _button(page, "Remind me")]
    for stop in [*stops, *stops]:
        page.keyboard.press("Tab")
        expect(stop).to_be_focused()
    for stop in [*stops[1::-1], *stops[::-1]]:
        page.keyboard.press("Shift+Tab")
        expect(stop).to_be_focused()

    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(opener).to_be_focused()


def test_back_from_the_first_stop_is_the_last(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    _button(page, "Plans").click()
    page.keyboard.press("Shift+Tab")
    expect(_button(page, "Remind me")).to_be_focused()


def test_the_focus_returns_to_an_opener_that_a_click_did_not_focus(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    opener = _button(page, "Plans")
    opener.evaluate("button => button.addEventListener('mousedown', (event) => event.preventDefault())")
    opener.click()
    page.keyboard.press("Escape")
    expect(opener).to_be_focused()


def test_a_click_beside_it_closes_it_and_one_in_it_does_not(dialogs: Callable[..., Page]) -> None:
    page = dialogs(viewport={"width": 1280, "height": 800})
    drawer = page.get_by_role("dialog", name="Choose a plan")
    _button(page, "Plans").click()
    page.mouse.click(1270, 790)
    expect(drawer).to_be_visible()
    # A selection of text that ends beside the dialog is no click beside it.
    page.mouse.move(1270, 790)
    page.mouse.down()
    page.mouse.move(20, 400)
    page.mouse.up()
    expect(drawer).to_be_visible()
    page.mouse.click(20, 400)
    expect(drawer).to_be_hidden()
    expect(_button(page, "Plans")).to_be_focused()


def test_the_page_behind_is_out_of_reach_and_stands_still(dialogs: Callable[..., Page]) -> None:
    page = dialogs(viewport={"width": 1280, "height": 800})
    width = "document.querySelector('main').getBoundingClientRect().width"
    before = page.evaluate(width)
    ask = _button(page, "Ask")
    reachable = """button => {
      const { x, y } = button.getBoundingClientRect();
      button.focus();
      return [document.activeElement === button, document.elementFromPoint(x + 1, y + 1) === button];
    }"""
    assert ask.evaluate(reachable) == [True, True]
    _button(page, "Plans").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert ask.evaluate(reachable) == [False, False]
    page.mouse.move(300, 400)
    page.mouse.wheel(0, 500)
    page.mouse.move(1270, 400)
    page.mouse.wheel(0, 500)
    # The wheel is answered in the next frames.
    page.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => done())))")
    assert page.evaluate("window.scrollY") == 0
    assert page.evaluate(width) == before
    page.keyboard.press("Escape")
    assert ask.evaluate(reachable) == [True, True]
    page.mouse.wheel(0, 500)
    page.wait_for_function("window.scrollY > 0")
    assert page.evaluate("document.documentElement.style.scrollbarGutter") == ""


def test_what_closes_a_dialog_closes_nothing_else_of_the_host(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    # As the dialogs of component libraries listen for it.
    page.evaluate(
        """() => {
          window.heard = [];
          for (const capture of [true, false])
            document.addEventListener('keydown', (event) => window.heard.push(event.key), { capture });
        }"""
    )
    drawer, working = page.get_by_role("dialog", name="Choose a plan"), page.get_by_role("dialog", name="Working")
    _button(page, "Plans").click()
    expect(drawer).to_be_visible()
    page.keyboard.press("a")
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    _button(page, "Keep").click()
    expect(working).to_be_visible()
    page.keyboard.press("Escape")
    _button(page, "Done").click()
    expect(working).to_be_hidden()
    assert page.evaluate("window.heard") == ["a", "a"]
    page.keyboard.press("Escape")
    assert page.evaluate("window.heard") == ["a", "a", "Escape", "Escape"]


def test_a_var_opens_it_and_its_closing_is_told_once(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    question = page.get_by_role("alertdialog", name="Really leave?")
    closed = page.locator("#closed")
    for times, way in enumerate([lambda: page.keyboard.press("Escape"), _button(page, "Stay").click], start=1):
        _button(page, "Ask").click()
        expect(question).to_have_accessible_description("All of it is lost.")
        expect(_button(page, "Stay")).to_be_focused()
        way()
        expect(question).to_be_hidden()
        expect(closed).to_have_text(str(times))
        expect(_button(page, "Ask")).to_be_focused()
    # Closed by the var, it tells nothing.
    _button(page, "Ask").click()
    _button(page, "Leave").click()
    expect(question).to_be_hidden()
    expect(_button(page, "Ask")).to_be_focused()
    expect(closed).to_have_text("2")


def test_what_nobody_asked_for_waits_for_the_dialog_that_is_open(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    _button(page, "Plans").click()
    drawer, reminder = (page.get_by_role("dialog", name=name) for name in ("Choose a plan", "Nearly full"))
    _button(page, "Remind me").click()
    expect(drawer).to_contain_text("You will be reminded")
    expect(reminder).to_be_hidden()
    expect(drawer).to_be_visible()
    page.keyboard.press("Escape")
    expect(drawer).to_be_hidden()
    expect(reminder).to_be_visible()
    page.keyboard.press("Escape")
    expect(reminder).to_be_hidden()
    expect(_button(page, "Plans")).to_be_focused()


def test_what_was_closed_does_not_come_back_by_itself_for_the_same_reason(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    reminder, reason = page.get_by_role("dialog", name="Nearly full"), page.locator("#reason")
    _button(page, "Remind of 95").click()
    expect(reminder).to_be_visible()
    # What takes itself back may come again.
    _button(page, "Take back").click()
    expect(reminder).to_be_hidden()
    _button(page, "Remind of 95").click()
    expect(reminder).to_be_visible()
    page.keyboard.press("Escape")
    expect(reminder).to_be_hidden()
    _button(page, "Forget").click()
    expect(reason).to_have_text("")
    _button(page, "Remind of 95").click()
    expect(reason).to_have_text("95")
    expect(reminder).to_be_hidden()
    _button(page, "Remind of 100").click()
    expect(reminder).to_be_visible()


def test_where_it_cannot_be_closed_neither_escape_nor_a_click_closes_it(dialogs: Callable[..., Page]) -> None:
    page = dialogs()
    _button(page, "Keep").click()
    working = page.get_by_role("dialog", name="Working")
    expect(working).to_be_visible()
    expect(_button(page, "Close")).to_have_count(0)
    for _ in range(3):
        page.keyboard.press("Escape")
    page.mouse.click(5, 5)
    expect(working).to_be_visible()
    _button(page, "Done").click()
    expect(working).to_be_hidden()


@pytest.mark.parametrize(("direction", "edge", "comes"), [("ltr", "right", "24px"), ("rtl", "left", "-24px")])
def test_a_drawer_is_at_the_end_of_the_line_and_comes_from_there(
    dialogs: Callable[..., Page], direction: str, edge: str, comes: str
) -> None:
    page = dialogs(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page.evaluate("(direction) => { document.documentElement.dir = direction }", direction)
    _button(page, "Plans").click()
    drawer = page.get_by_role("dialog")
    box = drawer.evaluate("e => e.getBoundingClientRect().toJSON()")
    room = page.evaluate("document.documentElement.clientWidth")
    assert (box["top"], box["bottom"]) == (0, 800)
    assert box[edge] == {"right": room, "left": 0}[edge]
    assert box["width"] == 480
    page.emulate_media(reduced_motion="no-preference")
    assert drawer.evaluate(AT_THE_BEGINNING_OF_ITS_WAY) == comes


def test_on_a_narrow_screen_a_drawer_is_a_sheet_from_below(dialogs: Callable[..., Page]) -> None:
    page = dialogs(viewport={"width": 320, "height": 640}, reduced_motion="reduce")
    _button(page, "Plans").click()
    box = page.get_by_role("dialog").evaluate("e => e.getBoundingClientRect().toJSON()")
    assert (box["left"], box["width"], box["bottom"]) == (0, 320, 640)
    assert box["top"] > 320  # no taller than what is in it


def test_a_dialog_appears_without_motion_for_those_who_want_none(dialogs: Callable[..., Page]) -> None:
    for motion, name in (("no-preference", "bui-appear"), ("reduce", "none")):
        page = dialogs(reduced_motion=motion)
        _button(page, "Plans").click()
        assert page.get_by_role("dialog").evaluate("e => getComputedStyle(e).animationName") == name


def test_a_dialog_has_an_edge_where_the_system_chooses_the_colours(dialogs: Callable[..., Page]) -> None:
    page = dialogs(forced_colors="active")
    _button(page, "Plans").click()
    edge = "e => [getComputedStyle(e).borderInlineStartWidth, getComputedStyle(e).borderInlineStartColor]"
    width, color = page.get_by_role("dialog").evaluate(edge)
    assert width == "1px"
    assert color != page.get_by_role("dialog").evaluate("e => getComputedStyle(e).backgroundColor")
