"""What every page has around it: navigation, how much of the month is used, and who is signed in."""

import reflex as rx

import billing_ui as bui

from .login import Login

SIDEBAR_WIDTH = "280px"


def shell(*children: rx.Component) -> rx.Component:
    """A page: beside its content the navigation, above it on a narrow screen."""
    return rx.flex(
        _sidebar(),
        rx.flex(
            *children,
            direction="column",
            spacing="5",
            width="100%",
            max_width="1080px",
            min_width="0",
            padding=["20px", "20px", "40px"],
        ),
        direction=rx.breakpoints(initial="column", md="row"),
        style={"--bui-sidebar-width": ["0px", "0px", "0px", SIDEBAR_WIDTH]},
    )


def _sidebar() -> rx.Component:
    return rx.flex(
        rx.flex(rx.icon("feather", size=20), rx.text("Quill", weight="bold", size="4"), align="center", spacing="2"),
        rx.flex(
            _link("Transcripts", "/", "audio-lines"),
            _link("Plan and usage", "/plan", "gauge"),
            direction=rx.breakpoints(initial="row", md="column"),
            spacing="1",
        ),
        rx.box(bui.usage_bar("transcription", show_as_of=False), margin_top=["0", "0", "0", "auto"]),
        rx.separator(size="4"),
        rx.flex(
            rx.text(Login.email, size="2", color_scheme="gray", truncate=True, max_width="100%"),
            rx.flex(
                rx.color_mode.button(size="1", variant="ghost", color_scheme="gray", aria_label="Light or dark"),
                rx.button("Sign out", size="1", variant="ghost", color_scheme="gray", on_click=Login.sign_out),
                align="center",
                spacing="4",
            ),
            align="center",
            justify="between",
            spacing="3",
            wrap="wrap",
        ),
        direction="column",
        spacing="4",
        flex_shrink="0",
        width=["100%", "100%", "100%", SIDEBAR_WIDTH],
        height=["auto", "auto", "auto", "100vh"],
        position=["static", "static", "static", "sticky"],
        top="0",
        padding="20px",
        background="var(--gray-2)",
        border_right="1px solid var(--gray-4)",
    )


def _link(title: str, href: str, icon: str) -> rx.Component:
    # A page that was loaded, and not come to from another one, may have a slash at the end.
    path = rx.State.router.url.path
    current = (path == href) | (path == f"{href}/")
    return rx.link(
        rx.flex(rx.icon(icon, size=16), rx.text(title, size="2"), align="center", spacing="2"),
        href=href,
        underline="none",
        padding="6px 10px",
        color=rx.cond(current, "var(--accent-11)", "var(--gray-11)"),
        background=rx.cond(current, "var(--accent-3)", "transparent"),
        border_radius="var(--radius-3)",
    )
