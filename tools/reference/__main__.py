"""`python -m tools.reference`: write the pages."""

from pathlib import Path

from tools.reference.engine_page import engine_page
from tools.reference.page import page

if __name__ == "__main__":
    docs = Path(__file__).resolve().parents[2] / "docs"
    (docs / "components.md").write_text(page())
    (docs / "engine.md").write_text(engine_page())
