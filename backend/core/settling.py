"""What a process does once it has started, before it serves or works."""

import gc


def settle() -> None:
    """Takes what the application is made of out of the garbage collector's rounds.

    A report or a file makes thousands of objects at once and so sets off a full round, which would walk over half a
    million that never go away: a tenth of a second (`docs/performance.md`).
    """
    gc.collect()
    gc.freeze()
