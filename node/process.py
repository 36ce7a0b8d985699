"""A process of its own: how often it stops to look for garbage, and how long threads wait."""

import gc
import sys

GC_ROUNDS = (20_000, 20, 50)
"""Objects made until the youngest are looked over; rounds until the older are."""
SWITCH_S = 0.0005
"""Longest wait for the interpreter's lock; with the default of 5 ms a hop took a third longer."""


def begin_process() -> None:
    """Look for garbage seldom: nearly all that modules make while they load stays to the end."""
    gc.set_threshold(*GC_ROUNDS)


def settle_process() -> None:
    """Keep live entries from waiting on this process itself; once everything is loaded.

    What was loaded is taken out of the garbage collector's rounds, and these come less often than
    once in 700 objects: a page of entries makes tens of thousands, hardly any in circles. An entry
    changes threads (loop, writer, reader) several times, and may wait for the interpreter's lock
    at each.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(*GC_ROUNDS)
    sys.setswitchinterval(SWITCH_S)
