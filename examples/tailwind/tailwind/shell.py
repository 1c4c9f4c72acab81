"""What every page has around it: navigation, and who is signed in."""

import reflex as rx

from .accounts import Visitor
from .login import NOTE

_QUIET = "text-sm text-stone-600 hover:text-stone-900 dark:text-stone-400 dark:hover:text-stone-100"


def shell(*children: rx.Component) -> rx.Component:
    """A page: navigation on top, then its content."""
    return rx.el.div(
        rx.el.header(
            rx.el.div(
                rx.el.span("Postbox", class_name="text-lg font-bold text-orange-700 dark:text-orange-400"),
                rx.el.nav(_link("Emails", "/"), _link("Billing", "/billing"), class_name="flex gap-4"),
                rx.el.div(
                    rx.el.span(Visitor.email, class_name=NOTE),
                    rx.el.button("Light or dark", type="button", on_click=rx.toggle_color_mode, class_name=_QUIET),
                    rx.el.form(
                        rx.el.button("Sign out", type="submit", class_name=_QUIET),
                        action="/session/end",
                        method="post",
                        on_submit=None,
                    ),
                    class_name="flex flex-wrap items-center gap-x-4 gap-y-1 sm:ml-auto",
                ),
                class_name="mx-auto flex max-w-5xl flex-wrap items-center gap-x-8 gap-y-3 px-4 py-3",
            ),
            class_name="border-b border-stone-200 bg-white dark:border-stone-800 dark:bg-stone-900",
        ),
        rx.el.main(*children, class_name="mx-auto flex max-w-5xl flex-col gap-6 px-4 py-8"),
        class_name="min-h-screen bg-stone-50 font-serif text-stone-900 dark:bg-stone-950 dark:text-stone-100",
    )


def _link(title: str, href: str) -> rx.Component:
    # A page that was loaded, and not come to from another one, may have a slash at the end.
    path = rx.State.router.url.path
    current = (path == href) | (path == f"{href}/")
    return rx.el.a(
        title,
        href=href,
        custom_attrs={"aria-current": rx.cond(current, "page", "false")},
        class_name=f"{_QUIET} aria-[current=page]:font-semibold aria-[current=page]:text-inherit",
    )
