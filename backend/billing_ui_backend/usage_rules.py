"""Which requests are metered, as which feature, and how much."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from starlette.routing import compile_path
from starlette.types import Message, Scope

from billing_ui_backend.errors import InvalidRequest

QuantityOf: TypeAlias = Callable[[Scope, Message | None], object | Awaitable[object]]


@dataclass(frozen=True, slots=True)
class UsageRule:
    """Requests to meter.

    Attributes:
        path: as in Starlette and FastAPI: `/v1/images/{image_id}`, or `/files/{name:path}` for any depth.
        feature_key: the feature they use.
        quantity: how much a request uses, in the feature's unit; or a function `(scope, response)` of it, plain or async,
            where None and 0 mean that this request isn't metered. `response` is the ASGI `http.response.start` message (its
            status and headers), and None when it is asked before the app runs.
        methods: the HTTP methods; all but OPTIONS when None. GET includes HEAD, which frameworks serve with the same code.
        charge: "before" counts first and then runs the app: no request beyond a hard limit ever runs, and one that fails
            stays counted. "unless_failed" asks first, runs the app and counts when its answer begins, unless that is a 5xx or
            an exception: no answer beyond a hard limit ever leaves, but requests that run at the same time may do work whose
            answer is then replaced by the refusal. Choose it where a failure is likely and the work has no effects outside.
        idempotent: the app does its work once per `Idempotency-Key` header by itself. Then a request with a key that was seen
            before (same customer, method and path) is not counted again. Leave it False elsewhere: a caller could send one
            key for ever and pay once.
    """

    path: str
    feature_key: str
    quantity: object | QuantityOf = 1
    methods: Collection[str] | None = None
    charge: Literal["before", "unless_failed"] = "before"
    idempotent: bool = False

    def __post_init__(self) -> None:
        if not self.path.startswith("/"):
            raise InvalidRequest(f"rule for {self.feature_key!r}: path {self.path!r} {_path_advice(self.path)}")
        if self.charge not in ("before", "unless_failed"):
            raise InvalidRequest(f"rule for {self.path!r}: charge is {self.charge!r}: use 'before' or 'unless_failed'")
        if isinstance(self.methods, str):
            raise InvalidRequest(f"rule for {self.path!r}: methods is a string: pass a list such as [{self.methods!r}]")


@dataclass(frozen=True, slots=True)
class CompiledRule:
    """A rule with its path as a regular expression."""

    rule: UsageRule
    pattern: re.Pattern[str]
    methods: frozenset[str] | None

    def matches(self, method: str, path: str) -> bool:
        """Whether a request is metered by this rule."""
        known = method != "OPTIONS" if self.methods is None else method in self.methods
        return known and self.pattern.match(path) is not None


Rules: TypeAlias = Sequence[UsageRule] | Mapping[str, str]


def compile_rules(rules: Rules) -> list[CompiledRule]:
    """Rules ready to match, in their order.

    Args:
        rules: UsageRules, or a mapping such as `{"POST /v1/images": "images"}` from method (optional) and path to feature.

    Raises:
        InvalidRequest: a rule that can't be meant; the message names it.
    """
    if isinstance(rules, Mapping):
        return [_compile(_from_text(text, feature_key)) for text, feature_key in rules.items()]
    return [_compile(rule) for rule in rules]


def _path_advice(path: str) -> str:
    method, _, rest = path.partition(" ")
    if method.isalpha() and rest.startswith("/"):
        return f"names a method: pass {rest!r} and methods=[{method.upper()!r}]"
    return "must begin with '/'"


def _from_text(text: str, feature_key: str) -> UsageRule:
    method, _, path = text.rpartition(" ")
    return UsageRule(path, feature_key, methods=[method] if method else None)


def _compile(rule: UsageRule) -> CompiledRule:
    methods = None if rule.methods is None else frozenset(method.upper() for method in rule.methods)
    if methods is not None and "GET" in methods:
        methods |= {"HEAD"}
    try:
        pattern, _, _ = compile_path(rule.path)
    except (ValueError, AssertionError) as error:
        raise InvalidRequest(f"rule for {rule.feature_key!r}: path {rule.path!r}: {error}") from error
    return CompiledRule(rule, pattern, methods)
