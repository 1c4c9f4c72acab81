"""The demo's plan cards: every window and the price beyond it, in words."""

import pytest

from billing_ui.demo.catalog import CATALOG_PATH
from billing_ui.demo.plans import included
from billing_ui_backend import Catalog
from billing_ui_components.formats import Formats
from billing_ui_components.labels import Labels


@pytest.mark.parametrize(
    ("plan", "feature", "text"),
    [
        ("free", "api_calls", "1,000 a month, 60 an hour"),
        ("free", "gpu_seconds", "not included"),
        ("free", "storage_gb", "0.5 GB"),
        ("free", "team_members", "2"),
        ("starter", "gpu_seconds", "300 s a month"),
        ("pro", "gpu_seconds", "1,000 s a month, then $0.01 per s"),
        ("pro", "api_calls", "50,000 a month, then $2 per 1,000 calls"),
        ("pro", "emails", "unlimited"),
    ],
)
def test_a_card_tells_every_window_and_the_price_beyond_it(plan: str, feature: str, text: str) -> None:
    catalog = Catalog.load(CATALOG_PATH)
    formats = Formats("en-US", "UTC", Labels())
    assert included(catalog.feature(feature), catalog.plan(plan).grants(feature), formats) == text
