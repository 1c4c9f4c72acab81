import pytest
from reflex.constants import StateManagerMode

from billing_ui.portal_config import portal_config


@pytest.fixture(autouse=True)
def without_settings_of_the_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("REFLEX_REDIS_URL", "REFLEX_STATE_MANAGER_MODE", "REFLEX_FRONTEND_PORT"):
        monkeypatch.delenv(name, raising=False)
    # portal_config sets it; this puts it back after the test.
    monkeypatch.setenv("REFLEX_CHECK_LATEST_VERSION", "false")


def addresses(port: int) -> list[str]:
    """Those under which Reflex says it can be opened on this machine."""
    return [f"http://localhost:{port}", f"http://127.0.0.1:{port}", f"http://0.0.0.0:{port}"]


def test_only_the_portals_own_pages_may_open_its_websocket() -> None:
    assert list(portal_config().cors_allowed_origins) == addresses(3000)


def test_the_origins_follow_a_port_that_reflex_chose_later(monkeypatch: pytest.MonkeyPatch) -> None:
    config = portal_config()
    monkeypatch.setenv("REFLEX_FRONTEND_PORT", "3007")
    assert list(config.cors_allowed_origins) == addresses(3007)


def test_a_portal_behind_a_domain_names_its_origins_by_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REFLEX_CORS_ALLOWED_ORIGINS", "https://billing.example.com")
    assert list(portal_config().cors_allowed_origins) == ["https://billing.example.com"]


def test_sessions_stay_in_memory_unless_redis_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    assert portal_config().state_manager_mode == StateManagerMode.MEMORY
    monkeypatch.setenv("REFLEX_REDIS_URL", "redis://localhost")
    assert "state_manager_mode" not in portal_config()._non_default_attributes


def test_nothing_is_reported_to_anybody_and_no_badge_is_shown() -> None:
    config = portal_config()
    assert config.telemetry_enabled is False
    assert config.show_built_with_reflex is False


def test_no_port_is_fixed_because_reflex_then_refuses_to_serve_the_backend_alone() -> None:
    assert portal_config().frontend_port is None
