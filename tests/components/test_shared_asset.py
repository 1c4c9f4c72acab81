"""The files that the components bring along are part of each app that is built."""

from pathlib import Path

import pytest

import billing_ui_components
from billing_ui_components.shared_asset import shared_asset

PACKAGE = Path(billing_ui_components.__file__).parent


def test_every_app_of_a_process_gets_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("one", "two"):
        app = tmp_path / name
        app.mkdir()
        monkeypatch.chdir(app)
        # Twice, as two components of a page do.
        for imported in (shared_asset("tabs.js"), shared_asset("tabs.js")):
            linked = app / "assets" / imported.removeprefix("$/public/")
            assert linked.read_text() == (PACKAGE / "tabs.js").read_text()


def test_a_file_that_is_not_there_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(FileNotFoundError, match=r"no_such\.js"):
        shared_asset("no_such.js")
