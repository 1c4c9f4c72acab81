"""A build of today is the build that was tested, from whatever registry a machine uses."""

import re
import tomllib
from itertools import chain
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name


def _pins(repository: Path) -> dict[str, str]:
    lines = (repository / "constraints.txt").read_text().splitlines()
    return dict(line.split("==") for line in lines if not line.startswith("#"))


def _direct_dependencies(repository: Path) -> list[Requirement]:
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    extras = chain.from_iterable(project["optional-dependencies"].values())
    requirements = map(Requirement, chain(project["dependencies"], extras))
    return [requirement for requirement in requirements if requirement.name != project["name"]]


def test_a_constraint_is_a_name_and_a_version_and_nothing_else(repository: Path) -> None:
    for name, version in _pins(repository).items():
        assert re.fullmatch(r"[A-Za-z0-9._-]+", name)
        assert re.fullmatch(r"[0-9][0-9A-Za-z.]*", version)


def test_every_direct_dependency_is_pinned_to_a_version_that_it_allows(repository: Path) -> None:
    pins = {canonicalize_name(name): version for name, version in _pins(repository).items()}
    for requirement in _direct_dependencies(repository):
        assert requirement.specifier.contains(pins[canonicalize_name(requirement.name)]), requirement


@pytest.mark.parametrize("name", ["bun.lock", "package.json"])
def test_the_javascript_lock_names_no_registry(repository: Path, name: str) -> None:
    assert "://" not in (repository / "reflex.lock" / name).read_text()
