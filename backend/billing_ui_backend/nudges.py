"""Which upgrade nudge a user should see: the most urgent case that the rules let through, with the plan that would really fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from sqlmodel import Session

from billing_ui_backend import nudge_events
from billing_ui_backend.clock import from_us, to_us
from billing_ui_backend.errors import InvalidRequest
from billing_ui_backend.metrics import Reader, usage_metrics
from billing_ui_backend.nudge_cases import Case, find_cases, make_nudge, prompt_cases
from billing_ui_backend.nudge_rules import Past, Step, may_show, was_done
from billing_ui_backend.results import Nudge, NudgeAction, UsageMetrics, UsageOverview


@dataclass(frozen=True, slots=True)
class Found:
    """The step that an action is about, None when it is not the user's; and what of it is not written yet."""

    step: Step | None
    missing: tuple[NudgeAction, ...]


def overview(session: Session, reader: Reader, user_ids: Iterable[str | None]) -> UsageOverview:
    """Catalog, metrics, nudges and prompts of a customer, from one snapshot."""
    metrics = usage_metrics(reader, None)
    prompts = {key: make_nudge(reader, case, case.step, None) for key, case in prompt_cases(reader, metrics).items()}
    return UsageOverview(reader.catalog, metrics, decide(session, reader, metrics, user_ids), prompts)


def decide(
    session: Session, reader: Reader, metrics: UsageMetrics, user_ids: Iterable[str | None]
) -> dict[str | None, Nudge | None]:
    """The nudge to show each user now, None when there is nothing to say: below 80 %, on the top plan, dismissed, capped."""
    keys = {user_id: nudge_events.user_key(user_id) for user_id in user_ids}
    cases = find_cases(session, reader, metrics)
    past = _past(session, reader, keys.values(), cases)
    return {user_id: _decide(reader, cases, past[user]) for user_id, user in keys.items()}


def check_nudge_id(nudge_id: object) -> str:
    """Raises InvalidRequest for what is no string."""
    if not isinstance(nudge_id, str):
        raise InvalidRequest("nudge_id: pass the nudge_id of the nudge that was shown")
    return nudge_id


def find(session: Session, reader: Reader, user_id: str | None, nudge_id: str, action: NudgeAction) -> Found:
    """What a user's action on a nudge would mean."""
    user = nudge_events.user_key(user_id)
    cases = find_cases(session, reader, usage_metrics(reader, None))
    past = _past(session, reader, [user], cases)[user]
    if action == "shown":
        steps = (step for _, step in _shown_to(reader, cases, past))
    else:
        # Usage may have grown since the nudge was drawn: what was shown is meant, not the higher threshold.
        steps = (case.with_fall(reader, step, past) for case in cases for step in case.steps)
    step = next((step for step in steps if step.nudge_id == nudge_id), None)
    if step is None:
        return Found(None, ())
    # What was acted upon was seen, whether its showing was reported or not.
    wanted: tuple[NudgeAction, ...] = ("shown",) if action == "shown" else ("shown", action)
    return Found(step, tuple(each for each in wanted if not was_done(step, past, each)))


def record(session: Session, reader: Reader, user_id: str | None, nudge_id: str, action: NudgeAction) -> bool:
    """Writes what a user was shown or did. False when the nudge is not the user's: nothing is written."""
    found = find(session, reader, user_id, nudge_id, action)
    if found.step is None:
        return False
    user = nudge_events.user_key(user_id)
    for each in found.missing:
        nudge_events.keep(session, reader.customer.customer_id, user, found.step, each, reader.now_us)
    return True


def _past(session: Session, reader: Reader, users: Iterable[str], cases: list[Case]) -> dict[str, list[Past]]:
    if not cases:  # Most of the time: nothing is asked of the database then.
        return {user: [] for user in users}
    steps = [case.step for case in cases]
    return nudge_events.read_past(session, reader.customer.customer_id, users, steps, reader.now_us)


def _decide(reader: Reader, cases: list[Case], past: list[Past]) -> Nudge | None:
    for case, step in _shown_to(reader, cases, past):
        shown = [one.at_us for one in past if was_done(step, [one], "shown")]
        return make_nudge(reader, case, step, from_us(min(shown)) if shown else None)
    return None


def _shown_to(reader: Reader, cases: list[Case], past: list[Past]) -> Iterator[tuple[Case, Step]]:
    """The one step that a user is shown now, if any."""
    created_us = to_us(reader.customer.created_at)
    for case in cases:
        for reached in case.steps:
            # What caps keep back is not replaced by a lower threshold, unless that was on the page already.
            new = reached is case.step
            step = case.with_fall(reader, reached, past)
            rules = reader.catalog.nudges
            if may_show(step, past, now_us=reader.now_us, created_us=created_us, rules=rules, new=new):
                yield case, step
                return
