"""Set up an environment with this project and an extra's packages; does nothing when that is done already.

Needs nothing but Python's standard library: `python3 tools/setup_venv.py dev`.
"""

import hashlib
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
VENV = ROOT / ".venv"
# What a user has, and nothing of this folder: the tests put their wheel into copies of it.
USERS_VENV = ROOT / ".cache" / "user"
REQUIREMENTS = {
    "demo": ".[demo]",
    "dev": ".[dev,postgres,redis]",
    "bench": ".[dev,postgres,redis,bench]",
    "user": ".[demo]",
}
# An extra is there as well when one that installs it too was installed.
INCLUDED_IN = {"demo": ("demo", "dev", "bench"), "dev": ("dev", "bench"), "bench": ("bench",), "user": ("user",)}
OLDEST_PYTHON = (3, 11)


class SetupFailed(Exception):
    """A step of the set-up failed; the message says what to do."""


def main(extra: str) -> None:
    """Set up the environment for `extra`, one of REQUIREMENTS."""
    wanted = fingerprint()
    folder = folder_of(extra)
    python = folder / "bin" / "python"
    if python.exists() and any(stamp(name) == wanted for name in INCLUDED_IN[extra]):
        return
    if not works(python):
        say(f"Setting up: virtual environment in {folder.relative_to(ROOT)}")
        create_venv(folder)
    say("Setting up: packages (a minute or two the first time)")
    pip = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "-c", "constraints.txt"]
    run(
        [*pip, *(["--editable"] if folder == VENV else []), REQUIREMENTS[extra]],
        "The packages could not be installed: is the package index reachable?",
    )
    stamp_file(extra).write_text(wanted)


def folder_of(extra: str) -> Path:
    """The environment that an extra is installed in."""
    return USERS_VENV if extra == "user" else VENV


def fingerprint() -> str:
    """What an installation depends on: the folder, the interpreter, what is asked for."""
    parts = [str(ROOT), sys.version]
    parts += [(ROOT / name).read_text() for name in ("pyproject.toml", "constraints.txt")]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def stamp_file(extra: str) -> Path:
    """Where it is remembered that an extra has been installed."""
    return folder_of(extra) / f".installed-{extra}"


def stamp(extra: str) -> str | None:
    """The fingerprint that the extra was installed for, or None."""
    path = stamp_file(extra)
    return path.read_text() if path.exists() else None


def works(python: Path) -> bool:
    """Whether this interpreter starts, has pip and is new enough; a moved or half-made environment is not."""
    check = f"import pip, sys; sys.exit(sys.version_info < {OLDEST_PYTHON})"
    return python.exists() and subprocess.run([python, "-c", check], capture_output=True, check=False).returncode == 0


def create_venv(folder: Path) -> None:
    """Make an empty environment, in place of what is there."""
    hint = "Python has no venv module: install it (Debian, Ubuntu: apt-get install python3-venv)."
    run([sys.executable, "-m", "venv", "--clear", folder], hint)


def run(command: list[str | Path], hint: str) -> None:
    """Run a quiet command, with a sign of life now and then; show what it printed when it fails."""
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        seconds = 0
        while True:
            try:
                process.wait(timeout=20)
                break
            except subprocess.TimeoutExpired:
                seconds += 20
                say(f"            still at it after {seconds} s")
        if process.returncode != 0:
            output.seek(0)
            raise SetupFailed(f"{output.read()}\n{hint}")


def say(line: str) -> None:
    """Print a line at once."""
    print(line, flush=True)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except SetupFailed as failure:
        sys.exit(str(failure))
    except KeyboardInterrupt:
        sys.exit(130)
