"""The components in two apps of a look of their own, Radix themes and Tailwind: they belong there, and stay live."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect

from billing_ui.app_process import AppProcess, production_command
from tests.support.contrast import CONTRAST
from tests.support.host_apps import activated, copy_of_example
from tests.support.ports import find_free_port

Visit = Callable[..., Page]
Scheme = Literal["light", "dark"]
WATCH_TOASTS = """
new MutationObserver(() => {
  for (const toast of document.querySelectorAll("[data-sonner-toast]")) window.heard(toast.textContent);
}).observe(document, { childList: true, subtree: true });
"""


@dataclass(frozen=True)
class HostApp:
    """A running app."""

    url: str
    folder: Path
    process: AppProcess


@pytest.fixture(scope="module")
def radix(repository: Path, clean_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostApp]:
    yield from _running(copy_of_example(repository, "radix_themes", tmp_path_factory.mktemp("radix")), clean_python)


@pytest.fixture(scope="module")
def tailwind(repository: Path, clean_python: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostApp]:
    yield from _running(copy_of_example(repository, "tailwind", tmp_path_factory.mktemp("tailwind")), clean_python)


def _running(folder: Path, python: Path) -> Iterator[HostApp]:
    port = find_free_port()
    url = f"http://127.0.0.1:{port}"
    command = production_command(port=port, python=python)
    with AppProcess(command, folder=folder, url=url, env=activated(python)) as app:
        app.wait_until_it_answers(timeout=120)
        yield HostApp(url, folder, app)


@dataclass
class People:
    """Those who are signed in, each in a browser of their own, for as long as the apps run."""

    browser: Browser
    contexts: list[BrowserContext] = field(default_factory=list)
    pages: dict[tuple[str, str], Page] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)

    def open(self) -> Page:
        """A page in a browser of its own."""
        context = self.browser.new_context()
        self.contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("console", lambda said: self._heard(said.type, said.text))
        return page

    def sign_in(self, app: HostApp, email: str, page: Page | None = None) -> Page:
        page = page or self.open()
        page.goto(app.url)
        expect(page.get_by_role("heading", name="Sign in to")).to_be_visible()
        page.get_by_placeholder("you@company.com").fill(email)
        page.get_by_placeholder("Password").fill("demo")
        page.get_by_role("button", name="Sign in").click()
        return page

    def _heard(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self.complaints.append(text)


@pytest.fixture(scope="module")
def people(browser: Browser) -> Iterator[People]:
    signed_in = People(browser)
    yield signed_in
    for context in signed_in.contexts:
        context.close()


@pytest.fixture
def visit(people: People) -> Iterator[Visit]:
    """Open a page of an app as somebody: in the browser of the tests before, or in an `own` one for what would change it.

    Whatever the browser complains of fails the test.
    """
    people.complaints.clear()

    def visit_as(
        app: HostApp, email: str, path: str = "/", *, width: int = 1280, scheme: Scheme = "light", own: bool = False
    ) -> Page:
        if own:
            page = people.sign_in(app, email)
        else:
            page = people.pages.get((app.url, email)) or people.sign_in(app, email)
            people.pages[app.url, email] = page
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)
        expect(page.get_by_role("meter").first).to_be_visible()
        if page.url != app.url + path:
            page.goto(app.url + path)
            expect(page.get_by_role("meter").first).to_be_visible()
        return page

    yield visit_as
    assert people.complaints == []


def toasts_of(page: Page) -> list[str]:
    """What its toasts will say; each is gone after some seconds."""
    said: list[str] = []
    page.expose_function("heard", lambda text: said.append(text))
    page.add_init_script(WATCH_TOASTS)
    return said


def styled(element: Locator, name: str) -> str:
    return element.evaluate("(element, name) => getComputedStyle(element).getPropertyValue(name)", name)


def resolved(page: Page, name: str, value: str) -> str:
    """What a value comes to for this property, where the page's content is."""
    return page.locator("h1").evaluate(
        """(there, [name, value]) => {
          const probe = there.appendChild(document.createElement("span"));
          probe.style.setProperty(name, value);
          const come = getComputedStyle(probe).getPropertyValue(name);
          probe.remove();
          return come;
        }""",
        [name, value],
    )


def narrow_enough(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth <= innerWidth")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_radix_the_themes_accent_greys_corners_and_font_are_taken_over(
    radix: HostApp, visit: Visit, scheme: str
) -> None:
    page = visit(radix, "nora@hale.example", scheme=scheme)
    ours = page.locator(".bui-button").first
    expect(ours).to_have_text("See Team, $24/month")
    assert styled(ours, "background-color") == resolved(page, "background-color", "var(--accent-11)")
    assert styled(ours, "border-top-left-radius") == resolved(page, "border-top-left-radius", "var(--radius-3)")
    assert styled(ours, "font-family") == styled(page.locator("h1"), "font-family")
    # The banner keeps off the sidebar, from whose end it could not be scrolled away.
    banner, email = page.locator(".bui-banner").bounding_box(), page.get_by_text("nora@hale.example").bounding_box()
    assert banner is not None
    assert email is not None
    assert email["x"] + email["width"] <= banner["x"]
    assert banner["x"] + banner["width"] <= 1280

    page.get_by_role("link", name="Plan and usage").click()
    card = page.locator(".bui-card").first
    expect(card).to_be_visible()
    assert styled(card, "background-color") == resolved(page, "background-color", "var(--color-panel-solid)")
    assert styled(card, "color") == resolved(page, "color", "var(--gray-12)")
    expect(page.get_by_text("Available from Team")).to_be_visible()
    expect(page.get_by_label("Write down who says what")).to_have_count(0)
    assert styled(card, "border-top-left-radius") == resolved(page, "border-top-left-radius", "var(--radius-5)")


RADIX_ACCENTS = [
    "gray",
    "gold",
    "bronze",
    "brown",
    "yellow",
    "amber",
    "orange",
    "tomato",
    "red",
    "ruby",
    "crimson",
    "pink",
    "plum",
    "purple",
    "violet",
    "iris",
    "indigo",
    "blue",
    "cyan",
    "teal",
    "jade",
    "green",
    "grass",
    "lime",
    "mint",
    "sky",
]
CONTRASTS = (
    f"(button, accents) => {{{CONTRAST}"
    + """
  const theme = button.closest(".radix-themes");
  const probe = button.parentElement.appendChild(document.createElement("i"));
  const of = (name) => {
    probe.style.color = `var(--_bui-${name})`;
    return getComputedStyle(probe).color;
  };
  const between = (one, other) => contrast(of(one), of(other));
  const pairs = ["accent", "accent-hover"].map((ground) => ["on-accent", ground]);
  pairs.push(...["card", "near-card", "critical-card"].map((ground) => ["link", ground]));
  const found = accents.map((accent) => {
    theme.dataset.accentColor = accent;
    return [accent, Math.min(...pairs.map((pair) => between(...pair))), between("frame", "card")];
  });
  probe.remove();
  return found;
}
"""
)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_radix_every_accent_can_be_read(radix: HostApp, visit: Visit, scheme: str) -> None:
    """Text to 4.5 to 1, also under the pointer and on a nudge, and the mark of the focus to 3 to 1."""
    page = visit(radix, "nora@hale.example", scheme=scheme)
    button = page.locator(".bui-button").first
    expect(button).to_have_text("See Team, $24/month")
    found = button.evaluate(CONTRASTS, RADIX_ACCENTS)
    assert len({round(text, 3) for _, text, _ in found}) > 10, "the theme follows"
    assert [accent for accent, text, mark in found if text < 4.5 or mark < 3] == []
    page.reload()


def test_on_radix_dark_and_light_follow_the_hosts_switch(radix: HostApp, visit: Visit) -> None:
    page = visit(radix, "nora@hale.example", own=True)
    bar = page.locator(".bui-usage-bar")
    expect(bar).to_have_css("color-scheme", "light")
    light = styled(bar, "color")
    page.get_by_role("button", name="Light or dark").click()
    expect(bar).to_have_css("color-scheme", "dark")
    assert styled(bar, "color") != light


def test_on_radix_the_product_counts_refuses_and_shows_it_at_once_to_its_own_customer_only(
    radix: HostApp, visit: Visit
) -> None:
    tom, nora = visit(radix, "tom@fjord.example"), visit(radix, "nora@hale.example")
    meter = tom.get_by_role("meter", name="Transcription")
    expect(meter).to_have_attribute("aria-valuenow", "58")
    _transcribe(tom, "Evening show", 30)
    expect(meter).to_have_attribute("aria-valuenow", "88")
    expect(tom.get_by_role("rowheader", name="Evening show")).to_be_visible()
    _transcribe(tom, "The whole archive", 600)
    expect(tom.get_by_role("alert")).to_have_text("600 minutes do not fit: 212 of 300 are left.")
    expect(tom.get_by_role("rowheader", name="The whole archive")).to_have_count(0)
    expect(nora.get_by_role("meter", name="Transcription")).to_have_attribute("aria-valuenow", "245")
    expect(nora.get_by_text("Evening show")).to_have_count(0)


def test_on_radix_a_plan_is_changed_as_the_hosts_policy_says(radix: HostApp, visit: Visit) -> None:
    admin = visit(radix, "per@lighthouse.example", "/plan")
    expect(admin.get_by_text("Available from Team")).to_be_visible()
    admin.get_by_role("button", name="Compare plans").click()
    expect(admin.get_by_role("button", name="Upgrade to Team")).to_be_in_viewport()
    _confirm_upgrade(admin, "Team")
    expect(admin.get_by_label("Write down who says what")).to_be_visible()
    expect(admin.get_by_role("meter", name="Transcription").first).to_have_attribute("aria-valuemax", "3000")
    expect(admin.get_by_role("button", name="Upgrade to Team")).to_have_count(0)

    member = visit(radix, "tom@fjord.example", "/plan")
    _confirm_upgrade(member, "Team")
    expect(member.get_by_text("Ask an admin of your team to change the plan.").first).to_be_visible()
    expect(member.get_by_text("Available from Team")).to_be_visible()


def test_a_visitor_who_is_not_signed_in_is_asked_to_and_is_shown_no_error(
    radix: HostApp, tailwind: HostApp, people: People
) -> None:
    """`on_load` runs all its handlers, those after the one that redirects too."""
    for app, email in ((radix, "nora@hale.example"), (tailwind, "ida@lark.example")):
        page = people.open()
        said = toasts_of(page)
        people.sign_in(app, email, page)
        # A tab's events are handled in turn: those of the visit before the login have been, once these numbers are there.
        expect(page.get_by_role("meter").first).to_be_visible()
        assert said == []
        assert "Traceback" not in app.process.output


def test_on_radix_signing_out_takes_the_numbers_away(radix: HostApp, visit: Visit) -> None:
    page = visit(radix, "nora@hale.example", own=True)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Quill")).to_be_visible()
    page.goto(f"{radix.url}/plan")
    expect(page.get_by_role("heading", name="Sign in to Quill")).to_be_visible()
    assert "245" not in page.content()


def test_tailwind_without_radix_stays_without_radix(tailwind: HostApp) -> None:
    web = tailwind.folder / ".web"
    written = [*(web / "app").rglob("*.jsx"), *(web / "utils").rglob("*.js*"), *(web / "styles").rglob("*.css")]
    assert len(written) > 5
    assert [file.name for file in written if "@radix-ui" in file.read_text()] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_tailwinds_preflight_breaks_no_button_heading_list_or_border(
    tailwind: HostApp, visit: Visit, scheme: str
) -> None:
    page = visit(tailwind, "ida@lark.example", scheme=scheme)
    ours = page.locator(".bui-button").first
    expect(ours).to_have_text("See Growth, €20/month")
    assert styled(ours, "background-color") == {"light": "rgb(194, 65, 12)", "dark": "rgb(251, 146, 60)"}[scheme]
    assert styled(ours, "border-top-left-radius") == "6px"
    assert styled(ours, "font-weight") == "600"
    assert styled(ours, "font-family") == styled(page.locator("h1"), "font-family")
    assert "serif" in styled(ours, "font-family")

    page.get_by_role("link", name="Billing").click()
    heading = page.get_by_role("heading", name="This month")
    expect(heading).to_be_visible()
    assert (styled(heading, "font-size"), styled(heading, "font-weight")) == ("22px", "650")
    card = page.locator(".bui-card").first
    assert styled(card, "border-top-width") == "1px"
    assert styled(card, "padding-top") == "17px"
    assert page.get_by_role("list").filter(has=page.get_by_role("article")).count() == 1
    icon = page.locator(".bui-icon").first
    assert styled(icon, "display") != "none"
    assert page.locator(".bui-card").evaluate_all("cards => new Set(cards.map((card) => card.offsetHeight)).size") == 1


def test_tailwinds_preflight_leaves_a_dialog_in_the_middle_and_a_table_a_table(tailwind: HostApp, visit: Visit) -> None:
    page = visit(tailwind, "ida@lark.example", "/billing")
    expect(page.get_by_role("table").get_by_role("row").filter(has_text="Dedicated IP address")).to_be_visible()
    page.get_by_role("button", name="Upgrade to Growth").first.click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    box = dialog.bounding_box()
    assert box
    assert box["x"] + box["width"] / 2 == pytest.approx(640, abs=10)
    assert box["y"] > 50
    confirm = dialog.locator(".bui-button")
    assert styled(confirm, "background-color") == "rgb(194, 65, 12)"
    assert styled(dialog, "font-family") == styled(page.locator("h1"), "font-family")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()


def test_on_tailwind_dark_and_light_follow_the_hosts_switch(tailwind: HostApp, visit: Visit) -> None:
    page = visit(tailwind, "ida@lark.example", own=True)
    button = page.locator(".bui-button").first
    expect(button).to_have_css("background-color", "rgb(194, 65, 12)")
    page.get_by_role("button", name="Light or dark").click()
    expect(button).to_have_css("background-color", "rgb(251, 146, 60)")
    expect(page.locator(".bui-usage-bar")).to_have_css("color-scheme", "dark")


def test_on_tailwind_the_product_counts_and_refuses(tailwind: HostApp, visit: Visit) -> None:
    page = visit(tailwind, "ben@oak.example")
    meter = page.get_by_role("meter", name="Emails")
    expect(meter).to_have_attribute("aria-valuenow", "12")
    _send(page, "Thank you", 60)
    expect(meter).to_have_attribute("aria-valuenow", "72")
    _send(page, "To everybody", 40)
    expect(page.get_by_role("alert").filter(has_text="40")).to_have_text(
        "40 recipients do not fit: 28 of 100 are left."
    )
    expect(page.get_by_text("To everybody")).to_have_count(0)


def test_on_tailwind_signing_out_takes_the_numbers_away_in_every_tab(tailwind: HostApp, visit: Visit) -> None:
    page = visit(tailwind, "ida@lark.example", own=True)
    other = page.context.new_page()
    other.goto(f"{tailwind.url}/billing")
    expect(other.get_by_role("meter").first).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in to Postbox")).to_be_visible()
    page.goto(f"{tailwind.url}/billing")
    expect(page.get_by_role("heading", name="Sign in to Postbox")).to_be_visible()
    assert "of 100" not in page.content()
    expect(other.get_by_text("Not signed in").first).to_be_visible()
    expect(other.get_by_role("meter")).to_have_count(0)


def test_nothing_is_wider_than_the_page(radix: HostApp, tailwind: HostApp, visit: Visit) -> None:
    for app, email, billing in ((radix, "nora@hale.example", "/plan"), (tailwind, "ida@lark.example", "/billing")):
        for path in ("/", billing):
            page = visit(app, email, path)
            expect(page.locator(".bui-card, .bui-usage-bar").first).to_be_visible()
            for width in (320, 390, 1280):
                page.set_viewport_size({"width": width, "height": 900})
                assert narrow_enough(page), (path, width)


def _confirm_upgrade(page: Page, plan: str) -> None:
    page.get_by_role("button", name=f"Upgrade to {plan}").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Upgrade now").click()


def _transcribe(page: Page, title: str, minutes: int) -> None:
    page.get_by_placeholder("Title of the recording").fill(title)
    page.get_by_placeholder("Minutes").fill(str(minutes))
    page.get_by_role("button", name="Transcribe").click()


def _send(page: Page, subject: str, recipients: int) -> None:
    page.get_by_placeholder("Subject").fill(subject)
    page.get_by_placeholder("Recipients").fill(str(recipients))
    page.get_by_role("button", name="Send").click()
