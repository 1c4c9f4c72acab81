import runpy
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest


@pytest.fixture
def setup(repository: Path) -> Any:
    return SimpleNamespace(**runpy.run_path(str(repository / "tools" / "setup_venv.py")))


def test_a_failed_step_shows_what_it_printed_and_what_to_do(setup: Any) -> None:
    with pytest.raises(setup.SetupFailed, match=r"(?s)no such package.*is the index reachable"):
        setup.run(["sh", "-c", "echo no such package; exit 1"], "is the index reachable")


def test_a_step_that_succeeds_is_quiet(setup: Any, capfd: pytest.CaptureFixture[str]) -> None:
    setup.run(["echo", "chatter"], "unused")
    assert capfd.readouterr().out == ""


def test_a_folder_that_was_moved_is_set_up_again(setup: Any) -> None:
    here = setup.fingerprint()
    setup.fingerprint.__globals__["ROOT"] = Path(setup.ROOT, "tests", "..").absolute()
    assert setup.fingerprint() != here


@pytest.mark.parametrize("present", ["missing", "broken"])
def test_an_interpreter_that_does_not_start_is_replaced(setup: Any, tmp_path: Path, present: str) -> None:
    python = tmp_path / "python"
    if present == "broken":
        python.symlink_to("/no/longer/there")
    assert not setup.works(python)


def test_what_the_benchmark_needs_is_enough_for_the_tests_and_not_the_other_way_round(
    setup: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    installed: list[str] = []
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "python").touch()
    setup.main.__globals__.update(
        VENV=tmp_path, works=lambda _: True, run=lambda command, _: installed.append(command[-1])
    )
    setup.main("dev")
    setup.main("bench")
    setup.main("bench")
    assert installed == [".[dev,postgres,redis]", ".[dev,postgres,redis,bench]"]
    (tmp_path / ".installed-dev").unlink()
    setup.main("dev")
    assert len(installed) == 2
    assert "Setting up" in capfd.readouterr().out
