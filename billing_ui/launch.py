"""Running the portal with its demo data, `make demo`, and the gallery of the components, `make gallery`."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from billing_ui.app_process import AppFailed, AppProcess, production_command
from billing_ui.ports import DEFAULT_PORT, free_port_from

# Whoever reaches the demo can act for its customers: nobody else's machine does.
_HOST = "127.0.0.1"
_RXCONFIG = "from billing_ui.portal_config import portal_config\n\nconfig = portal_config()\n"
# What Reflex prints when a step is done, and what comes next.
_STEPS = {
    "Info: Initializing the web directory": "Fetching the JavaScript packages, on the first start only",
    "Compiling:": "Building the pages",
    "Creating Production Build:": "Starting the server",
}


def run_demo(*, port: int = DEFAULT_PORT, database: Path | None = None) -> int:
    """Run the portal with its demo customers until Ctrl-C, in a database file of its own.

    Args:
        port: Port to listen on, on 127.0.0.1 only. When it is in use the next free one is taken.
        database: SQLite file, kept across restarts. None means `.billing/demo.db`.

    Returns:
        The exit code: 0 when it was interrupted, 1 when the portal failed.

    Raises:
        OSError: No port is free, or the folder cannot be written.

    Example:
        >>> exit_code = run_demo(port=3000)
    """
    home = _home()
    folder = _app_folder(home)
    database = (database or home / ".billing" / "demo.db").absolute()
    database.parent.mkdir(parents=True, exist_ok=True)
    with _free_port(port) as free:
        # The port is built into the pages: a second portal must not rebuild those of the first.
        web_folder = folder / ".web" if free == DEFAULT_PORT else home / ".billing" / f"web-{free}"
        env = demo_environment(database, web_folder=web_folder)
        env["BILLING_DEMO_TRAFFIC"] = os.environ.get("BILLING_DEMO_TRAFFIC", "1")
        return _run_until_interrupted(folder, port=free, env=env)


def run_gallery(*, port: int = DEFAULT_PORT) -> int:
    """Run the gallery of the components until Ctrl-C. It reads no usage and keeps nothing.

    Args:
        port: as for `run_demo`.

    Returns:
        The exit code, as `run_demo` does.

    Raises:
        OSError: No port is free, or the folder cannot be written.

    Example:
        >>> exit_code = run_gallery(port=3000)
    """
    home = _home()
    with _free_port(port) as free:
        env = gallery_environment(web_folder=home / ".billing" / f"gallery-{free}")
        return _run_until_interrupted(_app_folder(home), port=free, env=env)


def demo_environment(database: Path, *, web_folder: Path) -> dict[str, str]:
    """The environment variables that turn the portal into the demo.

    Args:
        database: SQLite file of the demo, an absolute path.
        web_folder: Where Reflex builds the pages.

    Returns:
        What to add to a process's environment.

    Example:
        >>> env = demo_environment(Path("/tmp/demo.db"), web_folder=Path("/tmp/web"))
    """
    return {
        "BILLING_DEMO": "1",
        "BILLING_DATABASE_URL": f"sqlite:///{database}",
        "REFLEX_WEB_WORKDIR": str(web_folder),
    }


def gallery_environment(*, web_folder: Path) -> dict[str, str]:
    """The environment variables that make the app the gallery.

    Args:
        web_folder: Where Reflex builds the pages.

    Returns:
        What to add to a process's environment.

    Example:
        >>> env = gallery_environment(web_folder=Path("/tmp/web"))
    """
    return {"BILLING_DEMO": "", "BILLING_GALLERY": "1", "REFLEX_WEB_WORKDIR": str(web_folder)}


@contextmanager
def _free_port(port: int) -> Iterator[int]:
    with free_port_from(port) as free:
        if free != port:
            _say(f"Port {port} is in use, taking {free} instead.")
        yield free


def _run_until_interrupted(folder: Path, *, port: int, env: dict[str, str]) -> int:
    try:
        with _interrupt_on_termination():
            return _run(folder, port=port, env=env)
    except KeyboardInterrupt:
        return 0


def _run(folder: Path, *, port: int, env: dict[str, str]) -> int:
    _say("Preparing the portal")
    show = _Output()
    command = production_command(port=port, host=_HOST)
    with AppProcess(command, folder=folder, url=f"http://{_HOST}:{port}", env=env, on_line=show) as portal:
        try:
            portal.wait_until_it_answers()
        except AppFailed as failure:
            print(failure, file=sys.stderr)
            return 1
        show.everything = True
        _say(f"billing_ui is running at {portal.url} (Ctrl-C stops it)")
        code, _ = portal.wait()
        print(f"The portal ended by itself with exit code {code}.", file=sys.stderr)
        return 1


class _Output:
    """Turns the portal's output into a line a step, and into all of it once it runs."""

    def __init__(self) -> None:
        self.everything = False

    def __call__(self, line: str) -> None:
        if self.everything:
            # The address has been said.
            if not line.startswith("App running at:"):
                _say(line)
            return
        for done, following in _STEPS.items():
            if line.startswith(done):
                _say(following)


def _say(line: str) -> None:
    print(line, flush=True)


def _home() -> Path:
    """The clone when run from one, else the working directory."""
    clone = Path(__file__).resolve().parents[1]
    return clone if (clone / "rxconfig.py").is_file() else Path.cwd()


def _app_folder(home: Path) -> Path:
    if (home / "rxconfig.py").is_file() and (home / "billing_ui" / "launch.py").is_file():
        return home
    # From a wheel there is no project: Reflex gets a hidden one that holds nothing but the settings.
    folder = home / ".billing" / "portal"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "rxconfig.py").write_text(_RXCONFIG)
    return folder


@contextmanager
def _interrupt_on_termination() -> Iterator[None]:
    """Let a closed terminal and a polite kill end the portal as Ctrl-C does, and only the first of them count."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        for other in numbers:
            signal.signal(other, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
