import socket

from billing_ui.ports import free_port_from


def test_a_free_port_is_taken_as_asked(free_port: int) -> None:
    assert free_port_from(free_port) == free_port


def test_a_port_somebody_listens_on_is_passed_over() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert free_port_from(taken) > taken


def test_a_port_somebody_listens_on_by_ipv6_is_passed_over() -> None:
    with socket.socket(socket.AF_INET6) as other:
        other.bind(("::1", 0))
        other.listen()
        taken = other.getsockname()[1]
        assert free_port_from(taken) > taken
