"""What the demo sells."""

from pathlib import Path

CATALOG_PATH = Path(__file__).with_name("catalog.toml")
