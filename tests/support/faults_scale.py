"""How much the fault proofs do: everything with `BILLING_FAULTS=long`, as `make faults` sets it, else a fiftieth."""

import os
import random

LONG = os.environ.get("BILLING_FAULTS") == "long"
_SHARE = 50


def scaled(number: int, *, least: int = 1) -> int:
    """How many of so many in the long form are to be done in this run; never fewer than `least`."""
    return number if LONG else max(least, number // _SHARE)


def dice() -> random.Random:
    """Randomness for a proof: new in every long run, the same in the short ones; the seed is printed, and can be given.

    `BILLING_FAULTS_SEED=7` repeats the choices of the run that printed 7.
    """
    given = os.environ.get("BILLING_FAULTS_SEED")
    seed = int(given) if given else random.SystemRandom().randrange(10**9) if LONG else 1
    print(f"BILLING_FAULTS_SEED={seed}")
    return random.Random(seed)
