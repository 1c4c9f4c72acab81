"""Every component in every state, drawn from made-up usage: for people to look at, for pictures and for browser tests."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import reflex as rx
from reflex.utils.imports import ImportVar
from reflex.vars import VarData
from reflex_base.utils.imports import ImportDict
from reflex_components_core.base.fragment import Fragment

from billing_ui_components.gallery_sections import SECTIONS, Section
from billing_ui_components.gallery_settings import ENGLISH, SETTINGS, Setting
from billing_ui_components.shared_asset import shared_asset


@dataclass(frozen=True)
class _Choice:
    """A question of the toolbar: the name it has in the address, and its answers with the words for them."""

    name: str
    text: str
    answers: tuple[tuple[str, str], ...]


_CHOICES = (
    _Choice("theme", "Theme", (("system", "System"), ("light", "Light"), ("dark", "Dark"))),
    _Choice("dir", "Direction", (("ltr", "Left to right"), ("rtl", "Right to left"))),
    _Choice("width", "Width", (("full", "Full"), ("1280", "1280"), ("390", "390"), ("320", "320"))),
    _Choice("text", "Text size", (("100", "100 %"), ("150", "150 %"), ("200", "200 %"))),
)


def add_gallery(app: rx.App) -> None:
    """Add the gallery's pages to an app.

    What the toolbar chooses is in the address, `/de?theme=dark&dir=rtl&width=390&text=200#cards`, for pictures and
    for a link to what somebody else should see.

    Args:
        app: the app, with billing_ui's stylesheet.

    Example:
        ```python
        add_gallery(app)
        ```
    """
    for setting in SETTINGS:
        sections = [section for section in SECTIONS if section.money or not setting.only_money]
        app.add_page(gallery(setting, sections), route=setting.route, title=f"billing_ui gallery: {setting.text}")


def gallery(setting: Setting = ENGLISH, sections: Sequence[Section] = SECTIONS) -> rx.Component:
    """Draw one page of the gallery.

    Args:
        setting: for whom.
        sections: what to show.

    Returns:
        A page that reads no usage.
    """
    return rx.el.div(
        _Toolbar.create(),
        _toolbar(setting, sections),
        rx.el.main(
            rx.el.h1("billing_ui gallery"),
            *(_section(section, setting) for section in sections),
            custom_attrs={"lang": setting.labels.language},
        ),
        id="gallery",
        class_name="bui gallery",
    )


def _section(section: Section, setting: Setting) -> rx.Component:
    title_id = f"{section.anchor}-title"
    return rx.el.section(
        rx.el.h2(section.heading, custom_attrs={"id": title_id, "lang": "en"}),
        section.draw(setting),
        id=section.anchor,
        custom_attrs={"aria-labelledby": title_id},
    )


def _toolbar(setting: Setting, sections: Sequence[Section]) -> rx.Component:
    pages = (_link(other.route, other.text, current=other is setting) for other in SETTINGS)
    anchors = (_link(f"#{section.anchor}", section.heading) for section in sections)
    return rx.el.header(
        rx.el.form(*map(_radios, _CHOICES), custom_attrs={"aria-label": "How it is drawn"}),
        rx.el.nav(*pages, custom_attrs={"aria-label": "Language and currency"}),
        rx.el.nav(*anchors, custom_attrs={"aria-label": "Sections"}),
        class_name="gallery-toolbar",
        custom_attrs={"dir": "ltr", "lang": "en"},
    )


def _link(href: str, text: str, *, current: bool = False) -> rx.Component:
    # Left to the browser, which follows the link as it was changed in the page, with the toolbar's choices.
    attributes = {"reloadDocument": True, **({"aria-current": "page"} if current else {})}
    return rx.el.a(text, href=href, custom_attrs=attributes)


def _radios(choice: _Choice) -> rx.Component:
    first = choice.answers[0][0]
    answers = (
        rx.el.label(
            rx.el.input(type="radio", name=choice.name, value=value, default_checked=value == first), rx.el.span(text)
        )
        for value, text in choice.answers
    )
    return rx.el.fieldset(rx.el.legend(choice.text), *answers)


class _Toolbar(Fragment):
    """Draws nothing; its effect carries the toolbar's choices to the page and to the address. Brings the stylesheet."""

    def add_imports(self) -> ImportDict:
        return {"": shared_asset("gallery.css")}

    def add_hooks(self) -> list[str | rx.Var]:
        script = shared_asset("gallery.js")
        return [rx.Var("useToolbar()", _var_data=VarData(imports={script: [ImportVar(tag="useToolbar")]}))]
