"""What an HTTP answer means: the call's result, or the error that the service raised, raised again."""

from __future__ import annotations

from typing import Any, TypeVar

import httpx

from billing_ui_backend.calls import Call
from billing_ui_backend.errors import BillingError, NetworkError
from billing_ui_backend.problems import MEDIA_TYPE
from billing_ui_backend.retry import Answered, count, retryable
from billing_ui_backend.wire import WireError, error_from_json

T = TypeVar("T")


def result_of(call: Call[T], answered: Answered) -> T:
    """The result that the answer carries.

    Raises:
        BillingError: the same error that the service raised; a NetworkError when the answer is none of the billing API's.
    """
    response = answered.response
    what = f"{call.method} {response.request.url.copy_with(query=None)}"
    if response.is_success:
        try:
            return call.read(_json(response))
        except WireError as error:
            raise NetworkError(
                f"{what}: the answer is none of the billing API's ({error}): check base_url and the versions of both sides"
            ) from error
    if response.is_redirect:
        raise NetworkError(
            f"{what}: redirected to {response.headers.get('location')!r}, and the secret key does not follow: "
            "set base_url to the final address"
        )
    refusal = _error(response, what, call, answered)
    if answered.gave_up is not None:
        refusal.add_note(f"after {count(answered.attempts)}: {answered.gave_up}")
    raise refusal


def _error(response: httpx.Response, what: str, call: Call[Any], answered: Answered) -> BillingError:
    said = "without saying why"
    if response.headers.get("content-type", "").startswith(MEDIA_TYPE):
        try:
            return error_from_json(_json(response))
        except WireError as error:
            said = f"with a problem that can't be read ({error})"
    status = f"{response.status_code} {response.reason_phrase}".strip()
    if retryable(response.status_code):
        return NetworkError(
            f"{what}: no usable answer after {count(answered.attempts)}, last {status} {said} ({answered.gave_up}): "
            f"wait, then {call.again}",
            attempts=answered.attempts,
        )
    unknown = BillingError(f"{what}: answered {status} {said}: check that base_url is the billing API's address")
    unknown.code, unknown.status = f"http_{response.status_code}", response.status_code
    return unknown


def _json(response: httpx.Response) -> Any:
    try:
        value = response.json()
    except (ValueError, RecursionError) as error:
        kind = response.headers.get("content-type", "no content type")
        raise WireError(f"{response.status_code} with {kind} is not JSON") from error
    if not isinstance(value, dict):
        raise WireError(f"expected an object, got {type(value).__name__}")
    return value
