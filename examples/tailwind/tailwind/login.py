"""The login page."""

import reflex as rx

FIELD = "min-w-0 rounded-md border border-stone-300 bg-transparent px-3 py-2 text-sm dark:border-stone-700"
BUTTON = "rounded-md bg-orange-700 px-4 py-2 text-sm font-semibold text-white hover:bg-orange-800"
CARD = "rounded-xl border border-stone-200 bg-white dark:border-stone-800 dark:bg-stone-900"
NOTE = "text-sm text-stone-600 dark:text-stone-400"
PROBLEM = "text-sm text-red-700 dark:text-red-400"


def login_page() -> rx.Component:
    """A form that is posted to the server: no script of the page sees the password."""
    return rx.el.main(
        rx.el.form(
            rx.el.h1("Sign in to Postbox", class_name="text-xl font-semibold"),
            rx.el.p("Try ida@lark.example or ben@oak.example, password demo.", class_name=NOTE),
            rx.cond(
                rx.State.router.url.query_parameters.contains("failed"),
                rx.el.p("This address and password do not belong together.", role="alert", class_name=PROBLEM),
            ),
            rx.el.input(
                name="email", type="email", placeholder="you@company.com", auto_complete="username", class_name=FIELD
            ),
            rx.el.input(
                name="password",
                type="password",
                placeholder="Password",
                auto_complete="current-password",
                class_name=FIELD,
            ),
            rx.el.button("Sign in", type="submit", class_name=BUTTON),
            action="/session",
            method="post",
            on_submit=None,  # sent by the browser itself
            class_name=f"{CARD} flex w-full max-w-sm flex-col gap-4 p-6",
        ),
        class_name="grid min-h-screen place-items-center bg-stone-50 p-4 text-stone-900 dark:bg-stone-950 dark:text-stone-100",
    )
