"""Every text that a component shows, as one frozen object: templates with named fields, English by default."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from string import Formatter

# Units of measure keep their form ("5 GB"); everything else is a word and takes a plural ("5 members").
_SYMBOL = re.compile(
    r"[nmµ]?s|min|h|[kKMGTPE]?i?[Bb]|[kKMGT]?bit|[kKMGT]?(Wh?|Hz)|[nmckµ]?[mgl]|[^\W\d_]|[A-Z]+|[^\w\s]+"
)


def is_symbol(unit: str) -> bool:
    """Whether a unit is a symbol (`GB`, `MiB`, `s`, `kWh`, `USD`, `%`), which has no plural, and not a word."""
    return _SYMBOL.fullmatch(unit) is not None


def english_plural(unit: str) -> str:
    """The regular English plural of a word: `call` to `calls`, `query` to `queries`, `batch` to `batches`."""
    if re.search(r"[^aeiou]y$", unit):
        return unit[:-1] + "ies"
    return unit + ("es" if re.search(r"(s|x|z|ch|sh)$", unit) else "s")


@dataclass(frozen=True)
class Labels:
    """All texts. A host changes a few with `Labels(retry="Reload")`, or translates all (see `GERMAN`).

    A template may use the named fields of its English default and no others; `{title}` is a feature's title, `{amount}`
    a number with its unit where the unit is needed, `{unit}` a unit in its plural form, `{per}` and `{this}` a window
    ("an hour", "this hour"). Names that end in `_one`, `_other` are plural forms, chosen by the plural rule of
    `language`; a language with more forms adds the fields (`day_few`, `day_many`) in a subclass, and a form that is not
    there reads as `_other`.

    The formats are Babel patterns. They apply where the customer's locale speaks `language`; in other locales, and where
    a format is "", numbers and dates look as CLDR has them.

    `unit_plurals` overrides a unit's plural: `{"person": "people"}`, or all its forms, which also translates it:
    `{"call": {"one": "Aufruf", "other": "Aufrufe"}}`. A language in which "of 10,000 calls" takes yet another form adds it
    as `"of"`.

    One app speaks one language. To change a few texts of a translation, and to name a unit of yours in it, replace them:
    `dataclasses.replace(GERMAN, unit_plurals={**GERMAN.unit_plurals, "seat": {"one": "Platz", "other": "Plätze"}})`.

    Raises:
        ValueError: a template is malformed or uses a field that its default does not have.

    Example:
        >>> Labels(dismiss="Later").dismiss
        'Later'
    """

    language: str = "en"
    date_format: str = "d MMM"
    date_year_format: str = "d MMM yyyy"
    time_format: str = "HH:mm"
    time_seconds_format: str = "HH:mm:ss"
    percent_format: str = "#,##0\u00a0%"
    date_time: str = "{date}, {time}"
    quantity: str = "{number} {unit}"
    sentence_break: str = ". "
    minutes: str = "{count} min"
    hours: str = "{count} h"
    day_one: str = "{count} day"
    day_other: str = "{count} days"
    unit_plurals: Mapping[str, str | Mapping[str, str]] = field(default_factory=dict, hash=False)

    per_hour: str = "an hour"
    per_day: str = "a day"
    per_week: str = "a week"
    per_month: str = "a month"
    per_year: str = "a year"
    per_never: str = "in total"
    this_hour: str = "this hour"
    this_day: str = "today"
    this_week: str = "this week"
    this_month: str = "this month"
    this_year: str = "this year"
    this_never: str = "in total"
    interval_month: str = "month"
    interval_year: str = "year"

    status_normal: str = "Good"
    status_near: str = "Near limit"
    status_critical: str = "Almost at limit"
    status_at_limit: str = "Limit reached"
    status_over: str = "Over limit"
    status_over_by: str = "Over by {percent}"
    status_unlimited: str = "Unlimited"
    status_not_included: str = "Not included"
    status_paused: str = "Paused"
    status_ended: str = "Ended"
    status_stale: str = "Stale"
    status_loading: str = "Loading"
    status_error: str = "Unavailable"
    status_signed_out: str = "Not signed in"
    status_empty: str = "Nothing to show"
    near_hour: str = "Near hour limit"
    near_day: str = "Near day limit"
    near_week: str = "Near week limit"
    near_month: str = "Near month limit"
    near_year: str = "Near year limit"
    critical_hour: str = "Almost at hour limit"
    critical_day: str = "Almost at day limit"
    critical_week: str = "Almost at week limit"
    critical_month: str = "Almost at month limit"
    critical_year: str = "Almost at year limit"
    reached_hour: str = "Hour limit reached"
    reached_day: str = "Day limit reached"
    reached_week: str = "Week limit reached"
    reached_month: str = "Month limit reached"
    reached_year: str = "Year limit reached"

    unlimited: str = "unlimited"
    amount_limit: str = "of {amount}"
    amount_limit_per: str = "of {amount} {per}"
    amount_included: str = "of {amount} included"
    amount_included_per: str = "of {amount} included {per}"
    amount_unlimited: str = "{unit} {this}"
    amount_held: str = "{amount}, {held} held"
    amount_used: str = "{used} {amount}"
    other_window: str = "{used} of {amount} {this}"
    other_window_unlimited: str = "{amount} {this}"
    other_window_cost: str = "{window}, about {cost}"
    available_from: str = "Available from {plan}"
    not_available: str = "Not in any plan"
    not_in_plan: str = "Not in your plan"

    note_left: str = "{amount} left"
    note_held: str = "{note}, {amount} held"
    note_over: str = "{amount} over"
    note_over_cost: str = "{amount} over, about {cost}"
    note_soft_full: str = "{amount} left, use can go on"
    note_level_full: str = "Remove one or upgrade"
    note_level_full_measure: str = "Remove some or upgrade"
    note_level_over: str = "Remove {amount} or upgrade"
    note_unlimited: str = "No limit on your plan"
    note_paused: str = "Subscription is paused"
    note_ended: str = "Subscription has ended"
    note_stale: str = "Could not refresh since {time}"
    note_error: str = "Could not load usage"
    note_empty: str = "Your plan has no metered features"
    note_not_metered: str = "This feature is not metered"
    note_signed_out: str = "Sign in to see your usage"

    reset_in_on: str = "Resets in {duration}, {date}"
    reset_in: str = "Resets in {duration}"
    reset_on: str = "Resets {date}"
    reset_now: str = "Resets now"
    no_reset: str = "Does not reset"
    trial: str = "Trial"
    trial_ends: str = "Trial ends {date}"

    gate_left: str = "{remaining} of {amount} left"
    gate_left_this: str = "{remaining} of {amount} left {this}"
    gate_error: str = "Could not check your access"
    gate_stale: str = "Could not check your access since {time}"
    gate_fields_kept: str = "What you entered is kept."
    gate_signed_out: str = "Sign in to use this"

    usage_title: str = "Your usage"
    not_connected: str = "Not connected"
    as_of: str = "As of {time}"
    refresh: str = "Refresh"
    retry: str = "Try again"
    compare_plans: str = "Compare plans"

    nudge_used_hour: str = "{title}: {percent} of this hour used"
    nudge_used_day: str = "{title}: {percent} of today's limit used"
    nudge_used_week: str = "{title}: {percent} of this week used"
    nudge_used_month: str = "{title}: {percent} of this month used"
    nudge_used_year: str = "{title}: {percent} of this year used"
    nudge_used_never: str = "{title}: {percent} used"
    nudge_reached: str = "{title}: limit reached"
    nudge_over: str = "{title}: over the limit"
    nudge_full: str = "{amount} in use"
    nudge_left_one: str = "{amount} is left"
    nudge_left_other: str = "{amount} are left"
    nudge_left_measure: str = "{amount} is left"
    nudge_until: str = "{note} until {when}"
    nudge_sentence: str = "{text}."
    nudge_includes: str = "{plan} includes {amount}."
    nudge_includes_per: str = "{plan} includes {amount} {per}."
    nudge_unlimited: str = "{plan} has no limit."
    nudge_access: str = "{title} is not in your plan"
    nudge_has: str = "{plan} includes it."
    nudge_trial: str = "Your trial ends {when}"
    nudge_fits: str = "{plan} fits what you use."
    nudge_no_plan: str = "No other plan fits this use."
    nudge_action: str = "See {plan}, {price}/{interval}"
    nudge_action_without_price: str = "See {plan}"
    dismiss: str = "Not now"
    close: str = "Close"

    plans_title: str = "Plans"
    plans_interval: str = "Billing interval"
    plans_month: str = "Monthly"
    plans_year: str = "Yearly"
    plans_feature: str = "Feature"
    plans_price: str = "Price"
    plans_choice: str = "Choice"
    plans_empty: str = "There are no plans to show"
    plans_error: str = "Could not load the plans"
    plan_price_per: str = "{price} {per}"
    plan_price_unlisted: str = "Price not listed"
    plan_price_contact: str = "Price on request"
    plan_only_month: str = "Monthly only"
    plan_only_year: str = "Yearly only"
    plan_saving: str = "Save {amount} a year"
    plan_current: str = "Your plan"
    plan_last: str = "Your last plan"
    plan_recommended: str = "Recommended"
    plan_from: str = "From {date}"
    plan_until: str = "Until {date}, then {plan}"
    plan_ends: str = "Ends {date}"
    plan_trial_one: str = "{count} day free to try"
    plan_trial_other: str = "{count} days free to try"
    plan_upgrade: str = "Upgrade to {plan}"
    plan_downgrade: str = "Change to {plan}"
    plan_choose: str = "Choose {plan}"
    plan_keep: str = "Keep {plan}"
    plan_contact: str = "Contact us"
    plan_included: str = "Included"
    plan_unlimited: str = "Unlimited"
    plan_limit_per: str = "{amount} {per}"
    plan_limits_join: str = ", "
    plan_overage: str = "{limit}, then {price} per {unit}"
    plan_overage_each: str = "{limit}, then {price} each"
    plan_soft: str = "{limit}, use can go on"

    change_title_upgrade: str = "Upgrade to {plan}?"
    change_title_downgrade: str = "Change to {plan}?"
    change_title_keep: str = "Keep {plan}?"
    change_title_start: str = "Start with {plan}?"
    change_when: str = "Takes effect"
    change_now: str = "Now"
    change_on: str = "{date}. Until then you keep {plan}."
    change_price_more: str = "{price}, {amount} more than {plan}"
    change_price_less: str = "{price}, {amount} less than {plan}"
    change_price_same: str = "{price}, the same as {plan}"
    change_what: str = "What changes"
    change_before: str = "Now"
    change_after: str = "With {plan}"
    change_gained: str = "New"
    change_more: str = "More"
    change_less: str = "Less"
    change_lost: str = "Lost"
    change_other: str = "Different"
    change_same_one: str = "{count} feature stays as it is."
    change_same_other: str = "{count} features stay as they are."
    change_over: str = "{title}: you use {used}, {plan} has {limit}."
    change_over_none: str = "{title}: you use {used}, {plan} has none."
    change_over_cost: str = "{title}: you use {used}, {plan} includes {limit}. What is above would cost {cost}."
    change_over_note: str = "What is above a limit stays, and nothing can be added until there is room."
    change_trial_ends: str = "Your trial ends now."
    change_takes_back: str = "The change to {plan} on {date} is taken back."
    change_takes_back_end: str = "The end of your subscription on {date} is taken back."
    change_usage_stays: str = "What you have used stays counted."
    change_confirm_upgrade: str = "Upgrade now"
    change_confirm_now: str = "Change now"
    change_confirm_on: str = "Change on {date}"
    change_confirm_start: str = "Start now"
    change_cancel: str = "Cancel"
    change_busy: str = "One moment…"
    change_pending: str = "Your change of plan is still being processed."
    change_waits: str = "The choice of {plan} is still being processed. Try again in a moment."
    change_again: str = "Something changed in the meantime. This is how it is now."
    change_refused: str = "This plan can't be chosen here."
    change_failed: str = "Nothing was changed. Try again later."
    change_interrupted: str = (
        "No answer has come to your change of plan. See which plan you have now before you try again."
    )
    changed_now: str = "You are on {plan} now."
    changed_on: str = "{plan} begins {date}."
    changed_keep: str = "You keep {plan}."

    portal_title: str = "Usage and plans"
    portal_usage: str = "Usage"
    portal_plans: str = "Plans"
    portal_name: str = "Billing"
    portal_heading: str = "{product}: usage"
    portal_on_plan: str = "{plan} plan"
    portal_color_mode: str = "Light or dark"

    refused_quota_exceeded: str = "{title}: limit reached. Nothing was counted."
    refused_feature_not_in_plan: str = "{title} is not in your plan."
    refused_subscription_inactive: str = "Your subscription is not active."
    refused_permission_denied: str = "{title} can't be counted from this page."
    refused_invalid_quantity: str = "This quantity can't be counted."
    track_slow: str = "This takes longer than usual. One moment…"
    refused_too_large: str = "{title}: at most {maximum} at once. Nothing was counted."
    refused_rate_limited: str = "Too many at once. Wait a moment, then try again."
    refused_service_unavailable: str = "Could not be counted now. Try again."
    refused_network_error: str = "Billing can't be reached. Try again."
    refused_signed_out: str = "Sign in first. Nothing was counted."
    refused_other: str = "Could not be counted. Try again later."

    def __post_init__(self) -> None:
        for label in fields(self):
            template, default = getattr(self, label.name), label.default
            if isinstance(template, str) and isinstance(default, str):
                unknown = _field_names(label.name, template) - _field_names(label.name, default)
                if unknown:
                    raise ValueError(f"Labels.{label.name} uses {{{min(unknown)}}}, which {default!r} does not have")

    def window(self, name: str, window: str) -> str:
        """The text for a window: `window("this", "hour")` is `this_hour`."""
        return getattr(self, f"{name}_{window}")

    def refusal(self, code: str, title: str) -> str:
        """The text for a track that was refused with an error's `code`, or "signed_out"; `title` is the feature's."""
        return getattr(self, f"refused_{code}", self.refused_other).format(title=title)


def _field_names(name: str, template: str) -> set[str]:
    try:
        return {field_name for _, field_name, _, _ in Formatter().parse(template) if field_name is not None}
    except ValueError as error:
        raise ValueError(f"Labels.{name} is malformed: {template!r}: {error}") from error


GERMAN = Labels(
    language="de",
    date_format="d. MMM",
    date_year_format="d. MMM yyyy",
    time_format="HH:mm",
    time_seconds_format="HH:mm:ss",
    percent_format="#,##0\u00a0%",
    date_time="{date}, {time}",
    quantity="{number} {unit}",
    sentence_break=". ",
    minutes="{count} Min.",
    hours="{count} Std.",
    day_one="{count} Tag",
    day_other="{count} Tagen",
    unit_plurals={
        "build": {"one": "Build", "other": "Builds"},
        "call": {"one": "Aufruf", "other": "Aufrufe", "of": "Aufrufen"},
        "email": {"one": "E-Mail", "other": "E-Mails"},
        "event": {"one": "Ereignis", "other": "Ereignisse", "of": "Ereignissen"},
        "file": {"one": "Datei", "other": "Dateien"},
        "member": {"one": "Mitglied", "other": "Mitglieder", "of": "Mitgliedern"},
        "message": {"one": "Nachricht", "other": "Nachrichten"},
        "request": {"one": "Anfrage", "other": "Anfragen"},
        "token": {"one": "Token", "other": "Tokens"},
    },
    per_hour="pro Stunde",
    per_day="pro Tag",
    per_week="pro Woche",
    per_month="pro Monat",
    per_year="pro Jahr",
    per_never="insgesamt",
    this_hour="diese Stunde",
    this_day="heute",
    this_week="diese Woche",
    this_month="diesen Monat",
    this_year="dieses Jahr",
    this_never="insgesamt",
    interval_month="Monat",
    interval_year="Jahr",
    status_normal="Gut",
    status_near="Nahe am Limit",
    status_critical="Fast am Limit",
    status_at_limit="Limit erreicht",
    status_over="Über dem Limit",
    status_over_by="{percent} darüber",
    status_unlimited="Unbegrenzt",
    status_not_included="Nicht enthalten",
    status_paused="Pausiert",
    status_ended="Beendet",
    status_stale="Veraltet",
    status_loading="Wird geladen",
    status_error="Nicht verfügbar",
    status_signed_out="Nicht angemeldet",
    status_empty="Nichts anzuzeigen",
    near_hour="Nahe am Stundenlimit",
    near_day="Nahe am Tageslimit",
    near_week="Nahe am Wochenlimit",
    near_month="Nahe am Monatslimit",
    near_year="Nahe am Jahreslimit",
    critical_hour="Fast am Stundenlimit",
    critical_day="Fast am Tageslimit",
    critical_week="Fast am Wochenlimit",
    critical_month="Fast am Monatslimit",
    critical_year="Fast am Jahreslimit",
    reached_hour="Stundenlimit erreicht",
    reached_day="Tageslimit erreicht",
    reached_week="Wochenlimit erreicht",
    reached_month="Monatslimit erreicht",
    reached_year="Jahreslimit erreicht",
    unlimited="unbegrenzt",
    amount_limit="von {amount}",
    amount_limit_per="von {amount} {per}",
    amount_included="von {amount} inklusive",
    amount_included_per="von {amount} inklusive {per}",
    amount_unlimited="{unit} {this}",
    amount_held="{amount}, {held} reserviert",
    amount_used="{used} {amount}",
    other_window="{used} von {amount} {this}",
    other_window_unlimited="{amount} {this}",
    other_window_cost="{window}, etwa {cost}",
    available_from="Verfügbar ab {plan}",
    not_available="In keinem Tarif enthalten",
    not_in_plan="Nicht in Ihrem Tarif",
    note_left="{amount} übrig",
    note_held="{note}, {amount} reserviert",
    note_over="{amount} darüber",
    note_over_cost="{amount} darüber, etwa {cost}",
    note_soft_full="{amount} übrig, weiter nutzbar",
    note_level_full="Entfernen oder Tarif wechseln",
    note_level_full_measure="Platz schaffen oder Tarif wechseln",
    note_level_over="{amount} entfernen oder Tarif wechseln",
    note_unlimited="Kein Limit in Ihrem Tarif",
    note_paused="Abonnement ist pausiert",
    note_ended="Abonnement ist beendet",
    note_stale="Seit {time} nicht aktualisiert",
    note_error="Nutzung konnte nicht geladen werden",
    note_empty="Ihr Tarif hat keine gemessenen Funktionen",
    note_not_metered="Diese Funktion wird nicht gemessen",
    note_signed_out="Melden Sie sich an, um Ihre Nutzung zu sehen",
    reset_in_on="Neu in {duration}, {date}",
    reset_in="Neu in {duration}",
    reset_on="Neu ab {date}",
    reset_now="Beginnt jetzt neu",
    no_reset="Beginnt nicht neu",
    trial="Testphase",
    trial_ends="Testphase endet {date}",
    gate_left="{remaining} von {amount} übrig",
    gate_left_this="{remaining} von {amount} übrig {this}",
    gate_error="Zugang konnte nicht geprüft werden",
    gate_stale="Zugang konnte seit {time} nicht geprüft werden",
    gate_fields_kept="Ihre Eingaben bleiben erhalten.",
    gate_signed_out="Melden Sie sich an, um dies zu nutzen",
    usage_title="Ihre Nutzung",
    not_connected="Keine Verbindung",
    as_of="Stand {time}",
    refresh="Aktualisieren",
    retry="Erneut versuchen",
    compare_plans="Tarife vergleichen",
    nudge_used_hour="{title}: {percent} dieser Stunde verbraucht",
    nudge_used_day="{title}: {percent} des Tageslimits verbraucht",
    nudge_used_week="{title}: {percent} dieser Woche verbraucht",
    nudge_used_month="{title}: {percent} dieses Monats verbraucht",
    nudge_used_year="{title}: {percent} dieses Jahres verbraucht",
    nudge_used_never="{title}: {percent} verbraucht",
    nudge_reached="{title}: Limit erreicht",
    nudge_over="{title}: über dem Limit",
    nudge_full="{amount} belegt",
    nudge_left_one="{amount} ist übrig",
    nudge_left_other="{amount} sind übrig",
    nudge_left_measure="{amount} sind übrig",
    nudge_until="{note} bis {when}",
    nudge_sentence="{text}.",
    nudge_includes="{plan} enthält {amount}.",
    nudge_includes_per="{plan} enthält {amount} {per}.",
    nudge_unlimited="{plan} hat kein Limit.",
    nudge_access="{title} ist nicht in Ihrem Tarif",
    nudge_has="In {plan} ist es enthalten.",
    nudge_trial="Ihre Testphase endet {when}",
    nudge_fits="{plan} passt zu Ihrer Nutzung.",
    nudge_no_plan="Kein anderer Tarif passt zu dieser Nutzung.",
    nudge_action="{plan} ansehen, {price}/{interval}",
    nudge_action_without_price="{plan} ansehen",
    dismiss="Nicht jetzt",
    close="Schließen",
    plans_title="Tarife",
    plans_interval="Abrechnung",
    plans_month="Monatlich",
    plans_year="Jährlich",
    plans_feature="Funktion",
    plans_price="Preis",
    plans_choice="Auswahl",
    plans_empty="Es gibt keine Tarife anzuzeigen",
    plans_error="Tarife konnten nicht geladen werden",
    plan_price_per="{price} {per}",
    plan_price_unlisted="Ohne Preisangabe",
    plan_price_contact="Preis auf Anfrage",
    plan_only_month="Nur monatlich",
    plan_only_year="Nur jährlich",
    plan_saving="{amount} im Jahr gespart",
    plan_current="Ihr Tarif",
    plan_last="Ihr letzter Tarif",
    plan_recommended="Empfohlen",
    plan_from="Ab {date}",
    plan_until="Bis {date}, dann {plan}",
    plan_ends="Endet {date}",
    plan_trial_one="{count} Tag kostenlos testen",
    plan_trial_other="{count} Tage kostenlos testen",
    plan_upgrade="Auf {plan} erweitern",
    plan_downgrade="Zu {plan} wechseln",
    plan_choose="{plan} wählen",
    plan_keep="{plan} behalten",
    plan_contact="Kontakt aufnehmen",
    plan_included="Enthalten",
    plan_unlimited="Unbegrenzt",
    plan_limit_per="{amount} {per}",
    plan_limits_join=", ",
    plan_overage="{limit}, danach {price} je {unit}",
    plan_overage_each="{limit}, danach je {price}",
    plan_soft="{limit}, weiter nutzbar",
    change_title_upgrade="Auf {plan} erweitern?",
    change_title_downgrade="Zu {plan} wechseln?",
    change_title_keep="{plan} behalten?",
    change_title_start="Mit {plan} beginnen?",
    change_when="Gilt ab",
    change_now="Sofort",
    change_on="{date}. Bis dahin behalten Sie {plan}.",
    change_price_more="{price}, {amount} mehr als {plan}",
    change_price_less="{price}, {amount} weniger als {plan}",
    change_price_same="{price}, genauso viel wie {plan}",
    change_what="Was sich ändert",
    change_before="Jetzt",
    change_after="Mit {plan}",
    change_gained="Neu",
    change_more="Mehr",
    change_less="Weniger",
    change_lost="Entfällt",
    change_other="Anders",
    change_same_one="{count} Funktion bleibt, wie sie ist.",
    change_same_other="{count} Funktionen bleiben, wie sie sind.",
    change_over="{title}: Sie nutzen {used}, {plan} hat {limit}.",
    change_over_none="{title}: Sie nutzen {used}, {plan} hat nichts davon.",
    change_over_cost="{title}: Sie nutzen {used}, {plan} enthält {limit}. Was darüber liegt, würde {cost} kosten.",
    change_over_note="Was über einem Limit liegt, bleibt; hinzu kommt nichts, bis wieder Platz ist.",
    change_trial_ends="Ihre Testphase endet sofort.",
    change_takes_back="Der Wechsel zu {plan}, {date}, wird zurückgenommen.",
    change_takes_back_end="Das Ende Ihres Abonnements, {date}, wird zurückgenommen.",
    change_usage_stays="Was Sie verbraucht haben, bleibt gezählt.",
    change_confirm_upgrade="Jetzt erweitern",
    change_confirm_now="Jetzt wechseln",
    change_confirm_on="Wechseln: {date}",
    change_confirm_start="Jetzt beginnen",
    change_cancel="Abbrechen",
    change_busy="Einen Moment …",
    change_pending="Ihr Tarifwechsel wird noch bearbeitet.",
    change_waits="Die Wahl von {plan} wird noch bearbeitet. Versuchen Sie es gleich noch einmal.",
    change_again="Inzwischen hat sich etwas geändert. So ist es jetzt.",
    change_refused="Dieser Tarif kann hier nicht gewählt werden.",
    change_failed="Es wurde nichts geändert. Bitte später erneut versuchen.",
    change_interrupted="Auf Ihren Tarifwechsel kam keine Antwort. Sehen Sie nach, welchen Tarif Sie jetzt haben, bevor Sie es erneut versuchen.",
    changed_now="Sie haben jetzt {plan}.",
    changed_on="{plan} beginnt {date}.",
    changed_keep="Sie behalten {plan}.",
    portal_title="Nutzung und Tarife",
    portal_usage="Nutzung",
    portal_plans="Tarife",
    portal_name="Abrechnung",
    portal_heading="{product}: Nutzung",
    portal_on_plan="Tarif {plan}",
    portal_color_mode="Hell oder dunkel",
    refused_quota_exceeded="{title}: Limit erreicht. Es wurde nichts gezählt.",
    refused_feature_not_in_plan="{title} ist nicht in Ihrem Tarif.",
    refused_subscription_inactive="Ihr Abonnement ist nicht aktiv.",
    refused_permission_denied="{title} kann von dieser Seite nicht gezählt werden.",
    refused_invalid_quantity="Diese Menge kann nicht gezählt werden.",
    track_slow="Das dauert länger als sonst. Einen Moment …",
    refused_too_large="{title}: höchstens {maximum} auf einmal. Es wurde nichts gezählt.",
    refused_rate_limited="Zu viele auf einmal. Bitte warten Sie einen Moment.",
    refused_service_unavailable="Konnte gerade nicht gezählt werden. Bitte erneut versuchen.",
    refused_network_error="Die Abrechnung ist nicht erreichbar. Bitte erneut versuchen.",
    refused_signed_out="Bitte melden Sie sich an. Es wurde nichts gezählt.",
    refused_other="Konnte nicht gezählt werden. Bitte später erneut versuchen.",
)
"""The German texts: proof that all of them can be translated."""
