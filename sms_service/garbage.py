"""The cyclic garbage collector, set for a process that reads many small records."""

import gc

_NEW_OBJECTS = 50_000
"""Two batches' worth of bills and payments; Python's own 700 come with every eighth text."""


def collect_seldom() -> None:
    """Leave what a process was started with alone, and look at what is new more seldom.

    Records hold no cycles: counting references frees them. At Python's pace the collector
    walks through thousands of living ones again and again, for two fifths of a look-up.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(_NEW_OBJECTS, 10, 10)
