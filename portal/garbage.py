"""What a process needs for as long as it runs is kept out of the search for garbage."""

import gc
from typing import Final

# New objects before a search, and searches before a wider one. Python's 700 is about one page, and its widest search
# goes through everything that was ever imported: a tenth of a second in which every thread stands still.
THRESHOLDS: Final = (10_000, 20, 20)


def keep_what_is_here() -> None:
    """To be called once, when a process is ready: what is there now is looked at no more."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*THRESHOLDS)
