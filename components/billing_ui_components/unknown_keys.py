"""Keys on a page that the catalog does not know, told once in the log while the page is made: a page shows little of such a mistake."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from billing_ui_backend.catalog import Catalog
from billing_ui_backend.errors import CatalogError
from billing_ui_components.runtime import installed_billing

logger = logging.getLogger(__name__)

Kind = Literal["feature", "plan"]

_unchecked: dict[tuple[Kind, str], str] = {}
_told: set[tuple[Kind, str]] = set()


def warn_of_unknown(what: str, kind: Kind, keys: Iterable[str]) -> None:
    """Warn of keys that the installed engine's catalog does not have.

    What is written before `install`, as a part of a page in a module's variable, is looked at then, and where the engine uses the
    catalog that is stored in its database, once that was read.

    Args:
        what: the component and its argument.
        kind: what they are keys of.
        keys: as the host wrote them.
    """
    for key in keys:
        _unchecked.setdefault((kind, key), what)
    check_installed()


def check_installed() -> None:
    """Look at what was written so far, if the engine was installed with a catalog."""
    billing = installed_billing()
    try:
        catalog = None if billing is None else billing.given_catalog
    except CatalogError:
        return  # which stops the start, and says why
    if catalog is not None:
        check_written(catalog)


def check_written(catalog: Catalog) -> None:
    """Warn of those keys that were written so far and that this catalog does not have."""
    for (kind, key), what in _unchecked.items():
        known = list(catalog.features if kind == "feature" else catalog.plans)
        if key in known or (kind, key) in _told:
            continue
        _told.add((kind, key))
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}? It has" if near else "it has"
        logger.warning("billing_ui: %s: the catalog has no %s %r: %s %s", what, kind, key, hint, ", ".join(known))
    _unchecked.clear()
