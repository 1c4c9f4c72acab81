"""The component reference: nothing public is missing, nothing lacks a text, and what it shows runs."""

import subprocess
import sys
from pathlib import Path

import pytest

import billing_ui_components
from billing_ui_components.css_variables import css_variables
from tools.reference.docstring import docstring_of
from tools.reference.entries import Entry, components, everything, functions
from tools.reference.page import page

ENTRIES = everything()
PROPS = {f"{entry.name} {prop.name}": prop for entry in ENTRIES for prop in entry.props}


@pytest.fixture(scope="module")
def written() -> str:
    """The page as it is written now."""
    return page()


def test_the_committed_page_is_what_make_reference_writes(repository: Path, written: str) -> None:
    assert (repository / "docs" / "components.md").read_text() == written, "run `make reference` and commit the page"


def test_every_public_name_is_on_it(written: str) -> None:
    assert {*billing_ui_components.__all__} - {"Labels", "GERMAN"} <= {entry.name for entry in ENTRIES}
    labels = written.partition("\n## Labels\n")[2]
    assert "| label | English | `GERMAN` |" in labels


def test_every_prop_has_a_text() -> None:
    assert [name for name, prop in PROPS.items() if not prop.text] == []


def test_every_event_says_what_it_is_called_with() -> None:
    events = {name: prop.text for name, prop in PROPS.items() if prop.name.startswith("on_")}
    assert events
    assert [name for name, text in events.items() if "called with" not in text] == []


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.name)
def test_every_name_says_what_it_is(entry: Entry) -> None:
    assert entry.doc.summary.endswith(".")


@pytest.mark.parametrize("entry", [*components(), *functions()], ids=lambda entry: entry.name)
def test_every_component_and_function_has_an_example(entry: Entry) -> None:
    assert entry.doc.example


def test_every_css_variable_of_the_stylesheets_is_on_it(written: str) -> None:
    variables = css_variables()
    assert len(variables) > 20
    assert [variable.name for variable in variables if f"| `{variable.name}` |" not in written] == []


# In a process of its own: an example's states are registered for good.
_RUN_ALL = """
from decimal import Decimal
from types import SimpleNamespace
from tools.reference.entries import everything
from tools.reference.examples import run
import billing_ui as bui

host = {"Checkout": SimpleNamespace(start=lambda plan_key: []), "Decimal": Decimal}
host |= {name: getattr(bui, name) for name in bui.__all__}
for entry in everything():
    run(entry, host)
"""


def test_every_example_runs(repository: Path) -> None:
    done = subprocess.run([sys.executable, "-c", _RUN_ALL], cwd=repository, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_a_docstring_is_taken_apart() -> None:
    def documented() -> None:
        """Do it.

        At once.

        Args:
            first, second: what goes in,
                on two lines.
            **props: more.

        Returns:
            What comes out.

        Raises:
            ValueError: too late.

        Example:
            ```python
            documented()
            ```
        """

    doc = docstring_of(documented)
    assert (doc.summary, doc.more, doc.returns, doc.example) == (
        "Do it.",
        "At once.",
        "What comes out.",
        "documented()",
    )
    assert doc.texts == {
        "first": "what goes in, on two lines.",
        "second": "what goes in, on two lines.",
        "props": "more.",
    }
    assert doc.raises == {"ValueError": "too late."}
