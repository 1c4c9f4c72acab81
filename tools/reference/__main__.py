"""`python -m tools.reference`: write the page."""

from pathlib import Path

from tools.reference.page import page

if __name__ == "__main__":
    (Path(__file__).resolve().parents[2] / "docs" / "components.md").write_text(page())
