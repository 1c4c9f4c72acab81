"""The example host apps, as somebody runs them who has activated an environment."""

import os
import shutil
from pathlib import Path


def copy_of_example(repository: Path, name: str, folder: Path) -> Path:
    """Copy an example, so that what it builds and records stays out of the project."""
    return shutil.copytree(repository / "examples" / name, folder / name)


def activated(python: Path) -> dict[str, str]:
    """The environment variables after activating the environment of this interpreter; a host's bun is on its PATH."""
    return {
        "PATH": f"{python.parent}{os.pathsep}{os.environ['PATH']}",
        "REFLEX_TELEMETRY_ENABLED": "false",
        "REFLEX_CHECK_LATEST_VERSION": "false",
    }
