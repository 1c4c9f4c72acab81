"""What is drawn while there are no numbers: before the first load, after a failed one, and when nobody is signed in."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import reflex as rx
from reflex.vars import ArrayVar

from billing_ui_components.labels import Labels
from billing_ui_components.meter import LoadStatus, MeterView, derive_meter
from billing_ui_components.slot import slot
from billing_ui_components.state import UsageState


def placeholder(status: LoadStatus, labels: Labels) -> MeterView:
    """A view without a number.

    Args:
        status: why there is none; "ready" means that the plan has nothing to meter, "not_metered" that the feature is not.
        labels: the words.
    """
    return derive_meter(None, datetime.now(UTC), labels, labels.language, status=status)


def all_meters(labels: Labels, skeletons: int) -> ArrayVar[list[MeterView]]:
    """The views of all features, or placeholders while the state has none.

    Args:
        labels: the words of the placeholders.
        skeletons: how many cards to hold the place of before the first load.
    """
    known = UsageState.meters.values()
    return rx.cond(known.length() > 0, known, _instead(labels, skeletons, "ready")).to(list[MeterView])


def one_meter(feature_key: str | rx.Var[str], labels: Labels) -> ArrayVar[list[MeterView]]:
    """The view of one feature, or a placeholder while the state has none, as a list of one.

    A list, because `rx.foreach` gives its item a name in JavaScript: the choice is then written once, and not again for
    every attribute of the view.
    """
    known = UsageState.meters
    return rx.cond(known.contains(feature_key), [known[feature_key]], _instead(labels, 1, "not_metered")).to(
        list[MeterView]
    )


def in_slots(
    feature_key: str | rx.Var[str] | None, drawn: rx.Component, slots: Mapping[str, rx.Component | rx.Var | str | None]
) -> rx.Component:
    """What a component draws, or what the host has for the state it is in.

    Args:
        feature_key: the feature that is drawn; None for all.
        drawn: what the component draws.
        slots: by status (loading, error, empty, signed_out): what stands in its place while there are no numbers.
    """
    # A feature that is not among those which are known: for it there is nothing either.
    also = {"empty": ("ready",)}
    cases = [(status, *also.get(status, ()), slot(given)) for status, given in slots.items() if given is not None]
    if not cases:
        return drawn
    known = UsageState.meters.keys().length() > 0 if feature_key is None else UsageState.meters.contains(feature_key)
    return rx.fragment(rx.cond(known, drawn, rx.match(UsageState.status, *cases, drawn)))


def _instead(labels: Labels, skeletons: int, without: LoadStatus) -> rx.Component | rx.Var:
    return rx.match(
        UsageState.status,
        ("signed_out", [placeholder("signed_out", labels)]),
        ("error", [placeholder("error", labels)]),
        ("loading", rx.Var(f"Array({skeletons}).fill({rx.Var.create(placeholder('loading', labels))!s})")),
        [placeholder(without, labels)],
    )
