"""Numbers, money, dates and durations as text, in one customer's locale and zone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import ROUND_DOWN, ROUND_FLOOR, Context, Decimal, localcontext
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_skeleton, format_time
from babel.numbers import (
    format_currency,
    format_decimal,
    format_percent,
    get_currency_precision,
    get_currency_symbol,
)

from billing_ui_components.labels import Labels, english_plural, is_symbol

EXACT = Context(prec=100)
"""Wide enough for every product and quotient of two 64-bit quantities at scale 9."""

_MINUTE = timedelta(minutes=1)
_HOUR = timedelta(hours=1)
# The wide signs of yen and won are made for letters as wide: among others they look lost, and many fonts lack them.
_NARROW = str.maketrans("\uffe5\uffe6", "\u00a5\u20a9")


@lru_cache(maxsize=512)
def parse_locale(tag: str) -> Locale:
    """The Babel locale of a BCP 47 tag such as `en-US`.

    Raises:
        ValueError: not a tag, or CLDR has no such locale.
    """
    try:
        locale = Locale.parse(tag, sep="-")
    except (UnknownLocaleError, ValueError) as error:
        raise ValueError(f"unknown locale {tag!r}: give a BCP 47 tag such as 'en-US' or 'de-DE'") from error
    if tag.partition("-")[0].lower() in ("und", "root"):  # "no particular language", which Babel reads as English
        raise ValueError(f"locale {tag!r} names no language: give a BCP 47 tag such as 'en-US' or 'de-DE'")
    return locale


def _zone(name: str) -> ZoneInfo:
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise ValueError(f"unknown time zone {name!r}: give an IANA name such as 'Europe/Berlin'") from error


def plain(value: Decimal, scale: int | None = None) -> Decimal:
    """The same number without exponent and trailing zeros, cut (never rounded up) to at most `scale` decimals."""
    with localcontext(EXACT):
        if scale is not None:
            value = value.quantize(Decimal(1).scaleb(-scale), rounding=ROUND_DOWN)
        if value == value.to_integral_value():
            return value.quantize(Decimal(1)) or Decimal(0)
        return value.normalize()


class Formats:
    """How one customer reads numbers, money, dates and durations.

    Args:
        locale: a BCP 47 tag such as `en-US`.
        timezone: an IANA zone such as `Europe/Berlin`; every date and time is shown in it.
        labels: the words around them, and the formats for locales that speak their language.

    Raises:
        ValueError: the locale, the zone or the labels' language is unknown.

    Example:
        >>> Formats("de-DE", "Europe/Berlin", Labels()).number(Decimal("1234.50"))
        '1.234,5'
    """

    def __init__(self, locale: str, timezone: str, labels: Labels) -> None:
        self.locale = parse_locale(locale)
        self.zone = _zone(timezone)
        self.labels = labels
        language = parse_locale(labels.language)
        self._speaks_it = self.locale.language == language.language
        self._plurals = self.locale if self._speaks_it else language
        self._against = self.locale.text_direction != language.text_direction

    def number(self, value: Decimal, scale: int | None = None) -> str:
        """An exact number with the locale's separators: `1,200.5`; at most `scale` decimals, no trailing zeros."""
        with localcontext(EXACT):
            return format_decimal(plain(value, scale), locale=self.locale, decimal_quantization=False)

    def percent(self, value: Decimal) -> str:
        """A percentage floored to a whole one, on one line: 99.9 is `99 %`."""
        with localcontext(EXACT):
            whole = value.to_integral_value(ROUND_FLOOR)
            return format_percent(whole / 100, self._own(self.labels.percent_format) or None, locale=self.locale)

    def money(self, amount: Decimal, currency: str, *, trim: bool = False) -> str:
        """An amount with the currency's decimals: `$2.01`, `¥2,900`; `trim` drops them from a whole amount: `$29`."""
        pattern = self._money_pattern(currency)
        with localcontext(EXACT):
            if trim and amount == amount.to_integral_value():
                pattern = pattern.replace("0.00", "0")
                text = format_currency(amount, currency, pattern, locale=self.locale, currency_digits=False)
            else:
                text = format_currency(amount, currency, pattern, locale=self.locale)
        return self._among_words(text, currency)

    def unit_price(self, amount: Decimal, currency: str) -> str:
        """A price with all of its decimals, finer than the smallest coin or not: `$0.002`, `$29`, `$9.50`."""
        with localcontext(EXACT):
            smallest = Decimal(1).scaleb(-get_currency_precision(currency))
            if amount % smallest == 0:
                return self.money(amount, currency, trim=True)
            pattern = self._money_pattern(currency)
            text = format_currency(plain(amount), currency, pattern, locale=self.locale, decimal_quantization=False)
        return self._among_words(text, currency)

    def local(self, moment: datetime) -> datetime:
        """The moment in the customer's zone.

        Raises:
            ValueError: the moment has no zone of its own.
        """
        if moment.tzinfo is None:
            raise ValueError(f"{moment.isoformat()} has no time zone: give an aware datetime")
        return moment.astimezone(self.zone)

    def date(self, moment: datetime, now: datetime) -> str:
        """A short date, `1 Dec`, with the year when it is not the current one: `1 Jan 2027`."""
        local = self.local(moment)
        same_year = local.year == self.local(now).year
        pattern = self._own(self.labels.date_format if same_year else self.labels.date_year_format)
        if pattern:
            return format_date(local, pattern, locale=self.locale)
        return self._apart(format_skeleton("MMMd" if same_year else "yMMMd", local, locale=self.locale))

    def time(self, moment: datetime, *, seconds: bool = False) -> str:
        """A time of day: `14:02`, with seconds `14:02:07`."""
        own = self._own(self.labels.time_seconds_format if seconds else self.labels.time_format)
        text = format_time(self.local(moment), own or ("medium" if seconds else "short"), locale=self.locale)
        return self._apart(text)

    def moment(self, moment: datetime, now: datetime, *, seconds: bool = False) -> str:
        """A time of day, with its date when that is not today: `22 Nov, 14:02`."""
        time = self.time(moment, seconds=seconds)
        if self.local(moment).date() == self.local(now).date():
            return time
        return self.labels.date_time.format(date=self.date(moment, now), time=time)

    def days_until(self, moment: datetime, now: datetime) -> int:
        """Calendar days from now to the moment in the customer's zone: 0 is later today."""
        return (self.local(moment).date() - self.local(now).date()).days

    def is_soon(self, moment: datetime, now: datetime) -> bool:
        """Whether the moment lies within 24 hours, or later today on a day that has more."""
        return self._left(moment, now) < 24 * _HOUR or self.days_until(moment, now) <= 0

    def duration(self, moment: datetime, now: datetime) -> str:
        """The time left until a moment: `12 min` in the last hour (rounded up), `3 h` on the last day, else `7 days`."""
        left = self._left(moment, now)
        days = self.days_until(moment, now)
        if left <= _HOUR:
            return self.labels.minutes.format(count=self.number(Decimal(-(-left // _MINUTE))))
        if self.is_soon(moment, now):
            return self.labels.hours.format(count=self.number(Decimal((left + _HOUR / 2) // _HOUR)))
        return self.plural("day", Decimal(days), count=self.number(Decimal(days)))

    def plural(self, name: str, count: Decimal, /, **named: str) -> str:
        """The label `<name>_one`, `<name>_other` or another plural form that fits the count, filled."""
        form = self._plurals.plural_form(plain(count))
        template: str = getattr(self.labels, f"{name}_{form}", "") or getattr(self.labels, f"{name}_other")
        return template.format(**named)

    def unit(self, count: Decimal, unit: str, *, of: bool = False) -> str:
        """A singular English unit in the form the count takes: `calls`, `GB`; `of` in a phrase like "of 10,000 calls"."""
        form = self._plurals.plural_form(plain(count))
        forms = self.labels.unit_plurals.get(unit, {})
        if isinstance(forms, str):
            forms = {"one": unit, "other": forms}
        if forms:
            return (of and form != "one" and forms.get("of")) or forms.get(form) or forms["other"]
        if form == "one" or not unit or is_symbol(unit) or self._plurals.language != "en":
            return unit
        return english_plural(unit)

    def quantity(self, value: Decimal, unit: str, scale: int | None = None, *, of: bool = False) -> str:
        """A number and its unit: `1,396 calls`; only the number when the unit is ""."""
        number = self.number(value, scale)
        if not unit:
            return number
        return self.labels.quantity.format(number=number, unit=self.unit(plain(value, scale), unit, of=of))

    def _money_pattern(self, currency: str) -> str:
        pattern = self.locale.currency_formats["standard"].pattern
        if get_currency_symbol(currency, self.locale)[-1].isalpha():
            pattern = pattern.replace("¤#", "¤\u00a0#")
        return pattern

    def _among_words(self, text: str, currency: str) -> str:
        symbol = get_currency_symbol(currency, self.locale)
        # Written from the right, the sign after Latin letters would change sides with them: "$US" for US$.
        if symbol[0].isascii() and symbol[0].isalpha() and not symbol[-1].isalpha() and text.startswith("\u200f"):
            text = f"{text}\u200e" if text.endswith(symbol) else text
        return self._apart(text if self._speaks_it else text.translate(_NARROW))

    def _apart(self, text: str) -> str:
        # Words from the left around it would follow its direction where it comes first, and change places with it.
        return f"\u2068{text}\u2069" if self._against else text

    def _left(self, moment: datetime, now: datetime) -> timedelta:
        # Two datetimes of one zone subtract by the wall clock, which is an hour off across daylight saving.
        return self.local(moment).astimezone(UTC) - self.local(now).astimezone(UTC)

    def _own(self, pattern: str) -> str:
        return pattern if self._speaks_it else ""


def utc_text(moment: datetime | None) -> str:
    """ISO 8601 in UTC, "" for None."""
    return moment.astimezone(UTC).isoformat() if moment else ""
