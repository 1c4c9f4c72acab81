import subprocess

import pytest
from packaging.version import Version
from reflex.constants import Bun

from billing_ui import toolchain


def test_bun_comes_with_the_demo_extra_and_is_new_enough_for_reflex() -> None:
    bun = toolchain.find_bun()
    assert bun is not None
    version = subprocess.run([bun, "--version"], capture_output=True, text=True, check=True).stdout.strip()
    assert Version(version) >= Version(Bun.MIN_VERSION)


def test_without_the_extra_the_choice_is_left_to_reflex(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toolchain, "find_spec", lambda _name: None)
    assert toolchain.find_bun() is None
