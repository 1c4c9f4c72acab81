"""The caps, whatever happens in whatever order: no day and no week ever holds more than the rules allow."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from billing_ui_backend.nudge_rules import DAY_US, WEEK_US, NudgeRules, Past, Step, Subject, may_show, was_done
from billing_ui_backend.periods import HOUR_US

SUBJECTS = (
    Subject("limit", "builds", "hour"),
    Subject("limit", "emails", "day"),
    Subject("limit", "storage_gb", "never"),
    Subject("feature_access", "files"),
    Subject("trial_end"),
)
PERIODS = {"hour": HOUR_US, "day": DAY_US, "": DAY_US}

# What becomes due: some hours later, a subject at a threshold; whether the person closes it, and whether a level was below it just before.
moments = st.lists(
    st.tuples(
        st.integers(0, 40),
        st.sampled_from(SUBJECTS),
        st.sampled_from([80, 90, 95, 100]),
        st.booleans(),
        st.booleans(),
    ),
    max_size=60,
)
rules = st.builds(NudgeRules, quiet_first_days=st.integers(0, 5), per_day=st.integers(0, 3), per_week=st.integers(0, 5))


def step_of(subject: Subject, threshold: int, now_us: int) -> Step:
    length = PERIODS.get(subject.window)
    start_us = 0 if length is None or subject.trigger == "trial_end" else now_us // length * length
    return Step(subject, threshold if subject.trigger == "limit" else 0, start_us)


def is_urgent(threshold: int, subject: Subject) -> bool:
    return threshold == 100 or subject.trigger == "trial_end"


@given(moments=moments, rules=rules)
def test_no_24_hours_and_no_7_days_hold_more_than_the_rules_allow(
    moments: list[tuple[int, Subject, int, bool, bool]], rules: NudgeRules
) -> None:
    now_us, past, falls = 0, list[Past](), dict[Step, int]()
    for hours, subject, threshold, closes, fell in moments:
        now_us += hours * HOUR_US
        step = step_of(subject, threshold, now_us)
        if subject.window == "never" and fell and hours:
            falls[step] = now_us - 1
        step = replace(step, fell_us=falls.get(step, step.fell_us))
        start_us = max(step.start_us, step.fell_us)
        known = was_done(step, past, "shown")
        urgent = is_urgent(step.threshold, subject)
        dismissed = [one for one in past if one.action == "dismissed" and one.subject == subject]
        shown = may_show(step, past, now_us=now_us, created_us=0, rules=rules)
        in_period = [one for one in dismissed if one.start_us == step.start_us or subject.window == "never"]
        if any(one.threshold >= step.threshold for one in in_period):
            assert not shown, "it was closed in this period"
        if any(one.at_us > now_us - DAY_US for one in dismissed) and not urgent:
            assert not shown, "it was closed less than 24 hours ago"
        if not dismissed and (urgent or known):
            assert shown, "nothing mutes it"
        if shown and not known:
            past.append(Past(subject, step.threshold, start_us, "shown", now_us))
        if shown and closes:
            past.append(Past(subject, step.threshold, start_us, "dismissed", now_us))

    appeared = [one for one in past if one.action == "shown"]
    for last in appeared:
        if is_urgent(last.threshold, last.subject):
            continue
        assert last.at_us >= rules.quiet_first_days * DAY_US
        before = [one for one in appeared if one.at_us <= last.at_us]
        of_day = Counter((one.subject, one.threshold) for one in before if one.at_us > last.at_us - DAY_US)
        assert of_day[last.subject, last.threshold] <= rules.per_day
        mutable = [
            one for one in before if one.at_us > last.at_us - WEEK_US and not is_urgent(one.threshold, one.subject)
        ]
        assert len(mutable) <= rules.per_week
