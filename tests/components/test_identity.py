"""Identity: what a host may answer, and which connections count as the same."""

from typing import Any

import pytest

from billing_ui_components.identity import Identity, as_identity, fingerprint

HEADERS = {
    "host": "app.example",
    "cookie": "session=s3cret",
    "user-agent": "Browser",
    "sec-websocket-key": "one",
    "asgi-scope-client": "10.0.0.1",
}


def test_a_customer_id_is_an_identity() -> None:
    assert as_identity("acme") == Identity("acme")


def test_an_identity_stays_as_it_is() -> None:
    identity = Identity("acme", user_id="ann", roles=("admin",))
    assert as_identity(identity) is identity


def test_none_is_nobody() -> None:
    assert as_identity(None) is None


NUMBER: Any = 7
LETTERS: Any = "co-owner"


@pytest.mark.parametrize(
    "answer",
    [
        "",
        7,
        True,
        ["acme"],
        {"customer_id": "acme"},
        Identity(""),
        Identity(NUMBER),
        Identity("a", user_id=NUMBER),
        Identity("a", roles=LETTERS),
    ],
)
def test_any_other_answer_is_a_mistake(answer: Any) -> None:
    with pytest.raises(TypeError, match="identify must return"):
        as_identity(answer)


def test_the_next_connection_of_the_same_browser_has_the_same_fingerprint() -> None:
    again = {
        **HEADERS,
        "sec-websocket-key": "two",
        "traceparent": "00-1",
        "x-request-id": "42",
        "connection": "Upgrade",
    }
    assert fingerprint(again) == fingerprint(HEADERS)


@pytest.mark.parametrize(
    "changed",
    [
        {"cookie": "session=other"},
        {"authorization": "Bearer x"},
        {"x-forwarded-user": "bob"},
        {"asgi-scope-client": "10.0.0.2"},
        {"user-agent": "Other"},
    ],
)
def test_a_connection_that_differs_in_what_may_name_somebody_has_another(changed: dict[str, str]) -> None:
    assert fingerprint({**HEADERS, **changed}) != fingerprint(HEADERS)


def test_a_value_cannot_pass_for_another_header() -> None:
    assert fingerprint({"a": "b", "c": "d"}) != fingerprint({"a": "bcd", "c": ""}) != fingerprint({"ab": "", "c": "d"})


def test_no_header_can_be_read_from_it() -> None:
    assert "s3cret" not in fingerprint(HEADERS)
    assert len(fingerprint(HEADERS)) == 32
