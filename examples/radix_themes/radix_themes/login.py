"""The app's own login, kept in its state: a session's name in a cookie, and what belongs to it on the server."""

import hmac
import secrets

import reflex as rx

import billing_ui as bui

# An app has a table of people and hashed passwords here, and one of sessions.
PEOPLE = {
    "nora@hale.example": ("demo", bui.Identity("hale_and_partners", user_id="nora@hale.example", roles=("admin",))),
    "per@lighthouse.example": ("demo", bui.Identity("lighthouse", user_id="per@lighthouse.example", roles=("admin",))),
    "tom@fjord.example": ("demo", bui.Identity("fjord_radio", user_id="tom@fjord.example")),
}
sessions: dict[str, bui.Identity] = {}


class Login(rx.State):
    """Who is signed in. The cookie is the browser's to change, so it holds a name that nobody can guess."""

    session: str = rx.Cookie(name="session", same_site="lax")
    problem: str = ""

    @rx.var
    def email(self) -> str:
        """The person's address, "" when nobody is signed in."""
        identity = sessions.get(self.session)
        return identity.user_id or "" if identity else ""

    @rx.event
    def sign_in(self, form: dict[str, str]):
        """Begin a session."""
        password, identity = PEOPLE.get(form.get("email", "").strip().lower(), ("", None))
        if identity is None or not hmac.compare_digest(password.encode(), form.get("password", "").encode()):
            self.problem = "This address and password do not belong together."
            return None
        self.problem = ""
        self.session = secrets.token_urlsafe(32)
        sessions[self.session] = identity
        return rx.redirect("/")

    @rx.event
    async def sign_out(self):
        """End the session; billing's numbers go with it at once."""
        sessions.pop(self.session, None)
        self.session = ""
        await bui.sign_out(self)
        return rx.redirect("/login")

    @rx.event
    def require(self):
        """Send those who are not signed in to the login page; the handlers check for themselves."""
        return None if self.email else rx.redirect("/login")


async def current_customer(state: rx.State) -> bui.Identity | None:
    """Who is looking: all that billing needs to know."""
    login = await state.get_state(Login)
    return sessions.get(login.session)


def login_page() -> rx.Component:
    """The form."""
    return rx.center(
        rx.card(
            rx.form(
                rx.flex(
                    rx.heading("Sign in to Quill", size="5", as_="h1"),
                    rx.text(
                        "Try nora@hale.example or tom@fjord.example, password demo.", size="2", color_scheme="gray"
                    ),
                    rx.input(
                        name="email", type="email", placeholder="you@company.com", auto_complete="username", size="3"
                    ),
                    rx.input(
                        name="password",
                        type="password",
                        placeholder="Password",
                        auto_complete="current-password",
                        size="3",
                    ),
                    rx.cond(Login.problem, rx.callout(Login.problem, color_scheme="red", size="1", role="alert")),
                    rx.button("Sign in", type="submit", size="3"),
                    direction="column",
                    spacing="4",
                ),
                on_submit=Login.sign_in,
            ),
            size="4",
            width="min(400px, 100%)",
        ),
        min_height="100vh",
        padding="16px",
        background="var(--gray-2)",
    )
