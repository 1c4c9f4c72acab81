"""The product itself: recordings become text, and every minute of them is counted."""

import reflex as rx

import billing_ui as bui

from .library import Transcript, library
from .shell import shell


class Transcripts(bui.UsageMixin, rx.State):
    """The list, and the handler that makes it longer."""

    transcripts: list[Transcript]
    problem: str = ""

    @rx.event
    async def load(self):
        """Show what the customer has. A visitor who is only being sent to the login page comes by here as well."""
        try:
            customer = await self._customer()
        except bui.AuthenticationError:
            self.transcripts = []
            return
        self.transcripts = library[customer.customer_id]

    @rx.event
    async def transcribe(self, form: dict[str, str]):
        """Count the recording's minutes; when the plan has no room for them, nothing is counted and nothing is done."""
        recording = Transcript(form["title"], int(form["minutes"]))
        try:
            customer = await self._customer()
            await self._track_usage("transcription", recording.minutes)
        except bui.QuotaExceeded as error:
            self.problem = f"{recording.minutes} minutes do not fit: {error.remaining} of {error.limit} are left."
        except bui.BillingError as error:
            self.problem = await self._refusal_text(error, "transcription")
        else:
            self.problem = ""
            self.transcripts = library[customer.customer_id] = [recording, *library[customer.customer_id]]


def transcripts_page() -> rx.Component:
    """The list with the form above it."""
    return shell(
        bui.upgrade_nudge(on_upgrade=rx.redirect("/plan")),
        rx.heading("Transcripts", size="7", as_="h1"),
        rx.card(
            rx.form(
                rx.flex(
                    rx.input(name="title", placeholder="Title of the recording", required=True, flex="1 1 200px"),
                    rx.input(
                        name="minutes",
                        type="number",
                        min="1",
                        max="600",
                        placeholder="Minutes",
                        required=True,
                        min_width="104px",
                    ),
                    rx.button(rx.icon("sparkles", size=16), "Transcribe", type="submit"),
                    spacing="3",
                    wrap="wrap",
                ),
                on_submit=Transcripts.transcribe,
                reset_on_submit=True,
            ),
            rx.cond(
                Transcripts.problem,
                rx.callout(Transcripts.problem, color_scheme="red", size="1", margin_top="12px", role="alert"),
            ),
            size="2",
        ),
        rx.table.root(
            rx.table.header(rx.table.row(*map(rx.table.column_header_cell, ("Recording", "Language", "Minutes")))),
            rx.table.body(rx.foreach(Transcripts.transcripts, _row)),
            width="100%",
        ),
    )


def _row(transcript: rx.vars.ObjectVar[Transcript]) -> rx.Component:
    return rx.table.row(
        rx.table.row_header_cell(transcript.title),
        rx.table.cell(rx.badge(transcript.language, color_scheme="gray")),
        rx.table.cell(transcript.minutes),
    )
