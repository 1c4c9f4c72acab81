"""Customers and their subscriptions: created once, changed by adding to the timeline, never by rewriting the past."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from babel import Locale, UnknownLocaleError
from sqlmodel import Session, col, delete, select

from billing_ui_backend.catalog import Catalog, Plan
from billing_ui_backend.clock import from_us
from billing_ui_backend.errors import InvalidRequest, SubscriptionInactive, UnknownCustomer, UnknownPlan
from billing_ui_backend.ledger import DAY_US
from billing_ui_backend.models import CustomerRow, SubscriptionRow
from billing_ui_backend.periods import window_at
from billing_ui_backend.results import Customer, CustomerPage, WindowKind
from billing_ui_backend.subscriptions import Phase, Timeline
from billing_ui_backend.validation import check_text

When = Literal["now", "period_end"]
DEFAULT_TIMEZONE = "UTC"
DEFAULT_LOCALE = "en-US"


@dataclass(frozen=True, slots=True)
class Switch:
    """A change of plan: from the phase in force to a plan, from when on, and what was scheduled until then.

    `since_us` is when the plan of that phase came into force, or when the subscription ended."""

    current: Phase
    since_us: int
    plan: Plan
    at: When
    starts_us: int
    anchor_us: int
    trial_end_us: int | None
    coming: Phase | None


def create(
    session: Session,
    catalog: Catalog,
    now_us: int,
    customer_id: str,
    plan_key: str | None,
    profile: dict[str, str | None],
    used_since_us: int | None = None,
) -> Customer:
    """Makes a customer with a subscription; for one that exists, updates the given fields and leaves the plan. Months begin now,
    or, for one with usage of before, with the calendar month of that."""
    check_text(customer_id, "customer_id")
    given = _check_profile(profile)
    if plan_key is not None:
        catalog.plan(plan_key)
    row = session.get(CustomerRow, customer_id)
    if row is None:
        plan = _first_plan(catalog, plan_key)
        row = CustomerRow(customer_id=customer_id, timezone=DEFAULT_TIMEZONE, locale=DEFAULT_LOCALE, created_us=now_us)
        anchor_us = now_us if used_since_us is None else _month_begin(min(max(used_since_us, 0), now_us))
        for phase in _start(plan, now_us, anchor_us):
            _put(session, customer_id, phase)
    for name, value in given.items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return describe(session, catalog, row, now_us)


def update(
    session: Session, catalog: Catalog, now_us: int, customer_id: str, profile: dict[str, str | None]
) -> Customer:
    """Changes the given fields of a customer."""
    row = _row(session, customer_id)
    for name, value in _check_profile(profile).items():
        setattr(row, name, value)
    session.add(row)
    session.flush()
    return describe(session, catalog, row, now_us)


def get(session: Session, catalog: Catalog, now_us: int, customer_id: str) -> Customer:
    """The customer; UnknownCustomer when there is none."""
    return describe(session, catalog, _row(session, customer_id), now_us)


def page(session: Session, catalog: Catalog, now_us: int, cursor: str | None, limit: int) -> CustomerPage:
    """Customers by id, after the cursor (the last id of the page before)."""
    if isinstance(limit, bool) or not isinstance(limit, int) or not 1 <= limit <= 1000:
        raise InvalidRequest(f"limit is {limit!r}: it takes 1 to 1,000")
    query = select(CustomerRow).order_by(col(CustomerRow.customer_id)).limit(limit + 1)
    if cursor is not None:
        query = query.where(CustomerRow.customer_id > check_text(cursor, "cursor"))
    rows = session.exec(query).all()
    shown = rows[:limit]
    return CustomerPage(
        customers=tuple(describe(session, catalog, row, now_us) for row in shown),
        next_cursor=shown[-1].customer_id if len(rows) > limit else None,
    )


def change_plan(session: Session, catalog: Catalog, now_us: int, customer_id: str, plan_key: str, at: When) -> Customer:
    """Puts a plan in force now or at the end of the billing period. The same plan again changes nothing but takes back
    whatever was scheduled."""
    _check_when(at)
    switch = plan_switch(session, catalog, now_us, customer_id, plan_key, at)
    row, current, same = _row(session, customer_id), switch.current, switch.plan.key == switch.current.plan_key
    # The same plan keeps its trial; another one begins where the trial ends, or ends it now.
    trial_end = None
    if same and switch.trial_end_us is not None:
        trial_end = Phase(switch.trial_end_us, current.plan_key, "active", current.anchor_us)
    _schedule(session, customer_id, now_us, trial_end)
    if current.status == "ended" or not same:
        _put(session, customer_id, Phase(switch.starts_us, switch.plan.key, "active", switch.anchor_us))
    session.flush()
    return describe(session, catalog, row, now_us)


def plan_switch(
    session: Session, catalog: Catalog, now_us: int, customer_id: str, plan_key: str, at: When | None
) -> Switch:
    """What a change of plan would do to the timeline. Without `at`, an upgrade is for now and a downgrade for later."""
    row, timeline = _row(session, customer_id), _timeline(session, customer_id)
    plan, current = catalog.plan(plan_key), timeline.at(now_us)
    same = plan.key == current.plan_key
    if at is None:
        at = "period_end" if plan.rank < catalog.plan(current.plan_key).rank else "now"
    starts_us = _when(at, catalog, row, timeline, now_us)
    if current.status == "paused":
        raise SubscriptionInactive(
            f"customer {customer_id!r}: the subscription is paused: resume it before a change of plan"
        )
    ended, trial_end, coming = current.status == "ended", _trial_end(timeline, now_us), timeline.after(now_us)
    if ended or same:
        starts_us = now_us
    if trial_end is not None and coming == trial_end:
        coming = None  # The trial's own end is nothing that anybody scheduled.
    return Switch(
        current=current,
        since_us=timeline.since(now_us),
        plan=plan,
        at="now" if ended or same else at,
        starts_us=starts_us,
        anchor_us=starts_us if ended else current.anchor_us,
        trial_end_us=None if trial_end is None else trial_end.starts_us,
        coming=coming,
    )


def cancel(session: Session, catalog: Catalog, now_us: int, customer_id: str, at: When) -> Customer:
    """Ends the subscription now or at the end of the billing period."""
    row, timeline = _row(session, customer_id), _timeline(session, customer_id)
    current = timeline.at(now_us)
    if current.status != "ended":
        end_us = _when(at, catalog, row, timeline, now_us)
        _schedule(session, customer_id, now_us, None)
        _put(session, customer_id, Phase(end_us, current.plan_key, "ended", current.anchor_us))
    session.flush()
    return describe(session, catalog, row, now_us)


def pause(session: Session, catalog: Catalog, now_us: int, customer_id: str) -> Customer:
    """Takes access away until `resume`. What is scheduled stays scheduled, without access."""
    row, timeline = _row(session, customer_id), _timeline(session, customer_id)
    current = timeline.at(now_us)
    if current.status == "ended":
        raise SubscriptionInactive(f"customer {customer_id!r}: the subscription has ended and can't be paused")
    if current.status != "paused":
        _put(session, customer_id, replace(current, starts_us=now_us, status="paused"))
        for phase in timeline.phases:
            if phase.starts_us > now_us and phase.has_access:
                _put(session, customer_id, replace(phase, status="paused"))
    session.flush()
    return describe(session, catalog, row, now_us)


def resume(session: Session, catalog: Catalog, now_us: int, customer_id: str) -> Customer:
    """Gives access back after `pause`. A scheduled end stays, so that a repeated call does no more than one; `change_plan` to
    the plan in force takes it back, and revives an ended subscription."""
    row, timeline = _row(session, customer_id), _timeline(session, customer_id)
    current = timeline.at(now_us)
    future = [phase for phase in timeline.phases if phase.starts_us > now_us]
    if current.status == "ended":
        raise SubscriptionInactive(
            f"customer {customer_id!r}: the subscription has ended: choose a plan with change_plan"
        )
    if current.status == "paused":
        coming = [phase for phase in future if phase.status == "paused"]
        before = [phase for phase in timeline.phases if phase.starts_us <= now_us and phase.status != "paused"]
        # A pause in the very instant of the beginning leaves nothing before it; but only a trial is followed by its own plan.
        trial_goes_on = any(phase.plan_key == current.plan_key for phase in coming) or bool(
            coming and before and before[-1].status == "trialing"
        )
        _put(session, customer_id, replace(current, starts_us=now_us, status="trialing" if trial_goes_on else "active"))
        for phase in coming:
            _put(session, customer_id, replace(phase, status="active"))
    session.flush()
    return describe(session, catalog, row, now_us)


def describe(session: Session, catalog: Catalog, row: CustomerRow, now_us: int) -> Customer:
    """A customer's row as a result."""
    return Customer(
        customer_id=row.customer_id,
        name=row.name,
        email=row.email,
        timezone=row.timezone,
        locale=row.locale,
        created_at=from_us(row.created_us),
        subscription=_timeline(session, row.customer_id).describe(now_us, catalog),
    )


def _check_profile(profile: dict[str, str | None]) -> dict[str, str]:
    given = {name: check_text(value, name) for name, value in profile.items() if value is not None}
    if "timezone" in given:
        try:
            ZoneInfo(given["timezone"])
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise InvalidRequest(f"timezone {given['timezone']!r} is not an IANA zone such as Europe/Berlin") from error
    if "locale" in given:
        try:
            Locale.parse(given["locale"], sep="-")
        except (UnknownLocaleError, ValueError) as error:
            raise InvalidRequest(f"locale {given['locale']!r} is not known: write it as en-US or de-DE") from error
        if given["locale"].lower().partition("-")[0] in ("root", "und"):
            raise InvalidRequest(f"locale {given['locale']!r} names no language: write it as en-US or de-DE")
    return given


def _row(session: Session, customer_id: str) -> CustomerRow:
    row = session.get(CustomerRow, check_text(customer_id, "customer_id"))
    if row is None:
        raise UnknownCustomer(f"there is no customer {customer_id!r}: create it first", customer_id=customer_id)
    return row


def _timeline(session: Session, customer_id: str) -> Timeline:
    rows = session.exec(
        select(SubscriptionRow)
        .where(SubscriptionRow.customer_id == customer_id)
        .order_by(col(SubscriptionRow.starts_us))
    ).all()
    return Timeline(tuple(Phase(row.starts_us, row.plan_key, row.status, row.anchor_us) for row in rows))


def _first_plan(catalog: Catalog, plan_key: str | None) -> Plan:
    key = plan_key or catalog.default_plan
    if key is None:
        raise UnknownPlan("no plan was given and the catalog has no default_plan: pass plan= or set default_plan")
    return catalog.plan(key)


def _start(plan: Plan, start_us: int, anchor_us: int) -> list[Phase]:
    if not plan.trial_days:
        return [Phase(start_us, plan.key, "active", anchor_us)]
    trial_end = start_us + plan.trial_days * DAY_US
    return [Phase(start_us, plan.key, "trialing", anchor_us), Phase(trial_end, plan.key, "active", anchor_us)]


def _month_begin(us: int) -> int:
    return window_at("month", "calendar", us, anchor_us=0, zone=DEFAULT_TIMEZONE).start_us


def _trial_end(timeline: Timeline, now_us: int) -> Phase | None:
    """What follows a trial when nothing else was scheduled: its own plan. A trial always lasts until the next phase."""
    current, coming = timeline.at(now_us), timeline.after(now_us)
    if current.status != "trialing" or coming is None:
        return None
    return Phase(coming.starts_us, current.plan_key, "active", current.anchor_us)


def _check_when(at: object) -> None:
    if at not in ("now", "period_end"):
        raise InvalidRequest(f'at is {at!r}: pass "now" or "period_end"')


def _when(at: Any, catalog: Catalog, row: CustomerRow, timeline: Timeline, now_us: int) -> int:
    _check_when(at)
    current, trial_end = timeline.at(now_us), _trial_end(timeline, now_us)
    if at == "now" or current.status == "ended":
        return now_us
    if trial_end is not None:
        return trial_end.starts_us
    prices = catalog.plan(current.plan_key).prices
    interval: WindowKind = "year" if prices and all(price.interval == "year" for price in prices) else "month"
    return window_at(interval, "anniversary", now_us, anchor_us=current.anchor_us, zone=row.timezone).end_us


def _schedule(session: Session, customer_id: str, now_us: int, keep: Phase | None) -> None:
    """Forgets all that was scheduled, but for `keep`."""
    session.exec(
        delete(SubscriptionRow).where(
            col(SubscriptionRow.customer_id) == customer_id, col(SubscriptionRow.starts_us) > now_us
        )
    )
    session.expire_all()
    if keep is not None:
        _put(session, customer_id, keep)


def _put(session: Session, customer_id: str, phase: Phase) -> None:
    session.merge(
        SubscriptionRow(
            customer_id=customer_id,
            starts_us=phase.starts_us,
            plan_key=phase.plan_key,
            status=phase.status,
            anchor_us=phase.anchor_us,
        )
    )
