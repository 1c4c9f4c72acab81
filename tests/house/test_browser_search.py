import shutil
from pathlib import Path

import pytest

from tests.support import browser


@pytest.fixture(autouse=True)
def memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    remembered = tmp_path / "remembered"
    monkeypatch.setattr(browser, "REMEMBERED", remembered)
    return remembered


def _never() -> str | None:
    pytest.fail("a later way was tried although an earlier one gave a browser")


def test_the_first_way_that_gives_a_browser_wins() -> None:
    assert browser.first_of((lambda: None, lambda: "/usr/bin/chromium", _never)) == "/usr/bin/chromium"


def test_the_result_is_remembered(tmp_path: Path) -> None:
    executable = tmp_path / "chromium"
    executable.touch()
    browser.first_of((lambda: str(executable),))
    assert browser.first_of((_never,)) == str(executable)


def test_playwrights_own_is_remembered_without_a_path() -> None:
    browser.first_of((lambda: browser.PLAYWRIGHTS_OWN,))
    assert browser.first_of((_never,)) == browser.PLAYWRIGHTS_OWN


def test_a_remembered_browser_that_was_removed_is_searched_again(memory: Path) -> None:
    memory.write_text("/no/longer/there")
    assert browser.first_of((lambda: "/usr/bin/other",)) == "/usr/bin/other"


def test_without_any_one_sentence_says_what_to_install() -> None:
    with pytest.raises(LookupError, match="install Chromium or Google Chrome"):
        browser.first_of((lambda: None,))


def test_a_program_that_is_no_browser_does_not_count() -> None:
    assert not browser.works("/bin/false")


def test_nothing_is_installed_for_a_user_who_is_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(browser.os, "geteuid", lambda: 1000)
    monkeypatch.setattr(browser, "_run", _never)
    assert browser.install_system_package() is None


def test_nothing_is_downloaded_where_the_web_is_not_reachable(monkeypatch: pytest.MonkeyPatch, free_port: int) -> None:
    monkeypatch.setattr(browser, "DOWNLOADS", f"http://127.0.0.1:{free_port}/")
    monkeypatch.setattr(browser, "_run", _never)
    assert browser.download() is None


def test_an_installation_that_hangs_is_ended_and_said_so(capfd: pytest.CaptureFixture[str]) -> None:
    browser._run(["sh", "-c", "sleep 60 & wait"], seconds=0.2)
    assert "took longer than 0.2 s" in capfd.readouterr().out


@pytest.mark.parametrize("packaged", ["chromium-headless-shell", "chromium"])
def test_root_on_debian_gets_the_systems_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, packaged: str
) -> None:
    apt = tmp_path / "apt-get"
    apt.write_text(f'#!/bin/sh\nfor last; do :; done\n[ "$last" != "{packaged}" ] || cp "$0" "$(dirname "$0")/$last"\n')
    apt.chmod(0o755)
    for tool in ("env", "sh", "cp", "dirname"):
        (tmp_path / tool).symlink_to(shutil.which(tool) or "")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(browser.os, "geteuid", lambda: 0)
    monkeypatch.setattr(browser, "works", lambda path: Path(path).exists())
    assert browser.install_system_package() == str(tmp_path / packaged)
