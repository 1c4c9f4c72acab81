"""What a host passes to a factory, checked while the page is made: a mistake is named there, and neither vanishes nor breaks later."""

from __future__ import annotations

import functools
import inspect
import math
from collections.abc import Callable, Mapping, Sequence
from decimal import Decimal
from typing import Any, ParamSpec, TypeVar

import reflex as rx

from billing_ui_backend.quantities import PLAIN_NUMBER
from billing_ui_components.actions import check_event
from billing_ui_components.icons import METER_SHAPES
from billing_ui_components.labels import Labels
from billing_ui_components.meter import MeterView
from billing_ui_components.meter_figures import Thresholds
from billing_ui_components.properties import check_properties
from billing_ui_components.unknown_keys import warn_of_unknown

P = ParamSpec("P")
R = TypeVar("R")
Check = Callable[[str, Any], None]


def checked(name: str = "", **own: Check) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a factory refuse what it cannot draw. An argument's name says what is right for it, in every factory the same.

    Args:
        name: what a host calls the factory; by default as it is called in its module.
        **own: what is right for an argument of this factory alone.

    Returns:
        A decorator. The factory then raises a TypeError for what is of a wrong type, also for a property that no element
        has, and a ValueError for a wrong value; a default needs no check.
    """

    def decorate(factory: Callable[P, R]) -> Callable[P, R]:
        called, signature = name or factory.__name__.lstrip("_"), inspect.signature(factory)
        events = {argument: check_event for argument in signature.parameters if argument.startswith("on_")}
        checks = {**events, **_CHECKS, **own}

        @functools.wraps(factory)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                given = signature.bind(*args, **kwargs).arguments
            except TypeError as error:
                raise TypeError(f"{called}: {error}{_comes_first(called, signature, args, kwargs)}") from None
            for argument, value in given.items():
                parameter = signature.parameters[argument]
                if parameter.kind is parameter.VAR_KEYWORD:
                    check_properties(called, value, own=signature.parameters)
                elif argument in checks and value is not parameter.default:
                    checks[argument](f"{called}: {argument}", value)
            return factory(*args, **kwargs)

        return call

    return decorate


def _comes_first(called: str, signature: inspect.Signature, args: Sequence[Any], kwargs: Mapping[str, Any]) -> str:
    """What to do about an argument that came by its name, behind others that took its place."""
    for place, name in zip(range(len(args)), signature.parameters, strict=False):
        if name in kwargs:
            return (
                f": {name} comes {'first' if not place else 'before them'}, as in {called}({kwargs[name]!r:.80}, ...)"
            )
    return ""


def key(what: str, value: Any) -> None:
    """A feature's key."""
    if isinstance(value, rx.Var):
        kind = value._var_type
        right = kind is Any or not isinstance(kind, type) or issubclass(kind, str)
    else:
        right = isinstance(value, str) and value != ""
    _require(right, what, "the key of a feature, such as 'api_calls', or a var of one", value)
    if isinstance(value, str):
        warn_of_unknown(what, "feature", [value])


def key_or_view(what: str, value: Any) -> None:
    """A feature's key, or the view that is drawn."""
    right = isinstance(value, MeterView | rx.Var) or (isinstance(value, str) and value != "")
    _require(right, what, "the key of a feature, such as 'api_calls', a MeterView, or a var of one of them", value)
    if isinstance(value, str):
        warn_of_unknown(what, "feature", [value])


def _plans(what: str, value: Any) -> None:
    right = isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(each, str) for each in value)
    _require(right, what, "a list of keys, such as ['starter', 'pro']", value)
    warn_of_unknown(what, "plan", value)


def _labels(what: str, value: Any) -> None:
    _require(isinstance(value, Labels), what, "a Labels, such as bui.GERMAN", value)


def _thresholds(what: str, value: Any) -> None:
    _require(isinstance(value, Thresholds), what, "a Thresholds, such as bui.Thresholds(near=60, critical=80)", value)


def _icons(what: str, value: Any) -> None:
    _require(isinstance(value, Mapping), what, "a dict of components by the name of the shape that they replace", value)
    for shape, icon in value.items():
        if shape not in METER_SHAPES:
            raise ValueError(f"{what}: there is no shape {shape!r}: icons replace {', '.join(METER_SHAPES)}")
        _component(f"{what}[{shape!r}]", icon)


def _component(what: str, value: Any) -> None:
    _require(isinstance(value, rx.Component | rx.Var | str), what, "a component, a text, or a var of one", value)


def _text(what: str, value: Any) -> None:
    _require(isinstance(value, str | rx.Var), what, "a text", value)


def _flag(what: str, value: Any) -> None:
    _require(isinstance(value, bool), what, "True or False: what depends on a var goes into rx.cond", value)


def _count(what: str, value: Any) -> None:
    _require(isinstance(value, int) and not isinstance(value, bool), what, "a whole number", value)
    _demand(value >= 0, what, "0 or more", value)


def _percentage(what: str, value: Any) -> None:
    _require(_is_number(value), what, "a percentage, such as 80", value)
    _demand(math.isfinite(value) and value >= 0, what, "a percentage of at least 0", value)


def _seconds(what: str, value: Any) -> None:
    _require(_is_number(value), what, "a number of seconds", value)
    _demand(math.isfinite(value) and value > 0, what, "a positive number of seconds", value)


def _quantity(what: str, value: Any) -> None:
    if isinstance(value, rx.Var):
        return
    if isinstance(value, str):
        _demand(PLAIN_NUMBER.fullmatch(value) is not None, what, "digits with an optional point, such as '0.5'", value)
        value = Decimal(value)
    _require(_is_number(value), what, "a number, a string of digits, or a var of one", value)
    _demand(math.isfinite(value) and value > 0, what, "a finite number above 0", value)


def _function(what: str, value: Any) -> None:
    _require(callable(value), what, "a function that draws a MeterView", value)


_CHECKS: dict[str, Check] = {
    "auto_dismiss": _seconds,
    "card": _function,
    "class_name": _text,
    "compact": _flag,
    "description": _text,
    "fallback": _component,
    "feature": key,
    "feature_key": key,
    "icons": _icons,
    "labels": _labels,
    "plan_ids": _plans,
    "quantity": _quantity,
    "skeleton_rows": _count,
    "skeletons": _count,
    "threshold": _percentage,
    "thresholds": _thresholds,
    "title": _text,
    "trigger": _component,
    **dict.fromkeys(("empty", "error", "footer", "header", "loading", "otherwise", "signed_out"), _component),
    **dict.fromkeys(("show_as_of", "show_interval_toggle", "show_label", "show_progress"), _flag),
    **dict.fromkeys(("show_reset_timer", "show_trial", "show_usage_badge"), _flag),
}


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float | Decimal) and not isinstance(value, bool)


def _require(right: bool, what: str, wanted: str, value: Any) -> None:
    if not right:
        raise TypeError(f"{what} must be {wanted}, not {value!r:.80}")


def _demand(right: bool, what: str, wanted: str, value: Any) -> None:
    if not right:
        raise ValueError(f"{what} must be {wanted}, not {value!r:.80}")
