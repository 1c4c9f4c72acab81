"""Where the demo's API is."""

from urllib.parse import urljoin, urlsplit, urlunsplit

from reflex.config import get_config


def api_path(path: str = "") -> str:
    """The path of the demo's API on this server.

    Args:
        path: below it, such as "/v1/echo".
    """
    return f"{get_config().prepend_backend_path('/demo-api')}{path}"


def api_url(path: str) -> str:
    """The address of the demo's API for programs on this machine, on the host that the portal listens on.

    Args:
        path: below it, such as "/v1/echo".
    """
    base = urlsplit(get_config().api_url)
    if base.hostname == "localhost":
        # The portal is told as 127.0.0.1 and listens there; "localhost" may be ::1, where nobody answers.
        base = base._replace(netloc=base.netloc.replace("localhost", "127.0.0.1"))
    return urljoin(urlunsplit(base), api_path(path))
