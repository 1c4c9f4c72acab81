"""What the fault proofs' clients write down, as it is read while they write."""

from pathlib import Path

import pytest

from tests.support.faults_workers import Job, Log

LINES = """begin track cus_0 one.0.0
begin hold cus_1 one.1.12
done track cus_0 one.0.0
done hold cus_1 one.1.12
"""


@pytest.mark.parametrize("written", range(LINES.rindex("done"), len(LINES)))
def test_a_line_that_is_there_by_half_is_none_yet(tmp_path: Path, written: int) -> None:
    log = Log(tmp_path / "log")
    log.path.write_text(LINES[:written])
    assert log.jobs() == ([Job("track", "cus_0", "one.0.0")], [Job("hold", "cus_1", "one.1.12")])


def test_a_whole_line_is_read(tmp_path: Path) -> None:
    log = Log(tmp_path / "log")
    log.path.write_text(LINES)
    assert log.jobs() == ([Job("track", "cus_0", "one.0.0"), Job("hold", "cus_1", "one.1.12")], [])
