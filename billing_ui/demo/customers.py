"""The demo's three customers: one near a limit, one over a soft limit, one fresh on the free plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class DemoCustomer:
    """A made-up customer, and what they have when the demo starts for the first time.

    Attributes:
        customer_id: the engine's id.
        name: shown in the switcher.
        about: what is to be seen in this customer, in a few words.
        plan: key of the first plan.
        api_key: what the customer's own programs send to the demo's API. Known to everybody: the demo has no secrets.
        used: quantities of this month, by usage_quota.
        uploads: names and sizes in GB of the files in storage.
        members: names of the team.
    """

    customer_id: str
    name: str
    about: str
    plan: str
    api_key: str
    used: Mapping[str, Decimal] = field(default_factory=dict)
    uploads: tuple[tuple[str, Decimal], ...] = ()
    members: tuple[str, ...] = ()


CUSTOMERS = (
    DemoCustomer(
        customer_id="demo_near",
        name="Northwind",
        about="near a limit",
        plan="starter",
        api_key="demo_key_northwind",
        used={
            "api_calls": Decimal(8604),
            "gpu_seconds": Decimal("187.5"),
            "emails": Decimal(1240),
            "files": Decimal(34),
        },
        uploads=(
            ("Autumn campaign.zip", Decimal("2.1")),
            ("Product film.mov", Decimal("1.2")),
            ("Price list.pdf", Decimal("0.12")),
        ),
        members=("Ada Moreau", "Ben Okafor", "Chiara Conti"),
    ),
    DemoCustomer(
        customer_id="demo_over",
        name="Lumen Labs",
        about="over a soft limit",
        plan="pro",
        api_key="demo_key_lumen",
        used={
            "api_calls": Decimal(21480),
            "gpu_seconds": Decimal("1200.5"),
            "emails": Decimal(48210),
            "files": Decimal(412),
        },
        uploads=(
            ("Training set 2026.tar", Decimal("31.6")),
            ("Checkpoint 12.bin", Decimal("6.4")),
            ("Evaluation.parquet", Decimal("0.75")),
        ),
        members=(
            "Dana Levi",
            "Emil Sand",
            "Farah Nasser",
            "Goran Ilic",
            "Hana Sato",
            "Ivo Petrov",
            "Jana Brand",
            "Kofi Mensah",
            "Lena Roth",
        ),
    ),
    DemoCustomer(
        customer_id="demo_fresh",
        name="Juniper & Co",
        about="fresh and free",
        plan="free",
        api_key="demo_key_juniper",
        members=("Mia Holm",),
    ),
)
BY_ID = {customer.customer_id: customer for customer in CUSTOMERS}
BY_API_KEY = {customer.api_key: customer for customer in CUSTOMERS}
NEW_MEMBERS = (
    "Noor Aziz",
    "Oskar Lind",
    "Priya Rao",
    "Quinn Doyle",
    "Rosa Vidal",
    "Sam Weber",
    "Tove Berg",
    "Uma Patel",
)


def chosen_customer(customer_id: object) -> DemoCustomer:
    """The demo customer with this id, the first one for any other id: no request ever acts for anybody else.

    Args:
        customer_id: whatever a browser sent.

    Example:
        >>> chosen_customer("acme").customer_id
        'demo_near'
    """
    return BY_ID.get(customer_id, CUSTOMERS[0]) if isinstance(customer_id, str) else CUSTOMERS[0]
