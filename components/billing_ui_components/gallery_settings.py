"""For whom the gallery is drawn: one page for each language, locale and currency that it proves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from billing_ui_components.labels import GERMAN, Labels


@dataclass(frozen=True)
class Setting:
    """A language with a customer's locale and the currency of the prices.

    Attributes:
        route: of the page.
        text: what the toolbar calls it.
        labels: the words.
        locale: BCP 47 tag for numbers, money and dates.
        currency: ISO 4217 code.
        titles: what the catalog of a host of that language calls the features.
        only_money: whether its page holds no more than the sections with money, for another shows the rest in these words.
    """

    route: str
    text: str
    labels: Labels
    locale: str
    currency: str
    titles: Mapping[str, str] = field(default_factory=dict, hash=False)
    only_money: bool = False

    def title(self, english: str) -> str:
        """A feature's title in the language of the host's catalog."""
        return self.titles.get(english, english)


ENGLISH = Setting("/", "English, USD", Labels(), "en-US", "USD")

SETTINGS = (
    ENGLISH,
    Setting(
        "/de",
        "Deutsch, EUR",
        GERMAN,
        "de-DE",
        "EUR",
        {
            "API calls": "API-Aufrufe",
            "Audit log": "Änderungsprotokoll",
            "Bandwidth": "Bandbreite",
            "Emails sent": "Gesendete E-Mails",
            "Exports": "Exporte",
            "Files processed": "Verarbeitete Dateien",
            "GPU time": "GPU-Rechenzeit",
            "Messages": "Nachrichten",
            "Requests": "Anfragen",
            "Seats": "Plätze",
            "Single sign-on": "Einmalanmeldung",
            "Storage": "Speicherplatz",
            "Team members": "Teammitglieder",
        },
    ),
    Setting("/jpy", "English, ja-JP, JPY", Labels(), "ja-JP", "JPY", only_money=True),
    Setting("/kwd", "English, ar-KW, KWD", Labels(), "ar-KW", "KWD", only_money=True),
)
"""Currencies with two decimals, none and three; two locales that do not speak the labels' language."""
