"""What the log says of a login that fails: the traceback once for each place where it fails, then a line each time."""

from __future__ import annotations

import logging
import traceback

logger = logging.getLogger(__name__)

_LONGEST_TEXT = 300
_traced: set[tuple[type[Exception], str, int | None]] = set()


def log_identify_failure(error: Exception) -> None:
    """Log that identify failed, with the error's own text.

    Args:
        error: what it raised.
    """
    where = traceback.extract_tb(error.__traceback__)[-1]
    place = (type(error), where.filename, where.lineno)
    text = " ".join(f"{type(error).__name__}: {error}".split())[:_LONGEST_TEXT]
    first = place not in _traced
    _traced.add(place)
    logger.error(
        "billing_ui: identify failed (%s); the tab shows the error state and no numbers",
        text,
        exc_info=error if first else None,
    )
