"""The source roots are not packages: a module imported under two names registers its State twice."""

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.parametrize(
    "statement", ["import components.billing_ui_components", "from backend import billing_ui_backend"]
)
def test_importing_a_source_root_is_refused_by_the_linter(repository: Path, statement: str) -> None:
    ruff = [sys.executable, "-m", "ruff", "check", "--select", "TID251", "--stdin-filename", "billing_ui/x.py", "-"]
    found = subprocess.run(ruff, cwd=repository, input=statement + "\n", capture_output=True, text=True, check=False)
    assert found.returncode == 1
    assert "TID251" in found.stdout
