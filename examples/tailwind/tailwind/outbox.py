"""The product itself: emails are sent, and each is counted before it leaves."""

from dataclasses import dataclass

import reflex as rx

import billing_ui as bui

from .login import BUTTON, CARD, FIELD, NOTE, PROBLEM
from .shell import shell

billing = bui.AsyncBilling(catalog="billing.toml")


@dataclass(frozen=True)
class Email:
    """One line of the outbox."""

    subject: str
    recipients: int


# An app has tables here.
outbox: dict[str, list[Email]] = {
    "lark_studio": [Email("Your booking is confirmed", 38), Email("We moved: the new address", 44)],
    "oak_and_sons": [Email("Opening hours in December", 12)],
}


async def count_what_is_there() -> None:
    """Count what the outbox begins with: once, however often the app is started."""
    for customer_id, emails in outbox.items():
        await billing.create_customer(customer_id)
        await billing.set_usage(customer_id=customer_id, feature_key="domains", quantity=1)
        for email in emails:
            await billing.track_usage(
                customer_id=customer_id,
                feature_key="emails",
                quantity=email.recipients,
                idempotency_key=f"email:{email.subject}",
            )


class Outbox(bui.UsageMixin, rx.State):
    """The list, and the handler that makes it longer."""

    emails: list[Email]
    problem: str = ""

    @rx.event
    async def load(self):
        """Show what the customer has sent. A visitor who is only being sent to the login page comes by here as well."""
        try:
            customer = await self._customer()
        except bui.AuthenticationError:
            self.emails = []
            return
        self.emails = outbox[customer.customer_id]

    @rx.event
    async def send(self, form: dict[str, str]):
        """Count the recipients; when the plan has no room for them, nothing is counted and nothing is sent."""
        email = Email(form["subject"], int(form["recipients"]))
        try:
            customer = await self._customer()
            await self._track_usage("emails", email.recipients)
        except bui.QuotaExceeded as error:
            self.problem = f"{email.recipients} recipients do not fit: {error.remaining} of {error.limit} are left."
        except bui.BillingError as error:
            self.problem = await self._refusal_text(error, "emails")
        else:
            self.problem = ""
            self.emails = outbox[customer.customer_id] = [email, *outbox[customer.customer_id]]


def outbox_page() -> rx.Component:
    """The list with the form above it, and the month's emails beside it."""
    return shell(
        bui.upgrade_nudge(on_upgrade=rx.redirect("/billing")),
        rx.el.h1("Emails", class_name="text-2xl font-semibold"),
        rx.el.form(
            rx.el.input(name="subject", placeholder="Subject", required=True, class_name=f"{FIELD} grow"),
            rx.el.input(
                name="recipients",
                type="number",
                min="1",
                placeholder="Recipients",
                required=True,
                class_name=f"{FIELD} w-32",
            ),
            rx.el.button("Send", type="submit", class_name=BUTTON),
            on_submit=Outbox.send,
            reset_on_submit=True,
            class_name="flex flex-wrap gap-3",
        ),
        rx.cond(Outbox.problem, rx.el.p(Outbox.problem, role="alert", class_name=PROBLEM)),
        rx.el.div(
            rx.el.ul(
                rx.foreach(Outbox.emails, _row),
                class_name=f"{CARD} grow divide-y divide-stone-200 self-stretch md:self-start dark:divide-stone-800",
            ),
            rx.el.aside(bui.usage_bar("emails"), class_name="w-full md:w-72"),
            class_name="flex flex-col gap-8 md:flex-row",
        ),
    )


def _row(email: rx.vars.ObjectVar[Email]) -> rx.Component:
    return rx.el.li(
        rx.el.span(email.subject, class_name="font-medium"),
        rx.el.span(email.recipients, " recipients", class_name=NOTE),
        class_name="flex flex-wrap justify-between gap-x-4 px-4 py-3",
    )
