"""Names for the cases of a test."""

import re


def short_repr(value: object) -> str:
    """A case's repr, the same in every process: workers that run one suite must agree on its names."""
    return re.sub(r" at 0x[0-9a-f]+", "", repr(value))[:80]
