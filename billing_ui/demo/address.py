"""Where the demo's API is."""

from urllib.parse import urljoin

from reflex.config import get_config


def api_path(path: str = "") -> str:
    """The path of the demo's API on this server.

    Args:
        path: below it, such as "/v1/echo".
    """
    return f"{get_config().prepend_backend_path('/demo-api')}{path}"


def api_url(path: str) -> str:
    """The address of the demo's API for programs on this machine.

    Args:
        path: below it, such as "/v1/echo".
    """
    return urljoin(get_config().api_url, api_path(path))
