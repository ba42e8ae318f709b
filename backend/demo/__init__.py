"""The demo: one invented brand with nine waves of a survey, to look at and to try things on.

Everything is made from fixed seeds, so two loads give the same rows; only the running wave follows today's date.
It is loaded whole or not at all, into an empty database only, and marked: the brand's code is `DEMO`.
"""

from backend.demo.loading import is_empty, load

__all__ = ["is_empty", "load"]
