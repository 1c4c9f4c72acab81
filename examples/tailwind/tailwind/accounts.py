"""The app's own login, on the server's side: a form is posted, and a cookie that no script can read comes back."""

import hmac
import secrets
from http.cookies import SimpleCookie

import reflex as rx
from fastapi import Cookie, FastAPI, Form
from fastapi.responses import RedirectResponse

import billing_ui as bui

COOKIE = "postbox_session"
# An app has a table of people and hashed passwords here, and one of sessions.
PEOPLE = {
    "ida@lark.example": ("demo", bui.Identity("lark_studio", user_id="ida@lark.example")),
    "ben@oak.example": ("demo", bui.Identity("oak_and_sons", user_id="ben@oak.example")),
}
sessions: dict[str, bui.Identity] = {}

api = FastAPI()


@api.post("/session")
async def sign_in(email: str = Form(""), password: str = Form("")) -> RedirectResponse:
    """Begin a session."""
    expected, identity = PEOPLE.get(email.strip().lower(), ("", None))
    if identity is None or not hmac.compare_digest(expected.encode(), password.encode()):
        return RedirectResponse("/login?failed=1", status_code=303)
    session = secrets.token_urlsafe(32)
    sessions[session] = identity
    answer = RedirectResponse("/", status_code=303)
    answer.set_cookie(COOKIE, session, httponly=True, samesite="lax")
    return answer


@api.post("/session/end")
async def sign_out(session: str = Cookie("", alias=COOKIE)) -> RedirectResponse:
    """End the session on the server, or the tabs that are still open would go on as before; then take the cookie back."""
    sessions.pop(session, None)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(COOKIE)
    return answer


async def current_customer(state: rx.State) -> bui.Identity | None:
    """Who is looking: all that billing needs to know."""
    cookies = SimpleCookie(state.router.headers.cookie)
    return sessions.get(cookies[COOKIE].value) if COOKIE in cookies else None


class Visitor(rx.State):
    """Who is signed in, for the pages."""

    email: str = ""

    @rx.event
    async def require(self):
        """Send those who are not signed in to the login page; the handlers check for themselves."""
        identity = await current_customer(self)
        self.email = identity.user_id or "" if identity else ""
        return None if identity else rx.redirect("/login")
