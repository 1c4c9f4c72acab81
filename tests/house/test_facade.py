"""`import billing_ui as bui` is all that a host needs."""

import subprocess
import sys

import pytest

import billing_ui
import billing_ui_backend
import billing_ui_components

ITS_OWN = {"BillingPlugin", "OwnOrigins", "install"}


def test_the_public_names_are_sorted_and_those_of_the_rooms() -> None:
    # Constants, classes, functions, each by name: as the linter sorts them.
    assert billing_ui.__all__ == sorted(
        billing_ui.__all__, key=lambda name: (not name.isupper(), not name[0].isupper(), name)
    )
    assert set(billing_ui.__all__) == ITS_OWN | set(billing_ui_backend.__all__) | set(billing_ui_components.__all__)


@pytest.mark.parametrize("room", [billing_ui_backend, billing_ui_components])
def test_a_name_of_a_room_is_the_same_object(room: object) -> None:
    for name in room.__all__:  # pyright: ignore[reportAttributeAccessIssue]
        assert getattr(billing_ui, name) is getattr(room, name)


@pytest.mark.parametrize("name", sorted(ITS_OWN))
def test_a_name_of_its_own_is_callable(name: str) -> None:
    assert callable(getattr(billing_ui, name))


def test_dir_lists_the_public_names() -> None:
    assert set(billing_ui.__all__) <= set(dir(billing_ui))


def test_an_unknown_name_is_an_attribute_error_that_names_it() -> None:
    with pytest.raises(AttributeError, match="no_such_name"):
        billing_ui.no_such_name  # noqa: B018  # pyright: ignore[reportAttributeAccessIssue]


def test_the_engine_is_used_without_importing_reflex() -> None:
    _run("import sys, billing_ui; billing_ui.AsyncBilling; assert 'reflex' not in sys.modules")


def test_no_name_imports_the_portal() -> None:
    _run(
        "import sys, billing_ui\n"
        "for name in billing_ui.__all__: getattr(billing_ui, name)\n"
        "assert 'billing_ui.billing_ui' not in sys.modules"
    )


def test_importing_a_module_of_the_package_does_not_take_a_names_place() -> None:
    _run(
        "import billing_ui, billing_ui.plugin, billing_ui.installation\n"
        "assert all(callable(getattr(billing_ui, name)) for name in ('BillingPlugin', 'install'))"
    )


def _run(code: str) -> None:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
