"""What `pip install billing-ui` puts on a machine."""

import subprocess
from pathlib import Path
from zipfile import ZipFile

from tests.support.schemas import make_first_release

PACKAGES = {"billing_ui", "billing_ui_backend", "billing_ui_components"}


def _files(wheel: Path) -> set[str]:
    return set(ZipFile(wheel).namelist())


def test_the_wheel_holds_exactly_three_import_packages(wheel: Path) -> None:
    tops = {file.partition("/")[0] for file in _files(wheel)}
    assert {top for top in tops if not top.endswith(".dist-info")} == PACKAGES


def test_every_package_says_that_it_is_typed(wheel: Path) -> None:
    assert {f"{package}/py.typed" for package in PACKAGES} <= _files(wheel)


def test_everything_in_the_source_is_in_the_wheel(repository: Path, wheel: Path) -> None:
    sources = {"billing_ui": ".", "billing_ui_backend": "backend", "billing_ui_components": "components"}
    expected = {
        file.relative_to(repository / root).as_posix()
        for package, root in sources.items()
        for file in (repository / root / package).rglob("*")
        if file.is_file() and not any(part.startswith((".", "__pycache__")) for part in file.parts)
    }
    assert "billing_ui_components/billing_ui.css" in expected
    assert expected <= _files(wheel)


def test_the_licence_is_inside(wheel: Path) -> None:
    assert any(file.endswith(".dist-info/licenses/LICENSE") for file in _files(wheel))


def test_a_clean_environment_takes_the_packages_from_the_wheel(clean_python: Path, tmp_path: Path) -> None:
    code = "import billing_ui, billing_ui_backend, billing_ui_components as c; print(billing_ui.__file__, c.__file__)"
    done = subprocess.run([clean_python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    environment = clean_python.parents[1]
    for file in done.stdout.split():
        assert Path(file).is_relative_to(environment)


def test_an_installed_wheel_upgrades_an_old_database(wheel: Path, clean_python: Path, tmp_path: Path) -> None:
    assert "billing_ui_backend/migrations/versions/v0001_first_tables.py" in _files(wheel)
    make_first_release(tmp_path / "old.db")
    command = [clean_python.with_name("billing-ui"), "db", "upgrade", "--url", "sqlite:///old.db"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Upgraded from version 0001 to ")
    # Again, by opening it, in a process that has read none of the project's folders.
    make_first_release(tmp_path / "other.db")
    code = "from billing_ui_backend import Billing; print(Billing('sqlite:///other.db').verify().events)"
    opened = subprocess.run([clean_python, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert opened.stdout == "3\n"
