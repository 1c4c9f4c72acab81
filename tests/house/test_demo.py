"""The demo as somebody starts it in a terminal, and stops it again."""

import sys
from pathlib import Path
from urllib.request import urlopen

from billing_ui.ports import free_port_from
from billing_ui_backend import Billing
from tests.support.copies import copy_of_project, import_path
from tests.support.demo import Demo
from tests.support.portal import Portal
from tests.support.processes import listening_addresses


def test_the_demo_starts_from_an_installed_wheel_in_any_folder(portal: Portal) -> None:
    """Over the database of an earlier time, which stays as it is. It ends with Ctrl-C, at the end of all tests of the portal."""
    assert portal.demo.database_url == f"sqlite:///{portal.folder / '.billing' / 'demo.db'}"
    assert portal.demo.lines[0] == f"Port {portal.taken_port} is in use, taking {portal.port} instead."
    assert portal.url.startswith("http://127.0.0.1:")
    with urlopen(portal.url) as page:
        assert page.status == 200
    assert listening_addresses(portal.port) == {"127.0.0.1"}
    assert {path.name for path in portal.folder.iterdir()} == {".billing"}
    with Billing(portal.database_url) as billing:
        assert billing.get_customer("kept_across_restarts")
    assert portal.found == portal.left > 0


def test_a_portal_that_cannot_start_shows_why_and_fails(repository: Path, tmp_path: Path, free_port: int) -> None:
    clone = copy_of_project(repository, tmp_path / "clone")
    with (clone / "billing_ui" / "billing_ui.py").open("a") as app:
        app.write("\nraise RuntimeError('a reason to be shown')\n")
    code = "import sys; from billing_ui.launch import run_demo; sys.exit(run_demo(port=int(sys.argv[1])))"
    with Demo([sys.executable, "-c", code, str(free_port)], clone, import_path(clone)) as demo:
        demo.wait_for("Preparing the portal")
        with free_port_from(free_port) as another:
            assert another != free_port, "its own before it listens there"
        assert demo.wait_for_the_end() == 1
        assert any("a reason to be shown" in line for line in demo.lines)
        assert not any("http://" in line for line in demo.lines)
