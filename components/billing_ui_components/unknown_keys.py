"""Keys on a page that the catalog does not know, told once in the log while the page is made: a page shows little of such a mistake."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from difflib import get_close_matches
from typing import Literal

from billing_ui_backend.errors import CatalogError
from billing_ui_components.runtime import installed_billing

logger = logging.getLogger(__name__)

_told: set[tuple[str, str]] = set()


def warn_of_unknown(what: str, kind: Literal["feature", "plan"], keys: Iterable[str]) -> None:
    """Warn of keys that the installed engine's catalog does not have.

    Nothing is known of them where nothing is installed yet, and where the engine uses the catalog that is stored in its database.

    Args:
        what: the component and its argument.
        kind: what they are keys of.
        keys: as the host wrote them.
    """
    billing = installed_billing()
    try:
        catalog = None if billing is None else billing.given_catalog
    except CatalogError:
        return  # which stops the start, and says why
    if catalog is None:
        return
    known = list(catalog.features if kind == "feature" else catalog.plans)
    for key in keys:
        if key in known or (kind, key) in _told:
            continue
        _told.add((kind, key))
        near = get_close_matches(key, known, n=1)
        hint = f"did you mean {near[0]!r}? It has" if near else "it has"
        logger.warning("billing_ui: %s: the catalog has no %s %r: %s %s", what, kind, key, hint, ", ".join(known))
